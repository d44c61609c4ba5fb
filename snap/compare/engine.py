"""Compare two sides, or two sides with a third: first the schemas, then each table whose rows may differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from snap.compare.collisions import collisions
from snap.compare.model import Collision, Diff, SchemaChange, TableDiff, ThreeWay, ThreeWayTable
from snap.compare.rows import RowChanges, compare_rows
from snap.compare.samples import samples
from snap.compare.schema import common_columns, common_key, schema_changes
from snap.compare.side import Side, TableSide
from snap.duck import QueryError, Views, open_engine
from snap.errors import ServiceError, SnapError, SnapshotError
from snap.progress import Progress, Silent

# Bytes that DuckDB may hold before it uses the disk. Buffers that DuckDB does not count and pyarrow need more.
MEMORY = 640 << 20
_MEMORY = "OutOfMemoryException"
_RESOURCES = (_MEMORY, "IOException")
T = TypeVar("T")


def compare(a: Side, b: Side, *, rows: int = 0, memory: int | None = MEMORY, progress: Progress | None = None) -> Diff:
    """Compare two sides. `rows` is the number of samples of each kind of change in each table.

    Errors: SnapshotError for corrupt files, ServiceError if memory or disk do not suffice.
    """
    with open_engine(files=(*a.files, *b.files), memory=memory) as duck:
        tables = _each_table((a, b), lambda label, a, b: _table(duck, label, a, b, rows)[0], progress)
    return Diff(schema=_schema(a, b), tables=tables)


def compare_three(
    origin: Side,
    version: Side,
    database: Side,
    *,
    rows: int = 0,
    memory: int | None = MEMORY,
    progress: Progress | None = None,
) -> ThreeWay:
    """Compare two sides with their common origin, and find the rows where they collide.

    Options and errors are those of `compare`. `rows` is also the number of collisions to return.
    """
    sides = (origin, version, database)
    with open_engine(files=[path for side in sides for path in side.files], memory=memory) as duck:
        tables = _each_table(sides, lambda label, a, b, c: _three(duck, label, a, b, c, rows), progress)
    return ThreeWay(version_schema=_schema(origin, version), database_schema=_schema(origin, database), tables=tables)


def _each_table(sides: Sequence[Side], work: Callable[..., T], progress: Progress | None) -> tuple[T, ...]:
    """Call `work(label, *tables)` for every table label, with each side's table of that label or None."""
    progress = progress or Silent()
    by_label = [{table.table.label: table for table in side.tables} for side in sides]
    labels = tuple(dict.fromkeys(label for tables in by_label for label in tables))
    progress.start("compare", len(labels))
    results = []
    for label in labels:
        try:
            results.append(work(label, *(tables.get(label) for tables in by_label)))
        except QueryError as error:
            raise _explained(label, error) from None
        progress.advance("compare", 1)
    return tuple(results)


def _schema(a: Side, b: Side) -> tuple[SchemaChange, ...]:
    return schema_changes([side.table for side in a.tables], [side.table for side in b.tables], a.enums, b.enums)


def _table(
    duck: Views,
    label: str,
    a: TableSide | None,
    b: TableSide | None,
    rows: int,
    key: tuple[str, ...] | None = None,
) -> tuple[TableDiff, RowChanges | None]:
    """Compare one table. The row changes are None if no row was compared."""
    if a is None or b is None:
        return TableDiff(name=label, added=b.rows or 0 if b else 0, removed=a.rows or 0 if a else 0), None
    diff, changes = _in_common(duck, a, b, rows, key)
    compared = common_columns(a.table, b.table)
    left_out = dict.fromkeys(column.name for side in (a, b) for column in side.table.stored)
    for name in compared:
        del left_out[name]
    return (replace(diff, compared=compared, left_out=tuple(left_out)) if left_out else diff), changes


def _in_common(
    duck: Views, a: TableSide, b: TableSide, rows: int, key: tuple[str, ...] | None
) -> tuple[TableDiff, RowChanges | None]:
    """Compare one table of both sides in the columns that both store."""
    if a.digest is not None and a.digest == b.digest and a.covered == b.covered:
        unchanged = (a.rows if a.rows is not None else b.rows) or 0
        return TableDiff(name=a.table.label, unchanged=unchanged), None
    try:
        changes = compare_rows(duck, a, b, key=key)
    except QueryError as error:
        # DuckDB's joins spill rows to disk, but not all they need: for 2.8 GB a side, half a gigabyte was too little.
        if not str(error).startswith(_MEMORY):
            raise
        changes = compare_rows(duck, a, b, key=key, narrow=True)
    return replace(changes.counts, samples=samples(changes, rows)), changes


def _three(
    duck: Views, label: str, a: TableSide | None, b: TableSide | None, c: TableSide | None, rows: int
) -> ThreeWayTable:
    key = common_key(a.table, b.table, c.table) if a and b and c else ()
    (version, ours), (database, theirs) = (_table(duck, label, a, side, rows, key or None) for side in (b, c))
    count, some = 0, tuple[Collision, ...]()
    if key and ours is not None and theirs is not None:
        count, some = collisions(ours, theirs, rows)
    elif a is None and b is not None and c is not None:
        count = _table(duck, label, b, c, 0)[0].changed  # both sides have added the table
    elif (b is None) != (c is None):
        count = version.changed + database.changed  # one side has dropped the table, the other changed these rows
    return ThreeWayTable(name=label, version=version, database=database, collisions=count, samples=some)


def _explained(label: str, error: QueryError) -> SnapError:
    reason = str(error).splitlines()[0]
    if reason.startswith(_RESOURCES):
        return ServiceError(
            f"table {label} cannot be compared: {reason}", "free some space in the folder for temporary files ($TMPDIR)"
        )
    return SnapshotError(
        f"table {label} cannot be compared: {reason}",
        "check both snapshots with: snap check; files may differ from their manifest",
    )
