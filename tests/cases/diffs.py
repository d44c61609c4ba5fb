"""Snapshots for the tests of diff: tables as Python rows, cut into files and row groups at will."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from snap import parquet
from snap.digest import TableDigest, snapshot_digest
from snap.manifest import Manifest, TableData
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
    """Write `rows` in files that begin at `parts`, in row groups of `group` rows."""
    digest, files = TableDigest(definition), []
    bounds = sorted({0, len(rows), *(min(part, len(rows)) for part in parts)})
    if definition.stored:
        for number, (start, stop) in enumerate(zip(bounds, bounds[1:], strict=False)):
            batch = record_batch(definition, rows[start:stop])
            path = folder / definition.name / f"part-{number:04}.parquet"
            digest.update(batch)
            parquet.write(path, definition, [batch.slice(i, group) for i in range(0, len(batch), group)])
            files.append(parquet.data_file(path, folder, rows=stop - start))
    else:
        digest.rows = len(rows)
    return TableData(table=definition, rows=len(rows), digest=digest.hexdigest(), files=tuple(files))


def snapshot(folder: Path, *tables: TableData, version: str = "v1", enums: Sequence[Enum] = (MOOD,)) -> Snapshot:
    return Snapshot(
        manifest=Manifest(
            version=version,
            parameters=None,
            created="2026-11-22T00:00:00Z",
            digest=snapshot_digest((item.table, item.rows, item.digest) for item in tables),
            estimated_db_bytes=0,
            enums=tuple(enums),
            tables=tables,
            extra_files=(),
            checks=(),
            schema_sql="",
            written_by=(),
        ),
        folder=folder,
    )


def one(
    folder: Path, definition: Table, rows: Rows, *, version: str = "v1", parts: Sequence[int] = (), group: int = 10**6
) -> Snapshot:
    """A snapshot of one table."""
    folder = folder / version
    return snapshot(folder, data(folder, definition, rows, parts=parts, group=group), version=version)
