"""`snap backup`: back up a database, list backups, put one back, prune."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import typer

from snap.errors import SnapshotError, UsageError
from snap.units import duration, plural, size
from snap_cli import datasets
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, Yes, epilog, given
from snap_cli.render import Grid, Line, Result, View

if TYPE_CHECKING:
    from snap_ops.backup.retention import Pruned
    from snap_ops.backup.sealed import Backup
    from snap_ops.backup.step import BackupSettings
    from snap_restorer import PutBack, Target

FIELDS = (
    "create: id, db, place, bytes, dumped_bytes, seconds",
    "list: backups: [id, started, bytes, db, version]",
    "restore: id, db, schemas, tables: [name, rows], lost, seconds",
    "prune: removed, kept, seconds",
)
EPILOG = epilog(
    example="snap backup restore latest --db postgresql://me@localhost/app_dev",
    codes="""
        0 done, and proved; or nothing done because you said no
        3 there is no such backup, or it is corrupt (the database was not touched)
        4 what was put back is not what the backup holds (rolled back)
        5 the database refused, or row security would leave the backup short, or a lock is held
        6 Postgres, the disk, the bucket or the network failed""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedResult(Result):
    """A backup that was made and read back."""

    backup: Backup
    place: str
    seconds: float

    def document(self) -> dict[str, Any]:
        return {
            "id": self.backup.id,
            "db": self.backup.db,
            "place": self.place,
            "bytes": self.backup.bytes,
            "dumped_bytes": self.backup.dumped_bytes,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        made = self.backup
        rows = sum(row[0] for row in made.held.rows.values())
        facts = (
            f"{plural(rows, 'row')} in {plural(len(made.held.rows), 'table')}",
            f"{size(made.bytes)} of {size(made.dumped_bytes)}",
            "read back",
            duration(self.seconds),
        )
        return (
            Line(f"backed up {made.id}: {', '.join(facts)}", "good"),
            Line(f"database {made.db}"),
            Line(f"place    {self.place}", "dim"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResult(Result):
    """All backups that can be put back, oldest first, and the records that cannot be read."""

    answer: ClassVar[bool] = True
    backups: tuple[Backup, ...]
    broken: tuple[str, ...]
    place: str

    @property
    def failure(self) -> SnapshotError | None:
        if not self.broken:
            return None
        return SnapshotError(
            f"not a backup's record, or of another file: {', '.join(self.broken)}", f"look at it in {self.place}"
        )

    def document(self) -> dict[str, Any]:
        return {
            "backups": [
                {
                    "id": one.id,
                    "started": one.started.isoformat().replace("+00:00", "Z"),
                    "bytes": one.bytes,
                    "db": one.db,
                    "version": one.version,
                }
                for one in self.backups
            ]
        }

    def view(self) -> View:
        if not self.backups:
            return (Line(f"there is no backup in {self.place} yet; run: snap backup"),)
        rows = tuple(
            (one.id, f"{one.started:%Y-%m-%d %H:%M:%S}", size(one.bytes), one.version or "", one.db)
            for one in self.backups
        )
        return (Grid(columns=("id", "started", "size", "version", "database"), rows=rows, right=frozenset({"size"})),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackResult(Result):
    """What was put back; None where the person asked said no."""

    id: str
    done: PutBack | None
    seconds: float

    def document(self) -> dict[str, Any]:
        if self.done is None:
            return {"id": self.id, "restored": False, "seconds": round(self.seconds, 3)}
        return {
            "id": self.id,
            "db": self.done.db,
            "schemas": list(self.done.schemas),
            "tables": [{"name": name, "rows": rows} for name, rows in sorted(self.done.tables.items())],
            "lost": list(self.done.lost),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        if self.done is None:
            return (Line("the database stays as it is"),)
        tables = self.done.tables
        what = f"{plural(sum(tables.values()), 'row')} in {plural(len(tables), 'table')}"
        return (
            Line(f"put back {self.id}: {what}, as when it was made, {duration(self.seconds)}", "good"),
            Line(f"schemas  {', '.join(self.done.schemas)}"),
            Line(f"database {self.done.db}"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedResult(Result):
    pruned: Pruned
    seconds: float

    def document(self) -> dict[str, Any]:
        return {
            "removed": list(self.pruned.removed),
            "kept": self.pruned.kept,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        return (
            *(Line(f"removed {name}") for name in self.pruned.removed),
            Line(f"{plural(self.pruned.kept, 'backup')} kept"),
        )


def backup(
    ctx: typer.Context,
    action: Annotated[
        Literal["create", "list", "restore", "prune"],
        typer.Argument(metavar="[create|list|restore|prune]", help="What to do.", show_default=False),
    ] = "create",
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="restore: which one, by its id or the beginning of it, or latest.", show_default=False
        ),
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="URL",
            help="The database, its own address and no pooler's; else $SNAP_DB_URL, else direct_db or db of [target] "
            "in snap.toml, else the embedded Postgres.",
        ),
    ] = None,
    lose: Annotated[
        bool,
        typer.Option("--lose", help="restore: drop what depends on the schemas from outside and is not in the backup."),
    ] = False,
    yes: Yes = False,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Back up a database into a folder or a bucket, list the backups, put one back, or remove old ones.

    A backup holds the schemas that section [backup] of snap.toml names, or all of the role's own, and is read back
    before it counts as one. restore makes these schemas what they were, in one transaction, and proves it.
    """
    if name is not None and action != "restore":
        raise UsageError(f"snap backup {action} takes no id", "leave it out; snap backup restore ID puts one back")
    if name is None and action == "restore":
        raise UsageError("which backup is to be put back is not said", "give an id, or latest; see: snap backup list")
    context = given(ctx, root, config, as_json, quiet)
    if action == "create":
        return Action(context, partial(run_create, db=db))
    if action == "restore":
        return Action(context, partial(run_restore, db=db, name=name or "", lose=lose, yes=yes))
    return Action(context, run_list if action == "list" else run_prune)


def run_create(context: Context, *, db: str | None) -> CreatedResult:
    """Back up the database that is meant."""
    from snap_ops.backup.create import create_backup

    started = time.monotonic()
    settings = _settings(context)
    place = settings.open(context.root())
    target = _target(context, db)
    with context.progress() as progress:
        made = create_backup(
            place,
            target,
            now=datetime.now(UTC),
            schemas=settings.schemas,
            exclude=settings.exclude,
            lock_timeout_s=settings.lock_timeout.total_seconds(),
            environment=context.environment,
            progress=progress,
        )
    return CreatedResult(backup=made, place=place.shown, seconds=time.monotonic() - started)


def run_list(context: Context) -> ListedResult:
    """List what there is to put back."""
    from snap_ops.backup.retention import list_backups

    place = _settings(context).open(context.root())
    found, broken = list_backups(place)
    return ListedResult(backups=found, broken=broken, place=place.shown)


def run_restore(context: Context, *, db: str | None, name: str, lose: bool, yes: bool) -> PutBackResult:
    """Put a database back, once someone said yes or snap.toml allows it. Errors: UsageError with nobody to ask."""
    from snap_ops.backup.create import restore_backup
    from snap_ops.backup.retention import find_backup

    started = time.monotonic()
    settings, guard = _settings(context), context.settings().guard()
    place = settings.open(context.root())
    found = find_backup(place, name)
    target = _target(context, db)
    allowed = guard.on_list(target)
    if not (yes or allowed or _confirmed(context, found, target)):
        return PutBackResult(id=found.id, done=None, seconds=time.monotonic() - started)
    with context.progress() as progress:
        done = restore_backup(
            place,
            found,
            target,
            lose=lose,
            guard=guard.confirmed(),
            lock_timeout_s=settings.lock_timeout.total_seconds(),
            environment=context.environment,
            progress=progress,
        )
    return PutBackResult(id=found.id, done=done, seconds=time.monotonic() - started)


def run_prune(context: Context) -> PrunedResult:
    """Remove what is older than keep_days, and what dead runs left."""
    from snap_ops.backup.retention import prune_backups

    started = time.monotonic()
    settings = _settings(context)
    pruned = prune_backups(settings.open(context.root()), keep_days=settings.keep_days, now=datetime.now(UTC))
    return PrunedResult(pruned=pruned, seconds=time.monotonic() - started)


def _settings(context: Context) -> BackupSettings:
    from snap.config import section
    from snap_ops.backup.step import BackupSettings

    settings = context.settings()
    return section(BackupSettings, settings.section("backup"), "backup", settings.origin(context.environment))


def _target(context: Context, flag: str | None) -> Target:
    """Return the database that is meant; the embedded Postgres is started. Errors: UsageError."""
    from snap_restorer import Embedded, Target

    named = context.target_flag(flag) or context.settings().database(context.environment)
    if named:
        return Target(named)
    embedded = Embedded(environment=context.environment)
    return Target(embedded.start().url(datasets.DEFAULT))


def _confirmed(context: Context, found: Backup, target: Target) -> bool:
    if not context.asks():
        raise UsageError("putting a database back wants a yes, and there is no terminal to ask on", "add --yes")
    schemas = ", ".join(found.held.schemas)
    sys.stderr.write(f"Replace schemas {schemas} of {target.redacted} by backup {found.id}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
