"""`snap show`: one manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from snap.edge_cases import escaped
from snap.manifest import Manifest, TableData
from snap.manifest_json import to_json
from snap.units import plural, size
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.findings import failed_view, media_summary, summary
from snap_cli.render import Grid, Line, Result, View, pairs

if TYPE_CHECKING:
    from snap_cli.forms.manifest import SchemaForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap show` takes."""

    version: Version
    schema: Annotated[bool, typer.Option("--schema", help="Print the SQL that creates its tables.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult(Result):
    """A manifest, and how many of its media are there; with `schema` only its SQL."""

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


def run(options: Options, context: Context) -> ShowResult:
    """Read a manifest, and look which of its media are there."""
    snapshot = context.resolve(context.store(), options.version)
    here = sum(snapshot.path(file).is_file() for file in snapshot.manifest.media)
    return ShowResult(manifest=snapshot.manifest, schema=options.schema, media_here=here)


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
    """Return the edge cases by name, each with its table, its key and its columns."""
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
    help="Show what a snapshot holds and how it was made.",
    example="snap show v3 --schema > schema.sql",
    codes="""
        0 done
        3 the snapshot is missing, or its manifest is corrupt""",
)
