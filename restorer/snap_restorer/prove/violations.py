"""Count the rows that violate a rule or a foreign key, and show some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg
from psycopg import sql

from snap.schema import ForeignKey, Table
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.constraints import references
from snap_restorer.pg.introspect import TargetRelation
from snap_restorer.pg.partition_tree import read_tree
from snap_restorer.pg.pinned_session import PRINTED
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Connection

T = TypeVar("T")
_SHOWN = 3
_NO_PARENT = "the table that it references does not exist"


@dataclass(frozen=True, slots=True)
class Problem:
    """The server's reason why something could not be determined. `reported` quotes no row."""

    reason: str
    reported: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violations:
    """Rows that violate a rule or a foreign key: their number, and the first of them as text.

    `shown` may instead give one reason that holds for all rows. `reported` is the part that quotes no row; `skipped`
    says why nothing was checked.
    """

    name: str
    rows: int = 0
    shown: tuple[str, ...] = ()
    skipped: str = ""
    reported: tuple[str, ...] = field(default=(), compare=False)


def attempt(connection: Connection, work: Callable[[], T]) -> T | Problem:
    """Run work that the database may refuse because of its schema or values, and return the result or the Problem."""
    try:
        with connection.transaction():
            return work()
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        return Problem((said := words(error)).message, said.reported)


@contextmanager
def extension_operators(connection: Connection) -> Iterator[None]:
    """Let the block's statement find the objects in public and the operators of extension types, in any schema.

    The statement is a dataset's, or compares values of a foreign key that no constraint declares.
    """
    connection.execute(query("health_path"), [PRINTED])
    yield
    transaction.set_search_path(connection, transaction.PINNED)


def violations_of(connection: Connection, name: str, select: sql.Composable) -> Violations:
    """Return the number and some examples of the rows of a SELECT that finds violations."""
    ((rows, shown),) = connection.execute(
        sql.SQL("SELECT pg_catalog.count(*), (pg_catalog.array_agg(o::text))[1:{}] FROM ({}) AS o").format(
            sql.Literal(_SHOWN), select
        )
    )
    return Violations(name=name, rows=rows, shown=tuple(shown or ()))


def count_rows(connection: Connection, relation: TargetRelation) -> int:
    ((count,),) = connection.execute(sql.SQL("SELECT pg_catalog.count(*) FROM {}").format(relation.sql))
    return int(count)


def reference_violations(
    connection: Connection, table: Table, key: ForeignKey, relations: Mapping[str, TargetRelation]
) -> Violations:
    """Return the violations of a foreign key of `table`, whether or not the database has the constraint."""
    name = f"{table.label}.{'+'.join(key.columns)}"
    child = relations[table.label]
    parent = relations.get(key.references)
    if parent is None:
        return Violations(name=name, rows=count_rows(connection, child), shown=(_NO_PARENT,), reported=(_NO_PARENT,))
    if not parent.access.readable or parent.access.restricted:
        return Violations(name=name, skipped=f"this role may not read every row of {parent.label}")
    match = _match(connection, child, parent, key)
    if match is None:
        return Violations(name=name, skipped="it is a temporal key (PERIOD), which the database checks itself")
    anti_join = _anti_join(child, parent, key, match)

    def violations() -> Violations:
        with extension_operators(connection):
            return violations_of(connection, name, anti_join)

    result = attempt(connection, violations)
    return (
        result
        if isinstance(result, Violations)
        else Violations(name=name, rows=1, shown=(result.reason,), reported=(result.reported,))
    )


def _match(
    connection: Connection, child: TargetRelation, parent: TargetRelation, key: ForeignKey
) -> sql.Composed | None:
    """Return SQL that tests whether row t of the child references row p of the parent, None for a key over periods.

    Values are compared as the constraint compares them, if the database has the constraint.
    """
    pairs = set(zip(key.columns, key.to, strict=True))
    for reference in references(connection, read_tree(connection, [child.oid, parent.oid])):
        if (reference.child, reference.parent) == (child.oid, parent.oid) and pairs == set(
            zip(reference.columns, reference.to_columns, strict=True)
        ):
            return None if reference.period else reference.meets("p", "t")
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier("p", to), sql.Identifier("t", own))
        for own, to in zip(key.columns, key.to, strict=True)
    )


def _anti_join(child: TargetRelation, parent: TargetRelation, key: ForeignKey, match: sql.Composed) -> sql.Composed:
    """Return the SELECT of the keys without a parent. A key that holds a NULL needs none."""
    columns = [sql.SQL("t.{}").format(sql.Identifier(column)) for column in key.columns]
    return sql.SQL("SELECT {} FROM {} AS t WHERE {} AND NOT EXISTS (SELECT FROM {} AS p WHERE {})").format(
        sql.SQL(", ").join(columns),
        child.sql,
        sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(column) for column in columns),
        parent.sql,
        match,
    )
