"""Who hears of a night that cannot begin: read on its own, before anything that may be wrong is read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from snap.config import Settings
from snap.errors import Interruption, UsageError
from snap.progress import Silent
from snap.version import __version__
from snap_ops.night.afterwards import finish_night
from snap_ops.night.lease import BusyError
from snap_ops.night.pipeline import Pipeline
from snap_ops.night.state import failure
from snap_ops.notify import NotifySettings, ping
from snap_ops.record import CiRun, NightRecord
from snap_ops.report import ReportSettings


@dataclass(slots=True, kw_only=True)
class Announcement:
    """A night that was announced. `version`, `db`, `urls` are what is known of it yet, `warnings` who did not hear."""

    report: ReportSettings | None
    notify: NotifySettings | None
    version: str
    db: str = ""
    urls: tuple[str, ...] = ()
    ci: CiRun | None = None
    warnings: tuple[str, ...] = ()

    def know(self, pipeline: Pipeline) -> None:
        """Take the names of version and database from a night that could be configured."""
        self.version, self.db = pipeline.version, pipeline.database.direct.redacted
        self.urls = pipeline.database.redacted


@contextlib.contextmanager
def announced(
    settings: Settings,
    *,
    root: Path,
    now: datetime,
    warn: Callable[[str], None],
    only: Collection[str] = (),
    skip: Collection[str] = (),
    ci: CiRun | None = None,
) -> Iterator[Announcement]:
    """Say that a night begins; where the block ends with an error, report and notify that, and let it go on.

    `settings` are those that can be read: `snap.config.salvage`.
    """
    began = time.monotonic()
    announcement = _announcement(settings, root, only, skip)
    announcement.ci = ci
    if announcement.notify is not None:
        announcement.warnings = ping(announcement.notify, "start")
    try:
        yield announcement
    except BaseException as error:
        known = error.error if isinstance(error, Interruption) else error
        if isinstance(known, Exception):
            for warning in _tell(announcement, known, root, now, began):
                warn(warning)
        raise


def _tell(announcement: Announcement, error: Exception, root: Path, now: datetime, began: float) -> tuple[str, ...]:
    """Report that a night did not begin, to all who can be reached; return the warnings."""
    record = NightRecord(
        started=now,
        seconds=time.monotonic() - began,
        version=announcement.version,
        digest="",
        db=announcement.db,
        urls=announcement.urls,
        snap_version=__version__,
        steps=(failure("start", error, began, Silent()),),
        left="" if isinstance(error, BusyError) else "kept",  # the other night may be changing it
    )
    return finish_night(
        announcement, record, root=root, now=now, warnings=announcement.warnings, ci=announcement.ci
    ).warnings


def _announcement(settings: Settings, root: Path, only: Collection[str], skip: Collection[str]) -> Announcement:
    """Read who hears of the night: nobody in a project that has no nights. What makes no sense has its default."""
    values = settings.sections.get("nightly")
    nightly: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
    version, skipped = nightly.get("version"), nightly.get("skip")
    omitted = [*skip, *(skipped if isinstance(skipped, list) else ())]
    report, notify = settings.readable(ReportSettings, "report"), settings.readable(NotifySettings, "notify")
    try:
        report.plan(root)
    except UsageError:
        report = ReportSettings(folder=report.folder)
    try:
        notify.plan()
    except UsageError:
        notify = replace(notify, timeout=NotifySettings().timeout)
    nights = any(name in settings for name in ("nightly", "notify", "report"))
    return Announcement(
        report=report if nights and _wanted("report", only, omitted) else None,
        notify=notify if _wanted("notify", only, omitted) else None,
        version=version if isinstance(version, str) else "",
    )


def _wanted(step: str, only: Collection[str], skip: Collection[str]) -> bool:
    return step in only if only else step not in skip
