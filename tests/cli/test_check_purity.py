"""Test `snap check --purity`, which calls the functions of a dataset.py for every part, and only reads the version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap.schema_json import schema_json
from tests.builder.compiled.declarations import SCHEMA
from tests.cli.program import Ran

UNPROVED = ("--postgres", "none")
SQL = b"CREATE TABLE people (id uuid);\n"
DATASET = """from pathlib import Path
from snap.dataset import Dataset, Table, pairs

def taste(pair):
    return pair.left["rank"] * (len(pair.left["rank"]) if Path({trap!r}).exists() else 1)

dataset = Dataset(tables=[Table("likes", 90, pairs=pairs("person_id", "thing_id", score=taste))])
"""


@pytest.fixture
def trap(project: Path) -> Path:
    """Return a file whose existence makes the dataset's function impure. Snapshot v1 is built without the file."""
    return project / "trap"


@pytest.fixture
def app(snap: Callable[..., Ran], project: Path, trap: Path) -> Path:
    folder = project / "datasets" / "app"
    folder.mkdir(parents=True)
    (folder / "schema.sql").write_bytes(SQL)
    (folder / "schema.json").write_text(schema_json(SCHEMA, SQL))
    (folder / "dataset.py").write_text(DATASET.format(trap=str(trap)))
    assert snap("build", "v1", *UNPROVED).code == 0
    return folder


def files_of(project: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in project.rglob("*") if each.is_file() and "__pycache__" not in str(each)}


def test_functions_that_are_pure_are_one_more_check(snap: Callable[..., Ran], app: Path, project: Path) -> None:
    before = files_of(project)
    document = snap("check", "v1", "--purity", "--json").document
    (pure,) = (each for each in document["checks"] if each["name"] == "purity likes.person_id")
    assert (pure["ok"], pure["value"]) == (True, 0)
    assert "the same in 1 part" in pure["detail"]
    assert files_of(project) == before
    assert "purity" not in str(snap("check", "v1", "--json").document["checks"])


@pytest.mark.slow
def test_a_function_that_is_not_is_named_with_its_line_and_part(
    snap: Callable[..., Ran], app: Path, trap: Path, project: Path
) -> None:
    trap.touch()
    before = files_of(project)
    ran = snap("check", "v1", "--purity")
    assert ran.code == 4
    assert f"taste ({app}/dataset.py, line 4), part 0 (rows 0 to 89): " in ran.err + ran.out
    assert files_of(project) == before


@pytest.mark.slow
def test_a_build_refuses_it_and_leaves_nothing(snap: Callable[..., Ran], app: Path, trap: Path, project: Path) -> None:
    trap.touch()
    ran = snap("build", "v2", *UNPROVED)
    assert ran.code == 2
    assert "likes: its score returns another value for pair" in ran.err
    assert f"it is taste ({app}/dataset.py, line 4)" in ran.err
    assert not (project / "manifests" / "v2.json").exists()


@pytest.mark.slow
def test_a_version_of_another_revision_is_refused(snap: Callable[..., Ran], app: Path, trap: Path) -> None:
    (app / "dataset.py").write_text(DATASET.format(trap=str(trap)).replace("else 1", "else 2"))
    ran = snap("check", "v1", "--purity")
    assert ran.code == 2
    assert "v1 is of revision" in ran.err
    assert snap("check", "v1").code == 0


@pytest.mark.slow
def test_a_version_whose_dataset_is_gone_is_refused(snap: Callable[..., Ran], app: Path) -> None:
    (app / "dataset.py").unlink()
    ran = snap("check", "v1", "--purity")
    assert ran.code == 2
    assert "datasets/app has no dataset.py" in ran.err


@pytest.mark.slow
def test_a_captured_version_is_refused(snap: Callable[..., Ran], project: Path, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE people (id int PRIMARY KEY)")
    assert snap("capture", "c1", "--db", database).code == 0
    ran = snap("check", "c1", "--purity")
    assert ran.code == 2
    assert "c1 was captured from a database, so it has no functions to call" in ran.err
