"""Date a new backup. A wrong clock would make it the latest backup for ever, or never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from snap.units import duration
from snap_ops.backup.sealed import Backup

_MOST = timedelta(hours=1)  # the greatest accepted difference of two clocks


def agreed(now: datetime, server: datetime) -> tuple[datetime, tuple[str, ...]]:
    """Return the date for a backup: this machine's time, or the server's and a warning if they differ much. Pure."""
    apart = now - server
    if abs(apart) <= _MOST:
        return now, ()
    way = "ahead of" if apart > timedelta() else "behind"
    return server, (
        f"the clock of this machine is {duration(abs(apart).total_seconds())} {way} that of the server, "
        "which dates the backup",
    )


def from_the_future(backups: Sequence[Backup], now: datetime) -> tuple[str, ...]:
    """Return a warning if the newest backup is dated over an hour later than `now`. Pure."""
    newest = max(backups, key=lambda backup: backup.started, default=None)
    if newest is None or newest.started - now <= _MOST:
        return ()
    ahead = duration((newest.started - now).total_seconds())
    return (f"backup {newest.id} is dated {ahead} ahead of now: until then it counts as the latest",)
