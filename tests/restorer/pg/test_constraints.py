"""Test, as text, the SQL that compares values as constraints do. Tests of merge run this SQL."""

from __future__ import annotations

from dataclasses import replace

from psycopg.sql import Identifier

from tests.cases.constraints import KEY, PARTIAL, TO_BOSS
from tests.goldens import require_golden_sql


def test_unique_indexes_and_references() -> None:
    table = Identifier("public", "crew")
    equal = replace(KEY, nulls_equal=True)
    require_golden_sql(
        "constraints.sql",
        {
            "what a key compares": KEY.of(table),
            "what a partial index of expressions compares, and a place": PARTIAL.of(table, Identifier("place")),
            "rows that exclude each other": KEY.alike("a", "b"),
            "rows that exclude each other, NULLS NOT DISTINCT": equal.alike("a", "b"),
            "rows that exclude each other by expressions": PARTIAL.alike("a", "b"),
            "a parent and its child": TO_BOSS.meets("p", "c"),
            "a child that has to have a parent": TO_BOSS.asks("c"),
            "a child that has to have a parent, MATCH FULL": replace(TO_BOSS, match_full=True).asks("c"),
            "parents": TO_BOSS.parents(),
            "children of a partitioned table": replace(TO_BOSS, child_partitioned=True).children(),
        },
    )


def test_an_index_is_named_with_what_it_is_over() -> None:
    assert PARTIAL.said() == "crew_lower (lower(name), boss)"
    assert (KEY.plain, PARTIAL.plain) == (True, False)
