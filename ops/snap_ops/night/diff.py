"""Report the changes that people made since the last restore, before the night undoes them.

Such changes fail no night.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from snap.compare import compare, snapshot_side
from snap.errors import SnapshotError
from snap.store import Snapshot
from snap.units import plural
from snap_ops.night.samples import ROWS, sample_facts
from snap_ops.report import Samples
from snap_ops.step import StepContext, StepResult
from snap_restorer.live.side import MEMORY, live_side
from snap_restorer.pg import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffStep:
    """Step "diff": compare the last restored version with the database. `resolve` returns a version's snapshot."""

    name: ClassVar[str] = "diff"
    resolve: Callable[[str], Snapshot]
    trust_code: bool = False
    samples: Samples = "none"

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return what would be compared."""
        entry = ledger.last_entry(context.target)
        if entry is None:
            return ("nothing was restored yet, so there is nothing to compare",)
        return (f"compare {context.target.redacted} with {entry.version}",)

    def run(self, context: StepContext) -> StepResult:
        """Compare, and count changed rows by table. Errors: SnapshotError if that version is gone or replaced."""
        entry = ledger.last_entry(context.target)
        if entry is None:
            return StepResult(detail="nothing was restored yet")
        snapshot = self.resolve(entry.version)
        if snapshot.manifest.digest != entry.digest:
            raise SnapshotError(f"{entry.version} is no longer what was restored", "the next night compares again")
        with live_side(
            context.target, snapshot.manifest, trust_code=self.trust_code, progress=context.progress
        ) as live:
            diff = compare(
                snapshot_side(snapshot),
                live,
                rows=0 if self.samples == "none" else ROWS,
                memory=MEMORY,
                progress=context.progress,
            )
        tables = {
            table.name: {"added": table.added, "removed": table.removed, "changed": table.changed}
            for table in diff.tables
            if not table.identical
        }
        facts: dict[str, Any] = {"version": entry.version, "tables": tables, "schema": len(diff.schema)}
        if samples := sample_facts(diff, [data.table for data in snapshot.manifest.tables], self.samples):
            facts["samples"] = samples
        if not tables and not diff.schema:
            return StepResult(detail=f"as {entry.version} was restored", facts=facts)
        counts = ((sum(rows[kind] for rows in tables.values()), kind) for kind in ("added", "removed", "changed"))
        changes = [f"{plural(count, 'row')} {kind}" for count, kind in counts if count]
        if diff.schema:
            changes.append(f"{plural(len(diff.schema), 'difference')} of the schema")
        return StepResult(detail=f"since {entry.version} was restored: {', '.join(changes)}", facts=facts)
