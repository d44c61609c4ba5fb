"""Run the schema SQL of a snapshot, all of it or one section, in a target that has none of the snapshot's tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg

from snap.errors import SnapshotError, TargetError
from snap.manifest import Manifest
from snap_restorer.pg import foreign_sql, locks, transaction
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.schema_sql import created_schema, entry_at, extensions, require_server
from snap_restorer.pg.server_errors import ServerWords, words
from snap_restorer.pg.target import Connection, Target

_IDENTITY = "SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text, SESSION_USER, CURRENT_USER"
_EXTENSIONS = """
SELECT e.extname::pg_catalog.text, n.nspname::pg_catalog.text
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
WHERE e.extname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])
"""
_EXISTS = frozenset({"42P06", "42P07", "42710", "42723"})
_MISSING = frozenset({"3F000", "42704", "42883", "42P01"})


class SchemaRefusedError(TargetError):
    """Raised if the server refuses a snapshot's schema, whatever its rows are."""


def admit_schema(connection: Connection, manifest: Manifest, *, trust_code: bool) -> tuple[Statement, ...]:
    """Return the statements that create the snapshot's schema, before any of them runs.

    Errors: TargetError if this server or this session refuses one, SnapshotError if every session does.
    """
    require_server(manifest.schema_sql, connection.info.server_version // 10_000)
    statements = foreign_sql.admit(connection, manifest.version, manifest.schema_sql, trust_code=trust_code)
    if wanted := extensions(statements):
        _require_extensions(connection, manifest.version, statements)
        # Extensions that only a superuser may create were created before, and their schemas with them.
        names = {"names": list(wanted), "schemas": list(wanted.values())}
        placed = {schema for (schema,) in connection.execute(query("extension_schemas"), names)}
        statements = tuple(statement for statement in statements if created_schema(statement) not in placed)
    work = f"creating the schema of {manifest.version}"
    locks.require_room(connection, locks.count(connection), locks.of_statements(statements), work)
    return statements


def _require_extensions(connection: Connection, version: str, statements: Sequence[Statement]) -> None:
    """Raise SchemaRefusedError if the server has one of the extensions neither installed nor to install."""
    lines = {name: statement.first for statement in statements for name in extensions([statement])}
    lacking = connection.execute(query("unavailable_extensions"), {"names": list(lines)}).fetchall()
    if lacking:
        named = ", ".join(f"{name} (line {lines[name]})" for (name,) in lacking)
        raise SchemaRefusedError(
            f"the schema SQL of {version} creates extensions that this server does not have: {named}",
            "install them on the server, or use a server that has them: for the embedded Postgres, set $SNAP_PG_BIN "
            "to its folder of programs",
            unchanged=True,
            option="db",
        )


def create_schema(
    connection: Connection,
    target: Target,
    manifest: Manifest,
    statements: Sequence[Statement],
    *,
    path: str = transaction.OWN,
    trust_code: bool,
) -> None:
    """Run admitted statements of the snapshot's own SQL one at a time, inside the transaction.

    Raise TargetError if the server refuses one, SnapshotError if one ends the transaction or takes another role. Both
    errors say whether anything was changed.
    """
    transaction.set_search_path(connection, path)
    before = one_row(connection, _IDENTITY)
    cursors: list[psycopg.Cursor[object]] = []
    try:
        with connection.pipeline():  # one round trip for all; the extended protocol takes one statement at a time
            cursors += (connection.execute(statement.text.encode()) for statement in statements)
        after = one_row(connection, _IDENTITY)
    except psycopg.Error as error:
        said = words(error)
        translated = target.explain(said)
        where = _where(manifest.schema_sql, statements, cursors)
        every = foreign_sql.readable(manifest.version, manifest.schema_sql)
        unchanged = _undone(connection, before)
        advice = "; ".join(filter(None, (_advice(said), *_elsewhere(connection, said, every))))
        failed = f"the schema of {manifest.version} cannot be created{where}"
        of_rows = said.state.startswith("23")  # a key or an index that the rows, which are there before it, violate
        raise (SchemaRefusedError if type(translated) is TargetError and not of_rows else type(translated))(
            f"{failed}: {translated.message}",
            advice,
            unchanged=unchanged,
            reported=f"{failed}: {translated.reported}",
        ) from None
    if after[0] != before[0]:
        raise SnapshotError(
            f"the schema's SQL of {manifest.version} ends the transaction: the statements before that stay in effect",
            "check what the database holds now; remove the statement that ends the transaction from the SQL",
            unchanged=_undone(connection, before),
        )
    if after != before and not trust_code:
        raise TargetError(
            f"the schema's SQL of {manifest.version} takes the rights of role {after[2]}",
            "remove the change of role from the SQL",
            unchanged=True,
            option="trust_code",
        )


def _where(schema_sql: str, statements: Sequence[Statement], cursors: Sequence[psycopg.Cursor[object]]) -> str:
    """Return a text about the object that the failed statement creates, from the comment that pg_dump wrote."""
    failed = next((s for s, cursor in zip(statements, cursors, strict=False) if cursor.statusmessage is None), None)
    entry = entry_at(schema_sql, failed.start + len(failed.text)) if failed else ""
    return f", {entry}" if entry else ""


def _advice(said: ServerWords) -> str:
    if said.state in _EXISTS:
        return (
            "the database already has an object of that name: create the tables with your own migrations, or "
            "restore into an empty database"
        )
    return said.advice


def _elsewhere(connection: Connection, said: ServerWords, statements: Sequence[Statement]) -> Iterator[str]:
    """If the server misses an object, yield the extensions that are in other schemas than the SQL says."""
    if said.state not in _MISSING:
        return
    wanted = extensions(statements)
    for name, schema in connection.execute(_EXTENSIONS, [list(wanted)]).fetchall():
        if schema != wanted[name]:
            yield (
                f"extension {name} is in schema {schema}, but the snapshot's objects expect it in schema {wanted[name]}"
            )


def _undone(connection: Connection, before: tuple[str, ...]) -> bool:
    """Roll the transaction back, and return whether the server reports it as aborted."""
    try:
        connection.rollback()
        (status,) = one_row(connection, "SELECT pg_catalog.pg_xact_status(%s::pg_catalog.xid8)", [before[0]])
    except psycopg.Error:
        return False
    return bool(status == "aborted")
