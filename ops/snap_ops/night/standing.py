"""Say whether people can use the database in the morning, from this night's record and the previous one. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from snap_ops.health.check import is_integrity
from snap_ops.record import NightRecord


def with_standing(record: NightRecord, before: NightRecord | None) -> NightRecord:
    """Return a night's record with two more facts: whether the database can be used, and the last good night.

    `before` is the record of the previous night of the same database.
    """
    return replace(record, usable=_usable(record, before), last_good=_last_good(record, before))


def _usable(record: NightRecord, before: NightRecord | None) -> bool | None:
    """Return whether people can work with the database, or None if that is unknown.

    If the night left the database as it was, the previous night's answer holds.
    """
    health = [finding for step in record.steps if step.name == "health" for finding in step.findings]
    sound = all(finding.ok or not is_integrity(finding) for finding in health)
    repaired = any(step.name == "repair" and step.state == "done" for step in record.steps)
    inherited = True if repaired else None if before is None else before.usable
    match record.left:
        case "broken":
            return False
        case "refreshed":
            return sound
        case "put back":
            return inherited is not False
        case "kept":
            return sound if health else inherited
    return None


def _last_good(record: NightRecord, before: NightRecord | None) -> datetime | None:
    """Return the start of the last night that succeeded and refreshed the database."""
    if record.ok and record.left in ("refreshed", ""):
        return record.started
    return None if before is None else before.last_good or _last_good(before, None)
