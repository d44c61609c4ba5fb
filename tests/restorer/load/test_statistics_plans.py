"""Test that all of WorldChef's read queries have the same plans under imported statistics as after ANALYZE."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import RawCursor

from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.prove.read_queries import ReadQuery, read_query
from snap_restorer.request import Request
from tests.paths import ROOT

QUERIES = ROOT / "builder/snap_builder/datasets/worldchef/postgres/queries"
DRAWN = 25  # values of each query
COST = 0.01  # of a plan's whole cost; ANALYZE sees fewer rows visible to all, where keys have locked them meanwhile

pytestmark = pytest.mark.slow


@pytest.fixture
def v3() -> Snapshot:
    return Store(ROOT).resolve("v3")


@pytest.mark.parametrize(
    ("request_", "again", "imported"),
    [
        ({}, False, 8),
        ({}, True, 8),
        ({"jobs": 2}, False, 8),
        ({"jobs": 2}, True, 8),
        ({"as_of": dt.date(2026, 12, 24)}, False, 8),
        ({"as_of": dt.date(2026, 12, 24)}, True, 5),  # partial indexes over dates that nobody has counted
    ],
)
def test_plans_are_those_of_analyze(
    v3: Snapshot, databases: Callable[[], str], request_: dict[str, Any], again: bool, imported: int
) -> None:
    here, there = databases(), databases()
    without = replace(v3, manifest=replace(v3.manifest, extra_files=()))
    for _ in range(1 + again):
        result = restore(v3, Target(here), Request(**request_)).statistics
        assert restore(without, Target(there), Request(**request_)).statistics.analyzed == 8
    assert (result.imported, result.analyzed) == (imported, 8 - imported)
    compared = 0
    for path in sorted(QUERIES.glob("*.sql")):
        query = read_query(path.stem, path.read_text("utf-8"), source=path.name)
        for (shape, cost), (expected, expected_cost) in zip(plans(here, query), plans(there, query), strict=True):
            assert shape == expected, query.name
            assert cost == pytest.approx(expected_cost, rel=COST), query.name
            compared += 1
    assert compared == DRAWN * len(list(QUERIES.glob("*.sql"))) == DRAWN * 5


def plans(url: str, query: ReadQuery) -> Iterator[tuple[list[Any], float]]:
    """Yield the shape and the total cost of a query's plan, for each set of parameters from the query's file."""
    with psycopg.connect(url, cursor_factory=RawCursor) as connection:
        assert query.parameters is not None
        drawn = f"SELECT * FROM ({query.parameters}) AS p LIMIT {DRAWN}"
        result = connection.execute(drawn.encode()).pgresult
        assert result is not None
        for row in range(result.ntuples):
            values = [(result.get_value(row, i) or b"").decode() for i in range(result.nfields)]
            explained = connection.execute(f"EXPLAIN (FORMAT JSON) {query.sql}".encode(), values).fetchone()
            assert explained is not None
            plan = explained[0][0]["Plan"]
            yield shape_of(plan), plan["Total Cost"]


def shape_of(plan: dict[str, Any]) -> list[Any]:
    """Return the kind, relation, index and condition of a plan's node and of its children."""
    names = ("Node Type", "Join Type", "Strategy", "Relation Name", "Index Name", "Index Cond", "Sort Key")
    return [*(plan.get(name) for name in names), *map(shape_of, plan.get("Plans", ()))]
