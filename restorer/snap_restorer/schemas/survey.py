"""A survey of a database before or after a night, as values that compare: rows, objects, triggers, privileges and such.

Rows are counted in buckets by a hash of their text, so that two surveys show which rows are gone without storing them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from snap.schema import table_label
from snap_restorer.pg import grants, transaction
from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.schema_objects import drop_roots, schema_objects
from snap_restorer.pg.target import Connection, Target

# Rows that this role may not read in full, or that Postgres cannot write as one text of 1 GB.
_UNREADABLE = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InternalError_, psycopg.errors.ProgramLimitExceeded)
_PRESENT = "present"  # the kind of objects that attributes may be part of
_SCHEMAS = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY (%s::text[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedTable:
    """One table. `buckets` are {bucket: (rows, sum of hashes)}, None if this role may not read every row."""

    schema: str
    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    buckets: Mapping[int, tuple[int, str]] | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        return table_label(self.schema, self.name)

    @property
    def rows(self) -> int | None:
        """Return the number of rows, None if this role may not read every row."""
        return None if self.buckets is None else sum(rows for rows, _ in self.buckets.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A trigger, policy, privilege or the like. `part_of` names the object that it belongs to, if there is one."""

    kind: str
    name: str
    part_of: str | None
    definition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The contents of those `schemas` that exist, and the triggers, privileges and the like of all but system schemas.

    `objects` are names by schema; `dependents` are names of outside objects that are dropped with the schemas.
    `present` are the names of the objects that an attribute may belong to.
    """

    schemas: tuple[str, ...]
    tables: tuple[SurveyedTable, ...]
    objects: Mapping[str, frozenset[str]]
    dependents: frozenset[str]
    attributes: tuple[Attribute, ...]
    present: frozenset[str]


def survey(
    target: Target, schemas: Sequence[str], *, lock_timeout_s: float = 10, stop: threading.Event | None = None
) -> Survey:
    """Read the contents of the schemas, every row once, and the triggers, privileges and the like of the database.

    Nothing is written. Errors: TargetError, also if a table is locked; ServiceError; Interrupted once `stop` is set.
    """
    stop = stop or threading.Event()
    with target.connect() as connection, interruptible(connection, stop):
        transaction.begin_reading(connection, lock_timeout_s)
        existing = {name for (name,) in connection.execute(_SCHEMAS, [list(schemas)])}
        objects = schema_objects(connection, schemas)
        by_schema: dict[str, set[str]] = {}
        for item in drop_roots(objects):
            by_schema.setdefault(item.schema or "", set()).add(item.name)
        attributes, present = _attributes(connection)
        return Survey(
            schemas=tuple(name for name in schemas if name in existing),
            tables=tuple(_tables(connection, schemas, stop)),
            objects={schema: frozenset(names) for schema, names in sorted(by_schema.items())},
            dependents=frozenset(item.name for item in objects if item.outside),
            attributes=attributes,
            present=present,
        )


def _tables(connection: Connection, schemas: Sequence[str], stop: threading.Event) -> Iterator[SurveyedTable]:
    """Return the tables with their rows. A table that cannot be read has no buckets."""
    tables: list[dict[str, tuple[str, ...]]] = records(connection, dict, "survey_tables", schemas=list(schemas))
    statement = sql.SQL(query("survey_rows"))
    for table in tables:
        require_going(stop)
        name = sql.Identifier(str(table["schema"]), str(table["name"]))
        buckets: Mapping[int, tuple[int, str]] | None
        try:
            with connection.transaction(), transaction.printed_types(connection):
                cursor = connection.execute(statement.format(name))
                buckets = {bucket: (rows, total) for bucket, rows, total in cursor}
        except _UNREADABLE:
            buckets = None
        yield SurveyedTable(**table, buckets=buckets)  # type: ignore[arg-type]


def _attributes(connection: Connection) -> tuple[tuple[Attribute, ...], frozenset[str]]:
    """Return the triggers, policies, privileges and the like, and the names of the objects that these may belong to."""
    attributes: list[Attribute] = []
    present: set[str] = set()
    with connection.transaction(), transaction.qualified_names(connection):
        rows: list[dict[str, str]] = records(connection, dict, "survey_attributes")
    for row in rows:
        if row["kind"] == _PRESENT:
            present.add(row["part_of"])
        else:
            attributes.append(Attribute(**row))
    for right in grants.rights(connection):
        thing = f"{right.kind.removesuffix(' column')} {right.identity}"
        present.add(thing)
        shown = thing if right.column is None else f"column {right.column} of {thing}"
        attributes += [
            Attribute(
                kind="grants", name=f"{privilege.name} for {privilege.grantee or 'PUBLIC'} on {shown}", part_of=thing
            )
            for privilege in sorted(right.privileges, key=str)
        ]
    return tuple(attributes), frozenset(present)
