"""Read the catalog of a live database as tables of snap.schema. No values are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from psycopg import sql

from snap.errors import ServiceError, TargetError
from snap.schema import Column, Enum, ForeignKey, Table, table_label
from snap.types import Family, Logical, Type, is_padded, parse
from snap_restorer.live.reader import LiveRelation, Reader
from snap_restorer.pg import locks, transaction, user_code
from snap_restorer.pg.catalog import of_row, query
from snap_restorer.pg.row_security import Access
from snap_restorer.pg.user_code import UserCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key of a live table.

    `proved`: Postgres checked each row. `references` is the OID of the referenced table.
    """

    oid: int
    name: str
    columns: tuple[str, ...]
    references: int
    label: str
    to: tuple[str, ...]
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePartition:
    """A partition of a live table, at any level. `foreign`: the partition is a foreign table.

    `pending`: a DETACH CONCURRENTLY of the partition or of one above it has not ended, so that reading the table does
    not read the partition.
    """

    oid: int
    schema: str
    name: str
    foreign: bool
    pending: bool
    readable: bool

    @property
    def label(self) -> str:
        return table_label(self.schema, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTable:
    """A table of a live database. The foreign keys of `table` are missing until `linked` adds them.

    `restricted`: the table's row-level security applies to this role. `routing` are the columns that decide to which of
    the `partitions` a row belongs. `bases` are the columns' types without domains. `loose` are the columns whose
    collation treats different texts as equal. `computed` are the generated columns, with
    the columns in their expressions.
    """

    oid: int
    table: Table
    partitioned: bool
    readable: bool
    restricted: bool
    partitions: tuple[LivePartition, ...]
    routing: frozenset[str]
    references: tuple[Reference, ...]
    bases: Mapping[str, Type]
    loose: frozenset[str]
    computed: Mapping[str, tuple[str, ...]]

    @property
    def access(self) -> Access:
        """Return this role's right to read the table."""
        return Access(label=self.table.label, readable=self.readable, restricted=self.restricted)

    @property
    def oids(self) -> tuple[int, ...]:
        """Return the OIDs of the table and its partitions."""
        return self.oid, *(partition.oid for partition in self.partitions)

    @property
    def source(self) -> LiveRelation:
        """Return the relation to read rows from: a table with its partitions, but without inheriting tables."""
        return LiveRelation(schema=self.table.schema, name=self.table.name, partitioned=self.partitioned)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDatabase:
    """The tables of a live database.

    `needs` are features that older servers do not have, as (server version, feature, relation or None). `unfilled` are
    the materialised views that were never filled, by schema and name; `own` are snap's own tables in schema snap, by
    OID.
    """

    tables: tuple[LiveTable, ...]
    enums: tuple[Enum, ...]
    needs: tuple[tuple[int, str, int | None], ...]
    unfilled: tuple[tuple[str, str], ...]
    role: str
    server: int
    own: Mapping[int, str]

    @property
    def ledger(self) -> bool:
        """Return whether snap has restored into the database."""
        return "ledger" in self.own.values()


def read_database(reader: Reader) -> LiveDatabase:
    """Read the user-defined tables of the database, ordered by schema and name."""
    own = {row["oid"]: row["name"] for row in reader.rows(query("describe_own"))}
    enums = tuple(of_row(Enum, row) for row in reader.printed(query("describe_enums")))
    columns = _grouped(reader.printed(query("describe_columns")))
    keys = _grouped(reader.rows(query("describe_keys")))
    references = _grouped(reader.rows(query("describe_references")))
    trees = _grouped(reader.rows(query("describe_partitions")))
    tables = tuple(
        of_row(partial(_table, columns[row["oid"]], keys[row["oid"]], references[row["oid"]], trees[row["oid"]]), row)
        for row in reader.rows(query("describe_tables"))
        if row["oid"] not in own
    )
    (facts,) = reader.rows(
        "SELECT current_user::text AS role, pg_catalog.current_setting('server_version_num')::int / 10000 AS server"
    )
    needs = tuple((row["version"], row["what"], row["relation"]) for row in reader.printed(query("describe_needs")))
    unfilled = tuple((row["schema"], row["name"]) for row in reader.rows(query("describe_unfilled")))
    return LiveDatabase(tables=tables, enums=enums, needs=needs, unfilled=unfilled, own=own, **facts)


def lock_tables(reader: Reader, tables: Sequence[LiveTable]) -> None:
    """Lock the tables until the transaction ends, so that others cannot empty them.

    A read after a TRUNCATE by others would return no rows. Others may still write rows. Errors: TargetError if a table
    was emptied or rewritten since the transaction began, or if others hold a lock on it for long.
    """
    if not tables:
        return
    reader.execute(_share_lock(tables))
    oids = [oid for live in tables for oid in live.oids]
    # The table pg_class is read as of the transaction's snapshot, the function as of now.
    moved = sql.SQL(
        "SELECT c.oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class c WHERE c.oid = ANY ({}::oid[]) "
        "AND NULLIF(c.relfilenode, 0) IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid) AND c.relkind = 'r'"
    ).format([str(oid) for oid in oids])
    names = [row["name"] for row in reader.printed(moved.as_string(None))]
    if names:
        raise TargetError(
            f"{', '.join(names)} was emptied, rewritten or dropped by another session before it could be read",
            "run the command again",
        )


def read_locked(
    reader: Reader, choose: Callable[[LiveDatabase], Sequence[LiveTable]], *, trust_code: bool
) -> tuple[LiveDatabase, Sequence[LiveTable]]:
    """Read the database, and lock the tables that `choose` returns, since a read after a TRUNCATE returns no rows.

    Raise TargetError if reading would lend a superuser's rights to code of other roles. In a session with such rights
    the tables are locked before the transaction's snapshot is taken: code that an owner attaches to a table before the
    lock is seen, and none can be attached afterwards.
    """
    database = read_database(reader)
    tables = choose(database)
    if tables and not trust_code and _untrusted_code_possible(reader):
        reader.begin(_share_lock(tables))
        before, database = {live.oid for live in tables}, read_database(reader)
        tables = choose(database)
        if {live.oid for live in tables} != before:
            raise TargetError("another session created or dropped tables during this run", "run the command again")
        _require_trusted(reader, tables)
    lock_tables(reader, tables)
    return database, tables


def _untrusted_code_possible(reader: Reader) -> bool:
    """Return whether a role without a superuser's rights could attach code to its objects, which the session would run.

    This is so only if the session has a superuser's rights, and such a role owns any object.
    """
    return bool(reader.rows(user_code.first_question().as_string(None))[0]["possible"])


def _require_trusted(reader: Reader, tables: Iterable[LiveTable]) -> None:
    rows = reader.rows(user_code.question([live.oid for live in tables], "read").as_string(None))
    user_code.refuse([of_row(UserCode, row) for row in rows])


def _share_lock(tables: Iterable[LiveTable]) -> str:
    return transaction.share_lock([live.source.relation() for live in tables]).as_string(None)


def require_room(reader: Reader, tables: Iterable[LiveTable], work: str, *, others: int = 0) -> None:
    """Raise TargetError if reading the tables takes more locks, with `others`, than the server has room for."""
    (row,) = reader.rows(locks.question([live.oid for live in tables]).as_string(None))
    counted = of_row(locks.LockCount, row)
    needed = counted.relations + others
    if counted.promises(needed):
        return
    reader.execute("SAVEPOINT snap_room")
    try:
        reader.rows(locks.probe(needed).as_string(None))
    except ServiceError:  # after such an error the driver accepts no statement
        raise locks.no_room(counted, needed, work) from None
    reader.execute("ROLLBACK TO SAVEPOINT snap_room")


def settled(live: LiveTable, unfit: Iterable[str]) -> LiveTable:
    """Return the table with its `unfit` columns declared as Postgres text."""
    names = frozenset(unfit)
    columns = tuple(
        replace(c, type=Type(c.type.pg, Logical.TEXT)) if c.name in names else c for c in live.table.columns
    )
    return replace(live, table=replace(live.table, columns=columns))


def linked(tables: Sequence[LiveTable]) -> tuple[LiveTable, ...]:
    """Return the tables with those foreign keys among them that compare values exactly as a snapshot does."""
    by_oid = {live.oid: live for live in tables}
    return tuple(replace(live, table=replace(live.table, foreign_keys=_keys(live, by_oid))) for live in tables)


def _keys(live: LiveTable, tables: Mapping[int, LiveTable]) -> tuple[ForeignKey, ...]:
    return tuple(
        ForeignKey(columns=key.columns, references=tables[key.references].table.label, to=key.to)
        for key in live.references
        if key.proved and key.references in tables and _exact(live, key, tables[key.references])
    )


def _exact(live: LiveTable, key: Reference, parent: LiveTable) -> bool:
    """Return whether a snapshot stores both sides of a foreign key, and calls the same values equal as Postgres."""
    own = {column.name: column for column in live.table.stored}
    theirs = {column.name: column for column in parent.table.stored}
    return all(
        a in own
        and b in theirs
        and not {a} & live.loose
        and not {b} & parent.loose
        and _same(own[a].type, theirs[b].type, live.bases[a], parent.bases[b])
        for a, b in zip(key.columns, key.to, strict=True)
    )


def _same(a: Type, b: Type, base_a: Type, base_b: Type) -> bool:
    if a.facts.family is Family.INTEGER and b.facts.family is Family.INTEGER:
        return True
    if a.logical is not b.logical or base_a.logical is not base_b.logical or not base_a.scalar.facts.exact:
        return False
    return a.pg == b.pg or not (is_padded(a.scalar) or a.logical is Logical.TEXT)


def _table(
    columns: Sequence[Any],
    keys: Sequence[Any],
    references: Sequence[Any],
    tree: Sequence[Any],
    schema: str,
    name: str,
    kind: str,
    **row: Any,
) -> LiveTable:
    attributes = tuple(
        Column(
            name=column["name"],
            type=parse(column["type"], {column["enum"]} if column["enum"] else ()),
            nullable=not column["not_null"],
            generated=column["generated"] != "",
        )
        for column in columns
    )
    stored = {column.name for column in attributes if not column.generated}
    unique = [(key["primary"], tuple(key["columns"])) for key in keys if stored.issuperset(key["columns"])]
    primary = next((names for is_primary, names in unique if is_primary), ())
    others = dict.fromkeys(names for is_primary, names in unique if not is_primary and names != primary)
    return LiveTable(
        table=Table(name=name, schema=schema, columns=attributes, primary_key=primary, unique=tuple(others)),
        partitioned=kind == "p",
        routing=frozenset(name for relation in tree for name in relation.pop("routing")),
        partitions=tuple(LivePartition(**relation) for relation in tree if relation["oid"] != row["oid"]),
        references=tuple(of_row(_reference, row) for row in references),
        bases={c["name"]: parse(c["base"], {c["enum"]} if c["enum"] else ()) for c in columns},
        loose=frozenset(c["name"] for c in columns if not c["deterministic"]),
        computed={c["name"]: tuple(c["computed_from"]) for c in columns if c["generated"]},
        **row,
    )


def _reference(references_schema: str, references_name: str, **row: Any) -> Reference:
    return Reference(label=table_label(references_schema, references_name), **row)


def _grouped(rows: Iterable[dict[str, Any]]) -> defaultdict[int, list[dict[str, Any]]]:
    grouped: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.pop("relation")].append(row)
    return grouped
