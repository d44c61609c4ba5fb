"""The night's health step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from snap.errors import UsageError
from snap.units import plural
from snap_ops.health.advice import advised
from snap_ops.health.check import check_health
from snap_ops.health.settings import Datasets, HealthSettings, read_questions
from snap_ops.step import StepContext, StepResult
from snap_restorer.pg.syntax import malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthStep:
    """Step "health". A failed check does not raise. `is_integrity` says which findings are about the data."""

    name: ClassVar[str] = "health"
    settings: HealthSettings
    datasets: Datasets = field(repr=False)
    trust_code: bool = False

    def require_parseable(self, context: StepContext) -> None:
        """Raise UsageError if a query or a rule is malformed. Nothing is run, and no table needs to exist."""
        questions = read_questions(context.snapshot.manifest, self.settings, self.datasets)
        if problems := malformed(context.target, questions.texts()):
            raise UsageError(
                f"health has malformed SQL: {'; '.join(f'{name}: {problem}' for name, problem in problems.items())}",
                "correct it: each is one statement, with $1, $2 … for its parameters",
                unchanged=True,
            )

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return which checks would run. The files of queries and rules are read, but not the database."""
        questions = read_questions(context.snapshot.manifest, self.settings, self.datasets)
        tables, version = context.snapshot.manifest.tables, context.snapshot.manifest.version
        keys = sum(len(data.table.foreign_keys) for data in tables)
        http = len(self.settings.endpoints) + (self.settings.nutrition_url is not None)
        return (
            f"compare {plural(len(tables), 'table')} and {plural(keys, 'reference')} of {context.target.redacted} "
            f"with {version}",
            f"compare {plural(len(questions.derived), 'derived column')} with the rows that they sum up",
            f"time {plural(len(questions.queries), 'read query', 'read queries')}, "
            f"{plural(self.settings.runs, 'run')} each" + (f", as {self.settings.role}" if self.settings.role else ""),
            f"ask {plural(http, 'address', 'addresses')} over HTTP",
        )

    def run(self, context: StepContext) -> StepResult:
        """Run every check on the database."""
        manifest = context.snapshot.manifest
        health = check_health(
            context.target,
            manifest,
            self.settings,
            read_questions(manifest, self.settings, self.datasets),
            now=context.now,
            progress=context.progress,
            night=context.number,
            show_rows=False,
            trust_code=self.trust_code,
            stop=context.stop,
        )
        failed = [finding.name for finding in health.findings if not finding.ok]
        every = plural(len(health.findings), "check")
        return StepResult(
            detail=f"{len(failed)} of {every} failed: {', '.join(failed)}" if failed else f"healthy, {every}",
            findings=health.findings,
            hint=advised(health.findings),
            facts={
                **health.facts,
                "p95_ms": {name: times["p95"] for name, times in health.facts["p95"].items() if times},
                "p95_limit_ms": self.settings.p95.total_seconds() * 1000,
            },
        )
