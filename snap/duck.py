"""A snapshot as DuckDB views over its Parquet files. The only module that imports duckdb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from snap import parquet, scratch
from snap.errors import SnapError
from snap.manifest import Manifest, TableData
from snap.schema import ForeignKey, Table
from snap.types.arrow import empty_table
from snap.types.duckdb import view

_OWN_SCHEMAS = frozenset({"main", "memory", "system", "temp"})  # DuckDB's schemas and catalogs; `main` is our public


class QueryError(Exception):
    """Raised with what DuckDB says of a query or of the files that it reads. No SnapError: bad data are findings."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query: column names, and rows of plain Python values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Views:
    """An in-memory DuckDB that sees a snapshot's tables as views. All times are UTC."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._failure: SnapError | None = None

    def query(self, sql: str) -> Rows:
        """Run one SELECT and return all of its rows. Raise QueryError."""
        with self._translated():
            result = self._connection.execute(sql)
            columns = tuple(item[0] for item in result.description or ())
            return Rows(columns, tuple(map(tuple, result.fetchall())))

    def execute(self, sql: str) -> None:
        """Run statements that return no rows. Raise QueryError."""
        with self._translated():
            self._connection.execute(sql)

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Run one SELECT and yield its rows as they come. Raise QueryError.

        The connection runs no other query before all rows were read.
        """
        with self._translated():
            reader = self._connection.sql(sql).to_arrow_reader(parquet.BATCH_ROWS)
        try:
            while True:
                with self._translated():
                    batch = next(reader, None)
                if batch is None:
                    return
                yield batch
        finally:
            reader.close()  # a result that was not read to its end would block the connection

    def register(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Make an Arrow table visible as `name`; a reader can be read once."""
        self._connection.register(name, table)

    def stream(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Make `batches` visible as `name`, to be read once, as they come; never all of them are in memory.

        DuckDB takes them in another thread. A SnapError that they raise ends the query that reads them, unchanged.
        """

        def watched() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches
            except SnapError as error:
                self._failure = error
                raise

        self.register(name, pa.RecordBatchReader.from_batches(schema, watched()))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, OSError) as error:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure from None
            raise QueryError(f"{type(error).__name__}: {error}") from None


@contextmanager
def open_views(manifest: Manifest, folder: Path, references: Mapping[str, pa.Table] | None = None) -> Iterator[Views]:
    """Open the snapshot in `folder`; `references` are further tables that queries may name."""
    with _connected({}) as connection:
        views = Views(connection)
        for name, table in (references or {}).items():
            views.register(name, table)
        for data in manifest.tables:
            _create_view(views, data, folder)
        yield views


@contextmanager
def open_engine(*, memory: int | None = None) -> Iterator[Views]:
    """Open an empty DuckDB that uses about `memory` bytes (else DuckDB's default) and puts the rest on disk.

    uuid and JSON leave it as Arrow's own types.
    """
    limit = {} if memory is None else {"memory_limit": f"{memory}B"}
    with _connected(limit) as connection:
        connection.execute("SET arrow_lossless_conversion = true")
        yield Views(connection)


@contextmanager
def _connected(config: Mapping[str, str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB that downloads nothing, thinks in UTC and draws nothing on the terminal.

    What memory does not hold goes to a temporary folder; DuckDB's own choice is .tmp in the working directory.
    """
    with scratch.folder() as spill:
        own = {"autoinstall_known_extensions": "false", "temp_directory": str(spill)}
        connection = duckdb.connect(config={**own, **config})
        try:
            for setting in ("TimeZone = 'UTC'", "preserve_insertion_order = false", "enable_progress_bar = false"):
                connection.execute(f"SET {setting}")
            yield connection
        finally:
            connection.close()


def quote(name: str) -> str:
    """Quote an identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text for DuckDB."""
    return "'" + value.replace("'", "''") + "'"


def relation(data: TableData) -> str:
    """Return the quoted name of a table's view; schema public is DuckDB's main."""
    schema = "main" if data.table.schema == "public" else data.table.schema
    return f"{quote(schema)}.{quote(data.table.name)}"


def with_distinct_names(tables: Sequence[TableData]) -> tuple[TableData, ...]:
    """Return `tables` under names that DuckDB can tell apart: it ignores case, and has schemas of its own.

    Foreign keys refer to the new names. A table whose names are safe is returned unchanged.
    """
    used: dict[str, set[str]] = {}
    renamed: dict[str, tuple[Table, dict[str, str]]] = {}
    for data in tables:
        table = data.table
        schema = f"{table.schema}~" if table.schema.lower() in _OWN_SCHEMAS else table.schema
        name = _unused(table.name, used.setdefault(schema.lower(), set()))
        taken: set[str] = set()
        columns = {column.name: _unused(column.name, taken) for column in table.columns}
        renamed[table.label] = replace(table, schema=schema, name=name), columns
    return tuple(replace(data, table=_renamed(data.table.label, renamed)) for data in tables)


def _unused(name: str, used: set[str]) -> str:
    """Return `name` with as many `~` as make it differ from all of `used` in any case, and add it to `used`."""
    while name.lower() in used:
        name += "~"
    used.add(name.lower())
    return name


def _renamed(label: str, renamed: Mapping[str, tuple[Table, dict[str, str]]]) -> Table:
    table, columns = renamed[label]

    def key(key: ForeignKey) -> ForeignKey:
        parent, names = renamed.get(key.references, (None, {}))
        return ForeignKey(
            columns=tuple(columns[name] for name in key.columns),
            references=parent.label if parent else key.references,
            to=tuple(names.get(name, name) for name in key.to),
        )

    return replace(
        table,
        columns=tuple(replace(column, name=columns[column.name]) for column in table.columns),
        primary_key=tuple(columns[name] for name in table.primary_key),
        unique=tuple(tuple(columns[name] for name in names) for names in table.unique),
        foreign_keys=tuple(map(key, table.foreign_keys)),
    )


def _create_view(views: Views, data: TableData, folder: Path) -> None:
    if data.table.schema != "public":
        views.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(data.table.schema)}")
    stored = data.table.stored
    if not stored:  # no column, no file: the manifest alone knows the rows
        views.execute(f"CREATE VIEW {relation(data)} AS SELECT 1 AS nothing FROM range({data.rows})")  # noqa: S608
        return
    columns = ", ".join(f"{view(quote(c.name), c.type)} AS {quote(c.name)}" for c in stored)
    if data.files:
        files = ", ".join(literal(str(folder / file.path)) for file in data.files)
        source = f"read_parquet([{files}])"
    else:
        source = quote("empty " + data.table.label)
        views.register("empty " + data.table.label, empty_table(data.table))
    # By place: of names that differ in case only, DuckDB would make others.
    names = ", ".join(quote(column.name) for column in stored)
    select = f"SELECT {columns} FROM {source} AS t ({names})"  # noqa: S608 - every name went through quote()
    views.execute(f"CREATE VIEW {relation(data)} AS {select}")
