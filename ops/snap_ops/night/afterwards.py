"""After a night: write its report, and notify people. Nothing here fails a night."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from snap.errors import SnapError
from snap_ops.night.configure import NightConfig
from snap_ops.notify import notify_all
from snap_ops.record import NightRecord, StepRecord
from snap_ops.report import write_report


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedNight:
    """The record with the steps report and notify, the report's page, and the warnings of both."""

    record: NightRecord
    report: Path | None
    warnings: tuple[str, ...]


def finish_night(config: NightConfig, record: NightRecord, *, root: Path, now: datetime) -> FinishedNight:
    """Write the report, then notify, so that recipients can open it; add failed notifications to it afterwards."""
    steps: list[StepRecord] = []
    page, link = None, ""
    if config.report is not None:
        began = time.monotonic()
        try:
            written = write_report(record, config.report, root, now)
        except SnapError as error:
            steps.append(_ended("report", began, "could not be written", (error.message,)))
        else:
            page, link = written.path, written.url
            steps.append(_ended("report", began, str(page), written.warnings))
    if config.notify is not None and config.notify.plan():
        began = time.monotonic()
        troubles = notify_all(record, config.notify, link=link)
        step = _ended("notify", began, "not everyone was told" if troubles else "told", troubles)
        steps.append(step)
        if troubles and page is not None and config.report is not None:
            write_report(replace(record, steps=(*record.steps, step)), config.report, root, now)
    warnings = tuple(warning for step in steps for warning in step.warnings)
    return FinishedNight(record=replace(record, steps=(*record.steps, *steps)), report=page, warnings=warnings)


def _ended(name: str, began: float, detail: str, warnings: tuple[str, ...]) -> StepRecord:
    return StepRecord.ended(name, time.monotonic() - began, detail, warnings)
