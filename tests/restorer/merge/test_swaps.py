"""Test, as text, the statement that writes staged changes, and the SQL of a staging table. Other tests run them."""

from __future__ import annotations

from psycopg.sql import SQL

from snap_restorer.merge.inserting import InsertGroup
from snap_restorer.merge.swaps import Change, _statements, _values, paired
from tests.cases.constraints import KEY, PARTIAL
from tests.cases.edits import CREW, LOG, NOTE
from tests.cases.snapshots import table
from tests.cases.stages import staged
from tests.goldens import require_golden_sql


def change(definition, *, kind="r", inserts=1, updates=1, deletes=1, again=0, hashed=True):
    return Change(
        label=definition.name,
        stage=staged(definition, kind=kind),
        key=None,
        inserts=inserts,
        updates=updates,
        deletes=deletes,
        columns=tuple(column.name for column in definition.stored[1:]),
        hashed=SQL("sha256(t)").format() if hashed else None,
        expected=0,
        again=again,
    )


CHANGES = {
    "all of it": change(CREW),
    "of a partitioned table": change(NOTE, kind="p"),
    "updates only, unhashed": change(LOG, inserts=0, deletes=0, hashed=False),
    "rows that go and come again": change(CREW, inserts=0, deletes=0, again=1),
    "rows without columns": change(table("bare"), updates=0),
}


def test_the_statement_of_all_changes():
    parts = {f"{name}: {part}": sql for name, made in CHANGES.items() for part, sql in _statements(made, 7)}
    require_golden_sql("swaps.sql", {"pairs": paired(staged(CREW)), **parts})


def test_values_that_no_row_has():
    columns = ("text", "character varying(9)", "uuid", "bytea", "integer", "timestamp with time zone")
    for_each = {}
    for pg in columns:
        definition = table("t", ("v", pg))
        for i, value in enumerate(_values(staged(definition), "v")):
            for_each[f"{pg}, try {i}"] = value
    require_golden_sql("swaps_values.sql", for_each)


def test_rows_of_a_stage():
    stage = staged(CREW)
    batches = {
        "rows": InsertGroup(oid=1, stage=stage, key=KEY, uniques=(KEY,), ruled=False),
        "of a table without columns": InsertGroup(
            oid=1, stage=staged(table("bare")), key=None, uniques=(), ruled=False
        ),
    }
    require_golden_sql(
        "staging.sql",
        {
            "rows that a key excludes": stage.collides(KEY),
            "rows that an index of expressions excludes": stage.collides(PARTIAL),
            **{f"insert {name}": SQL("{}{}").format(b.statement, b.ending) for name, b in batches.items()},
        },
    )
