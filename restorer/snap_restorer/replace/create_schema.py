"""Run the schema SQL that a snapshot carries, where none of its tables is there."""

from __future__ import annotations

import psycopg
from psycopg.pq import TransactionStatus

from snap.errors import SnapshotError
from snap.manifest import Manifest
from snap_restorer.pg import transaction
from snap_restorer.pg.schema_sql import entry_at, require_server
from snap_restorer.pg.target import Connection, Target


def create_schema(connection: Connection, target: Target, manifest: Manifest) -> None:
    """Run the snapshot's own SQL, as it is, inside the transaction.

    Raise TargetError if the server refuses it, SnapshotError if it ends the transaction.
    """
    require_server(manifest.schema_sql, connection.info.server_version // 10_000)
    xact_id = connection.execute("SELECT pg_catalog.pg_current_xact_id()").fetchone()
    transaction.set_search_path(connection, transaction.OWN)
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
            rows=translated.rows,
        ) from None
    if (
        connection.info.transaction_status != TransactionStatus.INTRANS
        or connection.execute("SELECT pg_catalog.pg_current_xact_id()").fetchone() != xact_id
    ):
        raise SnapshotError(
            f"the schema's SQL of {manifest.version} ends the transaction", "remove BEGIN and COMMIT from it"
        )
