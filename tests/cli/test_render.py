"""Test tables and lines on terminals from the width of a phone to that of a wall."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_cli.render import Grid, Line, Spans, Style, pairs, render
from snap_ops.backup.create import create_backup
from snap_ops.backup.repository import FolderRepository
from snap_restorer import Target, restore
from snap_restorer.pg import mark
from tests.cases import toy
from tests.cli.emulator import drawn, screen_of
from tests.postgres import execute

WIDTHS = (40, 80, 200)
NUMBERS = st.integers(-(2**63), 2**63).map("{:,}".format)
WORDS = st.text("abcdefgh _.-/日é", min_size=1, max_size=30).map(str.strip)
TEXTS = st.lists(WORDS, max_size=9).map(" ".join)


@st.composite
def grids(draw):
    texts, numbers = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    kinds = draw(st.permutations([TEXTS] * texts + [NUMBERS] * numbers))
    # The names hold no letters of the texts.
    columns = tuple("k" * draw(st.integers(0, 29)) + "lmnopqrs"[i] for i in range(len(kinds)))
    rows = draw(st.lists(st.tuples(*kinds), min_size=1, max_size=4))
    right = frozenset(name for name, kind in zip(columns, kinds, strict=True) if kind is NUMBERS)
    return Grid(columns=columns, rows=tuple(rows), right=right, total=draw(st.booleans()), records=draw(st.booleans()))


@pytest.mark.slow
@given(grids(), st.sampled_from(WIDTHS))
def test_no_table_is_wider_than_the_terminal_or_cuts_a_number(grid, width):
    text = render((grid,), Style(tables=True, color=False, width=width))
    lines = drawn(text, width)
    assert lines == [line.rstrip() for line in text.rstrip("\n").split("\n")]  # the terminal itself breaks none
    shown = {token for line in lines for token in line.split()}
    numbers = [cell for row in grid.rows for name, cell in zip(grid.columns, row, strict=True) if name in grid.right]
    assert set(numbers) <= shown
    letters = Counter("".join(cell for row in grid.rows for cell in row))
    assert letters - Counter("".join(lines)) - Counter(" " * letters[" "]) == Counter()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_column_is_a_letter_wide(width):
    grid = Grid(
        columns=("table", "rows", "added", "removed", "changed", "in columns"),
        rows=(("public.recipe_collection_items", *["1,234,567"] * 4, "title 12,345, description 678,901"),),
        right=frozenset({"rows", "added", "removed", "changed"}),
    )
    lines = drawn(render((grid,), Style(tables=True, color=False, width=width)), width)
    assert not [line for line in lines if re.fullmatch(r"\s*\S\s*", line)]
    assert "12,345" in " ".join(lines)


def test_a_row_without_room_for_columns_stands_under_its_name():
    grid = Grid(columns=("table", "rows", "note"), rows=(("users", "1,000", ""), ("t", "2", "x")), right={"rows"})
    assert (
        render((grid,), Style(tables=True, color=False, width=12))
        == "users\nrows\n  1,000\n\nt\nrows\n  2\nnote\n  x\n\n"
    )


@pytest.mark.parametrize("records", [False, True])
@pytest.mark.parametrize(("width", "digits"), [(40, 32), (40, 40), (80, 75)])
@pytest.mark.parametrize("text", ["", "see "])
def test_a_number_that_fits_a_line_is_not_broken(width, digits, text, records):
    value = text + "1" * digits
    right = frozenset() if text else frozenset({"external_reference_number"})
    columns = ("name", "external_reference_number")
    grid = Grid(columns=columns, rows=(("an order with a name", value),), right=right, records=records)
    lines = drawn(render((grid,), Style(tables=True, color=False, width=width)), width)
    assert "1" * digits in " ".join(lines).split()


def test_a_name_that_is_wider_than_the_terminal_is_broken():
    grid = Grid(columns=("long_" * 12, "n"), rows=(("b", "1" * 36),), records=True, right={"n"})
    assert max(map(len, render((grid,), Style(tables=True, color=False, width=40)).splitlines())) <= 40


@pytest.mark.parametrize("width", WIDTHS)
def test_names_and_values_stay_beside_each_other(width):
    view = pairs([("seed", "20250624"), ("size", "11.1 MB, of that media 28 files, about 5.5 MB in Postgres")])
    lines = drawn(render(view, Style(tables=True, color=False, width=width)), width)
    assert lines[0] == "seed  20250624"
    assert all(line.startswith(("size  ", "      ")) for line in lines[1:])


def test_what_is_there_to_be_copied_stays_one_line():
    url = "url  postgresql://me@127.0.0.1:54321/postgres?host=/tmp/x"
    assert render((Line(url, exact=True),), Style(tables=True, color=False, width=20)) == url + "\n"
    assert render((Line("a\n  b c d e f g h i j k l m"),), Style(tables=True, color=False, width=20)).count("\n") == 2


def test_a_pipe_gets_lines_as_they_are():
    line = Line("database postgresql://me@127.0.0.1:54321/postgres?host=/tmp/x " + "word " * 40)
    assert render((line,), Style(tables=False, color=False, width=40)) == line.text + "\n"


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("command", ["db start", "db status", "restore v1 --db postgresql://meeee@127.0.0.1:15999/x"])
def test_the_terminal_breaks_no_number_of_a_server_or_an_error(v1, project, home, command):
    if command == "db status":
        screen_of(project, ["db", "start"], 80, SNAP_DATA_DIR=str(home))
    lines = screen_of(project, command.split(), 40, SNAP_DATA_DIR=str(home))
    numbers = re.findall(r":(\d+)/", "\n".join(lines))
    assert numbers
    assert all(len(number) == 5 for number in numbers)
    assert not [line for line in lines if len(line) == 40 and "postgresql:" in line]


def test_tones_stay_with_their_words():
    text = render((Spans((Line("one two ", "good"), Line("three", "bad"))),), Style(tables=True, color=True, width=8))
    assert text == "\x1b[32mone\x1b[0m\x1b[32m two\x1b[0m\n\x1b[31m  three\x1b[0m\n"


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("command", [("list",), ("show", "v1"), ("check", "v1")])
def test_a_command_fills_the_terminal_that_it_finds(v1, project, command):
    require_whole(lambda width: screen_of(project, command, width))


def require_whole(screen):
    """Raise AssertionError if a line is wider than its terminal, or if a number of the widest screen is missing or cut.

    `screen` is a function of the width. URLs are not checked, because they are shortened if there is no room.
    """
    screens = {width: screen(width) for width in WIDTHS}
    texts = {
        width: re.sub(r"postgresql://\S+", "", " ".join(" ".join(lines).split())) for width, lines in screens.items()
    }
    shown = texts[max(WIDTHS)]
    numbers = set(re.findall(r"(?<![\w.])\d[\d,.]*(?: (?:B|kB|MB))?(?![\w.])", shown))
    assert numbers
    durations = set(re.findall(r"[\d.]+(?= (?:s|ms)\b)", shown))  # differ between two runs
    for width, lines in screens.items():
        assert max(map(len, lines)) <= width
        assert {number for number in numbers - durations if number not in texts[width]} == set()


@pytest.fixture
def filled(v1, project, database):
    """Provide a project with two snapshots, a database that holds one with changes, and a backup of it."""
    toy.publish(v1, "v2", rows=12)
    restore(v1.resolve("v1"), Target(database))
    execute(database, "UPDATE crew SET pay = 123456.78 WHERE name = 'Zoë 1'")
    mark.allow(Target(database))
    create_backup(FolderRepository(project / "backups"), Target(database), now=datetime.now(UTC))
    (project / "snap.toml").write_text(
        '[target]\ndb = "env:DATABASE"\n[backup]\nto = "backups"\n[nightly]\nversion = "v1"\n'
    )
    return project


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(
    "command",
    ["diff v1 v2 --rows 2", "diff v1 --rows 2", "diff v1 v2 --db {db} --rows 2", "status", "health --db {db}",
     "backup list", "restore v2 --db {db} --dry-run", "nightly --dry-run", "capture c{width} --db {db}"],
)  # fmt: skip
def test_a_command_about_a_database_fills_the_terminal_that_it_finds(filled, database, command):
    require_whole(
        lambda width: screen_of(filled, command.format(db=database, width=width).split(), width, DATABASE=database)
    )
