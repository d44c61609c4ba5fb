"""The objects of some schemas, and objects elsewhere that depend on them: listed, and dropped without the schemas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from snap_restorer.pg import grants, transaction
from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.grants import Right
from snap_restorer.pg.target import Connection

LEDGER = "snap"  # the schema of snap's own tables
# Names of Supabase's own schemas and of those that its extensions create (`hosted` checks whether they are).
# `supabase db dump` leaves out the same, and supabase_migrations too. But a reset empties that one, so it is backed up
# if the role owns it.
PLATFORM = (
    *("_*", "auth", "cron", "dbdev", "extensions", "graphql", "graphql_public", "net", "pgbouncer", "pgmq", "pgsodium"),
    *("pgsodium_masks", "pgtle", "realtime", "repack", "storage", "supabase_functions", "tiger"),
    *("tiger_data", "timescaledb_*", "topology", "vault"),
)
# These hold rows or a position, so they are named even if they are part of another dropped object.
_KEEPS = frozenset({"table", "foreign table", "materialized view", "sequence"})
# DROP's names of kinds that pg_identify_object names differently, first the kinds that others are part of.
_DROPPED = {
    **{kind: kind.upper() for kind in ("table", "foreign table", "view", "materialized view", "sequence", "type")},
    **dict.fromkeys(("function", "procedure", "aggregate"), "ROUTINE"),
    "statistics object": "STATISTICS",
}
_ORDER = tuple(_DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaObject:
    """An object in some schemas, or an object that is dropped with them. pg/sql/dump_objects.sql explains the flags."""

    schema: str | None
    kind: str
    identity: str
    direct: bool
    inside: bool
    whole: bool
    part: bool
    definition: str | None
    able: bool
    comment: str | None

    @property
    def name(self) -> str:
        return f"{self.kind} {self.identity}"

    @property
    def holds(self) -> bool:
        """Return whether the object holds rows, or is a column with values, which no definition could restore."""
        return self.part or self.kind in _KEEPS

    @property
    def lasting(self) -> bool:
        """Return whether this role can create the object again after the schemas were dropped."""
        return self.definition is not None and self.able and not self.holds

    @property
    def outside(self) -> bool:
        """Return whether the object is outside the schemas, but is dropped with them."""
        return not self.inside and (self.whole or self.kind in _KEEPS)


def schema_objects(connection: Connection, schemas: Sequence[str]) -> tuple[SchemaObject, ...]:
    """Return the objects of the schemas and all that depend on them, with definitions in qualified names."""
    with connection.transaction(), transaction.qualified_names(connection):
        return tuple(records(connection, SchemaObject, "dump_objects", schemas=list(schemas)))


def hosted(connection: Connection, schemas: Iterable[str]) -> frozenset[str]:
    """Return which of these schemas are Supabase's or an extension's own, by name, owner and content."""
    alike = [name for name in schemas if any(fnmatchcase(name, pattern) for pattern in PLATFORM)]
    if not alike:
        return frozenset()
    return frozenset(name for (name,) in connection.execute(query("hosted_schemas"), {"schemas": alike}))


def names_by_schema(objects: Iterable[SchemaObject]) -> dict[str, tuple[str, ...]]:
    """Return the names of the schemas' own objects, by schema."""
    names: dict[str, set[str]] = {}
    for item in objects:
        if item.inside and not item.part and item.schema is not None:
            names.setdefault(item.schema, set()).add(item.name)
    return {schema: tuple(sorted(inside)) for schema, inside in sorted(names.items())}


def rights_of(connection: Connection, schemas: Sequence[str], objects: Iterable[SchemaObject]) -> tuple[Right, ...]:
    """Return owners and privileges of the schemas, their objects, and views outside that depend on them."""
    quoted = "SELECT pg_catalog.quote_ident(name) FROM pg_catalog.unnest(%s::text[]) AS name"
    identities = {row[0] for row in connection.execute(quoted, [list(schemas)])}
    names = {(item.kind, item.identity) for item in objects if item.inside or item.kind == "view"}

    def wanted(right: Right) -> bool:
        if right.kind == "schema":
            return right.identity in identities
        return (right.kind.removesuffix(" column"), right.identity) in names

    return tuple(right for right in grants.rights(connection) if wanted(right))


def drop_roots(objects: Iterable[SchemaObject]) -> tuple[SchemaObject, ...]:
    """Return the objects to drop by name, in order. CASCADE drops all others with them."""
    roots = [item for item in objects if item.direct and item.whole and not item.part]
    return tuple(sorted(roots, key=lambda item: _ORDER.index(item.kind) if item.kind in _ORDER else len(_ORDER)))


def drop(connection: Connection, objects: Iterable[SchemaObject]) -> None:
    """Drop the objects in the schemas and all that depend on them. The schemas themselves stay."""
    run_statements(connection, drop_sql(objects))


def drop_sql(objects: Iterable[SchemaObject]) -> str:
    """Return the statements with which `drop` drops objects, whose identities Postgres printed and quoted. Pure."""
    return "; ".join(
        f"DROP {_DROPPED.get(item.kind, item.kind.upper())} IF EXISTS {item.identity} CASCADE"
        for item in drop_roots(objects)
    )


def run_statements(connection: Connection, text: str) -> None:
    """Run statements as one message, or nothing if there are none."""
    if text.strip():
        cursor = connection.execute(text.encode())
        while cursor.nextset():
            pass
