"""What a snapshot's schema needs a superuser for, in a database of the embedded server, whose owner is none.

snap itself creates the extensions that the server ships, before the restore. All else that Postgres leaves to a
superuser is refused by name, or with trust run as the superuser, who gives it to the owner afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import psycopg
from psycopg import sql

from snap.errors import ServiceError, TargetError
from snap.manifest import Manifest
from snap.units import bullets
from snap_restorer.local.embedded import Embedded
from snap_restorer.local.roles import connect, give_database
from snap_restorer.pg.catalog import query
from snap_restorer.pg.foreign_sql import readable
from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.target import Target
from snap_restorer.request import Request

_SHOWN = 10  # statements in a message
_KINDS = re.compile(
    r"CREATE (EVENT TRIGGER|OPERATOR (CLASS|FAMILY)|ACCESS METHOD|FOREIGN DATA WRAPPER|TEXT SEARCH (PARSER|TEMPLATE)"
    r"|(OR REPLACE )?(TRUSTED )?(PROCEDURAL )?LANGUAGE) "
)
_NATIVE = frozenset({"C", "INTERNAL"})  # languages whose functions are code of the server's own process
_EXTENSION = re.compile(
    r'CREATE EXTENSION (?:IF NOT EXISTS )?("[^"]+"|\w+)(?: WITH)?(?: SCHEMA ("[^"]+"|\w+))?$', re.IGNORECASE
)


@contextmanager
def embedded_target(embedded: Embedded, database: str, manifest: Manifest, request: Request) -> Iterator[Target]:
    """Start the server, create the database unless it is there, and yield the target of a restore into it.

    Errors: TargetError that names what needs a superuser, without trust; ServiceError.
    """
    server = embedded.start()
    embedded.ensure_database(database)
    ordinary, admin = Target(server.url(database)), server.as_superuser().url(database)
    statements = readable(manifest.version, manifest.schema_sql)
    privileged = [statement for statement in statements if needs_superuser(statement)]
    extensions = [(match[1], match[2]) for s in statements if (match := _EXTENSION.match(" ".join(s.tokens)))]
    if not (privileged or extensions) or _holds_tables(ordinary, manifest):
        yield ordinary
        return
    if privileged and not request.trust_code:
        names = [f"line {statement.first}: {statement.excerpt()}" for statement in privileged]
        raise TargetError(
            f"the schema SQL of {manifest.version} needs a superuser, and the embedded Postgres is used as none:\n"
            f"{bullets(names, most=_SHOWN)}",
            "read it",
            unchanged=True,
            option="trust_code",
        )
    if not request.dry_run:
        _create_extensions(admin, database, extensions)
    if not privileged:
        yield ordinary
        return
    try:
        yield Target(admin)
    finally:
        try:
            give_database(admin, database)
        except psycopg.Error as error:
            raise ServiceError(f"database {database} stays the superuser's: {error}", "run this again") from None


def needs_superuser(statement: Statement) -> bool:
    """Return whether Postgres leaves a statement to a superuser, extensions aside."""
    if _KINDS.match(" ".join(statement.tokens[:6]) + " "):
        return True
    languages = {name.strip("\"'").upper() for word, name in pairwise(statement.tokens) if word == "LANGUAGE"}
    return statement.tokens[0] == "CREATE" and not _NATIVE.isdisjoint(languages)


def _holds_tables(target: Target, manifest: Manifest) -> bool:
    """Return whether any of the snapshot's tables is there, so that its schema SQL does not run."""
    names = [(data.table.schema, data.table.name) for data in manifest.tables]
    with target.connect() as connection:
        return bool(
            connection.execute(
                """SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                JOIN ROWS FROM (pg_catalog.unnest(%s::pg_catalog.text[]), pg_catalog.unnest(%s::pg_catalog.text[]))
                    AS w (schema, name)
                ON n.nspname OPERATOR(pg_catalog.=) w.schema AND c.relname OPERATOR(pg_catalog.=) w.name LIMIT 1""",
                [[schema for schema, _ in names], [name for _, name in names]],
            ).rowcount
        )


def _create_extensions(admin: str, database: str, wanted: Sequence[tuple[str, str | None]]) -> None:
    """Create those that the server ships, that only a superuser may create, and whose schema is there."""
    names = {_name(name): _name(schema or "public") for name, schema in wanted}
    try:
        with connect(admin, database) as connection:
            for name, schema in connection.execute(
                query("missing_extensions"), {"names": list(names), "schemas": list(names.values())}
            ).fetchall():
                create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}")
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(schema)))
    except psycopg.Error as error:
        raise ServiceError(
            f"the extensions of the snapshot cannot be created in the embedded Postgres: {error}",
            "create them as the superuser, then run this again",
        ) from None


def _name(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token.lower()
