"""Compare snapshots with a live database."""

from __future__ import annotations

from dataclasses import replace

from snap.compare import Diff, TableDiff, compare, snapshot_side
from snap.store import Snapshot
from snap_restorer import Target
from snap_restorer.live.side import live_side

MOOD = "CREATE TYPE mood AS ENUM ('sad', 'ok');"


def diff(made: Snapshot, url: str, rows: int = 0) -> Diff:
    """Compare a snapshot with a live database, leaving out enum types, which few of these tests use."""
    with live_side(Target(url), made.manifest) as live:
        found = compare(snapshot_side(made), live, rows=rows)
    return replace(found, schema=tuple(change for change in found.schema if change.what != "enum"))


def only(made: Snapshot, url: str, rows: int = 0) -> TableDiff:
    """Return the only table of a snapshot that has the database's schema."""
    found = diff(made, url, rows)
    assert found.schema == ()
    [changes] = found.tables
    return changes
