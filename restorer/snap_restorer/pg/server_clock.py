"""The server's clock, to compare with this machine's."""

from __future__ import annotations

from datetime import UTC, datetime

from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.target import Target


def server_time(target: Target) -> datetime:
    """Return the server's current time, in UTC. Errors: ServiceError, TargetError."""
    with target.connect() as connection:
        (seconds,) = one_row(
            connection,
            "SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())",
        )
    return datetime.fromtimestamp(seconds, UTC)
