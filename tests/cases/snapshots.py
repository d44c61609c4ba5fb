"""Snapshots made by hand: tables, their rows as Python values, and the SQL that creates them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from snap import parquet
from snap.digest import TableDigest, snapshot_digest
from snap.manifest import Manifest, TableData
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
    """Return values as an array; pyarrow itself makes none of extension types out of storage values."""
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
    made = []
    for number, (definition, rows) in enumerate(tables):
        files, digest = [], TableDigest(definition)
        if not definition.stored:  # each row is the hash of no bytes at all
            digest.add(len(rows), len(rows) * int.from_bytes(hashlib.sha256(b"").digest(), "big"))
        half = len(rows) // 2
        for part, some in enumerate((rows[:half], rows[half:])):
            if some and definition.stored:
                path = folder / version / f"t{number}" / f"part-{part:04}.parquet"
                batch = record_batch(definition, some)
                digest.update(batch)
                parquet.write(path, definition, [batch])
                files.append(parquet.data_file(path, folder / version, rows=len(some)))
        made.append(TableData(table=definition, rows=len(rows), digest=digest.hexdigest(), files=tuple(files)))
    manifest = Manifest(
        version=version,
        parameters=None,
        created="2026-11-22T00:00:00Z",
        digest=snapshot_digest((data.table, data.rows, data.digest) for data in made),
        estimated_db_bytes=0,
        enums=tuple(enums),
        tables=tuple(made),
        extra_files=(),
        checks=(),
        schema_sql=sql,
        written_by=(),
    )
    return Snapshot(manifest=manifest, folder=folder / version)
