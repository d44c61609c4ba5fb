"""Test how changes of a schema and of rows read."""

from snap.compare import Kind, Sample, SchemaChange, TableDiff
from snap_cli.changes import plain, samples_view, schema_view
from snap_cli.render import Style, render

PLAIN = Style(tables=False, color=False)
COLOR = Style(tables=True, color=True)


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
