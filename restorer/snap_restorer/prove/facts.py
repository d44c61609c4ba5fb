"""Facts about a database that holds a snapshot, read for its health in one REPEATABLE READ READ ONLY transaction.

The facts are the ledger, the rows, references and bytes of the snapshot's tables, and the results of a dataset's own
SQL. This module only reads: bad data is a fact, data that cannot be read is an error.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from psycopg import RawCursor, sql
from psycopg.rows import dict_row

from snap.checks import Rule
from snap.manifest import Manifest
from snap_restorer.pg import journal, ledger, locks, transaction, user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.introspect import TargetRelation, relations_of
from snap_restorer.pg.journal import UnendedNight
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.pg.owner_role import as_role, reading_role
from snap_restorer.pg.row_security import require_readable, switch_forced
from snap_restorer.pg.target import Connection, Target
from snap_restorer.prove.violations import (
    Problem,
    Violations,
    attempt,
    count_rows,
    extension_operators,
    reference_violations,
    violations_of,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientLine:
    """An ingredient line of the sample, with whether the cache has a row for its key that has not expired.

    `summed`: the cache's row has a number for each macro that is summed. It is also true if the query does not say.
    """

    recipe: str
    name: str
    quantity: float
    unit: str | None
    cached: bool
    fresh: bool
    summed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheQuery:
    """The dataset's SELECT of ingredient lines ($1 recipes, $2 the moment), and the values of its parameters."""

    sql: str
    sample: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRequest:
    """Facts to read besides rows, references and bytes. `night` is the caller's own running night in the journal.

    `trust_code`: the database's code may run with a superuser's rights.
    """

    derived: tuple[Rule, ...] = ()
    cache: CacheQuery | None = None
    night: int | None = None
    lock_timeout_s: float = 10
    trust_code: bool = False


_BASIC = FactsRequest()
_LINE = ("recipe", "name", "quantity", "unit", "cached", "fresh")
_DATABASE_BYTES = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """The facts about a database. `rows` and `bytes` are by table label, None for a table that does not exist.

    `entry` is the ledger's last entry, None if there is none; `night` is a night that changes the database or was
    interrupted while it did; `cache` is None unless requested. `whole_bytes` is the size of the database; `stored` are
    the bytes and the number of the objects that Supabase's storage lists in it, None if it lists none that this role
    may see.
    """

    entry: LedgerEntry | None
    night: UnendedNight | None
    rows: Mapping[str, int | None]
    references: tuple[Violations, ...]
    derived: tuple[tuple[Rule, Violations | Problem], ...]
    bytes: Mapping[str, int | None]
    cache: tuple[IngredientLine, ...] | Problem | None
    whole_bytes: int
    stored: tuple[int, int] | None


def examine(
    target: Target, manifest: Manifest, request: FactsRequest = _BASIC, *, stop: threading.Event | None = None
) -> DatabaseFacts:
    """Read the facts about `target` and the manifest's tables.

    Forced row security of tables that this role owns is lifted and comes back at the end of the transaction, which
    locks these tables meanwhile. Errors: TargetError if not every row can be read, or if a superuser would run
    code of others; ServiceError; Interrupted once `stop` is set.
    """
    stop = stop or threading.Event()
    with target.connect() as connection, interruptible(connection, stop):
        tables = [data.table for data in manifest.tables]
        parents = {key.references for table in tables for key in table.foreign_keys}
        relations = relations_of(connection, {*parents, *(table.label for table in tables)})
        existing = [relations[table.label] for table in tables if table.label in relations]
        ((role,),) = connection.execute("SELECT current_user")
        require_readable([relation.access for relation in existing], role)
        counted = locks.count(connection, [relation.oid for relation in relations.values()])
        locks.require_room(connection, counted, counted.relations, "the health check")
        connection.rollback()
        # Read-only only after forced row security is lifted. A standby is read anyway. Nothing is committed.
        transaction.begin_reading(connection, request.lock_timeout_s, [relation.sql for relation in existing])
        switch_forced(connection, [relation.name for relation in relations.values() if relation.liftable], on=False)
        connection.execute("SET TRANSACTION READ ONLY")
        queries = _queries(request)
        user_code.require_trusted(connection, None, "read", queries=queries, trust_code=request.trust_code)
        role = reading_role(connection, [relation.oid for relation in relations.values()], queries)

        def each(items: Sequence[T]) -> Iterator[T]:
            for item in items:
                require_going(stop)
                yield item

        with as_role(connection, role):
            rows = {
                table.label: count_rows(connection, relation) if (relation := relations.get(table.label)) else None
                for table in each(tables)
            }
            references = tuple(
                reference_violations(connection, table, key, relations)
                for table in each(tables)
                if table.label in relations
                for key in each(table.foreign_keys)
            )
            derived = tuple(
                # The SQL is from the dataset's own file.
                (rule, attempt(connection, partial(_rule, connection, rule)))
                for rule in each(request.derived)
            )
            ask = request.cache
            cache = None if ask is None else attempt(connection, lambda: _cache(connection, ask))
        facts = DatabaseFacts(
            entry=ledger.read_entry(connection),
            night=journal.unsettled(connection, own=request.night),
            rows=rows,
            references=references,
            derived=derived,
            bytes={table.label: _bytes(connection, relations.get(table.label)) for table in each(tables)},
            cache=cache,
            whole_bytes=int(connection.execute(_DATABASE_BYTES).fetchall()[0][0]),
            stored=_stored(connection),
        )
        require_going(stop)
        connection.rollback()
        return facts


def _rule(connection: Connection, rule: Rule) -> Violations:
    with extension_operators(connection):
        return violations_of(connection, rule.name, sql.SQL(rule.sql))


def _queries(request: FactsRequest) -> tuple[str, ...]:
    """Return the dataset's own SQL that a request runs."""
    return (*(rule.sql for rule in request.derived), *((request.cache.sql,) if request.cache is not None else ()))


def _bytes(connection: Connection, relation: TargetRelation | None) -> int | None:
    """Return the size of a table in bytes, with its indexes, its TOAST table and all its partitions."""
    if relation is None:
        return None
    ((size,),) = connection.execute(query("health_bytes"), [relation.oid, relation.oid])
    return int(size)


def _stored(connection: Connection) -> tuple[int, int] | None:
    ((there,),) = connection.execute(query("health_storage_there"))
    if not there:
        return None
    ((size, objects),) = connection.execute(query("health_storage"))
    return int(size), int(objects)


def _cache(connection: Connection, asked: CacheQuery) -> tuple[IngredientLine, ...]:
    cursor = RawCursor(connection, row_factory=dict_row)
    with extension_operators(connection):
        cursor.execute(asked.sql.encode(), [asked.sample, asked.now])
    lines = []
    for row in cursor:
        summed = row.get("summed", True)
        lines.append(IngredientLine(**{name: row[name] for name in _LINE}, summed=summed))
    return tuple(lines)
