"""Finish a night: write its report, notify people, and tell the dead man's switch how it ended. Nothing here raises."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from snap.progress import Silent
from snap_ops.night.standing import with_standing
from snap_ops.night.state import failure
from snap_ops.notify import NotifySettings, notify_all, ping
from snap_ops.record import CiRun, NightRecord, StepRecord
from snap_ops.report import ReportSettings, WrittenReport, night_before, write_report


class Outlets(Protocol):
    """The settings of a night's report and messages. Either is None if it is skipped."""

    @property
    def report(self) -> ReportSettings | None:
        """Return the settings of the report, or None if no report is written."""

    @property
    def notify(self) -> NotifySettings | None:
        """Return the settings of the messages, or None if no message is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedNight:
    """The record with the steps report and notify, the path of the report's page, and the warnings of both steps."""

    record: NightRecord
    report: Path | None
    warnings: tuple[str, ...]


def finish_night(
    outlets: Outlets,
    record: NightRecord,
    *,
    root: Path,
    now: datetime,
    warnings: tuple[str, ...] = (),
    ci: CiRun | None = None,
) -> FinishedNight:
    """Write the report, then notify, so that recipients can open it. Failed notifications are added to the report.

    A report that cannot be written fails the night, and the messages say why. `warnings` come from the messages that
    were sent when the night began.
    """
    record = with_standing(replace(record, ci=ci), _before(outlets.report, record, root))
    steps: tuple[StepRecord, ...] = ()
    written: WrittenReport | None = None
    if outlets.report is not None:
        step, written = _written(outlets.report, record, root, now)
        steps = (step,)
    if outlets.notify is not None and outlets.notify.plan():
        told = record if written is not None else replace(record, steps=(*record.steps, *steps))
        step = _notified(outlets.notify, told, written.url if written else "", warnings)
        steps = (*steps, step)
        if step.warnings and written is not None and outlets.report is not None:
            again, written = _written(outlets.report, replace(record, steps=(*record.steps, step)), root, now)
            steps = (again, step)
    return FinishedNight(
        record=replace(record, steps=(*record.steps, *steps)),
        report=written.path if written else None,
        warnings=tuple(warning for step in steps for warning in (*step.warnings, *_failed(step))),
    )


def _before(settings: ReportSettings | None, record: NightRecord, root: Path) -> NightRecord | None:
    """Return the record of the previous night, if the folder of reports can be read."""
    if settings is None:
        return None
    with contextlib.suppress(OSError):
        return night_before(record, settings, root)
    return None


def _written(
    settings: ReportSettings, record: NightRecord, root: Path, now: datetime
) -> tuple[StepRecord, WrittenReport | None]:
    """Write the report. Return the record of the step "report", and the report, or None if it could not be written."""
    began = time.monotonic()
    try:
        written = write_report(record, settings, root, now)
    except Exception as error:  # noqa: BLE001 - a bug of ours is told too: without its report nobody would look
        return failure("report", error, began, Silent()), None
    return StepRecord.ended("report", time.monotonic() - began, str(written.path), written.warnings), written


def _notified(settings: NotifySettings, record: NightRecord, link: str, warnings: tuple[str, ...]) -> StepRecord:
    """Send all messages, and return the record of the step "notify".

    If no message arrived, the dead man's switch is told of a failure, because nothing else can report that something is
    wrong.
    """
    began = time.monotonic()
    troubles = notify_all(record, settings, link=link)
    nobody = bool(troubles) and len(troubles) == settings.recipients
    unheard = ping(settings, "success" if record.ok and not nobody else "fail")
    warnings = (*warnings, *troubles, *unheard)
    detail = "not everyone was notified" if warnings else "everyone was notified"
    return StepRecord.ended("notify", time.monotonic() - began, detail, warnings)


def _failed(step: StepRecord) -> tuple[str, ...]:
    return () if step.ok else (f"{step.name} failed: {step.detail}",)
