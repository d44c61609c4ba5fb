"""Write the files of a report (record, page, latest.html), and prune old ones. No file is ever half-written.

The files of a night are named after its UTC start and its database: 20261123T030000Z-1a2b3c4d.html and .json. Writing
the same night again replaces them. A page is removed after `keep_days`. Its record stays as long as the newest page
shows it, and the newest page of each database always stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import quote, urlsplit

from snap import durable
from snap.config import Days
from snap.errors import UsageError
from snap.units import plural
from snap_ops.record import NightRecord
from snap_ops.report import history
from snap_ops.report.view import HISTORY, page

LATEST = "latest.html"
Samples: TypeAlias = Literal["keys", "rows", "none"]

_PARTIAL = re.compile(r"\..+\.(?:html|json)\.\d+\.partial")
_STALE = timedelta(days=1)  # no write takes a day: an older partial file was left by a dead run


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Section [report] of snap.toml. `url` is the address at which people see the files of `folder`.

    `samples` says how a page and its record show a few differing rows: by keys and column names, with values too, or
    not at all.
    """

    folder: Path = Path("reports")
    keep_days: Days = 7
    url: str | None = None
    samples: Samples = "keys"

    def plan(self, root: Path) -> tuple[str, ...]:
        """Return what would be written. Errors: UsageError for settings that cannot work."""
        if self.keep_days < 1:
            raise UsageError(f"keep_days in [report] is {self.keep_days}", "write 1 or more")
        if self.url is not None and not _is_address(self.url):
            raise UsageError("url in [report] is no address", "write https://HOST/PATH, without a password")
        seen = f", seen at {self.url}" if self.url else ""
        return (f"write the report to {root / self.folder}{seen}", f"keep reports for {plural(self.keep_days, 'day')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """A written report: its page, its record as JSON, the page's address or "", and the names of removed old files."""

    path: Path
    record: Path
    url: str
    removed: tuple[str, ...]
    warnings: tuple[str, ...]


def write_report(record: NightRecord, settings: ReportSettings, root: Path, now: datetime) -> WrittenReport:
    """Write a night's report and remove old ones; a relative folder is in `root`. Errors: UsageError, ServiceError."""
    settings.plan(root)
    folder, stem = root / settings.folder, stem_of(record)
    hint = "free some space, or allow this user to write to the folder in [report]"
    with durable.explained(folder, hint, prefix="the report cannot be written: "):
        durable.make_ignored(folder)
        files = tuple(file for file in history.read_folder(folder) if file.stem != stem)
        files = (*files, history.NightFile(stem=stem, record=record))
        names = {path.name for path in folder.iterdir()}
        removed = expired(names, files, now=now, keep_days=settings.keep_days, newest=stem)
        earlier = history.earlier(files, record, HISTORY)
        pages = {night.started: quote(f"{name}.html") for name, night in earlier if f"{name}.html" in names - removed}
        notes = tuple(file.trouble for file in files if file.trouble)
        html = page(record, [night for _, night in earlier], pages=pages, notes=notes).encode()
        durable.write(folder / f"{stem}.json", (json.dumps(record.document(), indent=2) + "\n").encode())
        durable.write(folder / f"{stem}.html", html)
        durable.write(folder / LATEST, html)
    return WrittenReport(
        path=folder / f"{stem}.html",
        record=folder / f"{stem}.json",
        url=f"{settings.url.rstrip('/')}/{stem}.html" if settings.url else "",
        removed=tuple(sorted(removed)),
        warnings=(*notes, *_prune(folder, removed, now)),
    )


def night_before(record: NightRecord, settings: ReportSettings, root: Path) -> NightRecord | None:
    """Return the previous night's record of the same database, or of the only known one if this night names none."""
    files = history.read_folder(root / settings.folder)
    known = {record.db} if record.db else {file.record.db for file in files if file.record and file.record.db}
    nights = history.earlier(files, replace(record, db=known.pop()), 1) if len(known) == 1 else ()
    return nights[-1][1] if nights else None


def stem_of(record: NightRecord) -> str:
    """Return the name of a night's files, without the extension."""
    database = hashlib.sha256(record.db.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{record.started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{database[:8]}"


def expired(
    names: Iterable[str], files: Iterable[history.NightFile], *, now: datetime, keep_days: int, newest: str
) -> frozenset[str]:
    """Return the report files in the folder that are too old. `newest` is the stem of the report being written."""
    nights: dict[str, list[tuple[datetime, str]]] = {}
    for file in files:
        if file.record:
            nights.setdefault(file.record.db, []).append((file.record.started, file.stem))
    last = {stem for of in nights.values() for _, stem in sorted(of)[-1:]} | {newest}
    shown = {stem for of in nights.values() for _, stem in sorted(of)[-HISTORY - 1 :]} | {newest}
    expiring = set()
    for name in names:
        stem, _, kind = name.partition(".")
        began = history.started(stem)
        if began is None or kind not in {"html", "json"} or now - began <= timedelta(days=keep_days):
            continue
        if stem not in (last if kind == "html" else shown):
            expiring.add(name)
    return frozenset(expiring)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _prune(folder: Path, removed: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Remove files, and the leftovers of dead runs. A file that cannot be removed causes a warning."""
    warnings = []
    for name in sorted(removed):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            warnings.append(f"{folder / name} is too old, and cannot be removed: {error.strerror}")
    for path in folder.glob(".*.partial"):
        with contextlib.suppress(OSError):
            if _PARTIAL.fullmatch(path.name) and path.stat().st_mtime < (now - _STALE).timestamp():
                path.unlink()
    return tuple(warnings)
