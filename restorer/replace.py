"""The steps that replace the rows of a target's tables, on one connection; who calls them decides when to commit.

lock, hold off triggers, drop foreign keys and large tables' indexes, TRUNCATE      clear
COPY each table                                                                     load
indexes, foreign keys, sequences, row-level security, triggers as they were;
ANALYZE, materialised views, counts                                                 finish
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from restorer import definitions, objects, session
from restorer.copy_in import copy_in
from restorer.plan import RestorePlan, TablePlan
from snap import parquet
from snap.errors import CheckError, TargetError
from snap.manifest import DataFile
from snap.progress import Progress
from snap.store import Snapshot

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def lock(connection: Connection, made: RestorePlan, before: dict[str, int], *, yes: bool) -> dict[str, int]:
    """Shut others out, and count again: rows that came in since the guard looked are not to be lost unseen."""
    import psycopg

    try:
        objects.lock(connection, made)
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            "lock held: another session uses the tables to be replaced",
            "end that session, try again later, or raise the lock timeout; nothing was changed",
        ) from None
    now = objects.counts(connection, made.tables)
    if now != before and not yes:
        raise TargetError("rows were written while the restore began", "stop the writers, or add --yes")
    return now


def clear(connection: Connection, made: RestorePlan) -> None:
    """Empty the tables, and take off what would slow the load or act on it."""
    objects.hold_off_triggers(connection, made)
    definitions.drop(connection, made.dropped)
    objects.truncate(connection, made.tables)


def load(
    connection: Connection,
    snapshot: Snapshot,
    table: TablePlan,
    files: Iterable[DataFile],
    progress: Progress,
    *,
    freeze: bool,
) -> int:
    """COPY `files` into the table and give how many rows they were."""
    # Functions that constraints and generated columns call find what they need where this role would find it.
    session.search(connection, None)
    if not table.columns:
        inserted = objects.insert_defaults(connection, table)
    else:
        batches = (batch for file in files for batch in parquet.read(snapshot.path(file), table.data.table))
        inserted = 0
        for rows in copy_in(connection, table, batches, freeze=freeze and not table.partitioned):
            inserted += rows
            progress.advance(table.label, rows)
    session.search(connection, session.PINNED)
    return inserted


def expect(snapshot: Snapshot, table: TablePlan, inserted: int) -> None:
    """Compare what was sent with the manifest. Errors: CheckError."""
    if inserted != table.data.rows:
        raise CheckError(
            f"table {table.label} took {inserted} rows of {table.data.rows}",
            f"check the snapshot: snap check {snapshot.manifest.version}; nothing was changed",
        )


def finish(connection: Connection, made: RestorePlan, create: Iterable[definitions.Definition]) -> None:
    """Put all back that was taken off, of the dropped objects those in `create`, and prove it and the rows."""
    objects.check_references(connection)
    session.search(connection, None)
    definitions.create(connection, create)
    session.search(connection, session.PINNED)
    definitions.prove(connection, [table.oid for table in made.tables], made.definitions)
    objects.move_sequences(connection, made.tables)
    _verify(connection, made)
    objects.restore_forced_security(connection, made)
    objects.restore_triggers(connection, made)
    objects.analyze(connection, made.tables)
    session.put(connection, "row_security", "on")  # a view reads as it always does
    objects.refresh_views(connection, made)


def _verify(connection: Connection, made: RestorePlan) -> None:
    """Compare what the tables hold now with the manifest. Errors: CheckError that names every table that differs."""
    held = objects.counts(connection, made.tables)
    wrong = [
        f"{table.label} holds {held[table.label]} rows, not {table.data.rows}"
        for table in made.tables
        if held[table.label] != table.data.rows
    ]
    if wrong:
        raise CheckError(
            "after loading, " + "; ".join(wrong),
            "look for rules and triggers of the target that drop or add rows; nothing was changed",
        )
