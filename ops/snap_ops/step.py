"""A step of a night: a plan that reads only, and a run that returns a result or raises."""

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
    """What the database held before it was changed; `compared` are the tables whose rows the step diff compares."""

    survey: Survey
    compared: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """The result of a step: a line for people; facts, findings, warnings and printed lines for the report.

    `hint` says what to do about findings that are not good. `surveyed` is for later steps only.
    """

    detail: str
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    hint: str = ""
    surveyed: Surveyed | None = field(default=None, repr=False)


class StepError(ServiceError):
    """A step failed. `log` are the lines that were printed until then, without secrets."""

    def __init__(self, message: str, hint: str = "", log: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.log = log


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The values that all steps share. `direct` is the target, by no pooler in transaction mode.

    `now` is UTC, read once a night. `stop` is set when the night's or the step's time is over, or a signal came: long
    work checks it and ends. `done` are the steps of this night that went well, in a plan those before this one.
    `number` is the night's in the journal, None in a plan. `backup` and `surveyed` are what its steps have made so far.
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
    """One step. Its errors are SnapErrors, and fail the night; warnings are in its result."""

    @property
    def name(self) -> str:
        """Return the name of the step, as [nightly] in snap.toml and the report have it."""

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return what `run` would do, as lines; change nothing. Errors: SnapError where it would refuse."""

    def run(self, context: StepContext) -> StepResult:
        """Do the work of the step."""
