"""Records of earlier nights, read from the JSON files beside their pages. What is no record of ours is skipped."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from snap_ops.record import NightRecord, night
from snap_ops.report.plots import finite

NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")  # when, and a database
_STATES = frozenset({"done", "failed", "skipped", "warned"})
_MOST_BYTES = 20_000_000  # a record has some 20 kB; what is a thousand times that is not read into memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One night's record in the folder: `stem` is its file's name without .json, `record` None where unreadable."""

    stem: str
    record: NightRecord | None
    trouble: str = ""


def kept(folder: Path) -> tuple[Kept, ...]:
    """Read every record in a folder, oldest first by name; a folder that is not there has none."""
    found = sorted(path for path in folder.glob("*.json") if NAME.fullmatch(path.stem))
    return tuple(read(path) for path in found)


def read(path: Path) -> Kept:
    """Read one record's file."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return Kept(stem=path.stem, record=None, trouble=f"{path.name} is too large for a record, and was skipped")
        data = path.read_bytes()
    except OSError as error:
        return Kept(stem=path.stem, record=None, trouble=f"{path.name} cannot be read: {error.strerror}")
    return parsed(path.stem, data)


def parsed(stem: str, data: bytes) -> Kept:
    """Read a record. Whatever is wrong with it is said in `trouble`."""
    try:
        record = night(json.loads(data))
        _require(record)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return Kept(stem=stem, record=None, trouble=f"{stem}.json is no record of a night, and was skipped")
    return Kept(stem=stem, record=record)


def earlier(found: tuple[Kept, ...], record: NightRecord, most: int) -> tuple[Kept, ...]:
    """Return the last nights of the same database that began before `record`, oldest first."""
    before = [one for one in found if one.record and one.record.db == record.db and one.record.started < record.started]
    return tuple(sorted(before, key=lambda one: one.record.started if one.record else record.started))[-most:]


def stamp(stem: str) -> datetime | None:
    """Return the time that a file of ours has in its name; None for any other file."""
    match = NAME.fullmatch(stem)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _require(record: NightRecord) -> None:
    """Refuse what JSON let through. Errors: ValueError."""
    texts: list[object] = [record.version, record.digest, record.db, record.snap_version, record.rolled_back]
    numbers: list[object] = [record.seconds]
    for step in record.steps:
        texts += (step.name, step.detail, step.hint, *step.warnings, *step.log)
        texts += (text for finding in step.findings for text in (finding.name, finding.detail))
        numbers.append(step.seconds)
        if step.state not in _STATES or not isinstance(step.facts, Mapping):
            raise ValueError(f"step {step.name} has no state or no facts of a step's")
    if record.started.tzinfo is None or not all(isinstance(text, str) for text in texts):
        raise ValueError("a text or the start has another type than a record's")
    if any(finite(number) is None for number in numbers):
        raise ValueError("a time has another type than a record's")
    if record.changes is not None and not all(isinstance(rows, Mapping) for rows in record.changes.values()):
        raise ValueError("the changes are no record's")
