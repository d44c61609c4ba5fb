"""Live tables into record batches, in one read-only transaction. What ADBC carries is snap_restorer.values.adbc's.

What a column's own form cannot hold at all (infinite dates, NaN numerics, arrays of two dimensions) is found by
`unfit`, before a row is read; the caller then declares such columns `text`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as postgres
import pyarrow as pa
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snap.errors import ServiceError, SnapError, TargetError
from snap.schema import Column, Table
from snap_restorer.pg.catalog import query
from snap_restorer.pg.pinned_session import PRINTED, SAFE
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.server_errors import reported
from snap_restorer.pg.target import Target
from snap_restorer.pg.transaction import SETTINGS
from snap_restorer.values import adbc

# All that printing a value depends on, besides what a snapshot's restore sets too.
_BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_NOT_UTF8 = "22021"
_USE_COPY = "adbc.postgresql.use_copy"
_BATCH_BYTES = "adbc.postgresql.batch_size_hint_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRelation:
    """Where rows come from. `masks` are expressions that replace columns, by name."""

    schema: str
    name: str
    partitioned: bool = False
    masks: Mapping[str, sql.Composable] = field(default_factory=dict)

    def relation(self) -> sql.Composed:
        """Return the table as FROM takes it: with the rows of its partitions, without those of its heirs."""
        return relation((self.schema, self.name), partitioned=self.partitioned)

    def masked(self, columns: Iterable[Column]) -> sql.Composed:
        """Return what FROM takes for these columns with the masks in place."""
        if not self.masks:
            return self.relation()
        selected = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(self.masks.get(c.name, sql.Identifier(c.name)), sql.Identifier(c.name))
            for c in columns
        )
        return sql.SQL("(SELECT {} FROM {})").format(selected, self.relation())


class Reader:
    """A session in one REPEATABLE READ, READ ONLY transaction; every error is a SnapError."""

    def __init__(self, connection: Any, target: Target) -> None:
        self._connection = connection
        self._target = target
        self._path = self._wanted = SAFE  # what the transaction has, and what the next statement is to have
        self.encoding = ""

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows and return them by column name."""
        with self._cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetch_arrow_table().to_pylist()

    def printed(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows, which name types and relations as the path PRINTED does (see catalog.records)."""
        self.execute(f"DECLARE snap_printed NO SCROLL CURSOR FOR {statement}")
        with self.printing(), self._cursor() as cursor:
            cursor.adbc_statement.set_options(**{_USE_COPY: "false"})
            cursor.execute("FETCH ALL FROM snap_printed")
            rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        self.execute("CLOSE snap_printed")
        return rows

    @contextlib.contextmanager
    def printing(self) -> Iterator[None]:
        """Let the block's statements, all of whose operators and functions have a schema, print and name types as the
        path PRINTED does."""
        self._wanted = PRINTED
        try:
            yield
        finally:
            self._wanted = SAFE

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        with self._cursor() as cursor:
            cursor.execute(statement)

    def export(self) -> str:
        """Return the name under which other sessions, such as pg_dump's, see what this one sees."""
        name: str = self.rows("SELECT pg_catalog.pg_export_snapshot() AS name")[0]["name"]
        return name

    def read(self, source: LiveRelation, table: Table, *, ordered: bool = True) -> Iterator[pa.RecordBatch]:
        """Read all rows of `source` as batches of about 16 MB with `table`'s Arrow types, canonical as format.md wants.

        `table` has a stored column at least. `ordered`: by the primary key under C, else by the rows' text.
        Errors: TargetError for a text that is no UTF-8; ServiceError.
        """
        statement = select(source, table, ordered=ordered, utf8=self.encoding == "UTF8").as_string(None)
        for batch in self.batches(statement, f"table {table.label}"):
            yield adbc.decoded(batch, table)

    def batches(self, statement: str, about: str, *, size: int | None = None) -> Iterator[pa.RecordBatch]:
        """Run a SELECT and yield its rows as they come, `size` bytes or so at a time. No other statement may run
        meanwhile. `about` names in errors what is read. Errors as of `read`.
        """
        with self.printing(), self._cursor(about) as cursor:
            if size is not None:
                cursor.adbc_statement.set_options(**{_BATCH_BYTES: str(size)})
            cursor.execute(statement)
            yield from cursor.fetch_record_batch()

    def unfit(self, source: LiveRelation, table: Table) -> tuple[int, frozenset[str]]:
        """Count the rows, and name the columns that hold a value which their logical type does not. One scan."""
        statement, asked = probe(source, table)
        with self.printing():
            row = self.rows(statement.as_string(None))[0]
        return row["rows"], frozenset(name for i, name in enumerate(asked) if row[f"c{i}"])

    @contextlib.contextmanager
    def _cursor(self, about: str = "") -> Iterator[Any]:
        if self._path != self._wanted:
            self._path = self._wanted
            self.execute(f"SET LOCAL search_path = {self._path}")
        cursor = self._connection.cursor()
        try:
            yield cursor
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            raise _translated(error, self._target, about) from None
        finally:
            cursor.close()


@contextlib.contextmanager
def open_reader(target: Target) -> Iterator[Reader]:
    """Open a session that works through a pooler in transaction mode: all of it is one transaction.

    Errors: ServiceError, TargetError.
    """
    try:
        connection = postgres.connect(_conninfo(target))
    except (adbc_driver_manager.Error, OSError) as error:
        raise target.unreachable(_text(error)) from None
    try:
        reader = Reader(connection, target)
        reader.execute(_BEGIN)
        reader.rows(_settings())
        reader.encoding = reader.rows("SELECT pg_catalog.current_setting('server_encoding') AS name")[0]["name"]
        yield reader
    finally:
        with contextlib.suppress(adbc_driver_manager.Error):
            connection.rollback()
        connection.close()


def _conninfo(target: Target) -> str:
    """Return the conninfo for ADBC, which asks the catalog before any statement of ours: with the pinned search path.

    A pooler refuses such an option or ignores it. Errors: TargetError where others could have their code run then.
    """
    options = f"{target.parameters().get('options', '')} -c search_path={SAFE.replace(' ', '')}".strip()
    pinned = Target(make_conninfo(target.conninfo, options=options))
    with contextlib.suppress(ServiceError), pinned.connect() as connection:
        connection.execute("SELECT")
        if "".join(connection.path_before.split()) == SAFE.replace(" ", ""):
            return pinned.session()
    with target.connect() as connection:
        path = connection.path_before if connection.execute("SELECT") else ""
        shadows = connection.execute(query("shadows"), {"path": path}).fetchall()
    if shadows:
        raise TargetError(
            f"{target.redacted} is a connection pooler that takes no search path, and {shadows[0][0]} of role "
            f"{shadows[0][1]} could run with this superuser's rights",
            "give the server's own address, or connect as the tables' owner",
        )
    return target.session()


def select(source: LiveRelation, table: Table, *, ordered: bool, utf8: bool = True) -> sql.Composed:
    """Return the SELECT of `table`'s stored columns in the forms that ADBC carries."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(adbc.expression(sql.Identifier("t", c.name), c.type), sql.Identifier(c.name))
        for c in table.stored
    )
    statement = sql.SQL("SELECT {} FROM {} AS t").format(columns, source.masked(table.stored))
    if not ordered:
        return statement
    if table.primary_key:
        keys = (adbc.order(sql.Identifier("t", name), table.column(name).type, utf8) for name in table.primary_key)
        return statement + sql.SQL(" ORDER BY ") + sql.SQL(", ").join(keys)
    # r.* and not r: a column may have any name.
    return sql.SQL('SELECT r.* FROM ({}) AS r ORDER BY CAST(ROW(r.*) AS pg_catalog.text) COLLATE "C"').format(statement)


def probe(source: LiveRelation, table: Table) -> tuple[sql.Composed, tuple[str, ...]]:
    """Return a SELECT of the number of `rows` and, as c0, c1, ..., whether a column is unfit; and their names."""
    asked = [
        (c.name, condition) for c in table.stored if (condition := adbc.unfit_condition(c.name, c.type)) is not None
    ]
    parts = [
        sql.SQL("pg_catalog.bool_or({}) AS {}").format(condition, sql.Identifier(f"c{i}"))
        for i, (_, condition) in enumerate(asked)
    ]
    columns = sql.SQL(", ").join([sql.SQL("pg_catalog.count(*) AS rows"), *parts])
    statement = sql.SQL("SELECT {} FROM {} AS t").format(columns, source.masked(table.stored))
    return statement, tuple(name for name, _ in asked)


def _settings() -> str:
    names, values = list(SETTINGS), list(SETTINGS.values())
    text = query("session") % {"names": "{names}", "values": "{values}"}
    return sql.SQL(text).format(names=names, values=values).as_string(None)


def _translated(error: Exception, target: Target, about: str) -> SnapError:
    # What fails in the middle of a stream comes as an error of Arrow's, with the SQLSTATE in its text alone.
    match = re.search(r"SQLSTATE: ?(\w{5})", str(error))
    state = getattr(error, "sqlstate", None) or (match[1] if match else "")
    text = target.scrub(_text(error))
    if state == _NOT_UTF8 or "invalid byte sequence for encoding" in text:
        return TargetError(
            f"{about or 'the database'} holds text that is no UTF-8 ({text})",
            "mend the text (in a database of encoding SQL_ASCII it may be anything), or leave the table out",
        )
    return target.explain(state, text, reported(state, text))


def _text(error: Exception) -> str:
    """Return what the server said, without the driver's frame and the query."""
    text = re.split(r"\s*Query was:|\. SQLSTATE:", str(error))[0]
    match = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.*)", text, re.DOTALL)
    return " ".join((match[1] if match else text).split())
