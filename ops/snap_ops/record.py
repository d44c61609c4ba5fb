"""What a night did, as values. JSON on disk and on stdout, the report's page and the notification are renderings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from snap.manifest import Finding

State = Literal["done", "failed", "skipped", "warned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step of a night. `facts` are JSON values for the report: rows, bytes, p95 in ms by query, and so on.

    `ok` is false only where the night fails by it; a warning leaves it true. `code` is the exit code of its failure.
    `log` is what a command of the team's own printed, and the like: lines without secrets.
    """

    name: str
    state: State
    seconds: float
    detail: str
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    code: int = 0
    log: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.state != "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRecord:
    """One night. `db` holds no password; `started` is UTC; `rolled_back` says how the database was put back, or "".

    `changes` is what differs from the night before, {table: {"added", "removed", "changed": rows}}; None: not compared.
    """

    started: datetime
    seconds: float
    version: str
    digest: str
    db: str
    snap_version: str
    steps: tuple[StepRecord, ...]
    rolled_back: str = ""
    changes: Mapping[str, Mapping[str, int]] | None = None

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    @property
    def code(self) -> int:
        """The exit code of the first step that failed."""
        return next((step.code for step in self.steps if not step.ok), 0)

    def document(self) -> dict[str, Any]:
        """Return JSON values, from which `night` makes the same record."""
        return {
            "started": self.started.isoformat(),
            "seconds": round(self.seconds, 3),
            "version": self.version,
            "digest": self.digest,
            "db": self.db,
            "snap_version": self.snap_version,
            "ok": self.ok,
            "rolled_back": self.rolled_back,
            "changes": None if self.changes is None else {name: dict(rows) for name, rows in self.changes.items()},
            "steps": [_step_document(step) for step in self.steps],
        }


def night(document: Mapping[str, Any]) -> NightRecord:
    """Read what `document` gave. Errors: KeyError, TypeError, ValueError of what is no such record."""
    return NightRecord(
        started=datetime.fromisoformat(document["started"]),
        seconds=document["seconds"],
        version=document["version"],
        digest=document["digest"],
        db=document["db"],
        snap_version=document["snap_version"],
        rolled_back=document["rolled_back"],
        changes=document.get("changes"),
        steps=tuple(_step(step) for step in document["steps"]),
    )


def _step_document(step: StepRecord) -> dict[str, Any]:
    return {
        "name": step.name,
        "ok": step.ok,
        "state": step.state,
        "seconds": round(step.seconds, 3),
        "detail": step.detail,
        "warnings": list(step.warnings),
        "checks": [
            {"name": f.name, "ok": f.ok, "value": _plain(f.value), "limit": _plain(f.limit), "detail": f.detail}
            for f in step.findings
        ],
        "facts": _plain(step.facts),
        "hint": step.hint,
        "code": step.code,
        "log": list(step.log),
    }


def _plain(value: Any) -> Any:
    """Return what JSON can hold: a text in the place of anything else, and of NaN and the infinities."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def _step(document: Mapping[str, Any]) -> StepRecord:
    return StepRecord(
        name=document["name"],
        state=document["state"],
        seconds=document["seconds"],
        detail=document["detail"],
        warnings=tuple(document["warnings"]),
        findings=tuple(Finding(**finding) for finding in document["checks"]),
        facts=document["facts"],
        hint=document["hint"],
        code=document["code"],
        log=tuple(document.get("log", ())),
    )
