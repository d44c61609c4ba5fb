"""Test, as text, the queries about foreign keys between the snapshot's tables and other tables.

test_orphans runs these queries.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from psycopg.sql import SQL

from snap_restorer.load.orphans import (
    _absent_sql,
    _equal_by_operator_sql,
    _examples_sql,
    _hash,
    _outside_keys_sql,
    _rows_of,
    _unnest,
    _whole,
)
from snap_restorer.pg.boundary_keys import CrossingKey
from tests.cases.plans import pure_target
from tests.cases.snapshots import column
from tests.goldens import require_golden_sql

KEY = CrossingKey(
    name="to_users",
    outgoing=True,
    inside=("public", "crew"),
    outside=("auth", "users"),
    outside_oid=1,
    partitioned=False,
    columns=("user", "Mail"),
    to_columns=("id", "Mail"),
    types=("bigint", "text"),
    to_types=("bigint", "ext.citext"),
    operators=(("pg_catalog", "="), ("ext", "=")),
    match_full=False,
    valid=True,
    period=False,
    readable=True,
    restricted=False,
    deterministic=True,
)


def test_keys_that_the_table_beyond_does_not_hold() -> None:
    columns = (column("user", "bigint"), column("Mail", "text"))
    block = pa.table({"user": pa.array([1, 2], pa.int64()), "Mail": ['it\'s 100% "a"', "b\\c"]})
    require_golden_sql(
        "orphans.sql",
        {
            "absent": _absent_sql(KEY, columns, block),
            "absent, by one column of a partitioned table": _absent_sql(
                replace(KEY, partitioned=True, to_columns=("id",), types=("bigint",), operators=KEY.operators[:1]),
                columns[:1],
                block,
            ),
            "rows by their hash": _rows_of(KEY, SQL("hash"), [b"\x00\xff", b"%"]),
            "whole keys": _whole(KEY),
            "hash of a key": _hash(columns, (pure_target("user", "bigint"), pure_target("Mail", "text")), 0),
            "hash of a date that is shifted": _hash([column("day", "date")], [pure_target("Day", "date")], 9),
            "keys beyond with their counts": _outside_keys_sql(KEY, SQL("hash")),
            "keys beyond that are equal by operator": _equal_by_operator_sql(KEY, columns, SQL("hash"), block),
            "examples of two columns": _examples_sql(2, _unnest(columns, KEY.types, block)),
            "examples by their hash": _examples_sql(1, _rows_of(replace(KEY, columns=("user",)), SQL("hash"), [b"%"])),
        },
    )
