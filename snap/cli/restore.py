"""`snap restore`: put a snapshot into a database."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from snap.cli import datasets
from snap.cli.context import Action, Config, Context, Json, Quiet, Root, Version, epilog, given
from snap.cli.render import Grid, Line, Result, View, duration, plural
from snap.manifest import Manifest

if TYPE_CHECKING:
    from restorer import RestoreResult, Target

FIELDS = (
    *("version", "db", "mode", "schema_created"),
    "tables: [name, rows, inserted, updated, deleted, unchanged, skipped, seconds]",
    *("conflicts: [table, key, reason]", "verified", "seconds"),
)
EPILOG = epilog(
    example="snap restore v3 --db postgresql://me@localhost/app_dev",
    codes="""
        0 restored and verified
        3 the snapshot is missing or corrupt (the database was not touched)
        4 what was loaded is not what the snapshot holds (rolled back)
        5 the database refused, or does not fit, or holds rows of others
        6 Postgres, the disk or the network failed""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredResult(Result):
    """What the restore did. `embedded` is the database's name where it went into the embedded Postgres."""

    restored: RestoreResult
    dry_run: bool
    embedded: str | None
    seconds: float

    def document(self) -> dict[str, Any]:
        document = asdict(self.restored)
        document["tables"] = [{**table, "seconds": round(table["seconds"], 3)} for table in document["tables"]]
        return {**document, "conflicts": list(document["conflicts"]), "seconds": round(self.seconds, 3)}

    def view(self) -> View:
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
        did = "would restore" if self.dry_run else "restored"
        facts = [
            f"{plural(rows, 'row')} in {plural(len(tables), 'table')}",
            *(["schema created" if not self.dry_run else "schema to be created"] if restored.schema_created else []),
            *([f"{restored.verified} verified"] if restored.verified else []),
            duration(self.seconds),
        ]
        lines: list[Line | Grid] = [
            grid,
            Line(f"{did} {restored.version}: {', '.join(facts)}", "good"),
            Line(f"database {restored.db}"),
        ]
        if self.embedded is not None and not self.dry_run:
            name = "" if self.embedded == datasets.DEFAULT else f" {self.embedded}"
            lines.append(Line(f"look at it: snap db psql{name}    end it: snap db stop", "dim"))
        return tuple(lines)


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
        Literal["replace"], typer.Option(metavar="MODE", help="replace: all rows of the snapshot's tables.")
    ] = "replace",
    verify: Annotated[
        Literal["counts"], typer.Option(metavar="HOW", help="counts: every table's rows, before the commit.")
    ] = "counts",
    clone: Annotated[
        bool,
        typer.Option("--clone", help="Replace the whole database by a copy of a kept template; needs CREATEDB."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace rows that snap did not put there.")] = False,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Put a snapshot into a Postgres: all of it in one transaction, or nothing.

    An empty database gets the snapshot's schema first; in a migrated one the rows of its tables are replaced.
    """
    run = partial(run_restore, version=version, db=db, mode=mode, verify=verify, clone=clone, dry_run=dry_run, yes=yes)
    return Action(given(ctx, root, config, as_json, quiet), run)


def run_restore(
    context: Context,
    *,
    version: str,
    db: str | None,
    mode: Literal["replace"],
    verify: Literal["counts"],
    clone: bool,
    dry_run: bool,
    yes: bool,
) -> RestoredResult:
    """Restore `version` into `db`. No database is touched, and no server started, before its files are verified."""
    import restorer

    started = time.monotonic()
    store = context.store()
    snapshot = context.resolve(store, version)
    given_target = context.target_flag(db)
    target = restorer.Target(given_target) if given_target else None
    store.require_intact(snapshot)
    embedded = None
    with context.progress() as progress:
        if target is None:
            embedded = database_name(snapshot.manifest)
            target = _embedded(context, embedded)
        if clone:
            restored = restorer.clone_into(snapshot, target, dry_run=dry_run, yes=yes, progress=progress)
        else:
            restored = restorer.restore(
                snapshot, target, mode=mode, verify=verify, dry_run=dry_run, yes=yes, progress=progress
            )
    return RestoredResult(restored=restored, dry_run=dry_run, embedded=embedded, seconds=time.monotonic() - started)


def database_name(manifest: Manifest) -> str:
    """The database of the embedded Postgres that a snapshot goes into: its dataset's, or its own."""
    return manifest.parameters.dataset if manifest.parameters else manifest.version


def _embedded(context: Context, name: str) -> Target:
    """Start the embedded Postgres and give its database `name`, created if need be."""
    from restorer import Embedded, Target

    embedded = Embedded(environment=context.environment)
    server = embedded.start()
    embedded.ensure_database(name)
    return Target(server.url(name))
