"""`snap health`: check whether a database is what its snapshot says, and whether it answers in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from snap.config import Settings
from snap.errors import UsageError
from snap.redact import clean
from snap.units import duration
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.completing import versions
from snap_cli.context import Context
from snap_cli.findings import failed_view, finding_documents, summary
from snap_cli.render import Grid, Line, TimedResult, View
from snap_cli.target import db_option, embedded, named, restored_version

if TYPE_CHECKING:
    from snap_cli.forms.databases import HealthForm
    from snap_ops.health.check import Health
    from snap_restorer import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap health`."""

    db: Annotated[
        str | None,
        db_option("The database; else $SNAP_DB_URL, else db of [target] in snap.toml, else the embedded Postgres."),
    ] = None
    version: Annotated[
        str | None,
        typer.Option(
            "--version",
            metavar="VERSION",
            help="The snapshot that it should hold; else the one that its ledger names, else version of [nightly].",
            autocompletion=versions,
        ),
    ] = None
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code", help="Let code of the database run with this session's rights, even those of a superuser."
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult(TimedResult):
    """The findings of all health checks of one database."""

    answer: ClassVar[bool] = True
    version: str
    db: str
    health: Health
    advice: str

    @property
    def code(self) -> int:
        return 0 if self.health.healthy else 1

    def document(self) -> HealthForm:
        return {
            "version": self.version,
            "db": self.db,
            "healthy": self.health.healthy,
            "checks": finding_documents(self.health.findings),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        findings = self.health.findings
        notes = tuple(
            Line(f"{finding.name}: {clean(finding.detail)}", "dim")
            for finding in findings
            if finding.ok and finding.detail.startswith("skipped: ")
        )
        verdict = "healthy" if self.health.healthy else "unhealthy"
        return (
            *failed_view(findings),
            *((Line(f"what to do: {self.advice}"),) if self.advice else ()),
            *notes,
            *_timings(self.health.facts["p95"]),
            Line(
                f"{self.version} is {verdict}: {summary(findings)}, {duration(self.seconds)}",
                "good" if self.health.healthy else "bad",
            ),
            Line(f"database {self.db}"),
        )


def _timings(p95: Mapping[str, Mapping[str, float]]) -> View:
    measured = {name: times for name, times in p95.items() if times}
    if not measured:
        return ()
    columns = ("p50", "p95", "max")
    rows = tuple(
        (name, *(f"{times[column]:.1f} ms" for column in columns), str(times["runs"]))
        for name, times in measured.items()
    )
    return (Grid(columns=("query", *columns, "runs"), rows=rows, right=frozenset({*columns, "runs"})),)


def run(options: Options, context: Context) -> HealthResult:
    """Run all health checks on the database. Errors: UsageError if no snapshot for it is known."""
    from snap_ops.health.advice import advised  # noqa: PLC0415
    from snap_ops.health.check import check_health  # noqa: PLC0415
    from snap_ops.health.settings import HealthSettings, read_questions  # noqa: PLC0415

    settings = context.settings()
    limits = settings.section(HealthSettings, "health")
    target = named(context, options.db, settings) or embedded(context, datasets.usual(context))
    snapshot = context.resolve(context.store(), options.version or _version(settings, target))
    questions = read_questions(snapshot.manifest, limits, datasets.DATASETS)
    with context.progress() as progress:
        health = check_health(
            target,
            snapshot.manifest,
            limits,
            questions,
            now=datetime.now(UTC),
            progress=progress,
            trust_code=options.trust_code,
        )
    return HealthResult(
        version=snapshot.manifest.version,
        db=target.redacted,
        health=health,
        advice=advised(health.findings),
        seconds=context.seconds(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """The only setting of [nightly] that this command reads."""

    version: str = ""


def _version(settings: Settings, target: Target) -> str:
    version = restored_version(target)
    if version is not None:
        return version
    expected = settings.section(_Expected, "nightly", only=("version",))
    if expected.version:
        return expected.version
    raise UsageError(
        f"{target.redacted} has no ledger that says which snapshot it should hold", "name it: snap health --version v3"
    )


COMMAND = Command(
    name="health",
    options=Options,
    run=run,
    help="""
    Check a database against its snapshot: rows, references, counters, size, cache hits, read times, endpoints.

    Section [health] of snap.toml sets the limits, the role that reads, your own queries, and the HTTP endpoints to ask.
    Nothing is written. A table that forces row security on its owner is locked while its rows are counted.
    """,
    short="Check a database against its snapshot.",
    example="snap health --db postgresql://me@localhost/app_dev",
    codes="""
        0 healthy
        1 unhealthy: a check failed
        3 the snapshot is missing or its manifest corrupt
        5 the database hides rows from this role, or has code that a superuser may not run, or a lock is held
        6 Postgres or the network failed""",
)
