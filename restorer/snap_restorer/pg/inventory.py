"""What a whole database holds: every object's definition, who owns it and who may use it, how many rows there are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from snap.errors import TargetError
from snap.schema import Table
from snap_restorer.clones.carry import change_privileges
from snap_restorer.pg.catalog import query
from snap_restorer.pg.databases import Privilege, privileges

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    Connection = psycopg.Connection[Any]

KEPT = ("ledger", "contents", "night")  # snap's own tables in schema snap: no part of what people made there
_NAMED = 20  # differences named in a message; more are counted

Contents = Mapping[str, str]  # what it is, and its definition
Key = tuple[str, str, str | None]  # kind, identity, column


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a clone's template held when it was made: proof that a database still is what snap put there."""

    fingerprint: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Who owns one object, or a column's table, and who may use it. `movable`: its owner is set by itself."""

    kind: str
    identity: str
    column: str | None
    owner: str
    movable: bool
    privileges: frozenset[Privilege]

    @property
    def key(self) -> Key:
        return self.kind, self.identity, self.column


def listing(connection: Connection) -> Contents:
    """List every object that people made in this database, with its definition; names are qualified."""
    with connection.transaction():
        _qualify(connection)
        return dict(connection.execute(query("clone_contents"), {"kept": list(KEPT)}).fetchall())


def fingerprint(contents: Contents) -> str:
    """Return what is equal for equal contents."""
    return hashlib.sha256(json.dumps(sorted(contents.items())).encode()).hexdigest()


def strangers(held: Contents, template: Contents) -> tuple[str, ...]:
    """Name what a database holds and the template does not, or not in this form. Pure."""
    found = []
    missing = {name for name in held if name not in template}
    for name, definition in held.items():
        kind, column, identity = name.partition(" column ")
        if column and any(f"{kind} {parent}" in missing for parent in _parents(identity)):
            continue  # its table is named
        if name in missing:
            found.append(f"{name} is not in the snapshot")
        elif template[name] != definition:
            found.append(f"{name} is not as in the snapshot")
    return tuple(found)


def _parents(identity: str) -> Iterator[str]:
    """Return all that stands before a dot: a column's table is among it, whatever quoted names hold."""
    return (identity[: dot.start()] for dot in re.finditer(r"\.", identity))


def listed(lines: Iterable[str]) -> str:
    """Return lines as a list for a message, long ones cut."""
    every = list(lines)
    more = [f"and {len(every) - _NAMED} more"] if len(every) > _NAMED else []
    return "\n".join(f"- {line}" for line in every[:_NAMED] + more)


def counts(connection: Connection, *, private: bool) -> dict[str, int]:
    """Count the rows of every table, by label.

    `private`: nobody else uses this database, so FORCE ROW LEVEL SECURITY is lifted meanwhile, which takes locks.
    """
    from psycopg import sql

    found: dict[str, int] = {}
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT pg_catalog.set_config('row_security', 'off', true)")
        tables = connection.execute(query("clone_tables"), {"kept": list(KEPT)}).fetchall()
        for schema, name, partitioned, forced in tables:
            table = sql.Identifier(schema, name)
            if private and forced:
                connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
            only = sql.SQL("" if partitioned else "ONLY ")
            row = connection.execute(sql.SQL("SELECT pg_catalog.count(*) FROM {}{}").format(only, table)).fetchone()
            found[Table(name=name, schema=schema, columns=(), primary_key=()).label] = row[0] if row else 0
    return found


def write_record(connection: Connection, record: Record) -> None:
    """Keep what a template holds, inside it. Its role made the database, so it may."""
    connection.execute(query("clone_record_create"))
    connection.execute(
        "INSERT INTO snap.contents (fingerprint, rows) VALUES (%s, %s::jsonb)",
        [record.fingerprint, json.dumps(record.rows)],
    )


def read_record(connection: Connection) -> Record | None:
    """Return what a clone's template held; None in a database that is no clone, or whose record is not readable."""
    import psycopg

    try:
        with connection.transaction():
            row = connection.execute("SELECT fingerprint, rows FROM snap.contents").fetchone()
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ):
        return None
    return None if row is None else Record(fingerprint=row[0], rows=row[1])


