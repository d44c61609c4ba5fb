"""The history of applied migrations: the table supabase_migrations.schema_migrations, as Supabase's CLI keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from snap.errors import TargetError
from snap_restorer.pg.catalog import records
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection, Target

SCHEMA = "supabase_migrations"
TABLE = "supabase_migrations.schema_migrations"
_CREATE_SCHEMA = "CREATE SCHEMA supabase_migrations"
_CREATE_TABLE = """CREATE TABLE supabase_migrations.schema_migrations
    (version text NOT NULL PRIMARY KEY, statements text[], name text)"""
_COMPLETE = """ALTER TABLE supabase_migrations.schema_migrations
    ADD COLUMN IF NOT EXISTS statements text[], ADD COLUMN IF NOT EXISTS name text"""
_READ = "SELECT version FROM supabase_migrations.schema_migrations"
_COUNT = "SELECT pg_catalog.count(*) FROM supabase_migrations.schema_migrations"
_RECORD = "INSERT INTO supabase_migrations.schema_migrations (version, name, statements) VALUES (%s, %s, %s)"
_EMPTY = {
    "supabase_migrations.schema_migrations": "DELETE FROM supabase_migrations.schema_migrations",
    "supabase_migrations.seed_files": "DELETE FROM supabase_migrations.seed_files",  # files that the CLI has run
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of the history table. `complete`: the table has every column.

    `ours`: this role has the rights of the table's owner.
    """

    schema: bool
    present: bool
    complete: bool
    readable: bool
    ours: bool


def state(connection: Connection) -> State:
    [state] = records(connection, State, "history_state")
    return state


def versions(connection: Connection) -> tuple[str, ...]:
    """Return the applied versions, in order. Errors: TargetError if this role may not read them."""
    now = state(connection)
    if not now.present:
        return ()
    if not now.readable:
        raise TargetError(
            f"this role may not read the history of migrations, {TABLE}",
            f"connect as the role that owns it, or GRANT USAGE ON SCHEMA {SCHEMA} and ALL ON {TABLE}",
        )
    rows = connection.execute(_READ).fetchall()
    return tuple(sorted(row[0] for row in rows))


def prepare(connection: Connection) -> None:
    """Create the history table, or its missing columns. Errors: TargetError if this role may not."""
    now = state(connection)
    try:
        with connection.transaction():
            if not now.schema:
                connection.execute(_CREATE_SCHEMA)
            if not now.present:
                connection.execute(_CREATE_TABLE)
            elif not now.complete:
                connection.execute(_COMPLETE)
    except psycopg.errors.InsufficientPrivilege as error:
        failed = f"the history of migrations, {TABLE}, cannot be created"
        hint = f"ask an administrator to run: CREATE SCHEMA {SCHEMA} AUTHORIZATION the role"
        raise refused(failed, error, hint, unchanged=True) from None


def record(connection: Connection, version: str, name: str, statements: Sequence[str]) -> None:
    """Record that a migration was applied."""
    connection.execute(_RECORD, [version, name, [*statements]])


def kept(connection: Connection) -> int:
    """Return the number of recorded migrations that `empty` would delete.

    Errors: TargetError if the history is another role's.
    """
    now = state(connection)
    if not now.present:
        return 0
    if not now.ours:
        raise TargetError(
            f"the history of migrations, {TABLE}, belongs to a role whose rights this role does not have",
            "connect as its owner: migrations are applied again only once the history is emptied",
            unchanged=True,
        )
    ((count,),) = connection.execute(_COUNT)
    return int(count)


def empty(connection: Connection) -> int:
    """Delete all migrations and their seeds from the history, and return the number. Errors: TargetError, as `kept`."""
    count = kept(connection)
    for table, statement in _EMPTY.items():
        if connection.execute("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", [table]).fetchall()[0][0]:
            connection.execute(statement)
    return count


def forget_all(target: Target) -> None:
    """Empty the history, after the database was restored to a state without one. Errors: TargetError."""
    with target.connect() as connection:
        empty(connection)
        target.commit(connection)
