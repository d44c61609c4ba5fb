"""Test the writer: parts in any order, streams cut into parts, and records that describe the files."""

from __future__ import annotations

import hashlib
import pickle
import random
from pathlib import Path

import pytest

from snap import parquet, writer
from snap.digest import TableDigest
from snap.manifest_json import from_json, to_json
from snap.schema import Table
from snap.store import Store
from snap.verify import verify
from tests.cases import toy


def rows_of(folder: Path, data: writer.TableData) -> list[int]:
    return [batch.num_rows for file in data.files for batch in parquet.read(folder / file.path, data.table)]


def test_parts_add_up_to_the_same_table_in_any_order(tmp_path: Path) -> None:
    batch = toy.crew(100)
    to = writer.TableWriter(root=tmp_path, folder="crew", table=toy.CREW)
    numbers = list(range(10))
    random.Random(7).shuffle(numbers)
    # As another process would hand them over.
    parts = [pickle.loads(pickle.dumps(to.part(n, [batch.slice(10 * n, 10)]))) for n in numbers]
    data = writer.table_data(toy.CREW, parts)
    whole = TableDigest(toy.CREW)
    whole.update(batch)
    assert (data.rows, data.digest) == (100, whole.hexdigest())
    assert [file.path for file in data.files] == [f"crew/part-{n:04d}.parquet" for n in range(10)]
    assert [file.key_min for file in data.files] == [(f"00000000-0000-0000-0000-{10 * n:012x}",) for n in range(10)]
    for file in data.files:
        content = (tmp_path / file.path).read_bytes()
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_stream_is_cut_at_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PART_ROWS", 40)
    batch, to = toy.crew(100), writer.TableWriter(root=tmp_path, folder="crew", table=toy.CREW)
    data = to.stream([batch.slice(0, 30), batch.slice(30, 0), batch.slice(30, 65), batch.slice(95)])
    assert [file.rows for file in data.files] == [40, 40, 20]
    assert rows_of(tmp_path, data) == [40, 40, 20]
    assert data.digest == writer.table_data(toy.CREW, [to.part(0, [batch])]).digest


def test_a_stream_is_cut_at_bytes_and_holds_no_more_than_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = toy.crew(100)
    monkeypatch.setattr(writer, "PART_BYTES", 2 * batch.slice(0, 10).nbytes)
    taken, written = 0, []

    def batches():
        nonlocal taken
        for start in range(0, 100, 10):
            written.append(len(list(tmp_path.rglob("*.parquet"))))
            taken += 1
            yield batch.slice(start, 10)

    data = writer.TableWriter(root=tmp_path, folder="crew", table=toy.CREW).stream(batches())
    assert sum(rows_of(tmp_path, data)) == data.rows == 100
    assert 4 <= len(data.files) <= 6
    assert written[-1] >= 4  # files were there before the last batch was asked for


def test_an_empty_stream_has_no_file(tmp_path: Path) -> None:
    data = writer.TableWriter(root=tmp_path, folder="crew", table=toy.CREW).stream([])
    assert (data.rows, data.files, list(tmp_path.iterdir())) == (0, (), [])


def test_a_table_without_columns_has_rows_and_no_file() -> None:
    data = writer.table_without_columns(Table(name="t", columns=()), 3)
    total = 3 * int.from_bytes(hashlib.sha256(b"").digest(), "big") % 2**256
    framed = b"snap table 1\0" + (3).to_bytes(8, "big") + total.to_bytes(32, "big")
    assert (data.rows, data.digest, data.files) == (3, hashlib.sha256(framed).hexdigest(), ())


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (("a", "b"), ("a", "b")),
        (("a", "A"), ("a", "A-0001")),
        (("x/y", "z."), ("x_y-0000", "_z__-0001")),
        (("a-0001", "a", "A"), ("a-0001", "a", "A-0002")),
        (("A-0001", "a?"), ("A-0001", "a_-0001")),
        (("b_-0001", "b?"), ("b_-0001", "b_-0001_")),
    ],
)
def test_folders_are_names_that_every_file_system_tells_apart(names: tuple[str, ...], folders: tuple[str, ...]) -> None:
    assert writer.folders([Table(name=name, columns=()) for name in names]) == folders


def test_no_folder_is_called_as_the_data_package_is() -> None:
    assert writer.folders([Table(schema="datapackage", name="json", columns=())]) == ("datapackage_json-0000",)


def test_finish_describes_all_that_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.stage("v1") as stage:
        tables = (toy.write_table(stage.folder, toy.CREW, [toy.crew(4)], "crew"),)
        manifest = writer.finish(stage, toy.PROVENANCE, tables)
        snapshot = store.publish(stage, manifest)
    assert all(finding.ok for finding in verify(snapshot))
    assert [file.path for file in manifest.extra_files] == [writer.PACKAGE]
    assert from_json(to_json(manifest), source="manifest") == manifest
    assert manifest.digest != writer.with_tables(manifest, ()).digest
