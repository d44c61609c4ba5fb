"""`snap capture`: make a version out of a live database."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from snap.errors import UsageError
from snap.manifest import Manifest
from snap.store import check_name
from snap.units import size
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.published import published_document, published_grid, published_summary
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import db_option, named, unread

FIELDS = ("version", "db", "digest", "rows", "bytes", "estimated_db_bytes", "masked", "checks", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap capture` takes."""

    version: Version
    db: Annotated[str | None, db_option("The database to read; else $SNAP_DB_URL.")] = None
    tables: Annotated[
        tuple[str, ...],
        typer.Option("--table", metavar="PATTERN", help="Only tables so named, such as 'app.*'; repeatable."),
    ] = ()
    exclude: Annotated[
        tuple[str, ...], typer.Option("--exclude", metavar="PATTERN", help="No tables so named; repeatable.")
    ] = ()
    masks: Annotated[
        tuple[str, ...],
        typer.Option(
            "--mask",
            metavar="TABLE.COLUMN",
            help="NULL instead of the values, or pseudonyms where the column is NOT NULL; repeatable.",
        ),
    ] = ()
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code", help="Let code of the database run with this session's rights, a superuser's too."
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult(TimedResult):
    """What was captured. `db` holds no password; `masked` are columns as given."""

    manifest: Manifest
    db: str
    masked: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {
            "version": self.manifest.version,
            "db": self.db,
            "digest": self.manifest.digest,
            **published_document(self.manifest, masked=list(self.masked)),
        }

    def view(self) -> View:
        manifest = self.manifest
        facts = published_summary(manifest, size(manifest.estimated_db_bytes), self.seconds)
        return (
            published_grid(manifest, manifest.bytes),
            Line(f"captured {manifest.version} from {self.db}: {facts}", "good"),
            Line(f"digest {manifest.digest}", "dim"),
        )


def run(options: Options, context: Context) -> CaptureResult:
    """Capture a database and publish it. Errors: UsageError where no database is named."""
    from snap_restorer.live.capture import CaptureRequest, capture  # noqa: PLC0415

    check_name(options.version)
    store = context.store()
    target = named(context, options.db)
    if target is None:
        raise UsageError("no database was named", unread(context.settings_file()) or "or set $SNAP_DB_URL", option="db")
    request = CaptureRequest(
        version=options.version,
        tables=options.tables,
        exclude=options.exclude,
        masks=options.masks,
        mask_key=context.environment.get("SNAP_MASK_KEY", "").encode() or secrets.token_bytes(32),
        created=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        environment=context.environment,
        trust_code=options.trust_code,
    )
    context.warn(
        "real data are copied into this project"
        + (f", but for {', '.join(options.masks)}" if options.masks else "; mask what is personal")
    )
    with context.progress() as progress:
        manifest = capture(store, target, request, progress=progress)
    return CaptureResult(manifest=manifest, db=target.redacted, masked=options.masks, seconds=context.seconds())


COMMAND = Command(
    name="capture",
    options=Options,
    run=run,
    help="""
    Make a version out of a live database, or of some of its tables.

    All is read in one transaction, and nothing there is changed. Real data are copied, but for masked columns;
    pseudonyms are made by the server under a key that is thrown away, or is $SNAP_MASK_KEY where they are to be the
    same each time; that of an e-mail address is one at masked.invalid. With --table the schema holds only those tables
    and what they need.
    """,
    short="Make a version out of a live database.",
    example="snap capture staging-1 --db postgresql://me@staging/app --mask users.email",
    codes="""
        0 published
        4 a check failed (nothing is published)
        5 the database refused, or would not show every row, or another process writes this version now
        6 Postgres, the disk or the network failed""",
    fields=FIELDS,
)
