"""The inventory of some schemas, recorded with a backup and compared after the backup was restored.

It lists objects by name, rows by count and hash, owners and privileges, extensions, large objects, and the SQL of
objects outside the schemas that depend on them, which a dump of the schemas does not contain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from psycopg import errors, sql

from snap.schema import parse_label, table_label
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.grants import Privilege, Right, privileges
from snap_restorer.pg.row_security import every_row
from snap_restorer.pg.schema_objects import SchemaObject, names_by_schema, rights_of, schema_objects
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection

_LAYOUT = 1  # layout version of `document`
# Postgres' errors for a value that needs more memory than it allows, by the place where it notices.
_TOO_LARGE = (errors.InternalError_, errors.OutOfMemory, errors.ProgramLimitExceeded)
_LEAVE_OUT = "Postgres cannot convert a row of over 1 GB to text; leave out the table's schema with exclude in [backup]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    name: str
    schema: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrivileges:
    """The default privileges of one role in one schema for one kind of objects (ALTER DEFAULT PRIVILEGES).

    `ours`: this role may change these privileges.
    """

    role: str
    schema: str
    kind: str
    ours: bool
    privileges: frozenset[Privilege]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.role, self.schema, self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeObject:
    name: str
    owner: str
    ours: bool
    privileges: frozenset[Privilege]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The contents of some schemas of a database.

    `schemas` are the schemas' names. `objects` are names of objects by schema. `rows` are each table's number of rows
    and two sums of the rows' hashes, by table label. `outside` are objects in other schemas that are dropped together
    with these schemas.
    """

    schemas: tuple[str, ...]
    comments: tuple[tuple[str, str], ...]
    objects: Mapping[str, tuple[str, ...]]
    outside: tuple[SchemaObject, ...]
    rows: Mapping[str, tuple[int, str, str]]
    rights: tuple[Right, ...]
    defaults: tuple[DefaultPrivileges, ...]
    extensions: tuple[Extension, ...]
    large_objects: tuple[LargeObject, ...]

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """Return the names of dependent objects outside the schemas that could not be created again."""
        return tuple(item.name for item in self.outside if not item.lasting)


def take_inventory(connection: Connection, schemas: Sequence[str]) -> Inventory:
    """Read the inventory of the schemas in a transaction of snap_restorer.pg.transaction. Every row is read once.

    Errors: psycopg's; InsufficientPrivilege if row security would hide rows.
    """
    objects = schema_objects(connection, schemas)
    return Inventory(
        schemas=tuple(schemas),
        comments=comments(connection, schemas),
        objects=names_by_schema(objects),
        outside=tuple(item for item in objects if item.outside),
        rows=rows(connection, schemas),
        rights=rights_of(connection, schemas, objects),
        defaults=defaults(connection, schemas),
        extensions=tuple(records(connection, Extension, "dump_extensions")),
        large_objects=large_objects(connection),
    )


