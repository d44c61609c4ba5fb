"""`snap capture`: make a version out of a live database."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from snap.errors import UsageError
from snap.manifest import Manifest
from snap.store import check_name
from snap.units import duration, size
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, Version, epilog, given
from snap_cli.findings import finding_documents, summary
from snap_cli.render import Grid, Line, Result, View

FIELDS = ("version", "db", "digest", "rows", "bytes", "estimated_db_bytes", "masked", "checks", "seconds")
EPILOG = epilog(
    example="snap capture staging-1 --db postgresql://me@staging/app --mask users.email",
    codes="""
        0 published
        4 a check failed (nothing is published)
        5 the database refused, or would not show every row, or another process writes this version now
        6 Postgres, the disk or the network failed""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult(Result):
    """What was captured. `db` holds no password; `masked` are columns as given."""

    manifest: Manifest
    db: str
    masked: tuple[str, ...]
    seconds: float

    def document(self) -> dict[str, Any]:
        manifest = self.manifest
        return {
            "version": manifest.version,
            "db": self.db,
            "digest": manifest.digest,
            "rows": {data.table.label: data.rows for data in manifest.tables},
            "bytes": manifest.bytes,
            "estimated_db_bytes": manifest.estimated_db_bytes,
            "masked": list(self.masked),
            "checks": finding_documents(manifest.checks),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        manifest = self.manifest
        rows = [
            (data.table.label, f"{data.rows:,}", size(sum(file.bytes for file in data.files)))
            for data in manifest.tables
        ]
        grid = Grid(
            columns=("table", "rows", "bytes"),
            rows=(*rows, ("total", f"{manifest.rows_total:,}", size(manifest.bytes))),
            right=frozenset({"rows", "bytes"}),
            total=True,
        )
        about = f"{summary(manifest.checks)}, {size(manifest.estimated_db_bytes)} in Postgres, {duration(self.seconds)}"
        return (
            grid,
            Line(f"captured {manifest.version} from {self.db}: {about}", "good"),
            Line(f"digest {manifest.digest}", "dim"),
        )


def capture(
    ctx: typer.Context,
    version: Version,
    db: Annotated[
        str | None, typer.Option("--db", metavar="URL", help="The database to read; else $SNAP_DB_URL.")
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="PATTERN", help="Only tables so named, such as 'app.*'; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="PATTERN", help="No tables so named; repeatable.")
    ] = None,
    masks: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            metavar="TABLE.COLUMN",
            help="NULL instead of the values, or pseudonyms where the column is NOT NULL; repeatable.",
        ),
    ] = None,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Make a version out of a live database, or of some of its tables.

    All is read in one transaction, and nothing there is changed. Real data are copied, but for masked columns;
    pseudonyms are made by the server under a key that is thrown away, or is $SNAP_MASK_KEY where they are to be the
    same each time; that of an e-mail address is one at masked.invalid. With --table the schema holds only those tables
    and what they need.
    """
    run = partial(
        run_capture,
        version=version,
        db=db,
        tables=tuple(tables or ()),
        exclude=tuple(exclude or ()),
        masks=tuple(masks or ()),
    )
    return Action(given(ctx, root, config, as_json, quiet), run)


def run_capture(
    context: Context,
    *,
    version: str,
    db: str | None,
    tables: tuple[str, ...],
    exclude: tuple[str, ...],
    masks: tuple[str, ...],
) -> CaptureResult:
    """Capture `db` and publish it as `version`. Errors: UsageError where no database is named."""
    from snap_restorer import Target
    from snap_restorer.live.capture import Selection
    from snap_restorer.live.capture import capture as make

    started = time.monotonic()
    check_name(version)
    store = context.store()
    given_target = context.target_flag(db)
    if given_target is None:
        raise UsageError("no database was named", "give one with --db URL or $SNAP_DB_URL")
    target = Target(given_target)
    key = context.environment.get("SNAP_MASK_KEY", "").encode() or secrets.token_bytes(32)
    context.warn(
        "real data are copied into this project"
        + (f", but for {', '.join(masks)}" if masks else "; mask what is personal with --mask TABLE.COLUMN")
    )
    with context.progress() as progress:
        manifest = make(
            store,
            version,
            target,
            selection=Selection(tables=tables, exclude=exclude),
            masks=masks,
            mask_key=key,
            created=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            environment=context.environment,
            progress=progress,
        )
    return CaptureResult(manifest=manifest, db=target.redacted, masked=masks, seconds=time.monotonic() - started)
