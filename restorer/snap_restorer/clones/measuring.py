"""Shapes of a snapshot's tables, as Postgres' statistics describe them after a restore into a temporary database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snap.schema import Schema
from snap.shapes import Privacy, Shapes
from snap.store import Snapshot
from snap_restorer.clones.scratch_database import scratch_database
from snap_restorer.live.shapes import read_shapes
from snap_restorer.local.embedded import Embedded
from snap_restorer.pg import transaction
from snap_restorer.restoring import restore

_DATABASE = "postgres"


def snapshot_shapes(
    snapshot: Snapshot,
    schema: Schema,
    privacy: Privacy,
    *,
    environment: Mapping[str, str] | None = None,
    project: Path | None = None,
) -> Shapes:
    """Restore a snapshot into the embedded server, analyse it, and return the shapes of the tables of `schema`.

    Errors: ServiceError if there is no embedded server; TargetError.
    """
    server = Embedded(environment=environment, project=project).start()
    with scratch_database(server.target(_DATABASE)) as target:
        restore(snapshot, target)
        with target.connect() as connection:
            connection.autocommit = True
            transaction.pin_session(connection)
            connection.execute("ANALYZE")
        return read_shapes(target, schema, privacy)
