"""Count the rows that break a rule or a reference, and show some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from snap.schema import ForeignKey, Table
from snap_restorer.pg.catalog import query
from snap_restorer.pg.target import Connection
from snap_restorer.prove.relations import Relation

T = TypeVar("T")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something could not be found out, in the server's words."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violations:
    """Rows that break something, and the first of them as text. `skipped` says why nothing was looked at."""

    name: str
    rows: int = 0
    shown: tuple[str, ...] = ()
    skipped: str = ""


def attempt(connection: Connection, work: Callable[[], T]) -> T | Problem:
    """Do what the database may refuse for what it holds: another schema, or values that are not what they should be."""
    try:
        with connection.transaction():
            return work()
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        return Problem(" ".join((error.diag.message_primary or str(error)).split()))


def violations_of(connection: Connection, name: str, select: sql.Composable) -> Violations:
    """Count and show the rows of a SELECT of rows that break something."""
    ((rows, shown),) = connection.execute(
        sql.SQL("SELECT pg_catalog.count(*), (pg_catalog.array_agg(o::text))[1:{}] FROM ({}) AS o").format(
            sql.Literal(_SHOWN), select
        )
    )
    return Violations(name=name, rows=rows, shown=tuple(shown or ()))


def count_rows(connection: Connection, relation: Relation) -> int:
    ((count,),) = connection.execute(sql.SQL("SELECT pg_catalog.count(*) FROM {}").format(relation.sql()))
    return int(count)


def reference_violations(
    connection: Connection, table: Table, key: ForeignKey, relations: Mapping[str, Relation]
) -> Violations:
    """Count the rows of `table` whose key leads nowhere, whether or not the database has the constraint."""
    name = f"{table.label}.{'+'.join(key.columns)}"
    child = relations[table.label]
    parent = relations.get(key.references)
    if parent is None:
        return Violations(name=name, rows=count_rows(connection, child), shown=("its parent is not there",))
    if not parent.access.readable or parent.access.restricted:
        return Violations(name=name, skipped=f"this role may not read every row of {parent.label}")
    compared = _operators(connection, child, parent, key)
    if compared is None:
        return Violations(name=name, skipped="it is one over periods, which the database checks itself")
    result = attempt(
        connection,
        lambda: violations_of(connection, name, _anti_join(child, parent, key, compared)),
    )
    return result if isinstance(result, Violations) else Violations(name=name, rows=1, shown=(result.reason,))


def _operators(
    connection: Connection, child: Relation, parent: Relation, key: ForeignKey
) -> Sequence[sql.Composable] | None:
    """Return what compares each pair of columns: the constraint's own operators if there is one; None over periods."""
    for row in connection.cursor(row_factory=dict_row).execute(query("references"), {"oids": [child.oid]}):
        ours = (row["child"], row["parent"]) == (child.oid, parent.oid)
        if ours and dict(zip(row["columns"], row["to_columns"], strict=True)) == dict(
            zip(key.columns, key.to, strict=True)
        ):
            if row["period"]:
                return None
            by_column = dict(zip(row["columns"], row["operators"], strict=True))
            return [
                sql.SQL("OPERATOR({}.").format(sql.Identifier(by_column[column][0]))
                + sql.SQL(by_column[column][1] + ")")
                for column in key.columns
            ]
    return [sql.SQL("=")] * len(key.columns)


def _anti_join(child: Relation, parent: Relation, key: ForeignKey, compared: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SELECT of the values that lead nowhere; a key with a NULL leads nowhere on purpose."""
    own, theirs = map(sql.Identifier, key.columns), map(sql.Identifier, key.to)
    pairs = list(zip(own, theirs, compared, strict=True))
    return sql.SQL("SELECT {} FROM {} AS t WHERE {} AND NOT EXISTS (SELECT FROM {} AS p WHERE {})").format(
        sql.SQL(", ").join(sql.SQL("t.{}").format(mine) for mine, _, _ in pairs),
        child.sql(),
        sql.SQL(" AND ").join(sql.SQL("t.{} IS NOT NULL").format(mine) for mine, _, _ in pairs),
        parent.sql(),
        sql.SQL(" AND ").join(sql.SQL("p.{} {} t.{}").format(their, same, mine) for mine, their, same in pairs),
    )
