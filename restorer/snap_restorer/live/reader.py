"""Read live tables as record batches, in one read-only transaction.

snap_restorer.values.adbc knows the forms that ADBC carries. Through a pooler that takes no settings at start-up,
psycopg may have to read instead (row_session).

`unfit` finds values that a column's own form cannot hold at all (infinite dates, NaN numerics, arrays of two
dimensions), before a row is read. The caller then declares such columns `text`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as postgres
import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snap.errors import ServiceError, SnapError, TargetError
from snap.schema import Column, Table
from snap_restorer.live.row_session import RowSession
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.pinned_session import PRINTED, SAFE
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.server_errors import LockHeldError, joined, said_by_driver, said_by_server
from snap_restorer.pg.target import Target
from snap_restorer.pg.transaction import SETTINGS, milliseconds
from snap_restorer.values import adbc

# Settings that affect printing a value, besides those that a restore sets too.
_BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_NOT_UTF8 = "22021"
_USE_COPY = "adbc.postgresql.use_copy"
_BATCH_BYTES = "adbc.postgresql.batch_size_hint_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRelation:
    """A table to read rows from. `masks` are SQL expressions that replace columns, by column name."""

    schema: str
    name: str
    partitioned: bool = False
    masks: Mapping[str, sql.Composable] = field(default_factory=dict)

    def relation(self) -> sql.Composed:
        """Return the table in SQL for FROM, with the rows of its partitions but without those of inheriting tables."""
        return relation((self.schema, self.name), partitioned=self.partitioned)

    def masked(self, columns: Iterable[Column]) -> sql.Composed:
        """Return the SQL for FROM that yields these columns with the masks applied."""
        if not self.masks:
            return self.relation()
        selected = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(self.masks.get(c.name, sql.Identifier(c.name)), sql.Identifier(c.name))
            for c in columns
        )
        return sql.SQL("(SELECT {} FROM {})").format(selected, self.relation())


class _AdbcSession:
    """A session through ADBC with the methods that a Reader needs. Errors are the driver's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, statement: str) -> None:
        """Run a statement that returns no rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def table(self, statement: str) -> pa.Table:
        """Run a SELECT of few rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetch_arrow_table()

    def fetch_all(self, declared: str) -> pa.Table:
        """Return all rows of a cursor's result."""
        with self._connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{_USE_COPY: "false"})  # COPY cannot be used with FETCH
            cursor.execute(f"FETCH ALL FROM {declared}")
            return cursor.fetch_arrow_table()

    def stream(self, statement: str, *, size: int | None = None) -> Iterator[pa.RecordBatch]:
        """Run a SELECT, and yield its rows in batches of about `size` bytes."""
        with self._connection.cursor() as cursor:
            if size is not None:
                cursor.adbc_statement.set_options(**{_BATCH_BYTES: str(size)})
            cursor.execute(statement)
            yield from cursor.fetch_record_batch()

    def rollback(self) -> None:
        self._connection.rollback()


class Reader:
    """A session in one REPEATABLE READ, READ ONLY transaction. All its errors are SnapErrors."""

    def __init__(self, session: _AdbcSession | RowSession, target: Target, lock_timeout_s: float) -> None:
        self.lock_timeout_s = lock_timeout_s
        self._session = session
        self.target = target
        self._path = self._wanted = SAFE  # the transaction's path, and the path that the next statement needs
        self.encoding = ""

    def begin(self, lock: str = "") -> None:
        """Begin the transaction, again if there is one already.

        `lock` runs before the transaction's snapshot is taken.
        """
        self._session.rollback()
        self._path = self._wanted
        self.execute(_BEGIN)
        if lock:
            self.execute(f"SET LOCAL lock_timeout = '{milliseconds(self.lock_timeout_s)}ms'")
            self.execute(lock)
        self.rows(_settings(self.lock_timeout_s))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows and return each row as a dict by column name."""
        with self._asking():
            rows: list[dict[str, Any]] = self._session.table(statement).to_pylist()
        return rows

    def printed(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows, with types and relations named as under the path PRINTED (catalog.records)."""
        self.execute(f"DECLARE snap_printed NO SCROLL CURSOR FOR {statement}")
        with self.printing(), self._asking():
            rows: list[dict[str, Any]] = self._session.fetch_all("snap_printed").to_pylist()
        self.execute("CLOSE snap_printed")
        return rows

    @contextlib.contextmanager
    def printing(self) -> Iterator[None]:
        """Let the block's statements print and name types as under the path PRINTED.

        All operators and functions of these statements must have a schema.
        """
        self._wanted = PRINTED
        try:
            yield
        finally:
            self._wanted = SAFE

    def execute(self, statement: str) -> None:
        """Run a statement that returns no rows."""
        with self._asking():
            self._session.run(statement)

    def export(self) -> str:
        """Return the name of the transaction's exported snapshot, which other sessions such as pg_dump's can use."""
        name: str = self.rows("SELECT pg_catalog.pg_export_snapshot() AS name")[0]["name"]
        return name

    def read(self, source: LiveRelation, table: Table, *, ordered: bool = True) -> Iterator[pa.RecordBatch]:
        """Read all rows of `source` as batches of about 16 MB in `table`'s Arrow types, canonical as in format.md.

        `table` must have a stored column. `ordered`: by the primary key under C, else by the rows' text. Errors:
        TargetError for a text that is not UTF-8; ServiceError.
        """
        statement = select(source, table, ordered=ordered, utf8=self.encoding == "UTF8").as_string(None)
        for batch in self.batches(statement, f"table {table.label}"):
            yield adbc.decoded(batch, table)

    def batches(self, statement: str, about: str, *, size: int | None = None) -> Iterator[pa.RecordBatch]:
        """Run a SELECT and yield its rows as they arrive, about `size` bytes at a time.

        No other statement may run meanwhile. Errors call the data `about`. Errors as of `read`.
        """
        with self.printing(), self._asking(about):
            yield from self._session.stream(statement, size=size)

    def unfit(self, source: LiveRelation, table: Table) -> tuple[int, frozenset[str]]:
        """Return the number of rows, and the columns with a value that their logical type cannot hold. One scan."""
        statement, asked = probe(source, table)
        with self.printing():
            row = self.rows(statement.as_string(None))[0]
        return row["rows"], frozenset(name for i, name in enumerate(asked) if row[f"c{i}"])

    @contextlib.contextmanager
    def _asking(self, about: str = "") -> Iterator[None]:
        if self._path != self._wanted:
            self._path = self._wanted
            self.execute(f"SET LOCAL search_path = {self._path}")
        try:
            yield
        except (adbc_driver_manager.Error, psycopg.Error, pa.ArrowException, OSError) as error:
            raise _translated(error, self.target, about) from None


