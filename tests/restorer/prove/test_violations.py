"""Test, as text, the queries for rows that reference nothing. Tests of health and of restores run them."""

from __future__ import annotations

from psycopg.sql import SQL

from snap.schema import ForeignKey
from snap_restorer.pg.introspect import TargetRelation
from snap_restorer.prove.violations import _anti_join
from tests.goldens import require_golden_sql


def relation(name: str, *, kind: str = "r") -> TargetRelation:
    return TargetRelation(
        name=("ship", name),
        oid=1,
        kind=kind,
        forced=False,
        restricted=False,
        owned=True,
        other_owner=False,
        foreign_partitions=None,
        readable=True,
        writable=True,
        insertable=True,
        changeable=True,
    )


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
                relation("Log book", kind="p"), relation("crew", kind="p"), two, both
            ),
        },
    )
