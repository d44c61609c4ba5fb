"""Test, as text, the DuckDB expressions of every type; test_duckdb runs them."""

from __future__ import annotations

from snap.types import duckdb
from tests.cases.snapshots import table
from tests.cases.values import LISTS, TYPES
from tests.goldens import require_golden_sql

PAIRS = {
    "real": ["double precision"],
    "integer": ["bigint", "numeric(11,2)"],
    "numeric(11,2)": ["numeric(7,5)"],
    "text": ["character varying(70000)", "mood"],
    "jsonb": ["json"],
    "timestamp without time zone": ["timestamp with time zone"],
    "interval": ["text"],
    "integer[]": ["bigint[]"],
}


def test_the_expressions_of_every_type() -> None:
    cases = {}
    for pg in (*TYPES, *LISTS):
        kind = table("t", ("v", pg)).columns[0].type
        cases[f"{pg}: canonical bytes"] = duckdb.expressions(kind).canonical.format(v="v")
        cases[f"{pg}: shown"] = duckdb.shown("v", kind)
        cases[f"{pg}: as checks see it"] = duckdb.view("v", kind)
        cases[f"{pg}: invalid"] = duckdb.invalid("v", kind) or "none is"
        for other in (pg, *PAIRS.get(pg, ())):
            meets = table("t", ("v", other)).columns[0].type
            cases[f"{pg}: compared with {other}"] = duckdb.comparable("v", kind, meets)
            cases[f"{pg}: compared with {other}, narrow"] = duckdb.narrow("v", kind, meets)
    require_golden_sql("duckdb.sql", cases)
