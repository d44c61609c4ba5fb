"""Provide a tiny hand-made snapshot for tests that need any snapshot: the schema of tests/toy, with fixed values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from snap import writer
from snap.manifest import DataFile, Manifest, TableData
from snap.schema import Column, Enum, ForeignKey, Table
from snap.store import Snapshot, Store
from snap.types import parse
from snap.types.arrow import schema_of
from tests.paths import ROOT

MOOD = Enum(name="mood", labels=("sad", "ok"))


def _column(name: str, pg: str, *, nullable: bool = False) -> Column:
    return Column(name=name, type=parse(pg, {"mood"}), nullable=nullable)


CREW = Table(
    name="crew",
    columns=(
        _column("id", "uuid"),
        _column("name", "character varying(20)"),
        _column("mood", "mood", nullable=True),
        _column("pay", "numeric(8,2)", nullable=True),
        _column("joined", "timestamp with time zone"),
        _column("watch", "interval", nullable=True),
        _column("facts", "jsonb", nullable=True),
        _column("tags", "text[]", nullable=True),
    ),
    primary_key=("id",),
    unique=(("name",),),
)
LOG = Table(
    name="Log book",
    schema="ship",
    columns=(
        _column("n", "bigint"),
        _column("author", "uuid", nullable=True),
        _column("line", "text"),
    ),
    primary_key=("n",),
    foreign_keys=(ForeignKey(columns=("author",), references="crew", to=("id",)),),
)

SQL = "\n" + (ROOT / "tests/toy/schema.sql").read_text("utf-8")


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def crew(rows: int) -> pa.RecordBatch:
    joined = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    some = [i for i in range(rows)]
    return pa.RecordBatch.from_arrays(
        [
            pa.array([key(i) for i in some], pa.binary(16)).cast(pa.uuid()),
            pa.array([f"Zoë {i}" for i in some], pa.string()),
            pa.array([None if i % 3 == 0 else ("sad", "ok")[i % 2] for i in some], pa.string()),
            pa.array([None if i % 5 == 0 else Decimal(i) / 4 for i in some], pa.decimal128(8, 2)),
            pa.array([joined + dt.timedelta(hours=i) for i in some], pa.timestamp("us", "UTC")),
            pa.array(
                [{"months": i, "days": -i, "microseconds": 10 * i} for i in some],
                schema_of(CREW).field("watch").type,
            ),
            pa.array([f'{{"n": {i}}}' if i % 2 else None for i in some], pa.string()).cast(pa.json_()),
            pa.array([["a", None][: i % 3] if i % 4 else None for i in some], pa.list_(pa.string())),
        ],
        schema=schema_of(CREW),
    )


def log(rows: int, of: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            pa.array(range(rows), pa.int64()),
            pa.array([key(i % of) if i % 7 else None for i in range(rows)], pa.binary(16)).cast(pa.uuid()),
            pa.array([f"line\t{i}\n" for i in range(rows)], pa.string()),
        ],
        schema=schema_of(LOG),
    )


PROVENANCE = writer.Provenance(
    name="toy", created="2026-11-22T00:00:00Z", schema_sql=SQL, enums=(MOOD,), written_by=(("snap", "test"),)
)


def write_table(folder: Path, table: Table, batches: list[pa.RecordBatch], name: str) -> TableData:
    """Write each batch as a part in `folder`/`name`, and describe the table."""
    parts = writer.TableWriter(root=folder, folder=name, table=table)
    return writer.table_data(table, [parts.part(number, [batch]) for number, batch in enumerate(batches)])


def manifest(version: str, tables: tuple[TableData, ...], extra: tuple[DataFile, ...] = ()) -> Manifest:
    return replace(writer.assemble(version, PROVENANCE, tables, *extra), estimated_db_bytes=1)


def publish(store: Store, version: str, rows: int = 10, *, private: bool = False) -> Snapshot:
    """Publish a snapshot of `rows` crew in two parts, and twice as many log lines."""
    with store.stage(version, private=private) as stage:
        batch = crew(rows)
        half = rows // 2
        tables = (
            write_table(stage.folder, CREW, [batch.slice(0, half), batch.slice(half)], "crew"),
            write_table(stage.folder, LOG, [log(2 * rows, rows)], "ship.log"),
        )
        return store.publish(stage, replace(writer.finish(stage, PROVENANCE, tables), estimated_db_bytes=1))
