"""`snap restore`: put a snapshot into a database."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from snap.errors import UsageError
from snap.manifest import Manifest
from snap.units import duration, plural, size
from snap_cli import datasets
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, Version, epilog, given
from snap_cli.merged import merged
from snap_cli.render import Grid, Line, Result, View

if TYPE_CHECKING:
    from snap_restorer import Outline, RestoreResult, Target

FIELDS = (
    *("version", "db", "mode", "schema_created"),
    "tables: [name, rows, inserted, updated, deleted, unchanged, skipped, seconds]",
    *("conflicts: [table, key, reason]", "verified", "seconds", "plan (with --dry-run)"),
)
EPILOG = epilog(
    example="snap restore v3 --db postgresql://me@localhost/app_dev",
    codes="""
        0 restored and verified; or rows put in, and conflicts listed
        3 the snapshot is missing or corrupt (the database was not touched)
        4 what was loaded is not what the snapshot holds (rolled back)
        5 the database refused, or does not fit, or holds rows of others; or conflicts, with --strict
        6 Postgres, the disk or the network failed""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredResult(Result):
    """What the restore did. `embedded` is the database's name where it went into the embedded Postgres."""

    restored: RestoreResult
    embedded: str | None
    seconds: float

    def document(self) -> dict[str, Any]:
        document = asdict(self.restored)
        plan = document.pop("outline")
        document["tables"] = [{**table, "seconds": round(table["seconds"], 3)} for table in document["tables"]]
        document |= {"conflicts": list(document["conflicts"]), "seconds": round(self.seconds, 3)}
        return document if plan is None else document | {"plan": plan}

    def view(self) -> View:
        from snap_restorer import Outline

        plan = self.restored.outline
        if isinstance(plan, Outline):
            return _planned(self.restored, plan)
        if self.restored.mode != "replace" and not self.restored.schema_created:
            return merged(self.restored, plan, self.seconds)
        restored, tables = self.restored, self.restored.tables
        rows = sum(table.rows for table in tables)
        # Columns that say 0 everywhere say nothing.
        counts = [
            name
            for name in ("deleted", "updated", "unchanged", "skipped")
            if any(getattr(table, name) for table in tables)
        ]
        grid = Grid(
            columns=("table", "rows", *counts, "seconds"),
            rows=(
                *(
                    (
                        table.name,
                        f"{table.rows:,}",
                        *(f"{getattr(table, name):,}" for name in counts),
                        f"{table.seconds:.2f}",
                    )
                    for table in tables
                ),
                (
                    "total",
                    f"{rows:,}",
                    *(f"{sum(getattr(table, name) for table in tables):,}" for name in counts),
                    f"{sum(table.seconds for table in tables):.2f}",
                ),
            ),
            right=frozenset({"rows", *counts, "seconds"}),
            total=True,
        )
        facts = [
            f"{plural(rows, 'row')} in {plural(len(tables), 'table')}",
            *(["schema created"] if restored.schema_created else []),
            *([f"{restored.verified} verified"] if restored.verified else []),
            duration(self.seconds),
        ]
        lines: list[Line | Grid] = [
            grid,
            Line(f"restored {restored.version}: {', '.join(facts)}", "good"),
            Line(f"database {restored.db}"),
        ]
        if self.embedded is not None:
            name = "" if self.embedded == datasets.DEFAULT else f" {self.embedded}"
            lines.append(Line(f"look at it: snap db psql{name}    end it: snap db stop", "dim"))
        return tuple(lines)


def _planned(restored: RestoreResult, plan: Outline) -> View:
    """Say what a restore would do, and what it would cost those who use the database meanwhile."""
    columns = ("table", "rows", "size", "replaces", "indexes and keys", "about")
    rows = tuple(
        (
            table.name,
            f"{table.rows:,}",
            size(table.bytes),
            f"{table.replaces:,}",
            f"built anew: {table.rebuilt}" if table.rebuilt else f"kept: {table.kept}",
            duration(table.seconds),
        )
        for table in plan.tables
    )
    total = sum(table.rows for table in plan.tables)
    facts = [
        f"{plural(total, 'row')} in {plural(len(plan.tables), 'table')}",
        *(["schema to be created"] if restored.schema_created else []),
        *([f"dates {plan.shift_days:+} days"] if plan.shift_days else []),
        f"about {duration(plan.seconds)}",
    ]
    until = "it is done: the ledger says loading meanwhile" if plan.jobs > 1 else "the commit: one transaction"
    triggers = sum(table.triggers for table in plan.tables)
    return (
        Grid(columns=columns, rows=rows, right=frozenset({"rows", "size", "replaces", "about"})),
        Line(f"would restore {restored.version}: {', '.join(facts)}", "good"),
        Line(f"locks: ACCESS EXCLUSIVE on these tables{''.join(f', {name}' for name in plan.locked)}, until {until}"),
        *([Line(f"triggers: {triggers} held off, so nothing fires")] if triggers else []),
        *([Line(f"materialised views refreshed: {', '.join(plan.views)}")] if plan.views else []),
        Line(f"database {restored.db}"),
        Line("nothing was changed", "dim"),
    )


