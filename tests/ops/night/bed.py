"""Provide a database that people changed since the last restore, and nights in it with real and simulated steps."""

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
from snap_ops.night.pipeline import ORDER, Pipeline, StagingDatabase, TimeLimits
from snap_ops.night.restore import RestoreSettings, RestoreStep
from snap_ops.night.run import run_night
from snap_ops.record import NightRecord
from snap_ops.step import StepContext, StepResult
from snap_restorer import PutBack, Target
from snap_restorer.pg import journal
from snap_restorer.pg.guard import Guard
from tests.cases import toy
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
LEASE_S = 2.0
WAIT_S = 1.0  # for a service that is away
GOOD = Finding(name="references", ok=True, value=0, limit=0)
SLOW = Finding(name="p95.feed", ok=False, value=900, limit=200)
WRONG = Finding(name="references", ok=False, value=3, limit=0)


@dataclass(frozen=True, kw_only=True)
class Sql:
    """A step that runs SQL, one statement at a time, and then calls the function `then`."""

    name: str
    sql: tuple[str, ...] = ()
    then: Callable[[StepContext], None] = lambda _: None
    outcome: StepResult = field(default_factory=lambda: StepResult(detail="done"))

    def plan(self, night: StepContext) -> tuple[str, ...]:
        return (f"would, after {', '.join(night.done) or 'nothing'}",)

    def run(self, night: StepContext) -> StepResult:
        with night.direct.connect() as connection:
            connection.autocommit = True
            for statement in self.sql:
                connection.execute(statement.encode())
        self.then(night)
        return self.outcome


@dataclass(frozen=True, kw_only=True)
class Doubtful:
    """The real restore followed by an error, as if the connection had broken during its commit."""

    step: Any
    error: Exception

    @property
    def name(self) -> str:
        return str(self.step.name)

    def plan(self, night: StepContext) -> tuple[str, ...]:
        return tuple(self.step.plan(night))

    def run(self, night: StepContext) -> StepResult:
        self.step.run(night)
        raise self.error


RESET = Sql(name="reset", sql=("TRUNCATE crew CASCADE",))


@dataclass
class Bed:
    """A database into which v1 was restored and which people changed since, with the parts of a night in it."""

    url: str
    store: Store
    root: Path
    put_back: Callable[[StepContext, str], PutBack]
    backup: BackupStep
    restore: RestoreStep

    def pipeline(self, *steps: Any, **changed: Any) -> Pipeline:
        """Return a pipeline of these steps. `changed` replaces fields of the pipeline, its database and its limits."""
        steps_s = dict.fromkeys(ORDER, 60.0) | changed.pop("step_limits", {})
        defaults = {"night_s": 120.0, "lease_s": LEASE_S, "wait_s": WAIT_S, "end_idle_s": None}
        times = {name: changed.pop(name, default) for name, default in defaults.items()}
        target = Target(self.url)
        database = {"target": target, "direct": target, "guard": Guard(allowed=("*/*",))}
        database = {name: changed.pop(name, default) for name, default in database.items()}
        given = Pipeline(
            steps=steps,
            skipped=(),
            version="v1",
            resolve=lambda: self.store.resolve("v1"),
            database=StagingDatabase(**database),
            put_back=self.put_back,
            save=self.backup.save,
            is_wrong=lambda finding: finding.name == "references",
            limits=TimeLimits(steps=steps_s, **times),
        )
        return replace(given, **changed)

    def night(self, *steps: Any, now: datetime = NOW, **changed: Any) -> NightRecord:
        return run_night(self.pipeline(*steps, **changed), now=now, progress=Silent())

    def cut(self, backup: str | None, *steps: Any) -> None:
        """Leave the database as a night does that is killed after these steps. All of them change the database."""
        target = Target(self.url)
        number = journal.take(target, holder="gone, process 1", token="x", lease_s=0)
        assert isinstance(number, int)
        context = self.pipeline().context(NOW, Silent(), number)
        for step in steps:
            journal.touch(target, number, "x", backup)
            step.run(context)
            context = replace(context, done=(*context.done, step.name))
        journal.leave(target, number, "x")

    def prints(self) -> Any:
        return fingerprint(self.url)

    def changes(self, before: Any) -> list[str]:
        """Return the differences from an earlier fingerprint, except the record of nights."""
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
    """Return a migration that changes something and then fails."""
    return Sql(name="migrate", sql=("ALTER TABLE crew ADD half text", 'DROP TABLE ship."Log book"', statement))


def made(tmp_path: Path, database: str) -> Bed:
    """Create the database of a Bed, and all that belongs to the Bed."""
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
