"""Live tables into record batches, in one read-only transaction. What ADBC carries is snap_restorer.values.adbc's.
Through a pooler that takes no settings at start-up, psycopg may have to read in its place (row_session).

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
from snap_restorer.pg.server_errors import LockHeldError, said_by_driver, said_by_server
from snap_restorer.pg.target import Target
from snap_restorer.pg.transaction import SETTINGS, milliseconds
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


class _AdbcSession:
    """What a Reader asks of its session, through ADBC; errors are the driver's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def table(self, statement: str) -> pa.Table:
        """Run a SELECT of few rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetch_arrow_table()

    def fetch_all(self, declared: str) -> pa.Table:
        """Return the rows of a cursor."""
        with self._connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{_USE_COPY: "false"})  # which takes no FETCH
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
    """A session in one REPEATABLE READ, READ ONLY transaction; every error is a SnapError."""

    def __init__(self, session: _AdbcSession | RowSession, target: Target, lock_timeout_s: float) -> None:
        self.lock_timeout_s = lock_timeout_s
        self._session = session
        self.target = target
        self._path = self._wanted = SAFE  # what the transaction has, and what the next statement is to have
        self.encoding = ""

    def begin(self, lock: str = "") -> None:
        """Begin the transaction, anew if there is one; `lock` runs before it has its snapshot."""
        self._session.rollback()
        self._path = self._wanted
        self.execute(_BEGIN)
        if lock:
            self.execute(f"SET LOCAL lock_timeout = '{milliseconds(self.lock_timeout_s)}ms'")
            self.execute(lock)
        self.rows(_settings(self.lock_timeout_s))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows and return them by column name."""
        with self._asking():
            rows: list[dict[str, Any]] = self._session.table(statement).to_pylist()
        return rows

    def printed(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows, which name types and relations as the path PRINTED does (see catalog.records)."""
        self.execute(f"DECLARE snap_printed NO SCROLL CURSOR FOR {statement}")
        with self.printing(), self._asking():
            rows: list[dict[str, Any]] = self._session.fetch_all("snap_printed").to_pylist()
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
        with self._asking():
            self._session.run(statement)

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
        with self.printing(), self._asking(about):
            yield from self._session.stream(statement, size=size)

    def unfit(self, source: LiveRelation, table: Table) -> tuple[int, frozenset[str]]:
        """Count the rows, and name the columns that hold a value which their logical type does not. One scan."""
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


# The driver reads functions' names as the server prints them, and knows no quoted one.
_PLAIN = "-c quote_all_identifiers=off"


@contextlib.contextmanager
def open_reader(target: Target, lock_timeout_s: float = 10) -> Iterator[Reader]:
    """Open a session that works through a pooler in transaction mode: all of it is one transaction.

    It waits `lock_timeout_s` for a lock that somebody holds. Errors: ServiceError, TargetError.
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
    """Return the conninfo for ADBC, which asks the catalog before any statement of ours: with the pinned search path.

    A pooler refuses such an option or ignores it. None where ADBC is not to ask then: it would run code of others as a
    superuser, or meet quoted names.
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


def _settings(lock_timeout_s: float) -> str:
    settings = {"lock_timeout": f"{milliseconds(lock_timeout_s)}ms", **SETTINGS}
    names, values = list(settings), list(settings.values())
    text = query("session") % {"names": "{names}", "values": "{values}"}
    return sql.SQL(text).format(names=names, values=values).as_string(None)


def _translated(error: Exception, target: Target, about: str) -> SnapError:
    if isinstance(error, psycopg.Error) and error.sqlstate != _NOT_UTF8:
        return target.translate(error)
    # What fails in the middle of a stream comes as an error of Arrow's, with the SQLSTATE in its text alone.
    match = re.search(r"SQLSTATE: ?(\w{5})", str(error))
    state = getattr(error, "sqlstate", None) or (match[1] if match else "")
    text = target.scrub(_text(error))
    if state == _NOT_UTF8 or "invalid byte sequence for encoding" in text:
        return TargetError(
            f"{about or 'the database'} holds text that is no UTF-8 ({text})",
            "mend the text (in a database of encoding SQL_ASCII it may be anything), or leave the table out",
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
    """Return what the server said, without the driver's frame and the query."""
    text = re.split(r"\s*Query was:|\. SQLSTATE:", str(error))[0]
    match = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.*)", text, re.DOTALL)
    return " ".join((match[1] if match else text).split())
