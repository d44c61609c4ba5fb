"""Make snapshots for the tests of diff: tables as Python rows, cut into files and row groups at will."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from snap import writer
from snap.manifest import TableData
from snap.schema import Column, Enum, ForeignKey, Table
from snap.store import Snapshot
from snap.types import parse
from tests.cases.snapshots import record_batch

Rows = Sequence[Sequence[Any]]
MOOD = Enum(name="mood", labels=("sad", "ok"))


def table(
    name: str,
    columns: dict[str, str],
    *,
    key: Sequence[str] = (),
    unique: Sequence[Sequence[str]] = (),
    required: Sequence[str] = (),
    references: Sequence[ForeignKey] = (),
    generated: Sequence[str] = (),
    derived: Sequence[str] = (),
) -> Table:
    return Table(
        name=name,
        columns=tuple(
            Column(
                name=column,
                type=parse(pg, {"mood"}),
                nullable=column not in {*key, *required},
                generated=column in generated,
                derived=column in derived,
            )
            for column, pg in columns.items()
        ),
        primary_key=tuple(key),
        unique=tuple(map(tuple, unique)),
        foreign_keys=tuple(references),
    )


def data(folder: Path, definition: Table, rows: Rows, *, parts: Sequence[int] = (), group: int = 10**6) -> TableData:
    """Write `rows` in files that begin at the rows `parts`, in row groups of `group` rows."""
    if not definition.stored:
        return writer.table_without_columns(definition, len(rows))
    bounds = sorted({0, len(rows), *(min(part, len(rows)) for part in parts)})
    to = writer.TableWriter(root=folder, folder=definition.name, table=definition)
    written = []
    for number, (start, stop) in enumerate(zip(bounds, bounds[1:], strict=False)):
        batch = record_batch(definition, rows[start:stop])
        written.append(to.part(number, [batch.slice(i, group) for i in range(0, len(batch), group)]))
    return writer.table_data(definition, written)


def snapshot(folder: Path, *tables: TableData, version: str = "v1", enums: Sequence[Enum] = (MOOD,)) -> Snapshot:
    provenance = writer.Provenance(name="test", created="2026-11-22T00:00:00Z", schema_sql="", enums=tuple(enums))
    return Snapshot(manifest=writer.assemble(version, provenance, tables), folder=folder)


def one(
    folder: Path, definition: Table, rows: Rows, *, version: str = "v1", parts: Sequence[int] = (), group: int = 10**6
) -> Snapshot:
    """Return a snapshot of one table."""
    folder = folder / version
    return snapshot(folder, data(folder, definition, rows, parts=parts, group=group), version=version)
