"""Define tables, and edits of every kind that people may make to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
from hypothesis import strategies as st

from snap.schema import ForeignKey, Table
from snap_restorer import RestoreResult
from tests.cases.snapshots import Rows, table
from tests.paths import CASES
from tests.postgres import execute


def keyed(definition: Table, *key: str, derived: Sequence[str] = (), to: Sequence[tuple[str, str]] = ()) -> Table:
    """Return a table with a primary key, derived columns, and references (column, table) to columns `id`."""
    return replace(
        definition,
        primary_key=key,
        columns=tuple(replace(c, derived=c.name in derived) for c in definition.columns),
        foreign_keys=tuple(ForeignKey(columns=(c,), references=t, to=("id",)) for c, t in to),
    )


CREW = keyed(
    table("crew", ("id", "integer"), ("name", "text"), ("boss", "integer"), ("notes", "integer")),
    "id",
    derived=["notes"],
    to=[("boss", "crew")],
)
NOTE = keyed(
    table("note", ("id", "uuid"), ("crew_id", "integer"), ("data", "jsonb"), ("tags", "text[]")),
    "id",
    to=[("crew_id", "crew")],
)
LOG = table("log", ("line", "text"), ("n", "double precision"))
SQL = (CASES / "edits.sql").read_text("utf-8")


def uuid(i: int) -> bytes:
    return i.to_bytes(16, "big")


CREW_ROWS = [(i, f"n{i}" if i % 4 else None, i - 2 if i > 2 else None, 2 if i <= 3 else 0) for i in range(1, 9)]
NOTE_ROWS = [(uuid(i), i % 3 + 1, f'{{"i": {i}}}' if i % 2 else None, ["a", None, str(i)]) for i in range(6)]
LOG_ROWS = [("a", 1.5), ("a", 1.5), ("a", 1.5), (None, None), ("b", float("nan"))]
TABLES: Sequence[tuple[Table, Rows]] = [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS), (LOG, LOG_ROWS)]


def state(url: str) -> list[Any]:
    return [
        execute(url, "SELECT * FROM crew ORDER BY id"),
        execute(url, "SELECT * FROM note ORDER BY id"),
        execute(url, "SELECT line, n::text FROM log ORDER BY 1, 2"),
    ]


IDS = st.integers(1, 12)
NAMES = st.one_of(st.none(), st.sampled_from([f"n{i}" for i in range(1, 12)]))
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("INSERT INTO crew VALUES (%s, %s, %s)"), st.tuples(IDS, NAMES, st.one_of(st.none(), IDS))),
        st.tuples(st.just("UPDATE crew SET name = %s WHERE id = %s"), st.tuples(NAMES, IDS)),
        st.tuples(st.just("UPDATE crew SET boss = %s, notes = notes + 1 WHERE id = %s"), st.tuples(IDS, IDS)),
        st.tuples(st.just("UPDATE crew SET id = %s WHERE id = %s"), st.tuples(IDS, IDS)),
        st.tuples(st.just("DELETE FROM crew WHERE id = %s"), st.tuples(IDS)),
        st.tuples(
            st.just("DELETE FROM note WHERE id = %s::uuid"), st.tuples(st.sampled_from([f"{i:032x}" for i in range(8)]))
        ),
        st.tuples(st.just("UPDATE note SET crew_id = %s, data = '[]' WHERE crew_id = %s"), st.tuples(IDS, IDS)),
        st.tuples(
            st.just("INSERT INTO note VALUES (%s::uuid, %s)"),
            st.tuples(st.sampled_from([f"{i:032x}" for i in range(9)]), IDS),
        ),
        st.tuples(
            st.just("DELETE FROM log WHERE ctid IN (SELECT ctid FROM log LIMIT %s)"), st.tuples(st.integers(1, 3))
        ),
        st.tuples(st.just("INSERT INTO log VALUES (%s, 1.5)"), st.tuples(NAMES)),
    ),
    max_size=14,
)


def edit(url: str, edits: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
    """Apply those edits that the database accepts."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement, parameters in edits:
            try:
                connection.execute(statement, parameters)  # type: ignore[arg-type]
            except psycopg.errors.IntegrityError:
                continue


def counts(result: RestoreResult) -> dict[str, tuple[int, int, int, int]]:
    """Return (inserted, updated, deleted, unchanged) for each changed table."""
    for t in result.tables:
        assert t.rows == t.inserted + t.updated + t.unchanged + t.skipped
    return {
        t.name: (t.inserted, t.updated, t.deleted, t.unchanged)
        for t in result.tables
        if t.inserted or t.updated or t.deleted
    }
