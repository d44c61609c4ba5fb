"""`snap show`: show one manifest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import typer

from snap.edge_cases import escaped
from snap.errors import SnapshotError, UsageError
from snap.manifest import Manifest, TableData
from snap.manifest_json import to_json
from snap.units import plural, size
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.findings import failed_view, media_summary, summary
from snap_cli.page_file import html_option, require_place, write_page, written
from snap_cli.render import Grid, Line, Result, View, pairs

if TYPE_CHECKING:
    from snap.progress import Progress
    from snap.store import Snapshot, Store
    from snap_cli.forms.manifest import DiagramForm, PageForm, SchemaForm
    from snap_cli.page import Earlier

Diagram = Literal["mermaid", "dbml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap show`."""

    version: Version
    schema: Annotated[bool, typer.Option("--schema", help="Print the SQL that creates its tables.")] = False
    html: Annotated[Path | None, html_option("Write a page that shows the data.")] = None
    erd: Annotated[Diagram | None, typer.Option(help="Print the entity diagram as text.", show_default=False)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult(Result):
    """A manifest, and the number of its media that are present. With `schema`, only the manifest's SQL is shown."""

    answer: ClassVar[bool] = True
    manifest: Manifest
    schema: bool
    media_here: int

    def document(self) -> SchemaForm | str:
        if self.schema:
            return {"version": self.manifest.version, "schema_sql": self.manifest.schema_sql}
        return to_json(self.manifest)

    def view(self) -> View:
        manifest = self.manifest
        if self.schema:
            return (Line(manifest.schema_sql.rstrip("\n"), exact=True),)
        parameters = manifest.parameters
        facts = [("version", manifest.version)]
        if parameters is None:
            facts.append(("captured", "from a database"))
        else:
            scale = "" if parameters.scale == "1" else f" x {parameters.scale}"
            sets = "".join(f", {table}={rows}" for table, rows in parameters.sets)
            facts += [
                ("dataset", f"{parameters.dataset}, {parameters.profile}{scale}{sets}"),
                ("seed", f"{parameters.seed}, as of {parameters.as_of}"),
            ]
        if manifest.sequences:
            facts.append(("sequences", f"{plural(len(manifest.sequences), 'position')}, which a restore sets"))
        facts += [
            ("created", manifest.created.replace("T", " ").replace("Z", " UTC")),
            ("by", ", ".join(f"{name} {version}" for name, version in manifest.written_by)),
            ("size", f"{size(manifest.bytes)}{self._media()}; about {size(manifest.estimated_db_bytes)} in Postgres"),
            ("checks", summary(manifest.checks)),
            ("digest", manifest.digest),
        ]
        files = [file for data in manifest.tables for file in data.files]
        grid = Grid(
            columns=("table", "rows", "bytes", "files", "primary key", "references"),
            rows=(
                *map(_row, manifest.tables),
                ("total", f"{manifest.rows_total:,}", size(sum(f.bytes for f in files)), str(len(files)), "", ""),
            ),
            right=frozenset({"rows", "bytes", "files"}),
            total=True,
        )
        return *pairs(facts), *failed_view(manifest.checks), Line(""), grid, *_edges_view(manifest)

    def _media(self) -> str:
        if not self.manifest.media:
            return ""
        here = {0: "not here", len(self.manifest.media): "here"}.get(self.media_here, f"{self.media_here} of them here")
        make = "" if here == "here" else f"; to make them: snap build {self.manifest.version} --media"
        return f", of that media {media_summary(self.manifest)} ({here}{make})"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagramResult(Result):
    """An entity diagram as text."""

    answer: ClassVar[bool] = True
    version: str
    erd: Diagram
    text: str

    def document(self) -> DiagramForm:
        return {"version": self.version, "erd": self.erd, "text": self.text}

    def view(self) -> View:
        return (Line(self.text.removesuffix("\n"), exact=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult(Result):
    """An HTML page that was written."""

    version: str
    digest: str
    file: Path
    bytes: int

    def document(self) -> PageForm:
        return {"version": self.version, "digest": self.digest, "file": str(self.file), "bytes": self.bytes}

    def view(self) -> View:
        return (written(self.file, self.bytes),)


def run(options: Options, context: Context) -> ShowResult | DiagramResult | PageResult:
    """Return a manifest, a diagram, or a page written from the snapshot's rows. Errors: UsageError, ServiceError."""
    chosen = [("--schema", options.schema), ("--html", options.html is not None), ("--erd", options.erd is not None)]
    given = [flag for flag, is_given in chosen if is_given]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", "choose one")
    if options.html is not None:
        require_place(options.html)
    snapshot = context.resolve(context.store(), options.version)
    if options.html is not None:
        return _page(snapshot, options.html, context)
    if options.erd is not None:
        from snap_cli.page import dbml, mermaid  # noqa: PLC0415

        tables = [data.table for data in snapshot.manifest.tables]
        text = mermaid(tables) if options.erd == "mermaid" else dbml(tables, snapshot.manifest.enums)
        return DiagramResult(version=snapshot.manifest.version, erd=options.erd, text=text)
    here = sum(snapshot.path(file).is_file() for file in snapshot.manifest.media)
    return ShowResult(manifest=snapshot.manifest, schema=options.schema, media_here=here)


def _page(snapshot: Snapshot, file: Path, context: Context) -> PageResult:
    from snap.overview import overview_of  # noqa: PLC0415
    from snap_cli.page import page  # noqa: PLC0415

    manifest = snapshot.manifest
    with context.progress() as progress:
        overview = overview_of(snapshot, progress=progress)
        text = page(manifest, overview, _earlier(snapshot, context.store(), progress))
    captured = manifest.parameters is None
    bytes_ = write_page(file, text, private=captured)
    if captured and file.resolve().is_relative_to(context.root().resolve()):
        context.warn(f"{file} holds rows of a capture: keep it out of git, or write it outside the project")
    return PageResult(version=manifest.version, digest=manifest.digest, file=file, bytes=bytes_)


def _earlier(snapshot: Snapshot, store: Store, progress: Progress) -> Earlier | None:
    """Compare a snapshot with the one before it, if there is one. A file that is corrupt does not cost the page."""
    from snap.compare import compare, snapshot_side  # noqa: PLC0415
    from snap_cli.page import Earlier  # noqa: PLC0415

    version = ""
    try:
        before = _before(snapshot, store)
        if before is None:
            return None
        version = before.manifest.version
        diff = compare(snapshot_side(before), snapshot_side(snapshot), progress=progress)
    except SnapshotError as error:
        return Earlier(version=version, diff=None, reason=str(error))
    return Earlier(version=version, diff=diff)


def _before(snapshot: Snapshot, store: Store) -> Snapshot | None:
    """Return the newest earlier snapshot that has the same dataset and a table in common.

    Captured snapshots go with captured ones. Errors: SnapshotError if a manifest is corrupt.
    """
    manifest = snapshot.manifest
    earlier = takewhile(lambda other: other.manifest.version != manifest.version, store.all())
    alike = [
        other
        for other in earlier
        if _origin(other.manifest) == _origin(manifest) and _labels(other.manifest) & _labels(manifest)
    ]
    return alike[-1] if alike else None


def _origin(manifest: Manifest) -> str | None:
    return None if manifest.parameters is None else manifest.parameters.dataset


def _labels(manifest: Manifest) -> set[str]:
    return {data.table.label for data in manifest.tables}


def _row(data: TableData) -> tuple[str, ...]:
    return (
        data.table.label,
        f"{data.rows:,}",
        size(sum(file.bytes for file in data.files)),
        str(len(data.files)),
        ", ".join(data.table.primary_key),
        ", ".join(dict.fromkeys(key.references for key in data.table.foreign_keys)),
    )


def _edges_view(manifest: Manifest) -> View:
    """Return the edge cases, each with its name, table, key and columns."""
    if not manifest.edges:
        return ()
    rows = tuple(
        (
            edge.name,
            edge.table,
            ", ".join(f"{column}={escaped(text)}" for column, text in edge.key.items()),
            ", ".join(edge.values),
        )
        for edge in manifest.edges
    )
    return Line(""), Grid(columns=("edge case", "table", "key", "columns"), rows=rows)


COMMAND = Command(
    name="show",
    options=Options,
    run=run,
    help="""
    Show what a snapshot holds and how it was made.

    --html writes one page, which needs no network and no script: an entity diagram, the values of each column, the
    number of rows per parent, a few rows, checks, edge cases, and what changed since the earlier snapshot of the same
    dataset. The same snapshots always make the same page.
    """,
    short="Show what a snapshot holds and how it was made.",
    example="snap show v3 --html v3.html",
    codes="""
        0 done
        2 the page cannot be written there
        3 the snapshot is missing, or its manifest is corrupt; with --html, or one of its files
        6 the disk failed""",
)
