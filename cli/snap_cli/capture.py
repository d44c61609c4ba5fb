"""`snap capture`: make a version out of a live database."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from snap_cli.forms.snapshots import CaptureForm
    from snap_cli.personal import PersonalColumn
    from snap_restorer.live.not_captured import NotCaptured


_SHOWN = 20  # the most columns in a warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap capture`."""

    version: Version
    db: Annotated[str | None, db_option("The database to read; else $SNAP_DB_URL.")] = None
    tables: Annotated[
        tuple[str, ...],
        typer.Option("--table", metavar="PATTERN", help="Only tables whose names match, such as 'app.*'; repeatable."),
    ] = ()
    exclude: Annotated[
        tuple[str, ...], typer.Option("--exclude", metavar="PATTERN", help="No tables whose names match; repeatable.")
    ] = ()
    masks: Annotated[
        tuple[str, ...],
        typer.Option(
            "--mask",
            metavar="TABLE.COLUMN",
            help="Replace the column's values with NULL, or with pseudonyms if it is NOT NULL; repeatable.",
        ),
    ] = ()
    lock_timeout: Annotated[
        float,
        typer.Option(
            "--lock-timeout",
            metavar="SECONDS",
            min=0.001,
            max=86_400,
            help="How long to wait for locks of other sessions [default: 10].",
            show_default=False,
        ),
    ] = 10.0
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code", help="Let code of the database run with this session's rights, even those of a superuser."
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult(TimedResult):
    """The result of a capture. `db` holds no password.

    `masked` are the masked columns as given, and `personal` other columns that look personal, each with the reason why
    it cannot be masked, if it cannot.
    """

    manifest: Manifest
    db: str
    masked: tuple[str, ...]
    personal: tuple[tuple[PersonalColumn, str | None], ...]
    not_captured: tuple[NotCaptured, ...]

    def document(self) -> CaptureForm:
        return {
            **published_document(self.manifest, self.seconds),
            "db": self.db,
            "masked": list(self.masked),
            "personal": [
                {"column": each.label, "kind": each.kind, "unmaskable": refused} for each, refused in self.personal
            ],
            "not_captured": [
                {"kind": each.kind, "count": len(each.names), "names": list(each.names)} for each in self.not_captured
            ],
        }

    def view(self) -> View:
        manifest = self.manifest
        facts = published_summary(manifest, size(manifest.estimated_db_bytes), self.seconds)
        return (
            published_grid(manifest),
            Line(f"captured {manifest.version} from {self.db}: {facts}", "good"),
            Line(f"digest {manifest.digest}", "dim"),
        )


def run(options: Options, context: Context) -> CaptureResult:
    """Capture a database and publish it. Errors: UsageError if no database is named."""
    from snap_cli.personal import unmasked  # noqa: PLC0415
    from snap_restorer.live.capture import CaptureRequest, capture_all  # noqa: PLC0415

    check_name(options.version)
    store = context.store()
    target = named(context, options.db)
    if target is None:
        raise UsageError(
            "no database was named", unread(context.settings_file()) or "name it, or set $SNAP_DB_URL", option="db"
        )
    request = CaptureRequest(
        version=options.version,
        tables=options.tables,
        exclude=options.exclude,
        masks=options.masks,
        mask_key=context.environment.get("SNAP_MASK_KEY", "").encode() or secrets.token_bytes(32),
        created=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        environment=context.environment,
        trust_code=options.trust_code,
        lock_timeout_s=options.lock_timeout,
    )
    with context.progress() as progress:
        captured = capture_all(store, target, request, progress=progress)
    manifest = captured.manifest
    personal = tuple(
        (each, captured.unmaskable.get(each.name))
        for each in unmasked((data.table for data in manifest.tables), options.masks)
        if each.name not in captured.hidden
    )
    for warning in _warnings(manifest.version, options.masks, personal):
        context.warn(warning)
    return CaptureResult(
        manifest=manifest,
        db=target.redacted,
        masked=options.masks,
        personal=personal,
        not_captured=captured.not_captured,
        seconds=context.seconds(),
    )


def _warnings(
    version: str, masks: Sequence[str], personal: Sequence[tuple[PersonalColumn, str | None]]
) -> Iterator[str]:
    """Yield warnings about the real data that are on this machine's disk after a capture."""
    yield (
        f"real data were copied into snapshots/{version}, which git ignores"
        + (f"; masked columns: {', '.join(masks)}" if masks else "")
    )
    plain = [f"{each.label} ({each.kind})" for each, refused in personal if refused is None]
    if plain:
        yield (
            f"these columns look personal and are not masked: {', '.join(_shown(plain))}; --mask TABLE.COLUMN masks one"
        )
    others = [f"{each.label} ({each.kind}): {refused}" for each, refused in personal if refused is not None]
    if others:
        yield f"these columns look personal, and --mask cannot mask them: {'; '.join(_shown(others))}"


def _shown(names: Sequence[str]) -> tuple[str, ...]:
    more = len(names) - _SHOWN
    return (*names[:_SHOWN], *((f"{more} more (--json names all)",) if more > 0 else ()))


COMMAND = Command(
    name="capture",
    options=Options,
    run=run,
    help="""
    Make a version from a live database, or from some of its tables.

    snap reads the database in one transaction and changes nothing there. It copies real data, except masked columns,
    and warns of columns that look personal and are not masked. git ignores captures. With --table the schema holds only
    those tables and what they need.

    --mask writes NULL, or a pseudonym if the column is NOT NULL. The server makes the pseudonyms with a key that snap
    discards afterwards. With a key in $SNAP_MASK_KEY the pseudonyms are the same each time. The pseudonym of an e-mail
    address is an address at masked.invalid.
    """,
    short="Make a version from a live database.",
    example="snap capture staging-1 --db postgresql://me@staging/app --mask users.email",
    codes="""
        0 published
        4 a check failed (nothing is published)
        5 the database refused, or does not show every row, or another process writes this version now
        6 Postgres, the disk or the network failed""",
)
