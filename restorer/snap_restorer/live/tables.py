"""Read the catalog of a live database as tables of snap.schema; no values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from snap.schema import Column, Enum, ForeignKey, Table, table_label
from snap.types import Family, Logical, Type, is_padded, parse
from snap_restorer.live.reader import LiveRelation, Reader
from snap_restorer.pg import user_code
from snap_restorer.pg.catalog import of_row, query
from snap_restorer.pg.row_security import Access
from snap_restorer.pg.user_code import UserCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key of a live table. `proved`: each row was checked; `references` is a catalog's oid."""

    oid: int
    name: str
    columns: tuple[str, ...]
    references: int
    label: str
    to: tuple[str, ...]
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTable:
    """A table of a live database. `table` has no foreign keys until `linked` adds them.

    `restricted`: row-level security binds us; `leaves` are its partitions, by oid, and `routing` the columns
    that choose among them; `bases` are column types beneath domains, `loose` the columns whose collation calls
    different texts equal.
    """

    oid: int
    table: Table
    partitioned: bool
    readable: bool
    restricted: bool
    bytes: int
    leaves: tuple[int, ...]
    routing: tuple[str, ...]
    references: tuple[Reference, ...]
    bases: Mapping[str, Type]
    loose: frozenset[str]

    @property
    def access(self) -> Access:
        """What this role may read of it."""
        return Access(label=self.table.label, readable=self.readable, restricted=self.restricted)

    @property
    def source(self) -> LiveRelation:
        """Where its rows come from: all partitions of a partitioned table, no heirs of another."""
        return LiveRelation(schema=self.table.schema, name=self.table.name, partitioned=self.partitioned)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDatabase:
    """A live database. `needs` are (version, what, relation or None): what servers before that version do not have;
    `ledger`: snap has restored into it, so that schema snap is snap's own."""

    tables: tuple[LiveTable, ...]
    enums: tuple[Enum, ...]
    needs: tuple[tuple[int, str, int | None], ...]
    role: str
    server: int
    ledger: bool


def read_database(reader: Reader) -> LiveDatabase:
    """Read the user-defined tables of the database, ordered by schema and name."""
    enums = tuple(of_row(Enum, row) for row in reader.printed(query("describe_enums")))
    columns = _grouped(reader.printed(query("describe_columns")))
    keys = _grouped(reader.rows(query("describe_keys")))
    references = _grouped(reader.rows(query("describe_references")))
    tables = tuple(
        of_row(partial(_table, columns[row["oid"]], keys[row["oid"]], references[row["oid"]]), row)
        for row in reader.rows(query("describe_tables"))
    )
    (facts,) = reader.rows(
        "SELECT current_user::text AS role, pg_catalog.current_setting('server_version_num')::int / 10000 AS server, "
        "EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'snap' AND c.relname = 'ledger' "
        "AND a.attname = 'as_of_shift_days') AS ledger"
    )
    needs = tuple((row["version"], row["what"], row["relation"]) for row in reader.printed(query("describe_needs")))
    return LiveDatabase(tables=tables, enums=enums, needs=needs, **facts)


def require_trusted(reader: Reader, tables: Iterable[LiveTable], *, trust_code: bool) -> None:
    """Refuse to read tables where that would lend a superuser's rights to code of others. Errors: TargetError."""
    if trust_code:
        return
    (answer,) = reader.rows(user_code.first_question().as_string(None))
    if not answer["possible"]:
        return
    question = user_code.question([live.oid for live in tables], "read")
    rows = reader.rows(question.as_string(None))
    user_code.refuse([of_row(UserCode, row) for row in rows])


def settled(live: LiveTable, unfit: Iterable[str]) -> LiveTable:
    """Return the table with the columns `unfit` kept as Postgres text."""
    names = frozenset(unfit)
    columns = tuple(
        replace(c, type=Type(c.type.pg, Logical.TEXT)) if c.name in names else c for c in live.table.columns
    )
    return replace(live, table=replace(live.table, columns=columns))


def linked(tables: Sequence[LiveTable]) -> tuple[LiveTable, ...]:
    """Return the tables with their foreign keys: those among `tables` whose equality is that of canonical bytes."""
    by_oid = {live.oid: live for live in tables}
    return tuple(replace(live, table=replace(live.table, foreign_keys=_keys(live, by_oid))) for live in tables)


def _keys(live: LiveTable, tables: Mapping[int, LiveTable]) -> tuple[ForeignKey, ...]:
    return tuple(
        ForeignKey(columns=key.columns, references=tables[key.references].table.label, to=key.to)
        for key in live.references
        if key.proved and key.references in tables and _exact(live, key, tables[key.references])
    )


def _exact(live: LiveTable, key: Reference, parent: LiveTable) -> bool:
    """Return whether both sides of a key are stored, and equal in Postgres exactly when they are in the snapshot."""
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
        references=tuple(of_row(_reference, row) for row in references),
        bases={c["name"]: parse(c["base"], {c["enum"]} if c["enum"] else ()) for c in columns},
        loose=frozenset(c["name"] for c in columns if not c["deterministic"]),
        **row,
    )


def _reference(references_schema: str, references_name: str, **row: Any) -> Reference:
    return Reference(label=table_label(references_schema, references_name), **row)


def _grouped(rows: Iterable[dict[str, Any]]) -> defaultdict[int, list[dict[str, Any]]]:
    grouped: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.pop("relation")].append(row)
    return grouped
