"""Make snapshots by hand: tables, their rows as Python values, and the SQL that creates them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from snap import writer
from snap.schema import Column, Enum, Table
from snap.store import Snapshot
from snap.types import parse
from snap.types.arrow import schema_of

Rows = Sequence[Sequence[Any]]


def column(name: str, pg: str, *, enums: Sequence[str] = ("mood",), generated: bool = False) -> Column:
    return Column(name=name, type=parse(pg, enums), generated=generated)


def table(name: str, *columns: tuple[str, str], schema: str = "public", generated: Sequence[str] = ()) -> Table:
    made = tuple(column(n, pg, generated=n in generated) for n, pg in columns)
    return Table(name=name, schema=schema, columns=made, primary_key=())


def record_batch(table: Table, rows: Rows) -> pa.RecordBatch:
    schema = schema_of(table)
    arrays = []
    for i, field in enumerate(schema):
        arrays.append(_array([row[i] for row in rows], field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return values as an array; pyarrow itself cannot make extension arrays from storage values."""
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    if pa.types.is_list(kind):
        starts = [0]
        for value in values:
            starts.append(starts[-1] + len(value or ()))
        items = _array([item for value in values for item in value or ()], kind.value_type)
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), items, type=kind, mask=mask)
    return pa.array(values, kind)


def snapshot(
    folder: Path,
    tables: Sequence[tuple[Table, Rows]],
    sql: str,
    *,
    enums: Sequence[Enum] = (Enum(name="mood", labels=("sad", "ok", "happy")),),
    version: str = "v1",
) -> Snapshot:
    """Write a snapshot, each table in two parts where it has two rows or more."""
    written = []
    for number, (definition, rows) in enumerate(tables):
        if not definition.stored:
            written.append(writer.table_without_columns(definition, len(rows)))
            continue
        parts = writer.TableWriter(root=folder / version, folder=f"t{number}", table=definition)
        halves = (rows[: len(rows) // 2], rows[len(rows) // 2 :])
        batches = [record_batch(definition, half) for half in halves if half]
        written.append(writer.table_data(definition, [parts.part(i, [batch]) for i, batch in enumerate(batches)]))
    provenance = writer.Provenance(name="test", created="2026-11-22T00:00:00Z", schema_sql=sql, enums=tuple(enums))
    return Snapshot(manifest=writer.assemble(version, provenance, tuple(written)), folder=folder / version)
