"""The date of a new backup: by a wrong clock it would be the latest one for ever, or never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from snap.units import duration
from snap_ops.backup.sealed import Backup

_MOST = timedelta(hours=1)  # that two clocks may differ


def agreed(now: datetime, server: datetime) -> tuple[datetime, tuple[str, ...]]:
    """Return the time to go by: this machine's, or the server's with a warning where they are far apart. Pure."""
    apart = now - server
    if abs(apart) <= _MOST:
        return now, ()
    way = "ahead of" if apart > timedelta() else "behind"
    return server, (
        f"the clock of this machine is {duration(abs(apart).total_seconds())} {way} that of the server, "
        "which dates the backup",
    )


def from_the_future(backups: Sequence[Backup], now: datetime) -> tuple[str, ...]:
    """Return a warning where the newest backup is dated later than `now`. Pure."""
    newest = max(backups, key=lambda backup: backup.started, default=None)
    if newest is None or newest.started - now <= _MOST:
        return ()
    ahead = duration((newest.started - now).total_seconds())
    return (f"backup {newest.id} is dated {ahead} ahead of now: until then it counts as the latest",)
