"""Test, as text, the SQL of canonical bytes. Tests of load.rowhash check its results on a server."""

from __future__ import annotations

import pytest
from psycopg.sql import Identifier

from snap_restorer.values.canonical_sql import day, natural, payload, row_hash
from tests.cases.plans import pure_target
from tests.cases.snapshots import table
from tests.cases.values import LISTS, TYPES
from tests.goldens import require_golden_sql

# What columns of targets may be of that are wider than the snapshot's type, or of another one.
OTHERS = {
    "integer": ["bigint", "numeric(11,2)", "text"],
    "real": ["double precision", "integer"],
    "numeric(11,2)": ["numeric", "bigint", "double precision"],
    "character varying(70000)": ["text", "character(3)"],
    "character(3)": ["character(5)", "text"],
    "jsonb": ["json", "text"],
    "json": ["jsonb"],
    "date": ["timestamp without time zone"],
    "timestamp without time zone": ["timestamp(3) without time zone", "timestamp with time zone"],
    "mood": ["text", "character varying(9)"],
    "integer[]": ["bigint[]", "numeric[]", "integer"],
    "text[]": ["character varying(9)[]", "character(3)[]"],
    "inet": ["inet", "text"],
    "date[]": ["date[]"],
}
PAIRS = [(kind, into) for kind in (*TYPES, *LISTS) for into in (kind, *OTHERS.get(kind, ()))] + [
    ("inet", into) for into in OTHERS["inet"]
]


def rendered(pg: str, into: str, **options: object) -> str:
    source = table("t", ("v", pg)).columns[0].type
    held = natural(pure_target("v", into))
    return payload(source, held, Identifier("v"), **options).as_string(None)  # type: ignore[arg-type]


def test_the_bytes_of_every_type() -> None:
    require_golden_sql("canonical_sql.sql", {f"{kind} in {into}": rendered(kind, into) for kind, into in PAIRS})


def test_days_and_json_may_be_taken_otherwise() -> None:
    """The options change the SQL only of types that contain dates or jsonb."""
    cases = {}
    for kind, into in PAIRS:
        for name, options in {"3 days later": {"shift_days": 3}, "as printed": {"printed": True}}.items():
            if (sql := rendered(kind, into, **options)) != rendered(kind, into):
                cases[f"{kind} in {into}, {name}"] = sql
    require_golden_sql("canonical_sql_options.sql", cases)


def test_a_row_is_hashed_over_its_framed_fields() -> None:
    assert row_hash([Identifier("a"), Identifier("b")]).as_string(None) == (
        'pg_catalog.sha256(pg_catalog.substr(pg_catalog.array_send(ARRAY["a", "b"]::pg_catalog.bytea[]), 21))'
    )


@pytest.mark.parametrize(("days", "text"), [(0, "J2440588 00:00:00+00"), (-2_440_588, "J0 00:00:00+00")])
def test_a_day_is_a_julian_one(days: int, text: str) -> None:
    assert day(days) == text
