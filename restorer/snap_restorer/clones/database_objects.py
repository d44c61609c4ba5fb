"""The contents of a whole database: the definition of every object, and the number of rows of every table."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from snap.schema import table_label
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.row_security import every_row
from snap_restorer.pg.spelling import normal
from snap_restorer.pg.target import Connection

OWN_TABLES = ("ledger", "contents", "night", "allowed")  # snap's own tables in schema snap
_TEXTS = ("comment on ", "security label on ")
Definitions = Mapping[str, str]  # the object's kind and name, and its definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The contents of a template when it was made. A database that still matches this record is unchanged."""

    fingerprint: str
    rows: Mapping[str, int]


def listing(connection: Connection) -> Definitions:
    """Return the definition of every user-defined object of this database, by qualified name."""
    with connection.transaction():
        transaction.set_search_path(connection, "pg_catalog")
        return dict(connection.execute(query("clone_contents"), {"kept": list(OWN_TABLES)}).fetchall())


def fingerprint(definitions: Definitions) -> str:
    """Return a hash of the definitions of a database's objects."""
    return hashlib.sha256(json.dumps(sorted(definitions.items())).encode()).hexdigest()


def lost_objects(target: Definitions, template: Definitions) -> tuple[str, ...]:
    """Return the names of objects that the template lacks or defines differently. Pure."""
    lines = []
    missing = {name for name in target if name not in template}
    for name, definition in target.items():
        kind, column, identity = name.partition(" column ")
        if column and any(f"{kind} {parent}" in missing for parent in _parents(identity)):
            continue  # the column's table is reported already
        if name in missing:
            lines.append(f"{name} is not in the snapshot")
        elif not _same(name, template[name], definition):
            lines.append(f"{name} differs from the snapshot")
    return tuple(lines)


def _same(name: str, one: str, other: str) -> bool:
    """Return whether two definitions mean the same. Labels and comments are plain text and are compared exactly."""
    return one == other or (not name.startswith(_TEXTS) and normal(one) == normal(other))


def _parents(identity: str) -> Iterator[str]:
    """Yield every prefix of `identity` that ends before a dot.

    If `identity` names a column, one of the prefixes is its table, even if the names are quoted.
    """
    return (identity[: dot.start()] for dot in re.finditer(r"\.", identity))


def counts(connection: Connection, *, private: bool) -> dict[str, int]:
    """Return the number of rows of every table, by label.

    `private`: nobody else uses this database, so FORCE ROW LEVEL SECURITY is lifted meanwhile, which takes locks.
    """
    tables = connection.execute(query("clone_tables"), {"kept": list(OWN_TABLES)}).fetchall()
    rows: dict[str, int] = {}
    with every_row(connection, [(schema, name) for schema, name, _, forced in tables if private and forced]):
        for schema, name, partitioned, _ in tables:
            table = relation((schema, name), partitioned=partitioned)
            ((count,),) = connection.execute(sql.SQL("SELECT pg_catalog.count(*) FROM {}").format(table))
            rows[table_label(schema, name)] = count
    return rows


def write_record(connection: Connection, record: Record) -> None:
    """Store the record of a template's contents in the template itself, whose owner this role is."""
    connection.execute(query("clone_record_create"))
    connection.execute(
        "INSERT INTO snap.contents (fingerprint, rows) VALUES (%s, %s::jsonb)",
        [record.fingerprint, json.dumps(record.rows)],
    )


def read_record(connection: Connection) -> Record | None:
    """Return the record of a clone's template, None if the database is no clone or the record is not readable."""
    try:
        with connection.transaction():
            # Only a plain table is read: a view would run its owner's code with this session's rights.
            if not connection.execute(
                "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'snap' AND c.relname = 'contents' AND c.relkind = 'r' AND NOT c.relrowsecurity "
                "AND NOT c.relhassubclass AND NOT c.relhasrules"
            ).rowcount:
                return None
            row = connection.execute("SELECT fingerprint, rows FROM snap.contents").fetchone()
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ):
        return None
    return None if row is None else Record(fingerprint=row[0], rows=row[1])
