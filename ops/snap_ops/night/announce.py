"""Tell people about a night that cannot begin. The recipients are read first, before any setting that may be wrong."""

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
    """A night that was announced.

    `version`, `db` and `urls` become known later. `warnings` are about failed messages.
    """

    report: ReportSettings | None
    notify: NotifySettings | None
    version: str
    db: str = ""
    urls: tuple[str, ...] = ()
    ci: CiRun | None = None
    warnings: tuple[str, ...] = ()

    def know(self, pipeline: Pipeline) -> None:
        """Take the version and the database's URLs from a night whose settings are valid."""
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
    """Announce that a night begins. If the block raises, write a report, notify people, and raise the error again.

    `settings` are those sections that can be read, as `snap.config.salvage` returns them.
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
    """Report to all recipients that a night did not begin, and return the warnings."""
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
    """Read the recipients of messages: none if the project has no nights.

    An invalid setting is replaced by its default.
    """
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
