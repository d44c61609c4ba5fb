"""`snap restore`: put a snapshot into a database."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snap.errors import UsageError
from snap.verify import require_intact
from snap_cli import datasets, restored
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.guard import read_guard
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import db_option, embedded_name, named, restored_embedded, unread

if TYPE_CHECKING:
    from snap_cli.forms.databases import RestoreForm
    from snap_restorer import Guard, Request, RestoreResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap restore`."""

    version: Version
    db: Annotated[
        str | None, db_option("The database; else $SNAP_DB_URL, else an embedded Postgres, which is started.")
    ] = None
    mode: Annotated[
        Literal["replace", "missing", "sync"],
        typer.Option(
            metavar="replace|missing|sync",
            help="replace: replace all rows of the snapshot's tables. missing: insert the rows whose keys are missing, "
            "change no other row. sync: insert, update and delete the rows that differ, while others read.",
        ),
    ] = "replace"
    jobs: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Connections; each loads its own tables. More than 1 is faster for large data.",
        ),
    ] = 1
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="now|DATE",
            help="Move all dates and times by whole days, as if the data were made on that day.",
        ),
    ] = None
    clone: Annotated[
        bool,
        typer.Option("--clone", help="Replace the whole database with a copy of a kept template. Needs CREATEDB."),
    ] = False
    verify: Annotated[
        Literal["counts", "full"] | None,
        typer.Option(
            metavar="HOW",
            help="What to verify before the commit. counts: each table's number of rows. full: each table's digest, "
            "from the rows in the database [default: full for small tables, counts for large ones].",
        ),
    ] = None
    lock_timeout: Annotated[
        float,
        typer.Option(
            "--lock-timeout",
            metavar="SECONDS",
            help="How long to wait for locks of other sessions [default: 10].",
            show_default=False,
        ),
    ] = 10.0
    strict: Annotated[
        bool, typer.Option("--strict", help="With --mode missing: refuse if any row would have to be skipped.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace rows that snap did not put there.")] = False
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code",
            help="Let code of the snapshot run with this session's rights, even those of a superuser. Read the code "
            "first: snap show VERSION --schema.",
        ),
    ] = False

    def request(self, guard: Guard, today: date) -> Request:
        """Return the request for snap_restorer. Errors: UsageError for options that exclude each other."""
        from snap_restorer import Request, day  # noqa: PLC0415

        if self.clone and self.mode != "replace":
            raise UsageError(f"a clone replaces the whole database, but the mode is {self.mode}", option="clone")
        if self.strict and self.mode != "missing":
            raise UsageError("strict is for mode missing: other modes skip no row", option="strict")
        return Request(
            mode=self.mode,
            jobs=self.jobs,
            as_of=day(self.as_of, today),
            verify=self.verify,
            lock_timeout_s=self.lock_timeout,
            strict=self.strict,
            dry_run=self.dry_run,
            trust_code=self.trust_code,
            guard=guard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredResult(TimedResult):
    """The result of a restore. `embedded` is the database's name in the embedded Postgres, None for another target.

    `usual` is true if `snap db psql` without a name opens this database.
    """

    restored: RestoreResult
    embedded: str | None
    usual: bool

    @property
    def asked(self) -> bool:
        """Return whether the result is a plan. The user asked for the plan, so --quiet does not suppress it."""
        return self.restored.verified == "none"

    def document(self) -> RestoreForm:
        return restored.document(self.restored, self.seconds)

    def view(self) -> View:
        if self.embedded is None:
            return restored.view(self.restored, self.seconds)
        name = "" if self.usual else f" {self.embedded}"
        look = Line(f"look at it: snap db psql{name}    end it: snap db stop", "dim")
        return restored.view(self.restored, self.seconds, look)


def run(options: Options, context: Context) -> RestoredResult:
    """Restore a snapshot. Its files are verified before a server is started or a database is changed."""
    import snap_restorer  # noqa: PLC0415

    store, settings = context.store(), context.settings()
    request = options.request(read_guard(settings, yes=options.yes), datetime.now(UTC).date())
    snapshot = context.resolve(store, options.version)
    target = named(context, options.db)
    with context.progress() as progress:
        require_intact(snapshot, progress)
    local = None if target else embedded_name(snapshot.manifest)
    usual = local is not None and local == datasets.chosen(context)
    if target is None and (warning := unread(settings)):
        context.warn(warning)
    with context.progress() as progress, contextlib.ExitStack() as stack:
        if target is None:
            target = stack.enter_context(restored_embedded(context, snapshot.manifest, request, clone=options.clone))
        restore = snap_restorer.clone_into if options.clone else snap_restorer.restore
        done = restore(snapshot, target, request, progress=progress)
    return RestoredResult(restored=done, embedded=local, usual=usual, seconds=context.seconds())


COMMAND = Command(
    name="restore",
    options=Options,
    run=run,
    help="""
    Load a snapshot into a Postgres database: all of it, or nothing. With --jobs 1 that is one transaction.

    In an empty database, snap creates the snapshot's schema first. In a database that has the schema, --mode says which
    rows change: all rows of the snapshot's tables, only missing rows (a row that collides is skipped and listed),
    or only rows that differ.
    """,
    short="Load a snapshot into a Postgres database.",
    example="snap restore v3 --db postgresql://me@localhost/app_dev",
    codes="""
        0 restored and verified; or rows inserted, and conflicts listed
        3 the snapshot is missing or corrupt (the database was not touched)
        4 what was loaded is not what the snapshot holds (rolled back)
        5 the database refused, does not fit, or holds rows of others; or there are conflicts, with --strict
        6 Postgres, the disk or the network failed""",
)