# The driver reads functions' names as the server prints them, and cannot read quoted names.
_PLAIN = "-c quote_all_identifiers=off"


@contextlib.contextmanager
def open_reader(target: Target, lock_timeout_s: float = 10) -> Iterator[Reader]:
    """Open a session that works through a pooler in transaction mode, since all of it is one transaction.

    It waits `lock_timeout_s` for a lock that another session holds. Errors: ServiceError, TargetError.
    """
    try:
        with _session(target) as session:
            reader = Reader(session, target, lock_timeout_s)
            reader.begin()
            reader.encoding = reader.rows("SELECT pg_catalog.current_setting('server_encoding') AS name")[0]["name"]
            yield reader
    except LockHeldError as error:
        raise target.name_holders(error) from None


@contextlib.contextmanager
def _session(target: Target) -> Iterator[_AdbcSession | RowSession]:
    conninfo = _conninfo(target)
    if conninfo is None:
        with target.connect() as rows:
            yield RowSession(rows)
        return
    try:
        connection = postgres.connect(conninfo)
    except (adbc_driver_manager.Error, OSError) as error:
        raise target.unreachable(_text(error)) from None
    try:
        yield _AdbcSession(connection)
    finally:
        with contextlib.suppress(adbc_driver_manager.Error):
            connection.rollback()
        connection.close()


def _conninfo(target: Target) -> str | None:
    """Return the conninfo for ADBC with the pinned search path, None if ADBC must not be used.

    ADBC queries the catalog before any statement of snap, so the path has to be set at start-up. A pooler refuses such
    an option or ignores it. Then ADBC must not be used if its queries would run code of other roles as a superuser, or
    would meet quoted names.
    """
    options = f"{target.parameters().get('options', '')} -c search_path={SAFE.replace(' ', '')} {_PLAIN}".strip()
    pinned = Target(make_conninfo(target.conninfo, options=options))
    with contextlib.suppress(ServiceError), pinned.connect() as connection:
        connection.execute("SELECT")
        if "".join(connection.path_before.split()) == SAFE.replace(" ", ""):
            return pinned.session()
    with target.connect() as connection:
        (quoting,) = one_row(connection, "SELECT pg_catalog.current_setting('quote_all_identifiers')::pg_catalog.bool")
        shadows = connection.execute(query("shadows"), {"path": connection.path_before}).fetchall()
    return None if quoting or shadows else target.session()


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
    """Return a SELECT that counts the rows of `source` and finds columns with unfit values, and these columns' names.

    In its result, `rows` is the number of rows. c0, c1, ... say whether a column holds a value that its logical type
    cannot hold, in the order of the returned names.
    """
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


def _settings(lock_timeout_s: float) -> str:
    settings = {"lock_timeout": f"{milliseconds(lock_timeout_s)}ms", **SETTINGS}
    names, values = list(settings), list(settings.values())
    text = query("session") % {"names": "{names}", "values": "{values}"}
    return sql.SQL(text).format(names=names, values=values).as_string(None)


def _translated(error: Exception, target: Target, about: str) -> SnapError:
    if isinstance(error, psycopg.Error) and error.sqlstate != _NOT_UTF8:
        return target.translate(error)
    # An error in the middle of a stream is raised by Arrow, with the SQLSTATE only in its text.
    match = re.search(r"SQLSTATE: ?(\w{5})", str(error))
    state = getattr(error, "sqlstate", None) or (match[1] if match else "")
    text = target.scrub(_text(error))
    if state == _NOT_UTF8 or "invalid byte sequence for encoding" in text:
        return TargetError(
            f"{about or 'the database'} holds text that is not UTF-8 ({text})",
            "correct the text (a database with encoding SQL_ASCII accepts any bytes), or leave out the table",
        )
    fields = {key.decode(): value.decode(errors="replace") for key, value in getattr(error, "details", None) or ()}
    if message := fields.get("PG_DIAG_MESSAGE_PRIMARY"):
        context = fields.get("PG_DIAG_CONTEXT")
        said = said_by_server(
            state,
            message,
            detail=fields.get("PG_DIAG_MESSAGE_DETAIL"),
            hint=fields.get("PG_DIAG_MESSAGE_HINT"),
            context=context,
            raised=context is not None,  # the driver does not tell which function of the server said it
        )
    elif state:
        said = said_by_server(state, text)
    else:
        lost = isinstance(error, adbc_driver_manager.OperationalError | OSError)
        said = said_by_driver(text, lost=lost)
    return target.explain(said)


def _text(error: Exception) -> str:
    """Return the server's message without the driver's frame and the query."""
    text = re.split(r"\s*Query was:|\. SQLSTATE:", str(error))[0]
    match = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.*)", text, re.DOTALL)
    return joined(match[1] if match else text)
