"""Test snap preview: rows at once, on any terminal, and errors for wrong arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from snap_builder.reference import examples
from snap_cli.preview import PreviewResult
from snap_cli.render import Grid, Style, render
from tests.cli.program import Ran, ran_in

DATASET = """
from snap.dataset import *

dataset = Dataset(as_of="2026-11-01", tables=[
    Table("orgs", 8, {"name": choice({"": 1, "NULL": 1, "Ann \\x1b[31m": 1, "x" * 90: 1})}),
    Table("users", 20, {"phone": choice({"": 50, "555": 25}, none=25)}),
])
"""


@pytest.fixture
def app(project: Path) -> Path:
    """Return the folder of a dataset whose schema has already been read."""
    folder = project / "datasets" / "app"
    folder.mkdir(parents=True)
    (folder / "schema.sql").write_bytes(examples.script())
    (folder / "schema.json").write_bytes(examples.kept())
    (folder / "dataset.py").write_text(DATASET)
    return folder


@pytest.mark.slow
@pytest.mark.process
def test_a_preview_imports_what_makes_rows_and_no_more(app: Path, project: Path) -> None:
    """Imports take most of a preview's time, so it imports no server, no DuckDB and nothing that restores."""
    code = (
        "import runpy, sys\n"
        "try: runpy.run_module('snap', run_name='__main__')\n"
        "finally: open('modules', 'w').write(' '.join(sys.modules))"
    )
    ran = ran_in(project, [sys.executable, "-c", code, "preview", "users"], SNAP_PG_BIN="/nowhere")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) == 21
    heavy = {"duckdb", "psycopg", "rich", "snap_restorer", "snap_ops", "pyarrow.parquet", "pyarrow.dataset", "faker"}
    assert not set((project / "modules").read_text().split()) & heavy


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("0", "greater than or equal to 1"),
        ("-1", "greater than or equal to 1"),
        ("1000000", "less than or equal to 10000"),
        ("2.5", "it is not an integer"),
        ("", "it is not an integer"),
    ],
)
def test_a_number_of_rows_that_cannot_be_is_refused(
    snap: Callable[..., Ran], app: Path, rows: str, message: str
) -> None:
    ran = snap("preview", "users", "--rows", rows)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize("table", ["usres", "Users", "public.users", "user"])
def test_a_table_that_is_not_there_gives_the_nearest_one(snap: Callable[..., Ran], app: Path, table: str) -> None:
    ran = snap("preview", table)
    assert (ran.code, ran.out) == (2, "")
    assert f"dataset app has no table '{table}'" in ran.err
    assert "did you mean 'users'? its tables are: " in ran.err


@pytest.mark.slow
def test_null_is_no_empty_text_and_no_text_that_says_so(snap: Callable[..., Ran], app: Path) -> None:
    document = snap("preview", "users", "--json").document["rows"]
    assert {row["phone"] for row in document} == {None, "", "555"}
    shown = snap("preview", "users").out
    assert "''" in shown
    assert "NULL" in shown
    names = snap("preview", "orgs").out
    assert "'NULL'" in names
    assert "\x1b" not in names
    assert f"{'x' * 39}…" in names


def test_all_of_a_wide_value_is_in_the_json(snap: Callable[..., Ran], app: Path) -> None:
    assert "x" * 90 in {row["name"] for row in snap("preview", "orgs", "--json").document["rows"]}


@pytest.mark.slow
def test_a_terminal_that_is_too_narrow_shows_a_row_below_the_other(terminal: Callable[..., Ran], app: Path) -> None:
    ran = terminal("preview", "users", "--rows", "2", COLUMNS="40", NO_COLOR="1")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 40
    assert [line for line in lines if line.startswith("row ")] == ["row 1", "row 2"]
    assert sum(line.startswith("created_at ") for line in lines) == 2


@pytest.mark.slow
def test_a_number_is_whole_on_a_narrow_terminal(terminal: Callable[..., Ran], app: Path) -> None:
    number = "1234567890" * 3
    (app / "dataset.py").write_text(DATASET.replace('"555"', f'"{number}"').replace(", none=25", ""))
    ran = terminal("preview", "users", COLUMNS="40", NO_COLOR="1")
    assert (ran.code, number in ran.out.split()) == (0, True)


def test_a_number_of_any_length_is_whole() -> None:
    row = ("1" * 48, "a" * 48)
    (grid,) = PreviewResult(dataset="d", table="t", columns=("n", "a"), rows=(row,), numbers=frozenset("n")).view()
    assert grid.rows == ((row[0], "a" * 39 + "…"),)


@pytest.mark.parametrize("width", [1, 10, 27, 28, 80, 400])
def test_records_stand_for_a_grid_only_where_its_lines_do_not_fit(width: int) -> None:
    grid = Grid(columns=("id", "name"), rows=(("1", "a" * 34), ("2", "b")), records=True)
    shown = render((grid,), Style(tables=True, color=False, width=width))
    assert shown.startswith("row 1\n") is (width < 28)  # texts break, and a long word needs 24 columns
    assert max(map(len, shown.splitlines())) <= max(width, 18)
    piped = render((grid,), Style(tables=False, color=False, width=width))
    assert piped.splitlines()[0] == "id  name"
