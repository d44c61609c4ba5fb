"""Empty the configured schemas, so that the migrations and the restore start from nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from snap.units import plural
from snap_ops.step import StepContext, StepResult
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.schemas.history import SCHEMA as HISTORY
from snap_restorer.schemas.reset import Reset, ResetRequest, plan_reset, reset

# Postgres' names of kinds whose plural is not the name with an s.
_PLURALS = {
    "index": "indexes",
    "operator class": "operator classes",
    "operator family": "operator families",
    "operator of access method": "operators of access methods",
    "function of access method": "functions of access methods",
    "policy": "policies",
    "text search dictionary": "text search dictionaries",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetSettings:
    """Section [reset] of snap.toml, with exact names. The schemas `schemas` are emptied, those in `drop` are dropped.

    `allow_cascade` names objects outside these schemas that may be dropped with them, as snap_restorer.schemas.reset
    matches them.
    """

    schemas: tuple[str, ...] = ("public",)
    drop: tuple[str, ...] = ()
    allow_cascade: tuple[str, ...] = ()
    lock_timeout: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetStep:
    """Step "reset". `migrates`: migrations follow, so their history is emptied too.

    `compared`: the step losses reports which objects did not come back, so this step does not warn of dropped
    dependents.
    """

    name: ClassVar[str] = "reset"
    settings: ResetSettings
    migrates: bool
    compared: bool = False
    guard: Guard = NO_GUARD

    @property
    def touched(self) -> tuple[str, ...]:
        """Return the schemas that the step changes. A backup that lacks one of them cannot undo the step."""
        return (*self.settings.schemas, *self.settings.drop, *((HISTORY,) if self.migrates else ()))

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return which objects would be dropped. The database is only read."""
        settings = self.settings
        planned = plan_reset(context.direct, self._request())
        lines = [f"empty {_listed(planned.schemas)} of {context.direct.redacted}: {_counted(planned)}"]
        if settings.drop:
            lines.append(f"drop {_listed(settings.drop)} themselves")
        lines += [f"this drops {name} too" for name in planned.lost]
        if planned.forgotten:
            lines.append(f"forget {plural(planned.forgotten, 'migration')}, so that all are applied again")
        return (*lines, *_missing(planned))

    def run(self, context: StepContext) -> StepResult:
        """Empty the schemas, in one transaction."""
        done = reset(context.direct, self._request(), progress=context.progress, stop=context.stop)
        lost = tuple(f"{name} was outside the schemas, and was dropped with them" for name in done.lost)
        outside = f", and {plural(len(lost), 'object')} outside" if lost else ""
        return StepResult(
            detail=f"{_listed(done.schemas)}: dropped {_counted(done)}{outside}",
            warnings=(() if self.compared else lost) + _missing(done),
            facts={
                "schemas": list(done.schemas),
                "dropped": dict(done.dropped),
                "lost": list(done.lost),  # only names: a trigger's definition may contain the key of a webhook
                "extensions_kept": list(done.extensions),
                "migrations_forgotten": done.forgotten,
            },
        )

    def _request(self) -> ResetRequest:
        return ResetRequest(
            schemas=self.settings.schemas,
            drop=self.settings.drop,
            allow=self.settings.allow_cascade,
            empty_history=self.migrates,
            guard=self.guard,
            lock_timeout_s=self.settings.lock_timeout.total_seconds(),
        )


def _counted(result: Reset) -> str:
    return ", ".join(plural(count, kind, _PLURALS.get(kind, "")) for kind, count in result.dropped.items()) or "nothing"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "no schema"


def _missing(result: Reset) -> tuple[str, ...]:
    return tuple(f"schema {name} is not there" for name in result.missing)
