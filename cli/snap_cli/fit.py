"""`snap fit`: score how similar the shapes of a version are to those of a database, by statistics alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from snap.errors import TargetError, UsageError
from snap.redact import clean
from snap.units import plural, some
from snap.verify import require_intact
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.render import Grid, Line, TimedResult, Tone, View
from snap_cli.shapes import privacy_of
from snap_cli.target import db_option, named, unread

if TYPE_CHECKING:
    from snap.compare.shapes import ColumnFit, Fit
    from snap.schema import Schema, Table
    from snap.shapes import Shapes
    from snap.store import Snapshot
    from snap_cli.forms.snapshots import FitForm

_PARTS = ("nulls", "distinct", "values", "fanout")
_HEADS = ("column", "score", "NULLs", "number of values", "values", "rows per parent")
_GOOD, _POOR = 0.9, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap fit`."""

    version: Version
    db: Annotated[str | None, db_option("The database to compare with [default: $SNAP_DB_URL].")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult(TimedResult):
    """The score of every column and the total score. `db` holds no password."""

    answer: ClassVar[bool] = True
    version: str
    db: str
    fit: Fit

    def document(self) -> FitForm:
        score = self.fit.score
        return {
            "version": self.version,
            "db": self.db,
            "score": None if score is None else _hundredths(score),
            "columns": [
                {
                    "table": each.table,
                    "column": each.column,
                    "score": _hundredths(each.score),
                    "parts": {name: _hundredths(part) for name, part in each.parts},
                    "nulls": {"database": each.nulls[0], "version": each.nulls[1]},
                    "distinct": {"database": round(each.distinct[0]), "version": round(each.distinct[1])},
                }
                for each in self.fit.columns
            ],
            "missed": list(self.fit.missed),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        score = self.fit.score
        if score is None:
            return (Line(f"{self.version}: no column has statistics on both sides", "bad"),)
        missed = f", {plural(len(self.fit.missed), 'column')} without statistics" if self.fit.missed else ""
        tone: Tone = "good" if score >= _GOOD else "bad" if score < _POOR else "plain"
        return (
            Grid(columns=_HEADS, rows=tuple(map(_row, self.fit.columns)), right=frozenset(_HEADS[1:])),
            Line(
                f"{self.version} scores {_hundredths(score)} of 100 over {plural(len(self.fit.columns), 'column')}"
                f"{missed}",
                tone,
            ),
        )


def _row(column: ColumnFit) -> tuple[str, ...]:
    parts = dict(column.parts)
    scores = (str(_hundredths(parts[name])) if name in parts else "" for name in _PARTS)
    return (clean(f"{column.table}.{column.column}"), str(_hundredths(column.score)), *scores)


def _hundredths(score: float) -> int:
    return round(100 * score)


def run(options: Options, context: Context) -> FitResult:
    """Compare a version with a database. Errors: TargetError if the database lacks tables or columns of the version."""
    from snap.compare.shapes import fit  # noqa: PLC0415
    from snap_restorer import read_database_tables, read_shapes, snapshot_shapes  # noqa: PLC0415

    snapshot = context.resolve(context.store(), options.version)
    target = named(context, options.db)
    if target is None:
        raise UsageError(
            "no database was named", unread(context.settings_file()) or "name it, or set $SNAP_DB_URL", option="db"
        )
    require_intact(snapshot)
    schema = read_database_tables(target)
    shared = _shared(schema, snapshot, target.redacted)
    privacy = privacy_of(shared)
    database = read_shapes(target, shared, privacy)
    version = snapshot_shapes(snapshot, shared, privacy, environment=context.environment, project=context.project())
    few = _few_rows({"the database": database, options.version: version})
    for warning in (*_warnings(database, schema, shared), *few):
        context.warn(clean(warning))
    return FitResult(version=options.version, db=target.redacted, fit=fit(database, version), seconds=context.seconds())


def _shared(schema: Schema, snapshot: Snapshot, db: str) -> Schema:
    """Return the schema of a database without the tables that the version lacks.

    Errors: TargetError that names missing tables and columns, and columns of another type.
    """
    live = {table.label: table for table in schema.tables}
    tables = [data.table for data in snapshot.manifest.tables]
    wrong = [text for table in tables for text in _differences(table, live.get(table.label))]
    if wrong:
        raise TargetError(
            f"{db} has another schema than {snapshot.manifest.version}: {some(wrong)}",
            "name a database with the schema of the version, or build a version with this schema",
        )
    return replace(schema, tables=tuple(live[table.label] for table in tables))


def _differences(table: Table, live: Table | None) -> Iterator[str]:
    if live is None:
        yield f"there is no table {table.label}"
        return
    types = {column.name: column.type.pg for column in live.stored}
    for column in table.stored:
        if column.name not in types:
            yield f"{table.label} has no column {column.name}"
        elif types[column.name] != column.type.pg:
            label, live_type = f"{table.label}.{column.name}", types[column.name]
            yield f"{label} is {live_type} in the database and {column.type.pg} in the version"


def _warnings(database: Shapes, schema: Schema, shared: Schema) -> Iterator[str]:
    yield from database.warnings
    known = {table.label for table in shared.tables}
    others: Sequence[str] = [table.label for table in schema.tables if table.label not in known]
    if others:
        yield f"tables that the version does not have are not compared: {some(others)}"


def _few_rows(sides: Mapping[str, Shapes]) -> Iterator[str]:
    """Yield a warning for each side that has tables with few rows."""
    from snap.shapes import ENOUGH  # noqa: PLC0415

    for side, shapes in sides.items():
        if shapes.small:
            yield (
                f"too few rows in {side} to score columns by (fewer than {ENOUGH}): {some(shapes.small, most=20)}; "
                "the scores of these tables say little"
            )


COMMAND = Command(
    name="fit",
    options=Options,
    run=run,
    help="""
    Score how similar the shapes of a version are to those of a database.

    snap restores the version into the embedded Postgres and runs ANALYZE. Then it compares the planner's statistics of
    both: shares of NULL, numbers of distinct values, categories, quantiles, rows per parent. It prints one line per
    column, the worst first; 100 means the same. snap only reads the database, and reads its rows only to count them,
    once for each reference.
    """,
    short="Compare the shapes of a version with a database.",
    example="snap fit v1 --db postgresql://replica/app",
    codes="""
        0 compared
        3 the snapshot is missing or corrupt
        5 the database has another schema, or shows no statistics
        6 Postgres or the disk failed""",
)
