"""Test edge cases from their declaration to a test that asks for one: built, proved, listed, checked, restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

import snap as door
from snap.errors import UsageError
from snap.manifest_json import from_json, to_json
from tests.cli.program import Ran

SQL = """
CREATE TABLE recipes (
    id uuid PRIMARY KEY, title varchar(60) NOT NULL, body text, minutes smallint CHECK (minutes > 0),
    score numeric(4,1) NOT NULL, cooked_on date, opens time, published_at timestamptz, plain timestamp, weight real
);
"""
DECLARED = """
from snap.dataset import Dataset, Table, longest

dataset = Dataset(as_of="2026-11-01", tables=[
    Table("recipes", 40, standard_edges=True, edges={
        "longest title": {"title": longest()},
        "many lines": {"title": "A \\\\ % 'dish'", "body": "one\\ntwo\\u05e9"},
    }),
])
"""


@pytest.fixture
def init(snap: Callable[..., Ran], home: Path, project: Path) -> Callable[..., Ran]:
    def init(*arguments: str) -> Ran:
        return snap(*arguments, SNAP_DATA_DIR=str(home))

    (project / "app.sql").write_text(SQL)
    assert init("init", "app.sql").code == 0
    (project / "datasets/app/dataset.py").write_text(DECLARED)
    return init


@pytest.mark.slow
def test_a_test_can_ask_for_the_recipe_with_the_longest_title(
    init: Callable[..., Ran], project: Path, database: str
) -> None:
    built = init("build", "v1", "--json")
    assert built.code == 0, built.err
    assert init("build", "v1", "--json").document["reproduced"] is True
    assert init("check", "v1").code == 0
    asked = door.edge("v1", "recipes", "longest title", root=project)
    assert asked.values == {"title": "abcdefghij" * 6}
    assert init("restore", "v1", "--db", database).code == 0
    with psycopg.connect(database) as session:
        found = session.execute("SELECT title FROM recipes WHERE id = %s", [asked.key["id"]]).fetchone()
        longest = session.execute("SELECT max(length(title)) FROM recipes").fetchone()
        assert (found, longest) == (("abcdefghij" * 6,), (60,))
        for edge in door.edges("v1", root=project):
            for column, text in edge.values.items():
                holds = f"SELECT {column} IS NOT DISTINCT FROM %s FROM recipes WHERE id = %s"
                session.execute("SET timezone = 'UTC'")
                assert session.execute(holds, [text, edge.key["id"]]).fetchone() == (True,), (edge.name, column)
    with pytest.raises(UsageError, match="table recipes of v1 has no edge case 'shortest'") as missing:
        door.edge("v1", "recipes", "shortest", root=project)
    assert str(missing.value.hint).startswith("it has: ")
    with pytest.raises(UsageError, match="table users of v1 has no edge case 'shortest'"):
        door.edge("v1", "users", "shortest", root=project)


@pytest.mark.slow
def test_edge_cases_are_shown_by_name_and_their_rows_are_checked(init: Callable[..., Ran], project: Path) -> None:
    assert init("build", "v1", "--postgres", "none").code == 0
    shown = init("show", "v1")
    line = next(each for each in shown.out.splitlines() if "many lines" in each)
    key = door.edge("v1", "recipes", "many lines", root=project).key["id"]
    assert line.split() == ["many", "lines", "recipes", f"id={key}", "title,", "body"]
    listed = init("show", "v1", "--json").document["edge_cases"]["edges"][-1]
    assert listed["values"] == {"title": "A \\\\ % 'dish'", "body": "one\\ntwo\\u05e9"}
    path = project / "manifests/v1.json"
    manifest = from_json(path.read_text(), source="v1")
    edges = [dict(edge) for edge in manifest.edge_cases["edges"]]
    edges[-1]["values"] = {"title": "another"}
    path.write_text(to_json(replace(manifest, edge_cases={"edges": edges})))
    ran = init("check", "v1")
    assert ran.code == 4
    assert "edge_cases" in ran.err + ran.out
    assert "row=many lines" in ran.err + ran.out
