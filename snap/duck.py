"""Query a snapshot through DuckDB views over its Parquet files. The only module that imports duckdb."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from snap import parquet, scratch
from snap.errors import SnapError
from snap.manifest import DataFile, TableData
from snap.schema import ForeignKey, Table
from snap.types.arrow import empty_table
from snap.types.duckdb import view

_SELECT = duckdb.StatementType.SELECT
_DEFINITIONS = frozenset({duckdb.StatementType.CREATE, duckdb.StatementType.SET})
_OWN_SCHEMAS = frozenset({"main", "memory", "system", "temp"})  # DuckDB's schemas and catalogs; `main` is our public


class QueryError(Exception):
    """Raised with DuckDB's message if a query or its files are invalid. No SnapError, because bad data are findings."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query: column names, and rows of plain Python values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Views:
    """An in-memory DuckDB with a view for each of a snapshot's tables. All times are UTC."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._failure: SnapError | None = None

    def query(self, sql: str) -> Rows:
        """Run one SELECT and return all of its rows. Raise QueryError."""
        with self._translated():
            result = self._connection.execute(self._one_select(sql))
            columns = tuple(item[0] for item in result.description or ())
            return Rows(columns, tuple(map(tuple, result.fetchall())))

    def execute(self, sql: str) -> None:
        """Run CREATE and SET VARIABLE statements. Raise QueryError."""
        with self._translated():
            statements = self._connection.extract_statements(sql)
            if not _DEFINITIONS.issuperset(statement.type for statement in statements):
                raise QueryError("only CREATE and SET VARIABLE are allowed here")
            for statement in statements:
                self._connection.execute(statement)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo the block's changes at its end. After an error nothing else can run in the block."""
        with self._translated():
            self._connection.begin()
        try:
            yield
        finally:
            self._connection.rollback()

    def see(self, data: TableData, folder: Path) -> None:
        """Make a table's view show only the rows of `data.files`. Raise QueryError."""
        _create_view(self, data, folder)

    def save(self, sql: str, path: Path) -> None:
        """Write the rows of one SELECT to a Parquet file that lock() has allowed. Raise QueryError."""
        self._one_select(sql)
        with self._translated():
            self._connection.execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Run one SELECT and yield its rows in batches. Raise QueryError.

        The connection runs no other query until all rows are read.
        """
        with self._translated():
            reader = self._connection.sql(self._one_select(sql)).to_arrow_reader(parquet.BATCH_ROWS)
        try:
            while True:
                with self._translated():
                    batch = next(reader, None)
                if batch is None:
                    return
                yield batch
        finally:
            reader.close()  # a result that is not read to its end would block the connection

    def register(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Make an Arrow table visible to queries as `name`. If it is a RecordBatchReader, queries can read it once."""
        self._connection.register(name, table)

    def stream(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Make `batches` visible as `name`, to be read once, without ever holding all of them in memory.

        DuckDB takes the batches in another thread. A SnapError that they raise ends the query that reads them, and is
        raised unchanged.
        """

        def watched() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches
            except SnapError as error:
                self._failure = error
                raise

        self.register(name, pa.RecordBatchReader.from_batches(schema, watched()))

    def lock(self, files: Iterable[Path], saves: Path | None = None) -> None:
        """Limit all later SQL to `files` and the files in the folder `saves`, and forbid changes of settings.

        DuckDB would also allow writes to these files, but query() and execute() refuse statements that write.
        """
        allowed = ", ".join(literal(str(path)) for path in files)
        folders = "" if saves is None else literal(str(saves))
        for setting in (
            f"allowed_paths = [{allowed}]",
            f"allowed_directories = [{folders}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self._connection.execute(f"SET {setting}")

    def _one_select(self, sql: str) -> duckdb.Statement:
        """Return the parsed `sql`. Raise QueryError if it is not exactly one SELECT.

        DuckDB may parse one PIVOT into several statements.
        """
        statements = self._connection.extract_statements(sql)
        if len(statements) == 1:
            (statement,) = statements
            pivots = statement.type == duckdb.StatementType.MULTI and statement.query.lstrip().startswith("SELECT")
            if pivots or statement.type == _SELECT:
                return statement
        raise QueryError("only one SELECT is allowed here")

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
def open_views(
    tables: Sequence[TableData],
    folder: Path,
    references: Mapping[str, pa.Table] | None = None,
    *,
    memory: int | None = None,
    saved: Mapping[str, Sequence[Path]] | None = None,
    later: Iterable[Path] = (),
    saves: Path | None = None,
) -> Iterator[Views]:
    """Open a snapshot's tables in `folder`. `references` are further tables that queries may name.

    `memory` is the limit of open_engine. `saved` are files that `Views.save` wrote, by the names of their rows in
    queries. `later` are files that tables will show later, and `saves` is the folder for files that will be written.
    Raise SnapshotError if a file lies outside `folder`.
    """
    with _connected(memory) as connection:
        views = Views(connection)
        for name, table in (references or {}).items():
            views.register(name, table)
        for data in tables:
            _create_view(views, data, folder)
        for name, paths in (saved or {}).items():
            listed = ", ".join(literal(str(path)) for path in paths)
            views.execute(f"CREATE VIEW {quote(name)} AS SELECT * FROM read_parquet([{listed}])")  # noqa: S608 - quoted
        read = parquet.located(folder, (file.path for data in tables for file in data.files))
        views.lock([*read, *later, *(path for paths in (saved or {}).values() for path in paths)], saves)
        yield views


@contextmanager
def open_engine(*, files: Iterable[Path] = (), memory: int | None = None) -> Iterator[Views]:
    """Open an empty DuckDB that reads only `files` and uses about `memory` bytes (or DuckDB's default) before the disk.

    Queries return uuid and JSON as Arrow's own types.
    """
    with _connected(memory) as connection:
        connection.execute("SET arrow_lossless_conversion = true")
        views = Views(connection)
        views.lock(files)
        yield views


@contextmanager
def _connected(memory: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB that downloads nothing, uses UTC and draws nothing on the terminal.

    DuckDB spills to a temporary folder instead of its default, .tmp in the working directory.
    """
    limit = {} if memory is None else {"memory_limit": f"{memory}B"}
    with scratch.folder() as spill:
        own = {"autoinstall_known_extensions": "false", "temp_directory": str(spill)}
        connection = duckdb.connect(config={**own, **limit})
        try:
            for setting in ("TimeZone = 'UTC'", "preserve_insertion_order = false", "enable_progress_bar = false"):
                connection.execute(f"SET {setting}")
            yield connection
        finally:
            connection.close()


def syntax(sql: str) -> Any:
    """Return DuckDB's parse tree of some SELECTs as JSON values, or None if DuckDB cannot parse the text."""
    with _parser().cursor() as connection:
        answer = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchone()
    assert answer is not None
    tree = json.loads(answer[0])
    return None if tree["error"] else tree["statements"]


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Return an empty DuckDB that is only asked how SQL reads. Opening one takes 15 ms, so it is kept."""
    return duckdb.connect(config={"autoinstall_known_extensions": "false"})


def quote(name: str) -> str:
    """Quote an identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a string literal for DuckDB."""
    return "'" + value.replace("'", "''") + "'"


def parquet_files(folder: Path, files: Iterable[DataFile], *, numbered: bool = False) -> str:
    """Return the SQL for the rows of a snapshot's files. Columns, and the row number, are identified by position.

    A folder name such as `role=admin` does not become a column. Raise SnapshotError if a file lies outside `folder`.
    """
    paths = ", ".join(literal(str(path)) for path in parquet.located(folder, [file.path for file in files]))
    number = ", file_row_number = true" if numbered else ""
    return f"read_parquet([{paths}], hive_partitioning = false{number})"


def relation(data: TableData) -> str:
    """Return the quoted name of a table's view. DuckDB's schema main stands for public."""
    schema = "main" if data.table.schema == "public" else data.table.schema
    return f"{quote(schema)}.{quote(data.table.name)}"


def with_distinct_names(tables: Sequence[TableData]) -> tuple[TableData, ...]:
    """Return `tables` under names that DuckDB can tell apart, because DuckDB ignores case and has its own schemas.

    Foreign keys refer to the new names. A table with safe names is returned unchanged.
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
    """Return `name` with as many `~` as it needs to differ from all `used` names in any case, and add it to `used`."""
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
    if not stored:  # a table without columns has no file: only the manifest has its number of rows
        views.execute(f"CREATE OR REPLACE VIEW {relation(data)} AS SELECT 1 AS nothing FROM range({data.rows})")  # noqa: S608
        return
    columns = ", ".join(f"{view(quote(c.name), c.type)} AS {quote(c.name)}" for c in stored)
    if data.files:
        source = parquet_files(folder, data.files)
    else:
        source = quote("empty " + data.table.label)
        views.register("empty " + data.table.label, empty_table(data.table))
    # By position: DuckDB would rename columns whose names differ only in upper and lower case.
    names = ", ".join(quote(column.name) for column in stored)
    select = f"SELECT {columns} FROM {source} AS t ({names})"  # noqa: S608 - every name went through quote()
    views.execute(f"CREATE OR REPLACE VIEW {relation(data)} AS {select}")
