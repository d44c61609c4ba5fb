"""Questions to Postgres: the package's SQL files by name, and their rows as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import dict_row

T = TypeVar("T")


@cache
def query(name: str) -> LiteralString:
    """Return the text of sql/NAME.sql."""
    return files("snap_restorer.pg").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def one_row(connection: psycopg.Connection[Any], statement: QueryNoTemplate, parameters: Params | None = None) -> Any:
    """Return the one row that a statement gives."""
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row


def records(connection: psycopg.Connection[Any], record: Callable[..., T], name: str, **parameters: Any) -> list[T]:
    """Return the rows of sql/NAME.sql, each made by `record` from its columns by name."""
    cursor = connection.cursor(row_factory=dict_row)
    return [of_row(record, row) for row in cursor.execute(query(name), parameters)]


def records_by_relation(
    connection: psycopg.Connection[Any], record: Callable[..., T], name: str, oids: Iterable[int]
) -> dict[int, tuple[T, ...]]:
    """Return the records of sql/NAME.sql by the OID in its column `relation`; a relation may have none."""
    oids = list(oids)
    by_relation: dict[int, tuple[T, ...]] = dict.fromkeys(oids, ())
    for relation, value in records(connection, lambda relation, **row: (relation, record(**row)), name, oids=oids):
        by_relation[relation] += (value,)
    return by_relation


def of_row(record: Callable[..., T], row: Mapping[str, Any]) -> T:
    """Return the record of a row; arrays become tuples."""
    return record(**{name: _tuples(value) for name, value in row.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
