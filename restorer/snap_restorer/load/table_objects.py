"""What hangs on tables while they are loaded: locks, triggers, sequences, views, statistics.

Each thing that is lifted has a function that puts it back as it was; all happens in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap_restorer.load.restore_plan import RestorePlan, TablePlan
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.introspect import TargetTrigger, TargetView
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Connection

_ENABLE = {"O": "ENABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


def counts(connection: Connection, tables: Sequence[TablePlan]) -> dict[str, int]:
    """Count the rows of each table, by label."""
    each = [sql.SQL("(SELECT pg_catalog.count(*) FROM {})").format(table.relation) for table in tables]
    # A target list holds at most 1,664 entries.
    numbers: list[int] = []
    for start in range(0, len(each), 1000):
        numbers += one_row(connection, sql.SQL("SELECT ") + sql.SQL(", ").join(each[start : start + 1000]))
    return {table.label: number for table, number in zip(tables, numbers, strict=True)}


def lock(connection: Connection, plan: RestorePlan) -> None:
    """Take the locks that TRUNCATE and dropping foreign keys will want, all at once."""
    names = [table.relation for table in plan.tables] + [sql.Identifier(*name) for name in plan.outside]
    if names:
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))


def truncate(connection: Connection, tables: Sequence[TablePlan]) -> None:
    """Empty the tables together, so that they may reference each other; heirs outside the snapshot keep their rows."""
    if tables:
        connection.execute(sql.SQL("TRUNCATE TABLE {}").format(sql.SQL(", ").join(table.relation for table in tables)))


def analyze(connection: Connection, tables: Sequence[TablePlan]) -> None:
    """Refresh the planner's statistics of the tables that this role may analyse."""
    owned = [sql.Identifier(*table.name) for table in tables if table.target.owned]
    if owned:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(owned)))


def insert_defaults(connection: Connection, table: TablePlan) -> int:
    """Fill a table of which the snapshot holds no column: only a number of rows."""
    statement = sql.SQL("INSERT INTO {} SELECT FROM pg_catalog.generate_series(1, {})")
    return connection.execute(statement.format(sql.Identifier(*table.name), sql.Literal(table.data.rows))).rowcount


def hold_off_triggers(connection: Connection, triggers: Iterable[TargetTrigger]) -> None:
    """Disable user-defined triggers: the snapshot's rows hold already what those would compute."""
    _alter(connection, [(trigger.table, "DISABLE TRIGGER {}", trigger.name) for trigger in triggers])


def restore_triggers(connection: Connection, triggers: Iterable[TargetTrigger]) -> None:
    """Enable those again that were enabled, each in the way that it was."""
    _alter(connection, [(trigger.table, _ENABLE[trigger.state] + " {}", trigger.name) for trigger in triggers])


def check_references(connection: Connection) -> None:
    """Check what waited. DDL needs all of a table's pending events to be done first."""
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refresh_views(connection: Connection, plan: RestorePlan) -> None:
    """Refresh the filled materialised views, those that others read first. Errors: TargetError."""
    for view in plan.views:
        refresh(connection, view, sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(*view.name)))


def refresh(connection: Connection, view: TargetView, statement: sql.Composed) -> None:
    """Run the statement that refreshes one materialised view. Errors: TargetError."""
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        if not error.sqlstate or error.sqlstate[:2] in {"08", "57", "53", "55"}:
            raise
        said, failed = words(error), f"materialised view {'.'.join(view.name)} cannot be refreshed"
        raise TargetError(
            f"{failed}: {said.message}",
            "change its query, or refresh it WITH NO DATA, then run this again",
            unchanged=True,
            reported=f"{failed}: {said.reported}",
        ) from None


def move_sequences(connection: Connection, tables: Sequence[TablePlan], *, back: bool = True) -> None:
    """Let each sequence go on after the values that were loaded. RESTART is undone by a rollback, setval is not.

    Without `back` none goes back: values that the application drew are not drawn again.
    """
    for table in tables:
        for sequence in table.sequences:
            name = sql.Identifier(*sequence.name)
            end = sql.SQL("pg_catalog.max" if sequence.increment > 0 else "pg_catalog.min")
            (last,) = one_row(
                connection,
                sql.SQL("SELECT {}({})::bigint FROM {}").format(end, sql.Identifier(sequence.column), table.relation),
            )
            if not (back and sequence.owned):  # others may draw from it: never back
                value, called = one_row(connection, sql.SQL("SELECT last_value, is_called FROM {}").format(name))
                if last is None or (last - value) * sequence.increment < 0 or (last == value and called):
                    continue
            if last is None or not sequence.least <= last <= sequence.greatest:
                statement = sql.SQL("ALTER SEQUENCE {} RESTART").format(name)
            else:
                step = 1 if sequence.increment > 0 else -1
                following = min(max(last + step, sequence.least), sequence.greatest)
                statement = sql.SQL("ALTER SEQUENCE {} RESTART WITH {}").format(name, sql.Literal(following))
            connection.execute(statement)


def _alter(connection: Connection, actions: Sequence[tuple[Any, ...]]) -> None:
    """Run ALTER TABLE for each (table, action, names in the action), in one round trip."""
    # ONLY: a partitioned table's triggers are switched one table at a time, for each may have its own state.
    statements = [
        sql.SQL("ALTER TABLE ONLY {} ").format(sql.Identifier(*table))
        + sql.SQL(action).format(*map(sql.Identifier, names))
        for table, action, *names in actions
    ]
    if statements:
        connection.execute(sql.SQL("; ").join(statements))
