"""Test small Parquet files that decode to much: read in pieces, or refused before anything is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from snap import parquet, parquet_pages
from snap.errors import SnapshotError
from snap.schema import Column, Table
from snap.types import parse
from snap.types.arrow import schema_of

TABLE = Table(
    name="t",
    columns=tuple(Column(name=name, type=parse(kind, set())) for name, kind in (("a", "text"), ("b", "text[]"))),
)


def written(path: Path, a: list[str | None], b: list[Any], **options: Any) -> Path:
    pq.write_table(pa.table({"a": a, "b": b}, schema=schema_of(TABLE)), path, **({"compression": "zstd"} | options))
    return path


@pytest.mark.slow
def test_texts_that_a_dictionary_repeats_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["x" * 50_000, None, "y"]
    a = [texts[i % 3] for i in range(600)]
    b = [None if i % 5 == 0 else [texts[0], None][: i % 3] for i in range(600)]
    path = written(tmp_path / "f", a, b)
    assert path.stat().st_size < 10_000
    (whole,) = parquet.read(path, TABLE)

    monkeypatch.setattr(parquet, "BATCH_BYTES", 1_000_000)
    pieces = list(parquet.read(path, TABLE))
    assert pa.Table.from_batches(pieces).to_pylist() == pa.Table.from_batches([whole]).to_pylist()
    assert {piece.schema for piece in pieces} == {schema_of(TABLE)}
    assert max(piece.nbytes for piece in pieces) < 1_100_000 < whole.nbytes
    for columns in ((), ("b",), ("b", "a")):
        assert sum(piece.num_rows for piece in parquet.read(path, TABLE, columns)) == 600


def test_a_batch_without_texts_beside_repeated_ones_has_the_tables_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "f", [None, "x" * 50_000], [[""], None], row_group_size=1)
    monkeypatch.setattr(parquet, "BATCH_BYTES", 10_000)
    batches = list(parquet.read(path, TABLE))
    assert {batch.schema for batch in batches} == {schema_of(TABLE)}
    assert [row["b"] for batch in batches for row in batch.to_pylist()] == [[""], None]


def test_pages_that_openly_decode_to_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "f", ["x" * 1_000_000], [[]], use_dictionary=False)
    assert path.stat().st_size < 2_000
    refused(path, "decodes to [0-9,]+ bytes, over the limit of 900,000", monkeypatch, GROUP_BYTES=900_000)


def test_pages_that_decode_to_more_than_the_footer_declares_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "f", ["x" * 1_000_000], [[]], use_dictionary=False)
    understate(path, pq.ParquetFile(path).metadata.row_group(0).column(0).total_uncompressed_size)
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).total_uncompressed_size == 9
    with pytest.raises(SnapshotError, match="f of table t cannot be read: column a decodes to more than the file decl"):
        list(parquet.read(path, TABLE))


def test_a_list_of_more_elements_than_an_array_may_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "f", ["x"], [[None] * 100_000])
    assert path.stat().st_size < 2_000
    refused(path, r"column b\S* has 100,000 values .* over the limit of 90,000", monkeypatch, GROUP_VALUES=90_000)


def test_more_values_than_rows_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "f", ["x"] * 3, [[]] * 3, use_dictionary=False)
    whole = path.read_bytes()
    number = bytes([0x16, 3 << 1])  # an i64 in the field after the last one
    start = whole.index(number, whole.index(b"schema"))  # the footer's number of rows, which stays
    start = whole.index(number, start + 2)
    path.write_bytes(whole[:start] + bytes([0x16, 60 << 1]) + whole[start + 2 :])
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).num_values == 60
    with pytest.raises(SnapshotError, match="column a has 60 values in a row group, over the limit of 3"):
        list(parquet.read(path, TABLE))


def test_texts_written_by_what_they_share_with_the_last_are_refused(tmp_path: Path) -> None:
    encodings = {"a": "DELTA_BYTE_ARRAY"}
    path = written(tmp_path / "f", ["x" * 9_000] * 9, [[]] * 9, use_dictionary=False, column_encoding=encodings)
    with pytest.raises(SnapshotError, match="column a has the encoding 7, which is not read"):
        list(parquet.read(path, TABLE))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_pages_of_both_kinds_are_read(tmp_path: Path, version: str) -> None:
    path = written(tmp_path / "f", ["x", None, "y"], [["z"], None, [None, "z"]], data_page_version=version)
    assert [row for batch in parquet.read(path, TABLE) for row in batch.to_pylist()] == [
        {"a": "x", "b": ["z"]},
        {"a": None, "b": None},
        {"a": "y", "b": [None, "z"]},
    ]


@pytest.mark.parametrize(
    "damage", [b"\x00", b"\x15\x01", b"\xff" * 20, b"\x1c" * 20, b"\x18\xff\xff\xff\x7f", b"\x15\x80"]
)
def test_a_damaged_header_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = written(tmp_path / "f", ["x"], [[]], use_dictionary=False)
    start = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    whole = path.read_bytes()
    path.write_bytes(whole[:start] + damage + whole[start + len(damage) :])
    with pytest.raises(SnapshotError, match="f of table t cannot be read: a page"):
        list(parquet.read(path, TABLE))


def refused(path: Path, message: str, monkeypatch: pytest.MonkeyPatch, **limit: int) -> None:
    """Read a Parquet file under the usual limits, then require that a lower `limit` refuses the file."""
    assert list(parquet.read(path, TABLE))
    for name, value in limit.items():
        monkeypatch.setattr(parquet_pages, name, value)
    with pytest.raises(SnapshotError, match=message):
        list(parquet.read(path, TABLE))


def understate(path: Path, size: int) -> None:
    """Replace the number `size` in a Parquet file's footer by 9, encoded in the same number of bytes."""

    def varint(number: int) -> bytes:
        return (b"" if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)) or bytes([number])

    old = varint(size << 1)
    new = bytes([18 | 128, *[128] * (len(old) - 2), 0])
    before, _, after = path.read_bytes().rpartition(old)
    assert before
    path.write_bytes(before + new + after)
