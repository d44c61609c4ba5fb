"""snap diff: what it prints, its JSON, its exit codes."""

import pytest

from snap.cli.changes import plain, samples_view, schema_view
from snap.cli.diff import FIELDS
from snap.cli.render import Style, render
from snap.diff import Kind, Sample, SchemaChange, TableDiff
from tests import toy

PLAIN = Style(tables=False, color=False)
COLOR = Style(tables=True, color=True)


@pytest.fixture
def v2(v1):
    toy.publish(v1, "v2", rows=12)
    return v1


def test_a_snapshot_and_itself_are_identical_at_once(snap, v1, project):
    for path in (project / "snapshots" / "v1").rglob("*.parquet"):
        path.unlink()  # nothing is read
    ran = snap("diff", "v1", "v1")
    assert ran.code == 0
    assert ran.out.startswith("v1 and v1 are identical: 30 rows in 2 tables, ")
    document = snap("diff", "v1", "v1", "--json").document
    assert document["identical"] is True
    assert [table["unchanged"] for table in document["tables"]] == [10, 20]


def test_what_differs_is_a_line_a_table_and_a_sum(snap, v2):
    ran = snap("diff", "v1", "v2")
    assert ran.code == 1
    assert ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].split() == ["table", "added", "changed", "unchanged", "in", "columns"]
    assert lines[1].split() == ["crew", "2", "10"]
    assert lines[2].split() == ["ship.Log", "book", "4", "9", "11", "author", "9"]
    assert lines[3].startswith("v1 → v2: rows in 2 of 2 tables: 6 added, 0 removed, 9 changed, ")


def test_json_is_the_contract(snap, v2):
    ran = snap("diff", "v1", "v2", "--json")
    assert ran.code == 1
    document = ran.document
    assert document.keys() == {field.split(":")[0] for field in FIELDS if " " not in field.split(":")[0]}
    assert document["identical"] is False
    assert document["schema"] == []
    assert document["tables"][1] == {
        "name": "ship.Log book", "added": 4, "removed": 0, "changed": 9, "unchanged": 11, "columns": {"author": 9},
    }  # fmt: skip


def test_samples_are_whole_rows_and_old_and_new_values(snap, v2):
    crew, log = snap("diff", "v1", "v2", "--rows", "1", "--json").document["tables"]
    [added] = crew["samples"]
    assert added["kind"] == "added"
    assert added["key"] == {"id": "00000000-0000-0000-0000-00000000000a"}
    assert added["row"]["name"] == "Zoë 10"
    assert added["row"]["pay"] is None
    changed = log["samples"][1]
    assert changed["key"] == {"n": 10}
    assert changed["columns"] == {
        "author": {"old": "00000000-0000-0000-0000-000000000000", "new": "00000000-0000-0000-0000-00000000000a"}
    }
    text = snap("diff", "v1", "v2", "--rows", "1").out
    assert "ship.Log book  by n\n  + 20  " in text
    assert "  ~ 10\n      author  00000000-0000-0000-0000-000000000000 → 00000000-0000-0000-0000-00000000000a\n" in text


def test_a_terminal_shows_old_and_new_in_colour(terminal, v2):
    out = terminal("diff", "v1", "v2", "--rows", "1", "--quiet").out
    assert "\x1b[31m00000000-0000-0000-0000-000000000000\x1b[0m" in out
    assert "\x1b[32m00000000-0000-0000-0000-00000000000a\x1b[0m" in out
    assert "\x1b[3" not in terminal("diff", "v1", "v2", "--rows", "1", "--quiet", NO_COLOR="1").out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("v1",), 2, "missing argument 'B'"),
        (("v1", "v3"), 3, "there is no snapshot 'v3'"),
        (("v1", "../x"), 2, "'../x' is not a version name"),
        (("v1", "v2", "--rows", "-1"), 2, "invalid value for '--rows'"),
        (("v1", "v2", "--rows", "x"), 2, "invalid value for '--rows'"),
    ],
)
def test_bad_use_says_what_is_wrong(snap, v2, arguments, code, message):
    ran = snap("diff", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


def test_a_corrupt_file_exits_3_and_names_it(snap, v2, project):
    file = project / "snapshots" / "v2" / "crew" / "part-0000.parquet"
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.unlink()
    file.write_bytes(content)
    error = snap("diff", "v1", "v2", "--json")
    assert error.code == 3
    assert error.error["kind"] == "snapshot"
    assert "crew/part-0000.parquet was altered" in error.error["message"]


def test_schema_changes_come_first_and_read_like_sentences():
    def change(kind, what, table="t", **more):
        return SchemaChange(kind=kind, what=what, table=table, **more)

    found = (
        change(Kind.ADDED, "table", after="t"),
        change(Kind.REMOVED, "column", name="c", before="text NOT NULL"),
        change(Kind.CHANGED, "type", name="c", before="integer", after="bigint"),
        change(Kind.ADDED, "foreign_key", after="(p) references parents (id)"),
        change(Kind.CHANGED, "enum", None, name="mood", before="'ok'", after="'ok', 'sad'"),
    )
    assert render(schema_view(found), PLAIN).splitlines() == [
        "schema",
        "  + table t",
        "  - column t.c text NOT NULL",
        "  ~ type t.c: integer → bigint",
        "  + foreign key t (p) references parents (id)",
        "  ~ enum mood: 'ok' → 'ok', 'sad'",
        "",
    ]


def test_long_values_are_cut_down_to_where_they_differ():
    old = "x" * 500 + "old" + "y" * 500
    sample = Sample(
        kind=Kind.CHANGED, key=(("id", 1),), before=(("v", old),), after=(("v", old.replace("old", "new")),)
    )
    line = render(tuple(samples_view(TableDiff(name="t", changed=1, samples=(sample,)))), PLAIN).splitlines()[2]
    assert line.strip().startswith("v  …xxxxxxxxxxxxoldyyy")
    assert "→ …xxxxxxxxxxxxnewyyy" in line
    assert len(line) < 100


def test_values_cannot_write_to_the_terminal_and_nulls_are_not_texts():
    row = (("a", "\x1b[2J\n"), ("b", None), ("c", "NULL"), ("d", ""), ("e", True))
    sample = Sample(kind=Kind.ADDED, key=(), after=row, count=3)
    text = render(tuple(samples_view(TableDiff(name="t\x1b", added=3, samples=(sample,)))), PLAIN)
    assert text == "t\\x1b\n  + 3 × a \\x1b[2J\\n, b NULL, c 'NULL', d '', …\n\n"
    assert plain("\u202eabc") == "\\u202eabc"
    assert "\x1b[32m" in render(tuple(samples_view(TableDiff(name="t", added=3, samples=(sample,)))), COLOR)
