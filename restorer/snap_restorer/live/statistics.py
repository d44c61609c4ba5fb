"""The planner's statistics of captured tables, unchanged: a capture runs no ANALYZE on somebody's database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import psycopg
from psycopg import IsolationLevel, sql

from snap.planner_statistics import PlannerStatistics
from snap_restorer.live.reader import Reader
from snap_restorer.live.tables import LiveTable
from snap_restorer.pg import transaction
from snap_restorer.pg.planner_statistics import LEAST_SERVER, take_private
from snap_restorer.pg.target import Target

_COMMIT = dt.timedelta(seconds=1)  # between what an ANALYZE reports as its end, and its commit


def read_statistics(
    reader: Reader, target: Target, tables: Sequence[LiveTable], masked: Collection[int]
) -> PlannerStatistics | None:
    """Return the statistics of the tables without masked columns, as the reader's transaction sees them.

    Statistics hold values, so a table whose OID is in `masked` gets none, whichever of its columns is masked. Of the
    other tables, only statistics that reveal no more than the rows are taken (`take_private`). There are none before
    Postgres 18, and none if this role may not read pg_stats.
    """
    oids = [live.oid for live in tables if not live.partitioned and live.oid not in masked]
    began = reader.rows("SELECT pg_catalog.transaction_timestamp() AS moment")[0]["moment"]
    with target.connect() as connection:
        if connection.info.server_version < LEAST_SERVER:
            return None
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(reader.export()))
        transaction.apply_settings(connection, reader.lock_timeout_s)
        try:
            taken = take_private(connection, oids, began - _COMMIT)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):  # a build without ICU
            return None
    return taken if taken.tables else None
