"""Read the records of earlier nights from the JSON files beside their pages. Files that are no records are skipped."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from snap import durable
from snap_ops.record import NightRecord

_NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")  # UTC time and hash of the database
_MOST_BYTES = 20_000_000  # a record has some 20 kB; a file a thousand times larger is not read into memory


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFile:
    """The file of one night's record. `stem` is its name without .json. If `record` is None, `trouble` says why."""

    stem: str
    record: NightRecord | None
    trouble: str = ""


def read_folder(folder: Path) -> tuple[NightFile, ...]:
    """Read every record in a folder, oldest first by name. A missing folder has no records."""
    return tuple(read_file(path) for path in sorted(folder.glob("*.json")) if _NAME.fullmatch(path.stem))


def read_file(path: Path) -> NightFile:
    """Read the file of one night's record."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            trouble = f"{path.name} is too large for a record, and was skipped"
        else:
            return NightFile(stem=path.stem, record=NightRecord.from_document(json.loads(durable.read(path))))
    except OSError as error:
        trouble = f"{path.name} cannot be read: {error.strerror}"
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        trouble = f"{path.name} is no record of a night, and was skipped"
    return NightFile(stem=path.stem, record=None, trouble=trouble)


def earlier(files: tuple[NightFile, ...], record: NightRecord, most: int) -> tuple[tuple[str, NightRecord], ...]:
    """Return the file's stem and the record of the last nights of the same database before `record`, oldest first."""
    nights = [(file.stem, file.record) for file in files if file.record]
    before = [night for night in nights if night[1].db == record.db and night[1].started < record.started]
    return tuple(sorted(before, key=lambda night: night[1].started)[-most:])


def started(stem: str) -> datetime | None:
    """Return the time in the name of a report's file, or None for the name of any other file."""
    match = _NAME.fullmatch(stem)
    try:
        return match and datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
