"""`snap health`: is a database what the snapshot says, quick enough, and are the endpoints around it up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from snap.cli import datasets
from snap.cli.context import Action, Config, Context, Json, Quiet, Root, epilog, given
from snap.cli.findings import finding_documents, summary
from snap.cli.render import Grid, Line, Result, View, duration
from snap.errors import TargetError
from snap.redact import clean

if TYPE_CHECKING:
    from nightly.health import Health, Promises
    from restorer import Target
    from snap.store import Snapshot

EPILOG = epilog(
    example="snap health --db postgresql://me@staging/app",
    codes="""
        0 healthy
        1 not healthy
        3 the snapshot is missing or corrupt
        5 the database does not let this role read all, or it is not said which version it should hold
        6 Postgres or the network failed""",
    fields=("version", "healthy", "checks: [{name, ok, value, limit, detail}]", "seconds"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult(Result):
    """All checks of a database."""

    answer: ClassVar[bool] = True
    version: str
    db: str
    health: Health
    seconds: float

    @property
    def code(self) -> int:
        return 0 if self.health.healthy else 1

    def document(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "healthy": self.health.healthy,
            "checks": finding_documents(self.health.findings),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        findings = self.health.findings
        rows = tuple(
            ("ok" if f.ok else "FAILED", f.name, _number(f.value), _number(f.limit), clean(f.detail)) for f in findings
        )
        grid = Grid(columns=("", "check", "value", "limit", "detail"), rows=rows, right=frozenset({"value", "limit"}))
        facts = f"{summary(findings)}, {duration(self.seconds)}"
        well = self.health.healthy
        return (
            grid,
            Line(f"{'healthy' if well else 'not healthy'} as {self.version}: {facts}", "good" if well else "bad"),
            Line(f"database {self.db}"),
        )


def health(
    ctx: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="URL",
            help="The database; else $SNAP_DB_URL, else db of [target] in snap.toml, else the embedded Postgres.",
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option("--version", metavar="VERSION", help="What it should hold; else what was restored last."),
    ] = None,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Look whether a database is well, and change nothing.

    Counts, keys and references are those of the snapshot; what triggers keep is counted anew; it is small enough; the
    nutrition cache hits; read queries are quick; and the endpoints that section [health] of snap.toml names answer.
    """
    return Action(given(ctx, root, config, as_json, quiet), partial(run_health, db=db, version=version))


def run_health(context: Context, *, db: str | None, version: str | None) -> HealthResult:
    """Examine the database that is meant."""
    from nightly.health import HealthSettings, look
    from nightly.settings import section

    began = time.monotonic()
    settings = context.settings()
    wanted = section(HealthSettings, settings.section("health"), "health", settings.origin(context.environment))
    wanted.require_possible()
    target = _target(context, db)
    store = context.store()
    snapshot = context.resolve(store, version or _recorded(context, target))
    found = look(target, snapshot, promises_of(snapshot), wanted)
    return HealthResult(
        version=snapshot.manifest.version, db=target.redacted, health=found, seconds=time.monotonic() - began
    )


def promises_of(snapshot: Snapshot) -> Promises:
    """Give what the snapshot's dataset ships for living databases; nothing for one that was captured."""
    from nightly.health import Promises, promises

    parameters = snapshot.manifest.parameters
    if parameters is None or parameters.dataset not in datasets.DATASETS:
        return Promises()
    return promises(datasets.find(parameters.dataset).postgres)


def _recorded(context: Context, target: Target) -> str:
    """Give the version that was restored last, else the one that a night restores. Errors: TargetError."""
    from restorer.health import recorded

    entry = recorded(target)
    if entry is not None:
        return entry.version
    configured = context.settings().section("nightly").get("version")
    if isinstance(configured, str):
        return configured
    raise TargetError(
        f"{target.redacted} has no ledger of snap, so it is not known which version it should hold",
        "say it: --version VERSION",
    )


def _target(context: Context, flag: str | None) -> Target:
    """Give the database that is meant; the embedded Postgres is started."""
    from restorer import Embedded, Target

    named = context.target_flag(flag)
    if named is None and (pair := context.settings().databases(context.environment)):
        named = pair[0]
    if named:
        return Target(named)
    embedded = Embedded(environment=context.environment)
    server = embedded.start()
    embedded.ensure_database(datasets.DEFAULT)
    return Target(server.url(datasets.DEFAULT))


def _number(value: float | int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
