"""Write reports of several nights, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from snap_ops.record import NightRecord
from snap_ops.report import ReportSettings, WrittenReport, write_report


def told(root: Path, *records: NightRecord, **given: Any) -> WrittenReport:
    """Write reports, each at the time at which its night began, and return the last report."""
    for record in records:
        written = write_report(record, ReportSettings(**given), root, record.started)
    return written
