"""Measure how long read queries take, each in a read-only transaction with the application's role and settings."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import ProgrammingError, RawCursor, sql
from psycopg.pq import TransactionStatus

from snap.errors import UsageError
from snap_restorer.pg import transaction, user_code
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.owner_role import reading_role
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Connection, Target

_PARAMETERS, _QUERY = "-- parameters", "-- query"
_NO_ROW = "its parameter query returned no row, so nothing could be measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadQuery:
    """A query with parameters $1, $2 ..., and a SELECT that yields one row of values for each run.

    The SELECT is None if the query takes no parameters.
    """

    name: str
    sql: str
    parameters: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The seconds of each run of one query, in order, as a client measures them.

    `problem` says why there are no times. `reported` says the same without quoting a row.
    """

    name: str
    seconds: tuple[float, ...] = ()
    problem: str = ""
    reported: str = field(default="", compare=False)

    def at(self, share: float) -> float:
        """Return the time that `share` of the runs do not exceed, by nearest rank, so that it is a measured one."""
        ranked = sorted(self.seconds)
        return ranked[max(1, math.ceil(share * len(ranked))) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """The options of a measurement.

    `settings` are set for each transaction, then `role`, as an API does before Postgres.

    `trust_code`: the database's code may run with a superuser's rights, which `role` does not take away.
    """

    runs: int = 50
    warmup: int = 5
    timeout_s: float = 5
    role: str | None = None
    settings: Mapping[str, str]
    trust_code: bool = False


def read_query(name: str, text: str, *, source: str) -> ReadQuery:
    """Read a query file: one statement, or a SELECT after `-- parameters` and the statement after `-- query`.

    Errors: UsageError that names `source`.
    """
    lines = text.splitlines()
    marks = [line.strip() for line in lines if line.strip() in {_PARAMETERS, _QUERY}]
    if marks not in ([], [_PARAMETERS, _QUERY]):
        raise UsageError(
            f"{source} has the marks {', '.join(marks)}",
            f"write one statement; or '{_PARAMETERS}', a SELECT, '{_QUERY}', and the statement, in this order",
        )
    places = [i for i, line in enumerate(lines) if line.strip() in {_PARAMETERS, _QUERY}]
    parameters = _statement(lines[places[0] + 1 : places[1]]) if places else None
    statement = _statement(lines[places[1] + 1 :] if places else lines)
    if not statement or parameters == "":
        raise UsageError(f"{source} lacks a statement where one is expected", "write one SELECT there")
    return ReadQuery(name=name, sql=statement, parameters=parameters)


def _statement(lines: Sequence[str]) -> str:
    """Return the lines without surrounding comments and blank lines, and without the semicolon."""
    kept = [i for i, line in enumerate(lines) if line.strip() and not line.strip().startswith("--")]
    return "\n".join(lines[kept[0] : kept[-1] + 1]).strip().removesuffix(";").strip() if kept else ""


def time_reads(
    target: Target, queries: Sequence[ReadQuery], how: Measuring, *, stop: threading.Event | None = None
) -> tuple[Timing, ...]:
    """Measure each query in a transaction of its own, which also works through a pooler.

    A query that the database refuses is recorded as a problem. Errors: TargetError if a superuser would run code of
    others; ServiceError; Interrupted once `stop` is set.
    """
    stop = stop or threading.Event()
    with target.connect() as connection, interruptible(connection, stop):
        texts = [text for query in queries for text in (query.sql, query.parameters or "")]
        user_code.require_trusted(connection, None, "read", queries=texts, trust_code=how.trust_code)
        if how.role is None:
            how = replace(how, role=reading_role(connection, (), texts))
        connection.rollback()
        return tuple(_timed(connection, query, how, stop) for query in queries)


def _timed(connection: Connection, query: ReadQuery, how: Measuring, stop: threading.Event) -> Timing:
    require_going(stop)
    try:
        _begin(connection, how)
        values = _values(connection, query, how)
        if not values:
            return Timing(name=query.name, problem=_NO_ROW, reported=_NO_ROW)
        seconds = [_run(connection, query, values[i % len(values)], stop) for i in range(how.warmup + how.runs)]
    except psycopg.Error as error:
        require_going(stop)
        if connection.closed:
            raise
        said = words(error)
        return Timing(name=query.name, problem=said.message, reported=said.reported)
    finally:
        if not connection.closed:
            connection.rollback()
    return Timing(name=query.name, seconds=tuple(seconds[how.warmup :]))


def _begin(connection: Connection, how: Measuring) -> None:
    connection.read_only = True
    transaction.set_search_path(connection, None)  # the application's own path
    transaction.set_local(connection, "statement_timeout", f"{transaction.milliseconds(how.timeout_s)}ms")
    for name, value in how.settings.items():
        transaction.set_local(connection, name, value)
    if how.role is not None:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(how.role)))


def _values(connection: Connection, query: ReadQuery, how: Measuring) -> list[list[str | None]]:
    """Return rows of parameters as texts that Postgres printed and can read again."""
    if query.parameters is None:
        return [[]]
    statement = sql.SQL("SELECT * FROM ({}) AS p LIMIT {}").format(
        sql.SQL(query.parameters),  # from a file of the dataset or of the team
        sql.Literal(how.warmup + how.runs),
    )
    cursor = connection.execute(statement)
    assert cursor.pgresult is not None
    result = cursor.pgresult
    return [
        [None if (value := result.get_value(row, i)) is None else value.decode() for i in range(result.nfields)]
        for row in range(result.ntuples)
    ]


def _run(connection: Connection, query: ReadQuery, values: Sequence[str | None], stop: threading.Event) -> float:
    """Run the query once and return when every row has arrived.

    The extended protocol takes one statement, so no COMMIT can hide in it.
    """
    require_going(stop)
    cursor = RawCursor(connection)
    statement = query.sql.encode()
    started = time.perf_counter()
    if values:
        cursor.execute(statement, values)
    else:
        cursor.execute(statement, binary=True)  # requests the extended protocol even without parameters
    seconds = time.perf_counter() - started
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        raise ProgrammingError("it ends the transaction that it is measured in")
    return seconds
