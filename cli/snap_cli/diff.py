"""`snap diff`: compare two snapshots, a snapshot and a database, or all three."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from snap.errors import UsageError
from snap.units import duration, plural
from snap_cli import changes, datasets, threeway
from snap_cli.command import Command
from snap_cli.completing import versions
from snap_cli.context import Context
from snap_cli.page_file import html_option, require_place, write_page, written
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import db_option, embedded_name, named, restored_version, running, server

if TYPE_CHECKING:
    from snap.compare import Diff, TableDiff, ThreeWay
    from snap.manifest import Manifest
    from snap.store import Snapshot, Store
    from snap_cli.forms.diff import DiffForm, TableDiffForm, ThreeWayTableForm
    from snap_restorer import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap diff`."""

    version: Annotated[
        str | None,
        typer.Argument(
            metavar="A",
            help="A snapshot, such as v2; else the one that the database's ledger names, else the two newest.",
            show_default=False,
            autocompletion=versions,
        ),
    ] = None
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="B",
            help="The snapshot to compare it with; else a database.",
            show_default=False,
            autocompletion=versions,
        ),
    ] = None
    db: Annotated[
        str | None,
        db_option(
            "The database; without B else $SNAP_DB_URL, else db of [target] in snap.toml, else the embedded "
            "Postgres. With B: compare all three."
        ),
    ] = None
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            metavar="N",
            min=0,
            help="Show up to N rows of each kind of change, in each table.",
            show_default=False,
        ),
    ] = 0
    html: Annotated[Path | None, html_option("Write a page that shows the differences.")] = None
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code", help="Let code of the database run with this session's rights, even those of a superuser."
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult(TimedResult):
    """The differences between a snapshot and either another snapshot or the database `db`.

    With both, the result says what each of them changed.
    """

    answer: ClassVar[bool] = True
    options: Options
    version: str
    other: str | None
    db: str | None
    diff: Diff | ThreeWay
    bytes: int = 0

    @property
    def code(self) -> int:
        return 0 if self.diff.identical else 1

    def document(self) -> DiffForm:
        from snap.compare import ThreeWay  # noqa: PLC0415

        samples = self.options.rows > 0
        tables: list[TableDiffForm] | list[ThreeWayTableForm]
        if isinstance(self.diff, ThreeWay):
            schema = threeway.schema_documents(self.diff)
            tables = [threeway.table_document(table, samples=samples) for table in self.diff.tables]
        else:
            schema = changes.schema_documents(self.diff.schema)
            tables = [changes.table_document(table, samples=samples) for table in self.diff.tables]
        return {
            "version": self.version,
            "other": self.other,
            "db": self.db,
            "identical": self.diff.identical,
            "schema": schema,
            "tables": tables,
            "file": None if self.options.html is None else str(self.options.html),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        if self.options.html is None:
            return self._differences()
        return *self._differences(), written(self.options.html, self.bytes)

    def _differences(self) -> View:
        from snap.compare import ThreeWay, ThreeWayTable  # noqa: PLC0415

        diff, took = self.diff, duration(self.seconds)
        version, *others = filter(None, (self.version, self.other, self.db))
        if diff.identical:
            tables = [table.database if isinstance(table, ThreeWayTable) else table for table in diff.tables]
            what = f"{plural(sum(table.unchanged for table in tables), 'row')} in {plural(len(tables), 'table')}"
            return (
                Line(f"{', '.join([version, *others[:-1]])} and {others[-1]} are identical: {what}, {took}", "good"),
            )
        if isinstance(diff, ThreeWay):
            return (*threeway.view(diff, others[0]), Line(f"from {version}, {took}; database {self.db}", "dim"))
        differing = [table for table in diff.tables if not table.identical]
        return (
            *changes.schema_view(diff.schema),
            *changes.tables_view(differing),
            *changes.left_out_view(diff.tables),
            *([Line("")] if any(table.samples for table in differing) else []),
            *(line for table in differing for line in changes.samples_view(table)),
            Line(f"{version} → {others[0]}: {_summary(diff, differing)}, {took}", "strong"),
        )


def run(options: Options, context: Context) -> DiffResult:
    """Compare two published snapshots, a snapshot with a database, or both snapshots with it; write a page if asked.

    Only the flag --db makes a comparison of two snapshots three-way. $SNAP_DB_URL or snap.toml alone do not.
    """
    if options.html is None:
        return _compared(options, context)[0]
    require_place(options.html)
    from snap_cli.page import comparison  # noqa: PLC0415

    result, manifests = _compared(options, context)
    private = result.db is not None or any(manifest.parameters is None for manifest in manifests)
    text = comparison(result.diff, manifests, result.db)
    return replace(result, bytes=write_page(options.html, text, private=private))


def _compared(options: Options, context: Context) -> tuple[DiffResult, list[Manifest]]:
    """Compare the sides, and return the result with the snapshots' manifests."""
    from snap.compare import compare, compare_three, snapshot_side  # noqa: PLC0415

    rows, store = options.rows, context.store()
    version, other, flagged = options.version, options.other, None
    if version is None:
        version, other, flagged = _choose(options, context, store)
    snapshots = [context.resolve(store, name) for name in (version, other) if name is not None]
    manifests = [snapshot.manifest for snapshot in snapshots]
    if flagged is None and options.db is not None:
        flagged = named(context, options.db)
    sides = [snapshot_side(snapshot) for snapshot in snapshots]
    diff: Diff | ThreeWay
    if other is not None and flagged is None:
        with context.progress() as progress:
            diff = compare(sides[0], sides[1], rows=rows, progress=progress)
        seconds = context.seconds()
        return (
            DiffResult(options=options, version=version, other=other, db=None, diff=diff, seconds=seconds),
            manifests,
        )
    from snap_restorer.live.side import MEMORY, live_side  # noqa: PLC0415

    target = flagged or _target(context, snapshots[0])
    with (
        context.progress() as progress,
        live_side(target, *manifests, trust_code=options.trust_code, progress=progress) as live,
    ):
        diff = (
            compare(sides[0], live, rows=rows, memory=MEMORY, progress=progress)
            if other is None
            else compare_three(sides[0], sides[1], live, rows=rows, memory=MEMORY, progress=progress)
        )
    seconds, place = context.seconds(), target.redacted
    return DiffResult(options=options, version=version, other=other, db=place, diff=diff, seconds=seconds), manifests


def _choose(options: Options, context: Context, store: Store) -> tuple[str, str | None, Target | None]:
    """Choose A, B and the database if the command line names no snapshot, and print a note about the choice.

    A database is compared with the snapshot that its ledger names. The database is the named one, else the embedded one
    if it runs. Without a database that has a ledger the two newest snapshots are compared, unless a database is named.
    Errors: UsageError if there is nothing to compare.
    """
    target = chosen = named(context, options.db, context.settings())
    if target is None and server(context).status():
        target = running(context, datasets.usual(context))
    version = None if target is None else restored_version(target)
    if target is not None and version is not None:
        context.note(f"comparing {version} with {target.redacted}, whose ledger names it")
        return version, None, target
    newest = [snapshot.manifest.version for snapshot in store.all()[-2:]]
    if target is not None and (chosen is not None or len(newest) < 2):
        flag = " --db URL" if options.db else ""
        raise UsageError(
            f"{target.redacted} has no ledger that says which snapshot it holds",
            f"name one: snap diff {newest[-1]}{flag}" if newest else "there is no snapshot yet: run snap build v1",
        )
    if len(newest) < 2:
        raise UsageError(
            "there is no database to compare, and there are no two snapshots", "name them: snap diff v2 v3"
        )
    context.note(f"comparing {newest[0]} with {newest[1]}, the newest snapshots")
    return newest[0], newest[1], None


def _target(context: Context, snapshot: Snapshot) -> Target:
    """Return the target database, else the embedded one. Errors: ServiceError if that does not run."""
    from snap_restorer import Target  # noqa: PLC0415

    target = named(context, None, context.settings())
    return target or Target(server(context).url(embedded_name(snapshot.manifest)))


def _summary(diff: Diff, differing: list[TableDiff]) -> str:
    counts = (
        f"{sum(getattr(table, kind) for table in differing):,} {kind}" for kind in ("added", "removed", "changed")
    )
    parts = []
    if diff.schema:
        parts.append(plural(len(diff.schema), "schema change"))
    if differing:
        tables = f"{len(differing)} of {plural(len(diff.tables), 'table')}"
        parts.append(f"rows in {tables}: {', '.join(counts)}")
    else:
        parts.append("the same rows")
    return "; ".join(parts)


COMMAND = Command(
    name="diff",
    options=Options,
    run=run,
    help="""
    Show the changes from A to B, or from A to a database: first the schema, then the rows added, removed and changed,
    by column.

    Without A, the database is compared with the snapshot that its ledger names. Without such a database, or if the
    embedded Postgres does not run, the two newest snapshots are compared.

    With A, B and --db, the output shows the changes of B, the changes in the database, and the rows where both collide:
    both changed a column to different values, one removed a row that the other changed, or both added different rows
    with the same key.

    Rows are matched by primary key, else by a unique key without NULLs. Without such a key, equal rows are counted.
    Data with equal digests, files or bytes are not read. A database is read in one transaction, and dates that --as-of
    moved are moved back. Other tables of the database are ignored. If a column has another kind of type, its values
    count as different.
    """,
    short="Show what differs between two snapshots.",
    example="snap diff v2 v3 --db postgresql://me@staging/app --rows 3",
    codes="""
        0 identical
        1 different
        2 the page cannot be written there
        3 a snapshot is missing, or a file that was read is corrupt
        5 the database does not show every row
        6 Postgres or the network failed, or memory or disk space ran out""",
)
