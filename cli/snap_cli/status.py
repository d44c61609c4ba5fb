"""`snap status`: show the versions, the target's content by its ledger, and the embedded Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from snap.errors import ServiceError, SnapError, SnapshotError
from snap.manifest import Manifest
from snap.units import plural, size, some
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.list import broken_error, read_all, version_document
from snap_cli.render import TimedResult, View, pairs
from snap_cli.target import db_option, named, running, server

if TYPE_CHECKING:
    from snap_cli.forms.status import EmbeddedStatusForm, HeldForm, StatusForm, TargetStatusForm
    from snap_restorer import Drift, Holding, Server, Target

_MOMENT = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap status`."""

    db: Annotated[
        str | None,
        db_option("The database; else $SNAP_DB_URL, else db of [target] in snap.toml, else the embedded Postgres."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedStatus:
    """The embedded Postgres. `server` is None if it does not run, `data` is None if this machine has no Postgres."""

    server: Server | None = None
    postgres: str | None = None
    data: Path | None = None
    databases: tuple[str, ...] = ()

    def document(self) -> EmbeddedStatusForm:
        return {
            "running": self.server is not None,
            "postgres": self.postgres,
            "port": None if self.server is None else self.server.port,
            "data": None if self.data is None else str(self.data),
            "databases": list(self.databases),
        }

    def told(self) -> str:
        if self.data is None:
            return "there is none on this machine"
        if self.server is not None:
            held = f" with {some(self.databases)}" if self.databases else ""
            return f"Postgres {self.postgres} runs on port {self.server.port}{held}, data in {self.data}"
        return f"Postgres {self.postgres} does not run, data in {self.data}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult(TimedResult):
    """The state of a project. `holding` is None if the database `db` could not be read, and `error` says why.

    `usual` is the database of the embedded Postgres that commands use by default. It is None if commands require a
    name, because the project has several datasets and snap.toml names none, and if an error came first.
    """

    answer: ClassVar[bool] = True
    root: Path
    manifests: tuple[Manifest, ...]
    broken: tuple[SnapshotError, ...]
    db: str | None
    holding: Holding | None
    error: SnapError | None
    embedded: EmbeddedStatus
    usual: str | None

    @property
    def failure(self) -> SnapError | None:
        return broken_error(self.broken) or self.error

    def document(self) -> StatusForm:
        return {
            "root": str(self.root),
            "versions": [*map(version_document, self.manifests)],
            "newest": self.manifests[-1].version if self.manifests else None,
            "target": self._target_document(),
            "embedded": self.embedded.document(),
            "seconds": round(self.seconds, 3),
        }

    def _target_document(self) -> TargetStatusForm | None:
        if self.db is None:
            return None
        found = self.holding
        return {
            "db": self.db,
            "holds": None if found is None else self._held_document(found),
            "drifted": []
            if found is None
            else [{"name": one.name, "ledger": one.recorded, "database": one.found} for one in found.drifts],
            "unread": [] if found is None else list(found.unread),
            "night": None
            if found is None or found.night is None
            else found.night.started.isoformat(timespec="seconds"),
        }

    def _held_document(self, found: Holding) -> HeldForm | None:
        entry = found.entry
        if entry is None:
            return None
        return {
            "version": entry.version,
            "digest": entry.digest,
            "published": self._published(found),
            "since": None if entry.loaded_at is None else entry.loaded_at.isoformat(timespec="seconds"),
            "mode": entry.mode,
            "shift_days": entry.as_of_shift_days,
            "finished": entry.state == "done",
            "snap_version": entry.snap_version,
        }

    def _published(self, found: Holding) -> bool | None:
        """Return whether the database's snapshot is published in this project, or None if no version has its name."""
        same = [m.digest for m in self.manifests if found.entry is not None and m.version == found.entry.version]
        return None if not same or found.entry is None else same == [found.entry.digest]

    def view(self) -> View:
        return pairs(
            (
                ("project", str(self.root)),
                ("versions", ", ".join(manifest.version for manifest in self.manifests) or "none yet"),
                *([("newest", _about(self.manifests[-1]))] if self.manifests else []),
                *self._target_rows(),
                ("embedded", self.embedded.told()),
            )
        )

    def _no_target(self) -> str:
        if self.error is not None:
            return f"not known: {self.error.message}"
        if self.embedded.server is None:
            return "no database runs here"
        if self.usual is None:
            return "the project has several datasets, and section [build] of snap.toml names none as the default"
        return f"the embedded Postgres has no database {self.usual} yet"

    def _target_rows(self) -> Iterator[tuple[str, str]]:
        if self.db is None:
            yield ("target", self._no_target())
            return
        yield "target", self.db
        found = self.holding
        if found is None:
            return
        entry = found.entry
        if entry is None:
            yield "holds", "nothing that a ledger records"
        else:
            since = "" if entry.loaded_at is None else f" since {entry.loaded_at.astimezone(UTC):{_MOMENT}}"
            shift = f", dates moved by {plural(entry.as_of_shift_days, 'day')}" if entry.as_of_shift_days else ""
            whole = "" if entry.state == "done" else ", restore not finished"
            yield "holds", f"{entry.version}{since}, mode {entry.mode}{shift}{whole}"
            if self._published(found) is False:
                yield "", f"its digest differs from that of the {entry.version} published here"
            elif self._published(found) is None:
                yield "", f"there is no version {entry.version} here"
        if found.night is not None:
            yield "night", f"the night of {found.night.started.astimezone(UTC):{_MOMENT}} has not ended"
        if entry is not None:
            counted = plural(len(entry.rows) - len(found.unread), "table")
            drifted = [*map(_drift, found.drifts)] or [f"none: {counted} with the numbers of rows in the ledger"]
            yield from zip(("drift", *[""] * len(drifted)), drifted, strict=False)
        if found.unread:
            yield "unread", some(found.unread)


def run(options: Options, context: Context) -> StatusResult:
    """Report the project, its database and the embedded Postgres, without starting or changing anything.

    A database that cannot be read does not hide the rest.
    """
    manifests, broken = read_all(context.store())
    target = None if options.db is None else named(context, options.db)
    embedded, usual, holding, error = EmbeddedStatus(), None, None, None
    try:
        embedded = _embedded(context)
        target = target or named(context, None, context.settings())
        if target is None and embedded.server is not None:
            usual = datasets.chosen(context)
            target = None if usual is None else running(context, usual)
        if target is not None:
            holding = _read(target)
    except SnapError as raised:
        error = raised
    return StatusResult(
        root=context.root(),
        manifests=manifests,
        broken=broken,
        db=None if target is None else target.redacted,
        holding=holding,
        error=error,
        embedded=embedded,
        usual=usual,
        seconds=context.seconds(),
    )


def _read(target: Target) -> Holding:
    from snap_restorer import read_holding  # noqa: PLC0415

    return read_holding(target)


def _embedded(context: Context) -> EmbeddedStatus:
    from snap_restorer import databases_of  # noqa: PLC0415

    try:
        own = server(context)
    except ServiceError:  # a machine without an embedded Postgres may still have other databases
        return EmbeddedStatus()
    found = own.status()
    names = (
        () if found is None else tuple(each.name for each in databases_of(found) if not (each.template or each.about))
    )
    return EmbeddedStatus(server=found, postgres=own.version, data=own.folder.data, databases=names)


def _about(manifest: Manifest) -> str:
    made = manifest.created.replace("T", " ").removesuffix("Z")
    return f"{manifest.version}: {plural(manifest.rows_total, 'row')}, {size(manifest.bytes)}, made {made} UTC"


def _drift(drift: Drift) -> str:
    if drift.found is None:
        return f"{drift.name} is gone; the ledger records {plural(drift.recorded, 'row')}"
    more = "more" if drift.found > drift.recorded else "fewer"
    return f"{drift.name} has {plural(drift.found, 'row')}, {abs(drift.found - drift.recorded):,} {more} than restored"


COMMAND = Command(
    name="status",
    options=Options,
    run=run,
    help="""
    Show the project's versions, the version in the database, and the embedded Postgres. Nothing is started.

    The database's ledger says which version it holds, and since when. Tables are listed if they have more or fewer rows
    than the ledger records. snap diff shows what changed within rows, and snap health checks whether the data are
    correct.
    """,
    short="Show the versions, the database and the server.",
    example="snap status",
    codes="""
        0 done, whether a database runs or not
        3 a manifest is corrupt; the others are listed
        5 a table stays locked, or the ledger does not have the form that snap writes
        6 the database cannot be reached""",
)