def restore(
    ctx: typer.Context,
    version: Version,
    db: Annotated[
        str | None,
        typer.Option(
            "--db", metavar="URL", help="The database; else $SNAP_DB_URL, else an embedded Postgres, which is started."
        ),
    ] = None,
    mode: Annotated[
        Literal["replace", "missing", "sync"],
        typer.Option(
            metavar="replace|missing|sync",
            help="replace: all rows of the snapshot's tables. missing: put in rows whose keys are not there, touch no "
            "other. sync: insert, update and delete what differs, while others read.",
        ),
    ] = "replace",
    jobs: Annotated[
        int, typer.Option(metavar="N", help="Connections. More than 1 is quicker for large data, and not atomic.")
    ] = 1,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="now|DATE", help="Move all dates and times by whole days, as if made on that day."
        ),
    ] = None,
    clone: Annotated[
        bool,
        typer.Option("--clone", help="Replace the whole database by a copy of a kept template. Needs CREATEDB."),
    ] = False,
    verify: Annotated[
        Literal["counts", "full"] | None,
        typer.Option(
            metavar="HOW",
            help="Before the commit. counts: each table's rows; full: each table's digest, from what the database "
            "holds. Else full for small tables, counts for large ones.",
        ),
    ] = None,
    lock_timeout: Annotated[
        float,
        typer.Option(
            "--lock-timeout",
            metavar="SECONDS",
            help="How long to wait for others' locks; 10 unless told.",
            show_default=False,
        ),
    ] = 10.0,
    strict: Annotated[
        bool, typer.Option("--strict", help="With --mode missing: refuse if any row would have to be skipped.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace rows that snap did not put there.")] = False,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Put a snapshot into a Postgres: all of it in one transaction, or nothing (see --jobs for the exception).

    An empty database gets the snapshot's schema first; in a migrated one the rows of its tables are replaced, or those
    that are missing put in (a row that collides is skipped and listed), or those that differ brought back.
    """
    run = partial(
        run_restore,
        version=version,
        db=db,
        mode=mode,
        jobs=jobs,
        clone=clone,
        as_of=as_of,
        verify=verify,
        lock_timeout=lock_timeout,
        strict=strict,
        dry_run=dry_run,
        yes=yes,
    )
    return Action(given(ctx, root, config, as_json, quiet), run)


def run_restore(
    context: Context,
    *,
    version: str,
    db: str | None,
    mode: Literal["replace", "missing", "sync"],
    jobs: int,
    clone: bool,
    as_of: str | None,
    verify: Literal["counts", "full"] | None,
    lock_timeout: float,
    strict: bool,
    dry_run: bool,
    yes: bool,
) -> RestoredResult:
    """Restore `version` into `db`. No database is touched, and no server started, before its files are verified."""
    import snap_restorer

    if clone and mode != "replace":
        raise UsageError(f"--clone replaces the whole database, and --mode is {mode}", "leave one of them out")
    if strict and mode != "missing":
        raise UsageError("--strict is for --mode missing", "leave it out: other modes skip no row")
    started = time.monotonic()
    moment = day(as_of, datetime.now(UTC).date())
    store, settings = context.store(), context.settings()
    snapshot = context.resolve(store, version)
    given_target = context.target_flag(db)
    target = snap_restorer.Target(given_target) if given_target else None
    store.require_intact(snapshot)
    embedded = None
    with context.progress() as progress:
        if target is None:
            embedded = database_name(snapshot.manifest)
            target = _embedded(context, embedded)
        request = snap_restorer.Request(
            mode=mode,
            jobs=jobs,
            as_of=moment,
            verify=verify,
            lock_timeout_s=lock_timeout,
            strict=strict,
            dry_run=dry_run,
            guard=settings.guard(yes=yes),
        )
        restore_into = snap_restorer.clone_into if clone else snap_restorer.restore
        restored = restore_into(snapshot, target, request, progress=progress)
    return RestoredResult(restored=restored, embedded=embedded, seconds=time.monotonic() - started)


def day(text: str | None, today: date) -> date | None:
    """Return the day that --as-of means: `now` is `today`, the UTC date. Errors: UsageError."""
    if text is None:
        return None
    if text.strip().lower() == "now":
        return today
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--as-of is {text!r}, not a date", "write now, or a date such as 2026-11-01") from None


def database_name(manifest: Manifest) -> str:
    """The database of the embedded Postgres that a snapshot goes into: its dataset's, or its own."""
    return manifest.parameters.dataset if manifest.parameters else manifest.version


def _embedded(context: Context, name: str) -> Target:
    """Start the embedded Postgres and give its database `name`, created if need be."""
    from snap_restorer import Embedded, Target

    embedded = Embedded(environment=context.environment)
    server = embedded.start()
    embedded.ensure_database(name)
    return Target(server.url(name))
