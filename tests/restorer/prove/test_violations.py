"""Rows that lead nowhere, as text; tests of health and of restores run it."""

from __future__ import annotations

from psycopg.sql import SQL

from snap.schema import ForeignKey
from snap_restorer.prove.relations import Relation
from snap_restorer.prove.violations import _anti_join
from tests.goldens import require_golden_sql


def relation(name: str, *, whole: bool = False) -> Relation:
    return Relation(name=("ship", name), oid=1, whole=whole, forced=False, restricted=False, owned=True, readable=True)


def test_rows_that_lead_nowhere() -> None:
    one = ForeignKey(columns=("author",), references="ship.crew", to=("id",))
    two = ForeignKey(columns=("a", "B"), references="ship.crew", to=("id", "Rank"))
    names = SQL('p."id" = t."author"').format()
    both = SQL('p."id" OPERATOR(ext.=) t."a" AND p."Rank" = t."B"').format()
    require_golden_sql(
        "violations.sql",
        {
            "one column": _anti_join(relation("Log book"), relation("crew"), one, names),
            "two columns, both tables partitioned": _anti_join(
                relation("Log book", whole=True), relation("crew", whole=True), two, both
            ),
        },
    )
