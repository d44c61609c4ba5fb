"""What is there before a restore, and whether it may begin: the schema created if need be, the plan, the guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snap.errors import SnapshotError
from snap.manifest import Manifest
from snap.progress import Progress
from snap.schema import Table
from snap.store import Snapshot
from snap_restorer.load import objects, orphans
from snap_restorer.load.plan import REBUILD_ROWS, RestorePlan, plan, require_ours, schema_is_missing
from snap_restorer.pg import ledger, session
from snap_restorer.pg.introspect import introspect
from snap_restorer.pg.schema_sql import entry_at, require_server
from snap_restorer.pg.settings import Settings, put_back
from snap_restorer.pg.target import Target
from snap_restorer.replace import unfinished
from snap_restorer.request import Request

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A plan that may go ahead, the rows that the tables hold now by label, and whether the schema was just created."""

    made: RestorePlan
    before: dict[str, int]
    created: bool


def survey(
    connection: Connection, had: Settings, target: Target, snapshot: Snapshot, request: Request, progress: Progress
) -> Survey:
    """Look at the target within a transaction that has begun; `had` is what the session had set before it.

    Errors: TargetError, SnapshotError; to be rolled back.
    """
    listed = request.guard.admit(connection, target)
    manifest, entry = snapshot.manifest, ledger.read(connection)
    state = introspect(connection, _tables(manifest))
    created = schema_is_missing(manifest, state)
    if created:
        _create_schema(connection, target, manifest)
        put_back(connection, had)  # dumped SQL has SETs of its own
        session.settle(connection, request.lock_timeout_s)
        state = introspect(connection, _tables(manifest))
    elif entry is not None and entry.state == "loading" and entry.unfinished is not None:
        unfinished.require(entry, manifest)
        state = unfinished.recover(state, entry.unfinished)
    strays = orphans.find(connection, snapshot, state, shift_days=request.shift_days)
    rebuild_from = 0 if request.jobs > 1 else REBUILD_ROWS
    made = plan(manifest, state, rebuild_from=rebuild_from, problems=strays.problems, created=created)
    for note in (*made.notes, *strays.notes):
        progress.note(note)
    objects.lift_forced_security(connection, made)
    before = {} if created else objects.counts(connection, made.tables)
    if not (request.guard.yes or listed):
        require_ours(before, entry)
    return Survey(made=made, before=before, created=created)


def _create_schema(connection: Connection, target: Target, manifest: Manifest) -> None:
    """Run the snapshot's own SQL, as it is, inside the transaction."""
    import psycopg
    from psycopg.pq import TransactionStatus

    require_server(manifest.schema_sql, connection.info.server_version // 10_000)
    transaction = connection.execute("SELECT pg_catalog.pg_current_xact_id()").fetchone()
    session.search(connection, session.OWN)
    try:
        connection.execute(manifest.schema_sql.encode())
    except psycopg.Error as error:
        translated = target.translate(error)
        position = error.diag.statement_position
        where = entry_at(manifest.schema_sql, int(position)) if position else ""
        raise type(translated)(
            f"the schema of {manifest.version} cannot be created{f', {where}' if where else ''}: {translated.message}",
            translated.hint
            if isinstance(error, psycopg.errors.InsufficientPrivilege)
            else "the database may hold other things of the same names, or lack an extension: create the tables with "
            "your own migrations, or restore into an empty database",
            unchanged=True,
        ) from None
    if (
        connection.info.transaction_status != TransactionStatus.INTRANS
        or connection.execute("SELECT pg_catalog.pg_current_xact_id()").fetchone() != transaction
    ):
        raise SnapshotError(
            f"the schema's SQL of {manifest.version} ends the transaction", "remove BEGIN and COMMIT from it"
        )


def _tables(manifest: Manifest) -> Iterator[Table]:
    return (data.table for data in manifest.tables)
