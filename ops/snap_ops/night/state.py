"""The state of a running night, and the records of its steps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

from snap.errors import SnapError
from snap.progress import Progress
from snap.redact import scrub
from snap.units import plural
from snap_ops.night import hints
from snap_ops.night.lease import Lease
from snap_ops.night.pipeline import Pipeline
from snap_ops.record import StepRecord
from snap_ops.step import Step, StepContext, StepError, StepResult
from snap_restorer import PutBack

_UNHEALTHY = 1  # exit code


@dataclass(slots=True, kw_only=True)
class NightState:
    """The state of a night that holds its lease. Every step adds a record to `records`."""

    pipeline: Pipeline
    lease: Lease
    context: StepContext
    records: list[StepRecord] = field(default_factory=list)
    backup: str | None = None
    touched: bool = False  # the journal says so
    changed: bool = False  # the database differs from what it was
    refreshed: bool = False  # all that changes the database is done
    unsure: bool = False  # the transaction of the failed step may have been committed or not
    failed: bool = False  # only the end of the night may follow
    rolled_back: str = ""
    began: float = field(default_factory=time.monotonic)
    stuck: bool = False  # the database could not be put back

    def elapsed(self) -> timedelta:
        """Return the time since the night began, at least one second, because backup names count whole seconds."""
        return timedelta(seconds=max(1.0, time.monotonic() - self.began))

    def fail(self, name: str, error: Exception, began: float, hint: str = "") -> None:
        """Record that the step `name` failed. `began` is the value of time.monotonic() when the step began."""
        self.records.append(failure(name, error, began, self.context.progress, hint))


def success(step: Step, result: StepResult, began: float) -> StepRecord:
    """Return the record of a step that ended without an error. If one of its checks failed, the step has failed."""
    failed = any(not finding.ok for finding in result.findings)
    return StepRecord(
        name=step.name,
        state="failed" if failed else "warned" if result.warnings else "done",
        seconds=time.monotonic() - began,
        detail=scrub(result.detail),
        warnings=tuple(map(scrub, result.warnings)),
        findings=result.findings,
        facts=result.facts,
        hint=scrub(result.hint),
        code=_UNHEALTHY if failed else 0,
        log=result.log,
    )


def failure(
    name: str, error: Exception, began: float, progress: Progress, hint: str = "", *, unchanged: bool = True
) -> StepRecord:
    """Return the record of a failed step, and warn. `unchanged`: no earlier step had changed the database."""
    seconds, error = time.monotonic() - began, as_snap_error(error)
    progress.warn(f"{name} failed: {error.message}")
    return StepRecord(
        name=name,
        state="failed",
        seconds=seconds,
        detail=scrub(error.reported),
        hint=scrub(hint or hints.hint(error, unchanged=unchanged)),
        code=error.code,
        log=error.log if isinstance(error, StepError) else (),
    )


def as_snap_error(error: Exception) -> SnapError:
    """Return the error itself, or a SnapError that reports a bug."""
    if isinstance(error, SnapError):
        return error
    return SnapError(
        f"{type(error).__name__}: {error}",
        "this is a bug of snap; please report it",
        reported=type(error).__name__,  # its text may quote what was read
    )


def proof(result: PutBack, backup: str) -> str:
    """Return the sentence about what was proved after a backup was put back."""
    rows = sum(result.tables.values())
    held = f"{plural(rows, 'row')} in {plural(len(result.tables), 'table')}"
    return f"the database is what backup {backup} holds, proved: {held}"
