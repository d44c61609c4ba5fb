"""Test what a worker needs to make a part, and its error if it has something else."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snap.errors import ServiceError, UsageError
from snap.writer import Part, TableWriter
from snap_builder.workers import LIBRARIES, Order, Piece, make_part, order_of
from tests.cases.projects import make_project, own_toy, toy_request

PIECE = Piece(table="crew", folder="crew", number=3, start=4, stop=9)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture
def order(project: Path) -> Order:
    work = project / "snapshots" / "work"
    work.mkdir()
    return order_of(own_toy(project), toy_request(project).parameters, work, read=True)


@pytest.mark.slow
def test_a_part_lies_aside_under_a_name_of_its_own_and_knows_its_place(order: Order) -> None:
    one, two = make_part(order, PIECE), make_part(order, PIECE)
    assert one.part == two.part
    assert (one.part.number, one.part.file.path, one.part.file.rows) == (3, "crew/part-0003.parquet", 5)
    assert sorted(path.name for path in order.work.iterdir()) == sorted([one.file, two.file])
    assert (order.work / one.file).read_bytes() == (order.work / two.file).read_bytes()


@pytest.mark.slow
def test_a_worker_says_what_rules_of_each_row_find_in_its_part(order: Order) -> None:
    answers = pickle.loads(pickle.dumps(make_part(order, PIECE))).answers  # as another process would hand them over
    assert {name: [each.count for each in found] for name, found in answers.counted.items()} == {
        "not_null": [0],
        "enum_labels": [0],
        "lengths": [0],
        "json": [0],
    }
    assert (dict(answers.failed), dict(answers.saved)) == ({}, {})
    assert make_part(replace(order, rules=None), PIECE).answers is None


@pytest.mark.slow
def test_a_worker_that_nobody_waits_for_makes_no_folder_again(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work folder is removed while the worker runs. A newer build may have a staging folder at the same path."""
    written = TableWriter.part

    def late(*arguments: Any, **named: Any) -> Part:
        order.work.rmdir()
        return written(*arguments, **named)

    monkeypatch.setattr(TableWriter, "part", late)
    with pytest.raises(FileNotFoundError):
        make_part(order, PIECE)
    assert not order.work.exists()


def test_a_worker_with_other_rules_is_refused(order: Order) -> None:
    with pytest.raises(UsageError, match=r"worker \S+ has other rules of dataset toy"):
        make_part(replace(order, rules="0" * 64), PIECE)


def test_an_order_is_small(order: Order) -> None:
    assert len(pickle.dumps((make_part, order, PIECE))) < 2_000


def test_a_worker_without_the_folder_says_so(order: Order) -> None:
    order.work.rmdir()
    with pytest.raises(ServiceError, match=r"does not see the folder .*/snapshots/work") as failed:
        make_part(order, PIECE)
    assert failed.value.hint == "mount the project's folder on every worker, under the same path"


@pytest.mark.parametrize("file", ["dataset.py", "schema.sql", "schema.json"])
def test_a_worker_without_the_declaration_names_the_file(order: Order, project: Path, file: str) -> None:
    (project / "datasets/toy" / file).unlink()
    with pytest.raises(ServiceError, match=rf"worker \S+ does not see .*/datasets/toy/{file}"):
        make_part(order, PIECE)


def test_a_kept_schema_of_another_script_is_refused(order: Order, project: Path) -> None:
    script = project / "datasets/toy/schema.sql"
    script.write_text(script.read_text() + "\n-- more\n")
    with pytest.raises(UsageError, match=r"schema\.json beside .*schema\.sql was made from another script"):
        make_part(order, PIECE)


@pytest.mark.slow
def test_other_versions_of_libraries_are_named(order: Order) -> None:
    other = tuple((name, "0.1" if name == "numpy" else version) for name, version in order.written_by)
    assert [name for name, _ in other] == ["snap", *LIBRARIES]
    with pytest.raises(UsageError, match=r"worker \S+ has numpy [\d.]+, not 0\.1") as refused:
        make_part(replace(order, written_by=other), PIECE)
    assert refused.value.hint == "install the same versions on every worker"


def test_a_dataset_that_is_in_one_process_alone_is_not_sent(project: Path) -> None:
    by_hand = replace(own_toy(project), origin=None)
    with pytest.raises(UsageError, match="dataset toy exists only in this process, so other processes cannot build it"):
        order_of(by_hand, toy_request(project).parameters, project, read=True)
