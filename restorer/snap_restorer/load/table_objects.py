"""The locks, triggers, views and statistics of tables while rows are loaded.

Each function that disables something has one that restores it. All of it runs in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap_restorer.load.restore_plan import RestorePlan, TablePlan
from snap_restorer.pg.catalog import one_row, records
from snap_restorer.pg.indexes import Definition
from snap_restorer.pg.introspect import TargetTrigger, TargetView
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection

_ENABLE = {"O": "ENABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


def counts(connection: Connection, tables: Sequence[TablePlan]) -> dict[str, int]:
    """Return the number of rows of each table, by label."""
    each = [sql.SQL("(SELECT pg_catalog.count(*) FROM {})").format(table.relation) for table in tables]
    # A target list holds at most 1,664 entries.
    numbers: list[int] = []
    for start in range(0, len(each), 1000):
        numbers += one_row(connection, sql.SQL("SELECT ") + sql.SQL(", ").join(each[start : start + 1000]))
    return {table.label: number for table, number in zip(tables, numbers, strict=True)}


def lock(connection: Connection, plan: RestorePlan) -> None:
    """Take at once all the locks that TRUNCATE and dropping foreign keys will need."""
    names = [table.relation for table in plan.tables] + [sql.Identifier(*name) for name in plan.outside]
    if names:
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))


def lock_writers(connection: Connection, keys: Sequence[Definition]) -> None:
    """Lock the tables of foreign keys against writers, as creating the keys does, in a fixed order and all at once."""
    names = sorted({name for key in keys for name in (key.table, key.to) if name is not None})
    if names:
        tables = sql.SQL(", ").join(sql.SQL("ONLY {}").format(sql.Identifier(*name)) for name in names)
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(tables))


def require_known_triggers(connection: Connection, oids: Sequence[int], known: Iterable[TargetTrigger]) -> None:
    """Raise TargetError if a locked table has a trigger that did not exist when the plan was made.

    Only the known triggers are disabled.
    """
    names = {(trigger.table, trigger.name) for trigger in known if trigger.state != "D"}
    now = records(connection, TargetTrigger, "triggers", oids=list(oids))
    new = [
        f"{trigger.name} of {'.'.join(trigger.table)}"
        for trigger in now
        if trigger.state != "D" and (trigger.table, trigger.name) not in names
    ]
    if new:
        raise TargetError(
            f"triggers were created by others while the restore began: {', '.join(new)}",
            "run the command again",
            unchanged=True,
        )


def truncate(connection: Connection, tables: Sequence[TablePlan]) -> None:
    """Empty all tables in one statement, since they may reference each other. Inheriting tables keep their rows."""
    if tables:
        connection.execute(sql.SQL("TRUNCATE TABLE {}").format(sql.SQL(", ").join(table.relation for table in tables)))


def analyze(connection: Connection, tables: Sequence[TablePlan]) -> None:
    """Refresh the planner's statistics of the tables that this role may analyse."""
    owned = [sql.Identifier(*table.name) for table in tables if table.target.owned]
    if owned:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(owned)))


def insert_defaults(connection: Connection, table: TablePlan) -> int:
    """Insert the snapshot's number of rows, with defaults only, since the snapshot holds no column of the table."""
    statement = sql.SQL("INSERT INTO {} SELECT FROM pg_catalog.generate_series(1, {})")
    return connection.execute(statement.format(sql.Identifier(*table.name), sql.Literal(table.data.rows))).rowcount


def hold_off_triggers(connection: Connection, triggers: Iterable[TargetTrigger]) -> None:
    """Disable user-defined triggers, since the snapshot's rows already hold the values that they would compute."""
    _alter(connection, [(trigger.table, "DISABLE TRIGGER {}", trigger.name) for trigger in triggers])


def restore_triggers(connection: Connection, triggers: Iterable[TargetTrigger]) -> None:
    """Enable the triggers that were enabled before, each in its previous mode."""
    _alter(connection, [(trigger.table, _ENABLE[trigger.state] + " {}", trigger.name) for trigger in triggers])


def check_references(connection: Connection) -> None:
    """Check the deferred constraints now, since DDL is refused while a table has pending trigger events."""
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refresh_views(connection: Connection, views: Iterable[TargetView]) -> None:
    """Refresh materialised views in the given order. Errors: TargetError."""
    for view in views:
        refresh(connection, view, sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(*view.name)))


def refresh(connection: Connection, view: TargetView, statement: sql.Composed) -> None:
    """Refresh one materialised view by its statement. Errors: TargetError."""
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        if not error.sqlstate or error.sqlstate[:2] in {"08", "57", "53", "55"}:
            raise
        failed = f"materialised view {'.'.join(view.name)} cannot be refreshed"
        hint = "change its query, or refresh it WITH NO DATA, then run this again"
        raise refused(failed, error, hint, unchanged=True) from None


def _alter(connection: Connection, actions: Sequence[tuple[Any, ...]]) -> None:
    """Run ALTER TABLE for each (table, action, names in the action), in one round trip."""
    # ONLY, since each partition's triggers may have a state of their own.
    statements = [
        sql.SQL("ALTER TABLE ONLY {} ").format(sql.Identifier(*table))
        + sql.SQL(action).format(*map(sql.Identifier, names))
        for table, action, *names in actions
    ]
    if statements:
        connection.execute(sql.SQL("; ").join(statements))
