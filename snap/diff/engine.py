"""Compares two sides: schema first, then table by table whatever may differ."""

from __future__ import annotations

from dataclasses import replace

from snap.diff.model import Diff, TableDiff
from snap.diff.rows import RowChanges, compare_rows
from snap.diff.samples import samples
from snap.diff.schema import schema_changes, union
from snap.diff.side import Side, TableSide
from snap.duck import QueryError, Views, open_engine
from snap.errors import ServiceError, SnapError, SnapshotError
from snap.progress import Progress, Silent

# Bytes that DuckDB may hold before it uses the disk. Buffers outside its account and pyarrow come on top.
MEMORY = 640 << 20
_OURS = ("OutOfMemoryException", "IOException")


def compare(a: Side, b: Side, *, rows: int = 0, memory: int | None = MEMORY, progress: Progress | None = None) -> Diff:
    """Compare two sides; `rows` is how many samples to give of each kind of change in each table.

    Errors: SnapshotError for corrupt files, ServiceError where memory or disk do not suffice.
    """
    progress = progress or Silent()
    ours, theirs = ({side.table.label: side for side in tables} for tables in (a.tables, b.tables))
    labels = union(ours, theirs)
    progress.start("compare", len(labels))
    found = []
    with open_engine(memory=memory) as duck:
        for label in labels:
            found.append(_table(duck, label, ours.get(label), theirs.get(label), rows))
            progress.advance("compare", 1)
    schema = schema_changes([side.table for side in a.tables], [side.table for side in b.tables], a.enums, b.enums)
    return Diff(schema=schema, tables=tuple(found))


def same_digest(a: TableSide, b: TableSide) -> bool:
    """Whether digests alone prove that both sides hold the same rows."""
    return a.digest is not None and a.digest == b.digest and a.covered == b.covered


def _table(duck: Views, label: str, a: TableSide | None, b: TableSide | None, rows: int) -> TableDiff:
    if a is None or b is None:
        assert a is not None or b is not None
        return TableDiff(name=label, added=b.rows or 0 if b else 0, removed=a.rows or 0 if a else 0)
    if same_digest(a, b):
        return TableDiff(name=label, unchanged=(a.rows if a.rows is not None else b.rows) or 0)
    try:
        changes = compare_rows(duck, a, b)
        made = _diff(label, changes)
        return replace(made, samples=samples(changes, rows))
    except QueryError as error:
        raise _explained(label, error) from None


def _diff(label: str, changes: RowChanges) -> TableDiff:
    derived = {column.name for side in (changes.a, changes.b) for column in side.table.columns if column.derived}
    return TableDiff(
        name=label,
        added=changes.added,
        removed=changes.removed,
        changed=changes.changed,
        unchanged=changes.unchanged,
        columns=changes.counts,
        derived=frozenset(name for name, _ in changes.counts if name in derived),
    )


def _explained(label: str, error: QueryError) -> SnapError:
    reason = str(error).splitlines()[0]
    if reason.startswith(_OURS):
        return ServiceError(
            f"table {label} cannot be compared: {reason}", "free some space in the folder for temporary files ($TMPDIR)"
        )
    return SnapshotError(
        f"table {label} cannot be compared: {reason}",
        "prove both snapshots with: snap check; the files may not hold what a manifest says",
    )
