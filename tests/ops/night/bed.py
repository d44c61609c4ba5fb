"""A database that people changed since the last restore, and nights in it: steps of ours beside real ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from snap.manifest import Finding
from snap.progress import Silent
from snap.store import Store
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.night.restore import RestoreSettings, RestoreStep
from snap_ops.night.run import Course, run
from snap_ops.record import NightRecord
from snap_ops.step import Night, Outcome
from snap_restorer import PutBack, Target
from snap_restorer.pg import journal
from snap_restorer.pg.guard import Guard
from tests.cases import toy
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
LEASE_S = 2.0
GOOD = Finding(name="references", ok=True, value=0, limit=0)
SLOW = Finding(name="p95.feed", ok=False, value=900, limit=200)
WRONG = Finding(name="references", ok=False, value=3, limit=0)


@dataclass(frozen=True, kw_only=True)
class Sql:
    """A step that runs SQL, statement by statement, and then anything else."""

    name: str
    sql: tuple[str, ...] = ()
    then: Callable[[Night], None] = lambda _: None
    outcome: Outcome = field(default_factory=lambda: Outcome(detail="done"))

    def plan(self, night: Night) -> tuple[str, ...]:
        return (f"would, after {', '.join(night.done) or 'nothing'}",)

    def run(self, night: Night) -> Outcome:
        with night.direct.connect() as connection:
            connection.autocommit = True
            for statement in self.sql:
                connection.execute(statement.encode())
        self.then(night)
        return self.outcome


RESET = Sql(name="reset", sql=("TRUNCATE crew CASCADE",))


@dataclass
class Bed:
    """A database that v1 was restored into, which people changed since, and what a night there is made of."""

    url: str
    store: Store
    root: Path
    put_back: Callable[[Night, str], PutBack]
    backup: BackupStep
    restore: RestoreStep

    def course(self, *steps: Any, **changed: Any) -> Course:
        given = Course(
            steps=steps,
            skipped=(),
            version="v1",
            resolve=lambda: self.store.resolve("v1"),
            target=Target(self.url),
            direct=Target(self.url),
            put_back=self.put_back,
            wrong=lambda finding: finding.name == "references",
            limits=dict.fromkeys(("backup", "diff", "reset", "migrate", "restore", "storage", "health"), 60.0),
            limit_s=120.0,
            lease_s=LEASE_S,
            guard=Guard(allowed=("*/*",)),
        )
        return replace(given, **changed)

    def night(self, *steps: Any, now: datetime = NOW, **changed: Any) -> NightRecord:
        return run(self.course(*steps, **changed), now=now, progress=Silent())

    def prints(self) -> Any:
        return fingerprint(self.url)

    def changes(self, before: Any) -> list[str]:
        """What differs from an earlier print, but for the nights themselves."""
        return [one for one in changes(before, self.prints()) if not one.startswith("rows: snap.night: ")]

    def unsettled(self) -> Any:
        with Target(self.url).connect() as connection:
            return journal.unsettled(connection)

    def rows(self) -> int:
        ((count,),) = execute(self.url, "SELECT count(*) FROM crew")
        return int(count)


def states(record: NightRecord) -> dict[str, str]:
    return {step.name: step.state for step in record.steps}


def drops(statement: str = "SELECT 1/0") -> Sql:
    """A migration that changes something, and fails."""
    return Sql(name="migrate", sql=("ALTER TABLE crew ADD half text", 'DROP TABLE ship."Log book"', statement))


def made(tmp_path: Path, database: str) -> Bed:
    """Make a bed."""
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    store = Store(tmp_path)
    toy.publish(store, "v1")
    restore = RestoreStep(settings=RestoreSettings(), guard=Guard(allowed=("*/*",)))
    backup = BackupStep(settings=BackupSettings(), root=tmp_path, environment=os.environ)
    bed = Bed(database, store, tmp_path, backup.put_back, backup, restore)
    assert bed.night(restore).ok
    execute(database, "UPDATE crew SET name = 'changed by people' WHERE id = (SELECT id FROM crew LIMIT 1)")
    return bed
