"""Define a step of a night: a plan, which only reads, and a run, which returns a result or raises."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from snap.errors import ServiceError
from snap.manifest import Finding
from snap.progress import Progress
from snap.store import Snapshot
from snap_restorer import Target
from snap_restorer.schemas.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """The contents of the database before the night changed it.

    `compared` are the tables whose rows the step diff compares.
    """

    survey: Survey
    compared: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """The result of a step: a line for people, and facts, findings, warnings and printed lines for the report.

    `hint` says what to do about failed checks. `surveyed` is for later steps only.
    """

    detail: str
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    hint: str = ""
    surveyed: Surveyed | None = field(default=None, repr=False)


class StepError(ServiceError):
    """Raised when a step fails. `log` has the lines printed so far, without secrets."""

    def __init__(self, message: str, hint: str = "", log: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.log = log


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The values that all steps share. `direct` is the target's URL without a pooler in transaction mode.

    `now` is UTC, read once a night. `stop` is set when the time of the night or the step is over, or a signal arrived:
    long work checks it and ends. `done` are the steps of this night that succeeded; in a plan, the steps before this
    one. `number` is the night's number in the journal, None in a plan. `backup` and `surveyed` come from the steps of
    these names.
    """

    snapshot: Snapshot
    target: Target
    direct: Target
    now: datetime
    progress: Progress
    stop: threading.Event
    done: tuple[str, ...] = ()
    number: int | None = None
    backup: str | None = None
    surveyed: Surveyed | None = field(default=None, repr=False)


class Step(Protocol):
    """One step of a night. A SnapError that it raises fails the night. Warnings are in the step's result."""

    @property
    def name(self) -> str:
        """Return the step's name, as used in [nightly] of snap.toml and in the report."""

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return what `run` would do, as lines. Change nothing. Errors: SnapError if `run` would refuse."""

    def run(self, context: StepContext) -> StepResult:
        """Do the work of the step."""
