"""Test where `snap init --update` reads a schema without a source, and what it does not remember."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from snap_cli.schema_source import remembered
from tests.cli.program import Ran

SQL = "CREATE TABLE people (id int PRIMARY KEY);\n"


def _project(project: Path, name: str, **kept: str) -> Path:
    folder = project / "datasets" / name
    folder.mkdir(parents=True)
    (folder / "dataset.py").write_text("from snap.dataset import Dataset\ndataset = Dataset()\n")
    (folder / "schema.json").write_text(json.dumps(kept))
    return folder


@pytest.mark.slow
def test_a_file_in_the_project_is_read_again(init: Callable[..., Ran], project: Path) -> None:
    (project / "db").mkdir()
    (project / "db/app.sql").write_text(SQL)
    assert init("init", "db/app.sql").code == 0
    assert json.loads((project / "datasets/app/schema.json").read_text())["read_from"] == "db/app.sql"
    (project / "db/app.sql").write_text(SQL.replace("people (", "people (name text, "))
    assert init("init", "--update", "--json").document["changes"] == ["column people.name is new"]
    schema = project / "datasets/app/schema.sql"
    schema.write_text(f"{schema.read_text()}CREATE TABLE notes (id int PRIMARY KEY);\n")
    assert init("preview", "notes").code == 0  # what reads an edited schema.sql keeps the source
    assert init("init", "--update", "--name", "app", "--json").document["changes"] == ["table notes is gone"]


def test_only_what_lies_in_the_project_is_remembered(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "app.sql"
    other.write_text(SQL)
    (project / "link.sql").symlink_to(other)
    (project / "a\nb.sql").write_text(SQL)
    (project / "migrations").mkdir()
    sources = ("migrations", str(project / "migrations"), "./manifests/../migrations")
    assert {remembered(source, project) for source in sources} == {"migrations"}
    outside = ("postgresql://u:secret@host/app", "host=x password=secret", str(other), "link.sql", "a\nb.sql", "gone")
    assert {remembered(source, project) for source in outside} == {None}


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({}, "the source of the schema of app is not remembered"),
        ({"read_from": "postgresql://u:secret@host/app"}, "which is not in the project"),
        ({"read_from": "../elsewhere.sql"}, "was ../elsewhere.sql, which is not in the project"),
        ({"read_from": "gone.sql"}, "was gone.sql, which is not in the project"),
    ],
)
def test_a_source_that_is_not_known_is_asked_for(
    snap: Callable[..., Ran], project: Path, kept: dict[str, str], message: str
) -> None:
    (project.parent / "elsewhere.sql").write_text(SQL)
    _project(project, "app", **kept)
    ran = snap("init", "--update")
    assert ran.code == 2
    assert message in ran.err
    assert "name it as SOURCE: only a file or a folder within the project is remembered, and no URL" in ran.err
    assert "secret" not in ran.err


def test_a_dataset_is_named_where_there_is_not_exactly_one(snap: Callable[..., Ran], project: Path) -> None:
    ran = snap("init", "--update")
    assert (ran.code, "there is no dataset to update" in ran.err) == (2, True)
    for name in ("app", "shop2"):
        _project(project, name)
    ran = snap("init", "--update")
    assert ran.code == 2
    assert "--update needs the name of a dataset" in ran.err
    assert "name one with --name: app, shop2" in ran.err
    assert "there is no dataset 'nope' to update" in snap("init", "--update", "--name", "nope").err
