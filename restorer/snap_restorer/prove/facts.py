"""What a database holds of a snapshot, read for its health in one REPEATABLE READ READ ONLY transaction.

The ledger; the rows, references and bytes of the snapshot's tables; what a dataset's own SQL says. This module reads,
and judges nothing: what is wrong with the data is in the facts, what cannot be read is an error.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import IsolationLevel, RawCursor, sql
from psycopg.rows import dict_row

from snap.checks import Rule
from snap.manifest import Manifest
from snap.schema import ForeignKey, Table
from snap_restorer.pg import journal, ledger, transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.journal import Unended
from snap_restorer.pg.ledger import Entry
from snap_restorer.pg.relations import relation
from snap_restorer.pg.row_security import Access, lift_forced, require_readable
from snap_restorer.pg.target import Target

Connection = psycopg.Connection[Any]

T = TypeVar("T")
Name = tuple[str, str]
_SHOWN = 3
_LABEL = re.compile(r'(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)')


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something could not be found out, in the server's words."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """Rows that break something, and the first of them as text. `skipped` says why nothing was looked at."""

    name: str
    rows: int = 0
    shown: tuple[str, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLine:
    """An ingredient line of the sample, whether the cache has its key, and whether that row has not expired."""

    recipe: str
    name: str
    quantity: float
    unit: str | None
    cached: bool
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a database holds. `rows` and `bytes` are by table label, None for a table that is not there.

    `entry` is the ledger's last, None where there is none; `night` one that changes the database, or was cut while it
    did; `cache` is None where it was not asked for.
    """

    entry: Entry | None
    night: Unended | None
    rows: Mapping[str, int | None]
    references: tuple[Offence, ...]
    derived: tuple[tuple[Rule, Offence | Problem], ...]
    bytes: Mapping[str, int | None]
    cache: tuple[CacheLine, ...] | Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheQuestion:
    """The dataset's SELECT of cache lines ($1 recipes, $2 the moment), and what to ask it with."""

    sql: str
    sample: int
    now: datetime


def last_entry(target: Target) -> Entry | None:
    """Read the last entry of the target's ledger."""
    with target.connect() as connection:
        connection.read_only = True
        return ledger.read(connection)


def examine(
    target: Target,
    manifest: Manifest,
    *,
    derived: Sequence[Rule] = (),
    cache: CacheQuestion | None = None,
    night: int | None = None,
    lock_timeout_s: float = 10,
    stop: threading.Event | None = None,
) -> Held:
    """Read what `target` holds of the manifest's tables. `night` is one's own in the journal, which is under way.

    Row security that its own tables' owner put on the owner too is lifted, and back with the end of the transaction;
    that locks these tables meanwhile. Errors: TargetError where not every row can be read; ServiceError; Interrupted
    once `stop` is set.
    """
    stop = stop or threading.Event()
    with target.connect() as connection, interruptible(connection, stop):
        tables = [data.table for data in manifest.tables]
        found = _tables(connection, [*map(_name, tables), *_parents(tables)])
        ours = [found[name] for table in tables if (name := _name(table)) in found]
        _require_every_row(connection, ours)
        connection.rollback()
        _begin(connection, ours, lock_timeout_s)
        lift_forced(connection, [table.name for table in found.values() if table.restricted and table.liftable])
        connection.execute("SET TRANSACTION READ ONLY")
        _search_extensions(connection)

        def each(items: Sequence[T]) -> Iterator[T]:
            for item in items:
                require_going(stop)
                yield item

        held = Held(
            entry=ledger.read(connection),
            night=journal.unsettled(connection, but=night),
            rows={table.label: _count(connection, found.get(_name(table))) for table in each(tables)},
            references=tuple(
                _orphans(connection, table, key, found)
                for table in each(tables)
                if _name(table) in found
                for key in each(table.foreign_keys)
            ),
            derived=tuple((rule, _tried(connection, partial(_offending, connection, rule))) for rule in each(derived)),
            bytes={table.label: _bytes(connection, found.get(_name(table))) for table in each(tables)},
            cache=None if cache is None else _tried(connection, lambda: _cache(connection, cache)),
        )
        require_going(stop)
        connection.rollback()
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """A table as the catalog knows it; see sql/health_tables.sql."""

    name: Name
    label: str
    oid: int
    whole: bool
    forced: bool
    restricted: bool
    owned: bool
    readable: bool

    @property
    def liftable(self) -> bool:
        """Whether row security that binds this role is there by force only, and its own to lift."""
        return self.forced and self.owned

    @property
    def access(self) -> Access:
        """What this role may read once its own forced row security is lifted."""
        return Access(label=self.label, readable=self.readable, restricted=self.restricted and not self.liftable)

    def read(self) -> sql.Composed:
        """Name it without its heirs; a partitioned table is nothing without its partitions."""
        return relation(self.name, partitioned=self.whole)


