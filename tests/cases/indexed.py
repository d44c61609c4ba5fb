"""Define two tables with every kind of index and constraint, and their description from the catalog."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from snap.schema import ForeignKey
from tests.cases.snapshots import table
from tests.paths import CASES
from tests.postgres import execute

A = table("a", ("id", "integer"), ("code", "text"), ("n", "integer"))
B = replace(
    table("b", ("id", "integer"), ("a", "integer"), ("up", "integer"), schema="Other one"),
    foreign_keys=(ForeignKey(columns=("a",), references="a", to=("id",)),),
)
A_ROWS = [(i, f"c{i}", i % 7) for i in range(60)]
B_ROWS = [(i, i % 60, i - 1 if i else None) for i in range(90)]
SQL = (CASES / "indexed.sql").read_text("utf-8")
DESCRIBED = """
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated, condeferrable,
       condeferred, obj_description(oid, 'pg_constraint'), NULL, NULL
FROM pg_constraint WHERE conrelid >= 16384
UNION ALL
SELECT 'index', i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid,
       i.indisclustered, i.indisreplident, obj_description(i.indexrelid, 'pg_class'), c.reltablespace::text,
       (SELECT string_agg(attnum || ':' || attstattarget, ',' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = i.indexrelid AND attstattarget >= 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace
ORDER BY 1, 2, 3
"""


def described(url: str) -> list[Any]:
    return [row for row in execute(url, DESCRIBED) if "ledger" not in row[1]]
