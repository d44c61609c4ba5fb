"""What some schemas of a database hold, as values: noted with a backup, and compared after it was put back.

Objects by name, rows by count and hash, owners and privileges, extensions, large objects, and the SQL of what depends
on the schemas from outside, which a dump of them does not hold.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from snap.schema import Table
from snap_restorer.pg import grants
from snap_restorer.pg.catalog import query
from snap_restorer.pg.grants import Privilege, Right, privileges

Connection = psycopg.Connection[Any]

_LAYOUT = 1  # of `document`
# They hold rows or a position, so they are named even where they are part of something else that goes.
_KEEPS = frozenset({"table", "foreign table", "materialized view", "sequence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object in the schemas, or one that goes with them. pg/sql/dump_objects.sql says what the flags mean."""

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
        """Whether it holds rows, or a column of them: then no definition brings it back."""
        return self.part or self.kind in _KEEPS

    @property
    def lasting(self) -> bool:
        """Whether it can be made again after the schemas were dropped, by this role."""
        return self.definition is not None and self.able and not self.holds

    @property
    def outside(self) -> bool:
        """Whether it is lost with the schemas although it stands outside."""
        return not self.inside and (self.whole or self.kind in _KEEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    name: str
    schema: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """ALTER DEFAULT PRIVILEGES FOR ROLE ... IN SCHEMA ..., for one kind of objects; `ours`: this role may change it."""

    role: str
    schema: str
    kind: str
    ours: bool
    privileges: frozenset[Privilege]


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeObject:
    name: str
    owner: str
    ours: bool
    privileges: frozenset[Privilege]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What `schemas` held. `objects` are names by schema; `rows` are counts and two sums of hashes, by table's label.

    `outside` is what stands elsewhere and goes with the schemas.
    """

    schemas: tuple[str, ...]
    comments: tuple[tuple[str, str], ...]
    objects: Mapping[str, tuple[str, ...]]
    outside: tuple[Thing, ...]
    rows: Mapping[str, tuple[int, str, str]]
    rights: tuple[Right, ...]
    defaults: tuple[Default, ...]
    extensions: tuple[Extension, ...]
    large_objects: tuple[LargeObject, ...]

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """Name what depends on the schemas from outside and could not be made again."""
        return tuple(thing.name for thing in self.outside if not thing.lasting)


def observe(connection: Connection, schemas: Sequence[str]) -> Holdings:
    """Read what the schemas hold, in a transaction of snap_restorer.pg.session. Reads every row once.

    Errors: psycopg's; InsufficientPrivilege where row security would shorten what is read.
    """
    found = things(connection, schemas)
    return Holdings(
        schemas=tuple(schemas),
        comments=comments(connection, schemas),
        objects=inside(found),
        outside=tuple(thing for thing in found if thing.outside),
        rows=rows(connection, schemas),
        rights=rights(connection, schemas, found),
        defaults=defaults(connection, schemas),
        extensions=tuple(Extension(**row) for row in _dicts(connection, "dump_extensions")),
        large_objects=large_objects(connection),
    )


def comments(connection: Connection, schemas: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read the comments on the schemas themselves."""
    found = connection.execute(query("dump_comments"), {"schemas": list(schemas)}).fetchall()
    return tuple((name, text) for name, text, _ in found if text is not None)


def things(connection: Connection, schemas: Sequence[str]) -> tuple[Thing, ...]:
    """List what the schemas hold and all that depends on it. Definitions are printed with qualified names."""
    with connection.transaction():
        connection.execute("SELECT pg_catalog.set_config('search_path', '', true)")
        found = _dicts(connection, "dump_objects", {"schemas": list(schemas)})
        connection.execute("SELECT pg_catalog.set_config('search_path', 'public, pg_temp', true)")
    return tuple(Thing(**row) for row in found)


def inside(found: Iterable[Thing]) -> dict[str, tuple[str, ...]]:
    """Name the objects of the schemas themselves, by schema."""
    names: dict[str, set[str]] = {}
    for thing in found:
        if thing.inside and not thing.part and thing.schema is not None:
            names.setdefault(thing.schema, set()).add(thing.name)
    return {schema: tuple(sorted(held)) for schema, held in sorted(names.items())}


def rows(connection: Connection, schemas: Sequence[str], *, lift: bool = False) -> dict[str, tuple[int, str, str]]:
    """Count each table's rows and add up two 60-bit pieces of the SHA-256 of each row's text: no order, no collation.

    `lift`: forced row security of this role's own tables is lifted meanwhile, which locks them.
    """
    found: dict[str, tuple[int, str, str]] = {}
    with connection.transaction(force_rollback=lift):
        connection.execute("SELECT pg_catalog.set_config('row_security', 'off', true)")
        for schema, name, forced in connection.execute(query("dump_tables"), {"schemas": list(schemas)}).fetchall():
            table = sql.Identifier(schema, name)
            if lift and forced:
                connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
            row = connection.execute(sql.SQL(query("dump_rows")).format(table)).fetchone()
            assert row is not None
            found[Table(name=name, schema=schema, columns=(), primary_key=()).label] = row
    return found


def rights(connection: Connection, schemas: Sequence[str], found: Iterable[Thing]) -> tuple[Right, ...]:
    """Read who owns and who may use the schemas, what they hold, and views outside that go with them."""
    quoted = "SELECT pg_catalog.quote_ident(name) FROM pg_catalog.unnest(%s::text[]) AS name"
    places = {row[0] for row in connection.execute(quoted, [list(schemas)])}
    names = {(thing.kind, thing.identity) for thing in found if thing.inside or thing.kind == "view"}

    def wanted(right: Right) -> bool:
        if right.kind == "schema":
            return right.identity in places
        return (right.kind.removesuffix(" column"), right.identity) in names

    return tuple(right for right in grants.rights(connection) if wanted(right))


def defaults(connection: Connection, schemas: Sequence[str]) -> tuple[Default, ...]:
    """Read the default privileges of the schemas."""
    found = _dicts(connection, "dump_defaults", {"schemas": list(schemas)})
    return tuple(Default(**{**row, "privileges": privileges(row["privileges"])}) for row in found)


def large_objects(connection: Connection) -> tuple[LargeObject, ...]:
    """List the large objects of the database, which belong to no schema."""
    found = _dicts(connection, "dump_large_objects")
    return tuple(LargeObject(**{**row, "privileges": privileges(row["privileges"])}) for row in found)


def limited(held: Holdings, schemas: Sequence[str]) -> Holdings:
    """Return what some of the schemas held. Pure."""
    return dataclasses.replace(
        held,
        objects={schema: names for schema, names in held.objects.items() if schema in schemas},
        rows={label: row for label, row in held.rows.items() if _schema_of(label) in schemas},
    )


def _schema_of(label: str) -> str:
    """Return the schema that a table's label names; without one it is public."""
    match = re.match(r'("(?:[^"]|"")*"|[^".]+)\.', label)
    if match is None:
        return "public"
    return match[1][1:-1].replace('""', '"') if match[1].startswith('"') else match[1]


def differences(
    before: Holdings, objects: Mapping[str, Sequence[str]], rows: Mapping[str, Sequence[Any]]
) -> tuple[str, ...]:
    """Say how what is there now differs from what was there before, a line each. Pure."""
    had, has = ({name for names in held.values() for name in names} for held in (before.objects, objects))
    lines = [f"{name} is missing" for name in sorted(had - has)]
    lines += [f"{name} is new" for name in sorted(has - had)]
    for label in sorted({*before.rows, *rows}):
        was, is_now = before.rows.get(label), rows.get(label)
        if was is None or is_now is None or was[0] != is_now[0]:
            lines.append(f"{label} holds {is_now[0] if is_now else 'no'} rows, not {was[0] if was else 'any'}")
        elif tuple(was) != tuple(is_now):
            lines.append(f"rows of {label} differ")
    return tuple(lines)


def document(held: Holdings) -> dict[str, Any]:
    """Return JSON values, from which `holdings` makes the same value."""
    return {"layout": _LAYOUT, **{field.name: _plain(getattr(held, field.name)) for field in dataclasses.fields(held)}}


def holdings(document: Mapping[str, Any]) -> Holdings:
    """Read what `document` gave. Errors: KeyError, TypeError, ValueError of what is no such record."""
    if document["layout"] != _LAYOUT:
        raise ValueError(f"layout {document['layout']}")
    return Holdings(
        schemas=tuple(document["schemas"]),
        comments=tuple((name, text) for name, text in document["comments"]),
        objects={schema: tuple(names) for schema, names in document["objects"].items()},
        outside=tuple(Thing(**thing) for thing in document["outside"]),
        rows={label: (row[0], row[1], row[2]) for label, row in document["rows"].items()},
        rights=tuple(_granted(Right, right) for right in document["rights"]),
        defaults=tuple(_granted(Default, default) for default in document["defaults"]),
        extensions=tuple(Extension(**extension) for extension in document["extensions"]),
        large_objects=tuple(_granted(LargeObject, one) for one in document["large_objects"]),
    )


def _granted(kind: Any, document: Mapping[str, Any]) -> Any:
    return kind(**{**document, "privileges": frozenset(Privilege(**one) for one in document["privileges"])})


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return [_plain(one) for one in sorted(value, key=str)]
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _dicts(connection: Connection, name: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    return connection.cursor(row_factory=dict_row).execute(query(name), parameters).fetchall()