def _begin(connection: Connection, tables: Sequence[_Relation], lock_timeout_s: float) -> None:
    """Begin the transaction that reads. Locks come before its snapshot: who reads after a TRUNCATE sees no rows."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = None  # until forced row security is lifted; a standby reads anyway; nothing is committed
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(f"{transaction.milliseconds(lock_timeout_s)}ms"))
    if tables:
        names = sql.SQL(", ").join(table.read() for table in tables)
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
    transaction.apply_settings(connection, lock_timeout_s)


def _name(table: Table) -> Name:
    return table.schema, table.name


def _parents(tables: Sequence[Table]) -> Iterator[Name]:
    for table in tables:
        for key in table.foreign_keys:
            yield _named(key.references)


def _named(label: str) -> Name:
    """Return the schema and name that a label shows. The inverse of snap.schema.Table.label."""
    match = _LABEL.fullmatch(label)
    assert match is not None, label
    schema, name = (
        part[1:-1].replace('""', '"') if part is not None and part.startswith('"') else part for part in match.groups()
    )
    return schema or "public", name


def _tables(connection: Connection, names: Sequence[Name]) -> dict[Name, _Relation]:
    wanted = list(dict.fromkeys(names))
    rows = connection.cursor(row_factory=dict_row).execute(
        query("health_tables"), {"schemas": [name[0] for name in wanted], "names": [name[1] for name in wanted]}
    )
    found = {}
    for row in rows:
        name = row.pop("schema"), row.pop("name")
        found[name] = _Relation(name=name, label=Table(schema=name[0], name=name[1], columns=()).label, **row)
    return found


def _require_every_row(connection: Connection, tables: Sequence[_Relation]) -> None:
    """Errors: TargetError where this role may not read every row, also once its own forced row security is lifted."""
    row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    require_readable([table.access for table in tables], row[0])


def _search_extensions(connection: Connection) -> None:
    """Let `=` find the operators of types that extensions brought, wherever those were installed."""
    connection.execute(query("health_path"), [transaction.PINNED])


def _count(connection: Connection, table: _Relation | None) -> int | None:
    if table is None:
        return None
    return _one(connection, sql.SQL("SELECT pg_catalog.count(*) FROM {}").format(table.read()))


def _bytes(connection: Connection, table: _Relation | None) -> int | None:
    """Return the bytes of a table with its indexes and its TOAST, of all its partitions too."""
    return None if table is None else _one(connection, query("health_bytes"), [table.oid, table.oid])


def _one(connection: Connection, statement: Any, parameters: Sequence[Any] | None = None) -> int:
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return int(row[0])


def _orphans(connection: Connection, child: Table, key: ForeignKey, found: Mapping[Name, _Relation]) -> Offence:
    """Count the rows of `child` whose key leads nowhere, whether or not the database has the constraint."""
    name = f"{child.label}.{'+'.join(key.columns)}"
    parent = found.get(_named(key.references))
    if parent is None:
        return Offence(name=name, rows=_count(connection, found[_name(child)]) or 0, shown=("its parent is not there",))
    if not parent.access.readable or parent.access.restricted:
        return Offence(name=name, skipped=f"this role may not read every row of {parent.label}")
    compared = _operators(connection, found[_name(child)], parent, key)
    if compared is None:
        return Offence(name=name, skipped="it is one over periods, which the database checks itself")
    tried = _tried(
        connection, lambda: _offences(connection, name, _anti_join(found[_name(child)], parent, key, compared))
    )
    return tried if isinstance(tried, Offence) else Offence(name=name, rows=1, shown=(tried.reason,))


def _operators(
    connection: Connection, child: _Relation, parent: _Relation, key: ForeignKey
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


def _anti_join(
    child: _Relation, parent: _Relation, key: ForeignKey, compared: Sequence[sql.Composable]
) -> sql.Composed:
    """Return the SELECT of the values that lead nowhere; a key with a NULL leads nowhere on purpose."""
    own, theirs = map(sql.Identifier, key.columns), map(sql.Identifier, key.to)
    pairs = list(zip(own, theirs, compared, strict=True))
    return sql.SQL("SELECT {} FROM {} AS t WHERE {} AND NOT EXISTS (SELECT FROM {} AS p WHERE {})").format(
        sql.SQL(", ").join(sql.SQL("t.{}").format(mine) for mine, _, _ in pairs),
        child.read(),
        sql.SQL(" AND ").join(sql.SQL("t.{} IS NOT NULL").format(mine) for mine, _, _ in pairs),
        parent.read(),
        sql.SQL(" AND ").join(sql.SQL("p.{} {} t.{}").format(their, same, mine) for mine, their, same in pairs),
    )


def _offending(connection: Connection, rule: Rule) -> Offence:
    return _offences(connection, rule.name, sql.SQL(rule.sql))  # the dataset's own file


def _offences(connection: Connection, name: str, offending: sql.Composable) -> Offence:
    row = connection.execute(
        sql.SQL("SELECT pg_catalog.count(*), (pg_catalog.array_agg(o::text))[1:{}] FROM ({}) AS o").format(
            sql.Literal(_SHOWN), offending
        )
    ).fetchone()
    assert row is not None
    return Offence(name=name, rows=row[0], shown=tuple(row[1] or ()))


def _cache(connection: Connection, question: CacheQuestion) -> tuple[CacheLine, ...]:
    cursor = RawCursor(connection, row_factory=dict_row)
    cursor.execute(question.sql.encode(), [question.sample, question.now])
    return tuple(
        CacheLine(
            recipe=row["recipe"],
            name=row["name"],
            quantity=row["quantity"],
            unit=row["unit"],
            cached=row["cached"],
            fresh=row["fresh"],
        )
        for row in cursor
    )


def _tried(connection: Connection, work: Callable[[], T]) -> T | Problem:
    """Do what the database may refuse for what it holds: another schema, or values that are not what they should be."""
    try:
        with connection.transaction():
            return work()
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        return Problem(" ".join((error.diag.message_primary or str(error)).split()))
