"""Count the locks that one transaction will hold before it begins, and compare them with the server's room for locks.

Postgres keeps a lock for each relation and object that a transaction uses until it ends: a table, its partitions, their
indexes, TOAST tables and sequences; for dropped objects also their constraints, triggers, defaults and types. The size
of the lock table depends on the server's settings, and all sessions share it. Locks above that size need memory that
nobody else has taken, and only taking the locks shows whether there is any.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from snap.errors import TargetError
from snap_restorer.pg.catalog import of_row, query
from snap_restorer.pg.target import Connection

if TYPE_CHECKING:
    from snap_restorer.pg.archive_entries import ArchiveEntry
    from snap_restorer.pg.scanner import Statement

CATALOG = 100  # catalogs and their indexes that any transaction of ours uses
_STEP = 64  # the proposed setting is rounded up to a multiple of this, Postgres' default
# These locks block no other session: they are shared, and the key is the session's own process ID.
_PROBE = """SELECT pg_catalog.count(pg_catalog.pg_try_advisory_xact_lock_shared(pg_catalog.pg_backend_pid(), i))
FROM pg_catalog.generate_series(1, {} OPERATOR(pg_catalog.-) (
    SELECT pg_catalog.count(DISTINCT (l.relation, l.classid, l.objid)::pg_catalog.text)::pg_catalog.int4
    FROM pg_catalog.pg_locks AS l
    WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND NOT l.fastpath
)) AS i"""
# Locks to create an object of each kind, as pg_locks shows them, the maximum over the minor versions of 2026: a table,
# its row type, its TOAST table and that table's index; for a materialised view also the one that it is filled through.
_CREATED = {
    "TABLE": 4,
    "FOREIGN TABLE": 4,
    "VIEW": 2,
    "MATERIALIZED VIEW": 11,
    "INDEX": 1,
    "SEQUENCE": 1,
    "CONSTRAINT": 2,
    "FK CONSTRAINT": 1,
    "TYPE": 2,
    "DOMAIN": 1,
    "TRIGGER": 1,
    "TABLE ATTACH": 1,
}
_IN_TABLES = {
    **dict.fromkeys(("PRIMARY", "UNIQUE", "EXCLUDE"), _CREATED["CONSTRAINT"]),
    **dict.fromkeys(("REFERENCES", "IDENTITY", "SERIAL", "BIGSERIAL", "SMALLSERIAL"), 1),
    "PARTITION": 2,  # the keys that it inherits from its parent
}
# Further locks of a definition that is dropped and built again: its constraint, old and new, the new index, and the
# four triggers of a foreign key.
REBUILT = {"index": 1, "key": 3, "foreign key": 6, "check": 1}
STAGE = 10  # a staging table with its sequence, and its table `gone`, dropped in the same transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LockCount:
    """The number of locks on `relations` and their dependent objects.

    `created` and `dropped` are the further locks that creating or dropping these objects takes. The server's lock table
    has room for `each` locks for each of `processes`.
    """

    relations: int
    created: int
    dropped: int
    each: int
    processes: int

    def promises(self, needed: int) -> bool:
        """Return whether the server's settings guarantee room for `needed` locks."""
        return needed + CATALOG <= self.each * self.processes

    @property
    def recreated(self) -> int:
        """Return the number of locks of a transaction that drops and recreates all these objects, with other OIDs."""
        return 2 * self.relations + self.dropped + self.created


def question(oids: Collection[int] = (), schemas: Sequence[str] = ()) -> sql.Composed:
    """Return the query for a LockCount of relations with all their partitions, and of all objects in some schemas."""
    text = query("locks") % {"oids": "{oids}", "schemas": "{schemas}"}
    return sql.SQL(text).format(oids=sql.Literal([str(oid) for oid in oids]), schemas=sql.Literal(list(schemas)))


def count(connection: Connection, oids: Collection[int] = (), schemas: Sequence[str] = ()) -> LockCount:
    """Return the LockCount of relations with all their partitions, and of all objects in some schemas."""
    row: dict[str, Any] | None = connection.cursor(row_factory=dict_row).execute(question(oids, schemas)).fetchone()
    assert row is not None
    return of_row(LockCount, row)


def of_statements(statements: Iterable[Statement]) -> int:
    """Return the number of locks that statements of schema SQL take. Pure."""
    return sum(map(_of_statement, statements))


def of_entries(entries: Iterable[ArchiveEntry]) -> int:
    """Return the number of locks needed to create the objects in an archive's table of contents. Pure."""
    return sum(_CREATED.get(entry.kind, 0) for entry in entries if entry.catalog)


def require_room(connection: Connection, counted: LockCount, needed: int, work: str) -> None:
    """Raise TargetError if the server has no room for `needed` locks in one transaction. `work` names that transaction.

    If the settings guarantee fewer locks, the locks that the transaction does not hold yet are taken and released at
    once.
    """
    if counted.promises(needed):
        return
    with contextlib.suppress(psycopg.errors.OutOfMemory), connection.transaction(force_rollback=True):
        connection.execute(probe(needed))
        return
    raise no_room(counted, needed, work)


def probe(needed: int) -> sql.Composed:
    """Return a query that takes the locks that the current transaction still lacks to hold `needed` locks.

    The caller has to roll back its savepoint. An error means that there is no room.
    """
    return sql.SQL(_PROBE).format(sql.Literal(needed + CATALOG))


def no_room(counted: LockCount, needed: int, work: str) -> TargetError:
    """Return the error for work that takes more locks than the server has room for."""
    needed += CATALOG
    enough = -(-needed // (counted.processes * _STEP)) * _STEP
    return TargetError(
        f"{work} takes about {needed:,} locks in one transaction, and this server has no room for so many",
        f"set max_locks_per_transaction to {max(enough, counted.each + 1)} or more (it is {counted.each}), "
        "and restart the server",
        unchanged=True,
    )


def _of_statement(statement: Statement) -> int:
    verb, *words = statement.words
    created = next((_CREATED[word] for word in words[:3] if word in _CREATED), 0) if verb == "CREATE" else 0
    if "MATERIALIZED" in words[:1]:
        created = _CREATED["MATERIALIZED VIEW"]
    if "TABLE" in words[:3]:
        created += sum(_IN_TABLES.get(token, 0) for token in statement.tokens)
    return created
