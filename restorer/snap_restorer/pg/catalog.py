"""Queries to Postgres: the package's SQL files by name, and their rows as records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import dict_row

from snap_restorer.pg.pinned_session import PRINTED

T = TypeVar("T")

_INCLUDED = re.compile(r"^-- include: (\w+)$", re.MULTILINE)


@cache
def query(name: str) -> LiteralString:
    """Return the text of sql/NAME.sql, with each line `-- include: OTHER` replaced by sql/OTHER.sql."""
    text = files("snap_restorer.pg").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
    return _INCLUDED.sub(lambda line: query(line[1]).rstrip(), text)


def one_row(connection: psycopg.Connection[Any], statement: QueryNoTemplate, parameters: Params | None = None) -> Any:
    """Return the result of a statement that returns exactly one row."""
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row


def records(
    connection: psycopg.Connection[Any],
    record: Callable[..., T],
    name: str,
    *,
    printed: bool = False,
    **parameters: Any,
) -> list[T]:
    """Run the query sql/NAME.sql, and return its rows as values that `record` makes from the columns by name.

    `printed`: the rows name types and relations as under the path PRINTED. DECLARE looks up every operator and function
    under the pinned path; FETCH runs them under the other path.
    """
    if not printed:
        cursor = connection.cursor(row_factory=dict_row)
        return [of_row(record, row) for row in cursor.execute(query(name), parameters)]
    with connection.cursor(name="snap_printed", row_factory=dict_row) as declared:
        declared.execute(query(name), parameters)
        (path,) = one_row(connection, "SHOW search_path")
        connection.execute(f"SET LOCAL search_path = {PRINTED}".encode())
        rows = declared.fetchall()
        connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [path])
    return [of_row(record, row) for row in rows]


def records_by_relation(
    connection: psycopg.Connection[Any],
    record: Callable[..., T],
    name: str,
    oids: Iterable[int],
    *,
    printed: bool = False,
) -> dict[int, tuple[T, ...]]:
    """Return the records of the query sql/NAME.sql by their `relation`, an OID. A relation may have no records."""
    oids = list(oids)
    by_relation: dict[int, tuple[T, ...]] = dict.fromkeys(oids, ())
    for relation, value in records(
        connection, lambda relation, **row: (relation, record(**row)), name, printed=printed, oids=oids
    ):
        by_relation[relation] += (value,)
    return by_relation


def of_row(record: Callable[..., T], row: Mapping[str, Any]) -> T:
    """Return a record made from a row. Arrays become tuples."""
    return record(**{name: _tuples(value) for name, value in row.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
