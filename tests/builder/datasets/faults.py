"""Plant faults in a built snapshot: SQL over its tables in DuckDB, written as new files under a new manifest.

The row counts and digests are those of the changed files, so only rules can find the fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa

from snap import parquet
from snap.checks import RuleSet
from snap.manifest import Manifest, TableData
from snap.store import Snapshot
from snap.types import Logical, Type
from snap.types.arrow import schema_of
from snap.writer import TableWriter, table_data, with_tables
from tests.cases.toy import write_table


@contextmanager
def tables_of(built: Snapshot, rules: RuleSet) -> Iterator[duckdb.DuckDBPyConnection]:
    """Load the snapshot's tables into DuckDB, and run the prelude of the rules."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET VARIABLE as_of = TIMESTAMPTZ '{built.manifest.parameters.as_of}'")
        connection.register("enum_labels", pa.table({"enum": ["none"], "label": ["none"]}))
        for name, table in rules.references.items():
            connection.register(name, table)
        for data in built.manifest.tables:
            files = [str(built.path(file)) for file in data.files]
            connection.execute(f"CREATE VIEW {data.table.name} AS SELECT * FROM read_parquet({files})")
        intervals = "SELECT * REPLACE (to_microseconds(prep_duration.microseconds) AS prep_duration, "
        intervals += "to_microseconds(cook_duration.microseconds) AS cook_duration) FROM"
        for statement in rules.prelude:
            connection.execute(re.sub(r"FROM recipes$", f"FROM ({intervals} recipes)", statement.sql))
        for data in built.manifest.tables:
            name = data.table.name
            connection.execute(
                f"CREATE TABLE own AS SELECT * FROM {name}; DROP VIEW {name}; ALTER TABLE own RENAME TO {name}"
            )
        yield connection


def faulty(built: Snapshot, connection: duckdb.DuckDBPyConnection, faults: Sequence[str], folder: Path) -> Manifest:
    """Write the tables changed by the faults to `folder` and describe them; link the other tables' files."""
    touched = {name for fault in faults for name in re.findall(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", fault)}
    tables = []
    connection.begin()
    try:
        for fault in faults:
            connection.execute(fault)
        for data in built.manifest.tables:
            if data.table.name in touched:
                tables.append(_write(connection, data, folder))
                continue
            for file in data.files:
                (folder / file.path).parent.mkdir(exist_ok=True)
                (folder / file.path).hardlink_to(built.path(file))
            tables.append(data)
    finally:
        connection.rollback()
    changed = [data for data, before in zip(tables, built.manifest.tables, strict=True) if data.digest != before.digest]
    assert {data.table.name for data in changed} == touched, "a fault changes nothing"
    return with_tables(built.manifest, tuple(tables))


def batches(names: Sequence[str]) -> list[list[str]]:
    """Return faults in batches of about nine. Neighbours, which are about the same things, are in different batches."""
    number = -(-len(names) // 9)
    return [list(names[start::number]) for start in range(number)]


def assert_reported(names: list[str], plant: Callable[[list[str], Path], object], folder: Path) -> None:
    """Assert that `plant` finds nothing wrong with the reports of faults, planted together in a snapshot.

    Running all rules takes seconds. Faults that conceal one another are planted again, each in a snapshot of its own.
    """
    together = folder / "together"
    together.mkdir()
    if not plant(names, together):
        return
    for name in names:
        alone = folder / name
        alone.mkdir()
        assert not plant([name], alone)


def cut(manifest: Manifest, folder: Path, to: Path, random: Random) -> Manifest:
    """Copy the snapshot in `folder` to `to`, each table in up to four files that begin at random rows."""
    tables = []
    for number, data in enumerate(manifest.tables):
        batches = [batch for file in data.files for batch in parquet.read(folder / file.path, data.table)]
        rows = pa.Table.from_batches(batches, schema_of(data.table)).combine_chunks()
        edges = sorted({0, rows.num_rows, *(random.randrange(rows.num_rows) for _ in range(3) if rows.num_rows)})
        writer = TableWriter(root=to, folder=f"cut-{number}", table=data.table)
        parts = [
            writer.part(place, rows.slice(start, stop - start).to_batches())
            for place, (start, stop) in enumerate(pairwise(edges))
        ]
        tables.append(table_data(data.table, parts))
    return with_tables(manifest, tuple(tables))


def _write(connection: duckdb.DuckDBPyConnection, data: TableData, folder: Path) -> TableData:
    columns = ", ".join(_plain(column.name, column.type) for column in data.table.stored)
    rows = connection.sql(f"SELECT {columns} FROM {data.table.name} ORDER BY rowid").to_arrow_table()
    schema = schema_of(data.table)
    arrays = [_storage(rows.column(field.name), field.type) for field in schema]
    batch = pa.table(arrays, schema=schema).combine_chunks().to_batches()
    return write_table(folder, data.table, batch, data.table.name)


def _plain(name: str, kind: Type) -> str:
    """Return SQL that converts a column to Arrow's plain types."""
    if kind.logical is Logical.UUID:
        return f"unhex(replace({name}::VARCHAR, '-', '')) AS {name}"
    if kind.logical is Logical.JSONB:
        return f"{name}::VARCHAR AS {name}"
    return name


def _storage(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if not isinstance(kind, pa.BaseExtensionType):
        return column.cast(kind)
    return column.cast(kind.storage_type).cast(kind)