def rights(connection: Connection) -> tuple[Right, ...]:
    """Read who owns and who may use everything in this database."""
    from psycopg.rows import dict_row

    with connection.transaction():
        _qualify(connection)
        rows = connection.cursor(row_factory=dict_row).execute(query("clone_rights")).fetchall()
    return tuple(Right(**{**row, "privileges": privileges(row["privileges"])}) for row in rows)


def carry_rights(connection: Connection, wanted: Iterable[Right]) -> None:
    """Let what this database holds be owned and used as in `wanted`; what is not named there stays as it is.

    Errors: TargetError where this role may not, or it cannot be done exactly.
    """
    import psycopg

    by_key = {right.key: right for right in wanted}
    if not _lost({right.key: right for right in rights(connection)}, by_key):
        return
    try:
        with connection.transaction():
            _qualify(connection)
            _own(connection, by_key)
            _allow(connection, by_key)
    except psycopg.Error as error:
        raise TargetError(
            f"owners and privileges cannot be carried over to a copy: {error.diag.message_primary}",
            "connect as a superuser or as the objects' owner, or restore without --clone; nothing was changed",
        ) from None
    lost = _lost({right.key: right for right in rights(connection)}, by_key)
    if lost:
        raise TargetError(
            "owners or privileges cannot be carried over exactly:\n" + listed(lost),
            "restore without --clone; nothing was changed",
        )


def _own(connection: Connection, wanted: Mapping[Key, Right]) -> None:
    from psycopg import sql

    for right in rights(connection):
        want = wanted.get(right.key)
        if want is None or want.owner == right.owner or not right.movable:
            continue
        connection.execute(sql.SQL("ALTER {} OWNER TO {}").format(_place(right, _OWNED), sql.Identifier(want.owner)))


def _allow(connection: Connection, wanted: Mapping[Key, Right]) -> None:
    from psycopg import sql

    held = {right.key: right for right in rights(connection)}
    for key in sorted({*held, *wanted}, key=lambda key: (key[2] is not None, *map(str, key))):
        want, right = wanted.get(key), held.get(key)
        if key[2] is not None and _table(key) in held and _table(key) in wanted:
            # A column's privileges are listed where there are any; on one side there may be none.
            want = want or replace(right or wanted[key], privileges=frozenset())
            right = right or replace(want, privileges=frozenset())
        if right is None or want is None:
            continue
        column = None if want.column is None else sql.SQL("({})").format(sql.Identifier(want.column))
        change_privileges(connection, _place(right, _GRANTED), want.owner, right.privileges, want.privileges, column)


def _table(key: Key) -> Key:
    return key[0].removesuffix(" column"), key[1], None


def _lost(held: Mapping[Key, Right], wanted: Mapping[Key, Right]) -> list[str]:
    """Name what is not owned and used as wanted. A system object is listed where its privileges were changed."""
    wrong = []
    for key, want in wanted.items():
        right = held.get(key)
        system = key[1].startswith(("pg_catalog.", "information_schema."))
        column = key[2] is not None and _table(key) in held
        missing = right is None and (system or column)
        if missing or (right is not None and not _same(right, want)):
            wrong.append(" ".join(filter(None, key)))
    return wrong


def _same(one: Right, other: Right) -> bool:
    return one.privileges == other.privileges and (one.owner == other.owner or not one.movable)


# What pg_identify_object calls a kind, where ALTER ... OWNER and GRANT ... ON call it otherwise.
_OWNED = {"statistics object": "STATISTICS", "table column": "TABLE"}
_GRANTED = {
    **dict.fromkeys(("view", "materialized view", "foreign table", "table column"), "TABLE"),
    **dict.fromkeys(("view column", "materialized view column", "foreign table column"), "TABLE"),
    **dict.fromkeys(("aggregate", "procedure"), "ROUTINE"),
    "server": "FOREIGN SERVER",
}


def _place(right: Right, words: Mapping[str, str]) -> sql.Composable:
    """Name an object in SQL; Postgres printed and quoted its identity."""
    from psycopg import sql

    return sql.SQL(f"{words.get(right.kind, right.kind)} {right.identity}")


def _qualify(connection: Connection) -> None:
    connection.execute("SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)")
