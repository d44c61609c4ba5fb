"""How long read queries take, as an application would see it: a warm-up, then many runs, each with other parameters.

A query is a file:

    -- about: one line for people
    -- parameters: SELECT ...      optional; its rows, in order, are $1, $2 ... of one run after the other
    SELECT ... $1
"""

from __future__ import annotations

import itertools
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restorer.target import Target
from snap.errors import UsageError

if TYPE_CHECKING:
    import psycopg

_FIELD = re.compile(r"--\s*(about|parameters):\s*(.*?)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query, by the name of its file; `parameters` is a SELECT."""

    name: str
    sql: str
    about: str = ""
    parameters: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a query took, in milliseconds; `failed` is why it could not run. `rows` are those of its last run."""

    name: str
    p50_ms: float = math.nan
    p95_ms: float = math.nan
    most_ms: float = math.nan
    runs: int = 0
    rows: int = 0
    failed: str = ""


def load_queries(folder: Path | Traversable) -> tuple[Query, ...]:
    """Read every .sql file of a folder, in the order of their names. Errors: UsageError."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder of queries {folder}", "check queries in [health]")
    try:
        texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".sql")}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"queries of {folder} cannot be read: {error}", "they are UTF-8 texts") from None
    return tuple(_query(name, texts[name]) for name in sorted(texts))


def time_queries(
    target: Target,
    queries: Sequence[Query],
    *,
    runs: int,
    warmup: int,
    role: str | None = None,
    settings: Mapping[str, str] | None = None,
    timeout_s: float = 10,
) -> tuple[Timing, ...]:
    """Time each query in a READ ONLY transaction, under `role` and with `settings` if given; nothing is prepared.

    Parameters are chosen under this session's own role. Errors: ServiceError; TargetError for a role or a setting that
    cannot be taken. A query that fails or takes longer than `timeout_s` is told in its timing.
    """
    from psycopg import sql

    found = []
    with target.connect() as connection:
        connection.read_only = True
        chosen = {query.name: _parameters(connection, query) for query in queries}
        for name, value in {**(settings or {}), "statement_timeout": f"{round(timeout_s * 1000)}ms"}.items():
            connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])
        if role is not None:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        for query in queries:
            rows = chosen[query.name]
            found.append(
                Timing(name=query.name, failed=rows)
                if isinstance(rows, str)
                else _timed(connection, query, rows, runs, warmup)
            )
        connection.rollback()
    return tuple(found)


def _query(file: str, text: str) -> Query:
    fields: dict[str, str] = {}
    for line in text.splitlines():
        match = _FIELD.fullmatch(line)
        if match is not None:
            fields[match[1]] = match[2]
    statement = text.strip().removesuffix(";")
    if not re.sub(r"--[^\n]*", "", statement).strip():
        raise UsageError(f"query {file} holds no SQL", "write one SELECT, or remove the file")
    return Query(name=file.removesuffix(".sql"), sql=statement, **fields)


def _parameters(connection: psycopg.Connection[Any], query: Query) -> list[tuple[Any, ...]] | str:
    import psycopg

    if not query.parameters:
        return [()]
    try:
        with connection.transaction():
            rows = connection.execute(query.parameters.encode()).fetchall()
    except psycopg.Error as error:
        return f"its parameters: {error.diag.message_primary or error}"
    return rows or "there are no rows to take its parameters from"


def _timed(
    connection: psycopg.Connection[Any], query: Query, rows: Sequence[tuple[Any, ...]], runs: int, warmup: int
) -> Timing:
    import psycopg

    taken: list[float] = []
    count = 0
    try:
        with connection.transaction():
            cursor = psycopg.RawCursor(connection)
            for number, given in zip(range(warmup + runs), itertools.cycle(rows), strict=False):
                began = time.perf_counter()
                cursor.execute(query.sql.encode(), given, prepare=False)
                count = len(cursor.fetchall())
                if number >= warmup:
                    taken.append((time.perf_counter() - began) * 1000)
    except psycopg.Error as error:
        if connection.closed:
            raise
        return Timing(name=query.name, failed=error.diag.message_primary or str(error))
    taken.sort()
    return Timing(
        name=query.name,
        p50_ms=taken[len(taken) // 2],
        p95_ms=taken[math.ceil(0.95 * len(taken)) - 1],
        most_ms=taken[-1],
        runs=len(taken),
        rows=count,
    )
