"""One restore in progress: its snapshot, target and options, and its result."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from snap.manifest import Manifest
from snap.planner_statistics import PlannerStatistics
from snap.progress import Progress
from snap.store import Snapshot
from snap_restorer.pg import ledger
from snap_restorer.pg.target import Target
from snap_restorer.request import Request, Verify, own_day
from snap_restorer.result import Conflict, Effects, Outline, RestoreResult, StatisticsResult, TableResult

Steps = Generator[str, None, RestoreResult]  # the name of each step when it is done


def run(steps: Steps) -> RestoreResult:
    """Run all steps of a restore, and return the result."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreJob:
    """A requested restore. The target's dates lie `shift_days` after the snapshot's.

    `statistics` are the planner's statistics of the snapshot, or None if there are none to import.
    """

    snapshot: Snapshot
    target: Target
    request: Request
    shift_days: int
    progress: Progress
    statistics: PlannerStatistics | None = None
    started: float = field(default_factory=time.perf_counter)

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    def entry(self, state: ledger.State) -> ledger.LedgerEntry:
        """Return the ledger's entry of this restore."""
        return ledger.new_entry(self.manifest, mode=self.request.mode, shift_days=self.shift_days, state=state)

    def replaced(
        self, deleted: Mapping[str, int], seconds: Mapping[str, float] | None = None
    ) -> tuple[TableResult, ...]:
        """Return the results of replacing all rows of each table, in the manifest's order.

        Both arguments are by label.
        """
        seconds = seconds or {}
        return tuple(
            TableResult(
                name=data.table.label,
                rows=data.rows,
                inserted=data.rows,
                deleted=deleted.get(data.table.label, 0),
                seconds=seconds.get(data.table.label, 0.0),
            )
            for data in self.manifest.tables
        )

    def result(
        self,
        tables: tuple[TableResult, ...],
        *,
        verified: Verify | Literal["none"],
        schema_created: bool = False,
        conflicts: tuple[Conflict, ...] = (),
        outline: Outline | Effects | None = None,
        statistics: StatisticsResult | None = None,
    ) -> RestoreResult:
        """Return the result of this restore, which ends now. A dry run has verified nothing."""
        dry_run = self.request.dry_run
        return RestoreResult(
            version=self.manifest.version,
            db=self.target.redacted,
            mode=self.request.mode,
            schema_created=schema_created,
            own_day=own_day(self.manifest),
            shift_days=self.shift_days,
            tables=tables,
            conflicts=conflicts,
            verified="none" if dry_run else verified,
            seconds=time.perf_counter() - self.started,
            outline=outline if dry_run else None,
            statistics=statistics or StatisticsResult(),
        )
