"""What a step of the night is: something with a plan that reads only, and a run that gives an outcome or raises."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step did: a line for people; facts, findings, warnings and printed lines for the report."""

    detail: str
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()


class StepError(ServiceError):
    """A step that failed, with what was printed until then: lines without secrets."""

    def __init__(self, message: str, hint: str = "", log: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.log = log


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """What all steps share. `direct` is the target without a pooler; `now` is UTC, the night's one clock reading.

    `stop` is set when the night's or the step's time is over, or a signal came: long work looks at it and ends.
    `done` are the steps of this night that went well, or, for a plan, that would have. `number` is its own in the
    journal, None for a plan.
    """

    snapshot: Snapshot
    target: Target
    direct: Target
    now: datetime
    progress: Progress
    stop: threading.Event
    done: tuple[str, ...] = ()
    number: int | None = None


class Step(Protocol):
    """One step. Its errors are SnapErrors, and fail the night; what only warns is in its outcome."""

    @property
    def name(self) -> str:
        """The word for --only, --skip and [nightly] in snap.toml."""

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Say what `run` would do, a line each; changes nothing. Errors: SnapError where it would refuse."""

    def run(self, context: StepContext) -> StepResult:
        """Do it."""