def comments(connection: Connection, schemas: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the comments on the schemas themselves, without those on their objects."""
    rows = connection.execute(query("dump_comments"), {"schemas": list(schemas)}).fetchall()
    return tuple((name, text) for name, text, _ in rows if text is not None)


def rows(connection: Connection, schemas: Sequence[str], *, lift: bool = False) -> dict[str, tuple[int, str, str]]:
    """Return each table's number of rows, and the sums of two 60-bit pieces of the SHA-256 of each row's text.

    The sums depend on no order and no collation. `lift`: forced row security of this role's own tables is lifted
    meanwhile, which locks them.
    """
    tables = connection.execute(query("dump_tables"), {"schemas": list(schemas)}).fetchall()
    sums: dict[str, tuple[int, str, str]] = {}
    lifted = [(schema, name) for schema, name, forced in tables if lift and forced]
    with every_row(connection, lifted), transaction.printed_types(connection):
        for schema, name, _ in tables:
            label, statement = table_label(schema, name), sql.SQL(query("dump_rows"))
            try:
                (sums[label],) = connection.execute(statement.format(sql.Identifier(schema, name)))
            except _TOO_LARGE as error:
                failed = f"a row of table {label} cannot be converted to text, which a backup requires"
                raise refused(failed, error, _LEAVE_OUT, unchanged=True) from None
    return sums


def defaults(connection: Connection, schemas: Sequence[str]) -> tuple[DefaultPrivileges, ...]:
    """Return the default privileges in the schemas (ALTER DEFAULT PRIVILEGES)."""
    rows: list[dict[str, Any]] = records(connection, dict, "dump_defaults", schemas=list(schemas))
    return tuple(DefaultPrivileges(**{**row, "privileges": privileges(row["privileges"])}) for row in rows)


def large_objects(connection: Connection) -> tuple[LargeObject, ...]:
    """List the large objects of the database, which belong to no schema."""
    rows: list[dict[str, Any]] = records(connection, dict, "dump_large_objects")
    return tuple(LargeObject(**{**row, "privileges": privileges(row["privileges"])}) for row in rows)


def limited(inventory: Inventory, schemas: Sequence[str]) -> Inventory:
    """Return the inventory reduced to some of the schemas. Pure."""
    return dataclasses.replace(
        inventory,
        objects={schema: names for schema, names in inventory.objects.items() if schema in schemas},
        rows={label: row for label, row in inventory.rows.items() if parse_label(label)[0] in schemas},
    )


def differences(
    before: Inventory, objects: Mapping[str, Sequence[str]], rows: Mapping[str, Sequence[Any]]
) -> tuple[str, ...]:
    """Return the differences of objects and rows from the inventory `before`, one line each. Pure."""
    had, has = ({name for names in by_schema.values() for name in names} for by_schema in (before.objects, objects))
    lines = [f"{name} is missing" for name in sorted(had - has)]
    lines += [f"{name} is new" for name in sorted(has - had)]
    for label in sorted({*before.rows, *rows}):
        was, is_now = before.rows.get(label), rows.get(label)
        if was is None or is_now is None or was[0] != is_now[0]:
            lines.append(f"{label} holds {is_now[0] if is_now else 'no'} rows instead of {was[0] if was else 'none'}")
        elif tuple(was) != tuple(is_now):
            lines.append(f"rows of {label} differ")
    return tuple(lines)


def document(inventory: Inventory) -> dict[str, Any]:
    """Return the inventory as JSON values, which `parse` reads."""
    return {
        "layout": _LAYOUT,
        **{field.name: _plain(getattr(inventory, field.name)) for field in dataclasses.fields(inventory)},
    }


def parse(document: Mapping[str, Any]) -> Inventory:
    """Return the inventory that `document` wrote. Errors: KeyError, TypeError or ValueError for anything else."""
    if document["layout"] != _LAYOUT:
        raise ValueError(f"layout {document['layout']}")
    inventory = Inventory(
        schemas=tuple(document["schemas"]),
        comments=tuple((name, text) for name, text in document["comments"]),
        objects={schema: tuple(names) for schema, names in document["objects"].items()},
        outside=tuple(SchemaObject(**item) for item in document["outside"]),
        rows={label: (row[0], row[1], row[2]) for label, row in document["rows"].items()},
        rights=tuple(_granted(Right, right) for right in document["rights"]),
        defaults=tuple(_granted(DefaultPrivileges, default) for default in document["defaults"]),
        extensions=tuple(Extension(**extension) for extension in document["extensions"]),
        large_objects=tuple(_granted(LargeObject, item) for item in document["large_objects"]),
    )
    _require(inventory, Inventory)
    return inventory


def _granted(kind: Any, document: Mapping[str, Any]) -> Any:
    return kind(**{**document, "privileges": frozenset(Privilege(**item) for item in document["privileges"])})


def _require(value: Any, kind: Any) -> None:
    """Raise TypeError unless a value has the type that a field of an inventory's record declares."""
    parts = get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in dataclasses.fields(value):
            _require(getattr(value, field.name), hints[field.name])
    elif isinstance(kind, UnionType):
        _require(value, next((part for part in parts if type(value) is part), parts[0]))
    elif get_origin(kind) is Mapping:
        for key, item in value.items():
            _require(key, parts[0])
            _require(item, parts[1])
    elif get_origin(kind) is tuple and parts[-1] is not Ellipsis:
        for item, part in zip(value, parts, strict=True):
            _require(item, part)
    elif get_origin(kind) in {tuple, frozenset}:
        for item in value:
            _require(item, parts[0])
    elif type(value) is not kind:
        raise TypeError(f"{type(value).__name__} where {kind} should be")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return [_plain(item) for item in sorted(value, key=str)]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
