"""Restore the snapshot at night.

After a reset all rows are restored, with dates as of now. Otherwise only differing rows are written, while others read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import snap_restorer
from snap.errors import UsageError
from snap.units import plural
from snap_ops.step import StepContext, StepResult
from snap_restorer import RestoreResult
from snap_restorer.pg import ledger
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.request import Mode, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSettings:
    """Section [restore] of snap.toml. `as_of` is now, a date, or snapshot, which keeps the dates of the snapshot.

    `trust_code`: the snapshot's code may run with the night's rights, even a superuser's.
    """

    as_of: str = "now"
    trust_code: bool = False
    lock_timeout: timedelta = timedelta(seconds=10)

    def day(self, today: date) -> date | None:
        """Return the day that the rows' dates are shifted to. Errors: UsageError."""
        if self.as_of == "now":
            return today
        if self.as_of == "snapshot":
            return None
        try:
            return date.fromisoformat(self.as_of)
        except ValueError:
            raise UsageError(
                f"as_of in [restore] is {self.as_of!r}, not a date", "write now, snapshot, or a date such as 2026-11-01"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreStep:
    """Step "restore". Nobody can confirm at night, so a database that is not allowed is refused."""

    name: ClassVar[str] = "restore"
    settings: RestoreSettings
    guard: Guard = NO_GUARD

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return how the rows would change. Differences are found by a restore that is rolled back."""
        mode, as_of = self._how(context)
        version = context.snapshot.manifest.version
        dated = f", dates as of {as_of}" if as_of else ""
        if mode == "replace":
            rows = sum(data.rows for data in context.snapshot.manifest.tables)
            return (f"put {plural(rows, 'row')} of {version} into {context.target.redacted}{dated}",)
        result = self._restore(context, mode, as_of, dry_run=True)
        return (f"change {context.target.redacted} back to {version}{dated}: {_planned(result)}",)

    def run(self, context: StepContext) -> StepResult:
        """Restore in one transaction, and verify before it commits."""
        mode, as_of = self._how(context)
        done = self._restore(context, mode, as_of, dry_run=False)
        rows = sum(table.rows for table in done.tables)
        loaded = f"{plural(rows, 'row')} in {plural(len(done.tables), 'table')}"
        entry = ledger.last_entry(context.target)
        return StepResult(
            detail=f"{done.version}: {loaded if done.mode == 'replace' else _changes(done)}, {done.verified} verified",
            facts={
                "mode": done.mode,
                "version": done.version,
                "rows": {table.name: table.rows for table in done.tables},
                "inserted": sum(table.inserted for table in done.tables),
                "updated": sum(table.updated for table in done.tables),
                "deleted": sum(table.deleted for table in done.tables),
                "shift_days": entry.as_of_shift_days if entry else None,
                "verified": done.verified,
            },
        )

    def _how(self, context: StepContext) -> tuple[Mode, date | None]:
        """Return the mode and the date of the restore.

        After a reset all rows are restored. Otherwise only differences are, with the dates of the last restore.
        """
        as_of = self.settings.day(context.now.date())
        if "reset" in context.done:
            return "replace", as_of
        entry = ledger.last_entry(context.target)
        if entry is not None and entry.state == "done":
            return "sync", None
        return ("sync" if entry is None else "replace"), as_of

    def _restore(self, context: StepContext, mode: Mode, as_of: date | None, *, dry_run: bool) -> RestoreResult:
        return snap_restorer.restore(
            context.snapshot,
            context.target,
            Request(
                mode=mode,
                as_of=as_of,
                dry_run=dry_run,
                trust_code=self.settings.trust_code,
                lock_timeout_s=self.settings.lock_timeout.total_seconds(),
                guard=self.guard,
            ),
            progress=context.progress,
        )


def _changes(result: RestoreResult) -> str:
    return ", ".join(f"{rows} {past}" for past, _, rows in _counts(result)) or "nothing differs"


def _planned(result: RestoreResult) -> str:
    return ", ".join(f"would {verb} {rows}" for _, verb, rows in _counts(result)) or "nothing differs"


def _counts(result: RestoreResult) -> list[tuple[str, str, str]]:
    """Return how many rows differ: "inserted", "insert" and "30 rows" of each change."""
    verbs = {"inserted": "insert", "updated": "update", "deleted": "delete"}
    counts = {past: sum(getattr(table, past) for table in result.tables) for past in verbs}
    return [(past, verb, plural(counts[past], "row")) for past, verb in verbs.items() if counts[past]]
