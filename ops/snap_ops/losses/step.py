"""Report what a night lost: the step "survey" records the database before a change, "losses" compares it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from snap.errors import SnapError
from snap.manifest import Finding, Manifest
from snap.schema import parse_label
from snap.store import Snapshot
from snap.units import plural
from snap_ops.losses.compare import Kept, Losses, compare_surveys
from snap_ops.step import StepContext, StepResult, Surveyed
from snap_restorer.pg import ledger
from snap_restorer.schemas.survey import survey

_ADVICE = "create them in a migration or in [after_restore]; a removal on purpose is reported only once"
_NAMED = 8  # the most names in a finding; all names are in the facts


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyStep:
    """Step "survey". `schemas` are the schemas that a reset empties.

    `resolve` returns the snapshot of a version.
    """

    name: ClassVar[str] = "survey"
    resolve: Callable[[str], Snapshot] = field(repr=False)
    schemas: tuple[str, ...] = ()

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return which parts of the database would be read."""
        return (
            f"record what {context.direct.redacted} holds in {', '.join(self._schemas(context.snapshot.manifest))}",
        )

    def run(self, context: StepContext) -> StepResult:
        """Survey the database, for the step losses."""
        schemas = self._schemas(context.snapshot.manifest)
        before = survey(context.direct, schemas, stop=context.stop)
        rows = sum(table.rows or 0 for table in before.tables)
        return StepResult(
            detail=f"{plural(rows, 'row')} in {plural(len(before.tables), 'table')} of {', '.join(schemas)}",
            surveyed=Surveyed(survey=before, compared=self._compared(context)),
        )

    def _schemas(self, manifest: Manifest) -> tuple[str, ...]:
        own = (parse_label(data.table.label)[0] for data in manifest.tables)
        return tuple(dict.fromkeys((*self.schemas, *own)))

    def _compared(self, context: StepContext) -> frozenset[str]:
        """Return the tables that the step diff compares row by row: those of the last restored version."""
        entry = ledger.last_entry(context.target)
        if entry is None:
            return frozenset()
        try:
            manifest = self.resolve(entry.version).manifest
        except SnapError:
            return frozenset()  # then the step diff compares nothing
        same = manifest.digest == entry.digest
        return frozenset(data.table.label for data in manifest.tables) if same else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LossesStep:
    """Step "losses". A missing trigger, policy or the like is a finding. Lost rows and tables are only reported."""

    name: ClassVar[str] = "losses"

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return which parts of the database would be compared."""
        return (f"report what was in {context.direct.redacted} before and is missing now",)

    def run(self, context: StepContext) -> StepResult:
        """Survey the database again, and compare it with the survey from before the change."""
        if context.surveyed is None:
            return StepResult(
                detail="not known: nothing was recorded before", warnings=("nothing was recorded before",)
            )
        before = context.surveyed.survey
        after = survey(context.direct, before.schemas, stop=context.stop)
        losses = compare_surveys(before, after, elsewhere=context.surveyed.compared)
        lost: dict[str, dict[str, Any]] = {}
        for loss in losses.tables:
            counts = {"before": loss.before, "after": loss.after, "lost": loss.rows}
            lost.setdefault(loss.schema, {})[loss.name] = counts
        return StepResult(
            detail=_detail(losses, context.backup),
            findings=tuple(map(_finding, losses.kept)),
            facts={
                "backup": context.backup,
                "lost": lost,
                "gone": {schema: list(names) for schema, names in losses.objects.items()},
                "missing": {kept.kind: list(kept.missing) for kept in losses.kept if kept.missing},
                "changed": {kept.kind: list(kept.changed) for kept in losses.kept if kept.changed},
                "not_counted": list(losses.unread),
            },
        )


def _finding(kept: Kept) -> Finding:
    present = kept.before - len(kept.missing)
    detail = f"missing: {_named(kept.missing)}" if kept.missing else ""
    return Finding(name=f"kept.{kept.kind}", ok=not kept.missing, value=present, limit=kept.before, detail=detail)


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _detail(losses: Losses, backup: str | None) -> str:
    rows, objects = sum(loss.rows for loss in losses.tables), sum(map(len, losses.objects.values()))
    parts = [f"{plural(rows, 'row')} of {plural(len(losses.tables), 'table')}"] if rows else []
    parts += [plural(objects, "object")] if objects else []
    said = []
    if parts:
        where = f"backup {backup} holds them" if backup else "this night made no backup"
        said.append(f"{' and '.join(parts)} did not come back; {where}")
    missing = [name for kept in losses.kept for name in kept.missing]
    if missing:
        said.append(f"{_named(missing)} did not come back: {_ADVICE}")
    if losses.unread:
        said.append(f"rows of {_named(losses.unread)} could not be counted")
    return "; ".join(said) or "everything that was there came back"
