"""Run the parts of a snapshot's schema that need a superuser, in a database of the embedded server.

The database's owner is no superuser. Before the restore snap itself creates the extensions that the server ships. Other
statements that Postgres leaves to a superuser are refused by name. With trust they are run as the superuser, who then
gives the objects to the owner.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

import psycopg
from psycopg import sql

from snap.errors import ServiceError, TargetError
from snap.manifest import Manifest
from snap.units import bullets
from snap_restorer.local.embedded import Embedded
from snap_restorer.local.roles import OWNER, connect, give_database
from snap_restorer.pg.catalog import query
from snap_restorer.pg.foreign_sql import readable
from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.schema_sql import created_schema, extensions
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Target
from snap_restorer.request import Request

_SHOWN = 10  # statements in a message
_KINDS = re.compile(
    r"CREATE (EVENT TRIGGER|OPERATOR (CLASS|FAMILY)|ACCESS METHOD|FOREIGN DATA WRAPPER|TEXT SEARCH (PARSER|TEMPLATE)"
    r"|(OR REPLACE )?(TRUSTED )?(PROCEDURAL )?LANGUAGE) "
)
_NATIVE = frozenset({"C", "INTERNAL"})  # languages whose functions run native code in the server's process


@contextmanager
def embedded_target(embedded: Embedded, database: str, manifest: Manifest, request: Request) -> Iterator[Target]:
    """Start the server, create the database unless it exists, and yield the target of a restore into it.

    Errors: without trust, TargetError that names the statements that need a superuser; ServiceError.
    """
    target = embedded.start().target(database)
    embedded.ensure_database(database)
    with prepared(target, manifest, request) as able:
        yield able


@contextmanager
def prepared(target: Target, manifest: Manifest, request: Request) -> Iterator[Target]:
    """Run in `target` the parts of the snapshot's schema that need a superuser, and yield the target to restore into.

    The yielded target is `target` itself if it names no superuser. Errors: TargetError, as of `embedded_target`;
    ServiceError.
    """
    if target.superuser is None:
        yield target
        return
    database = target.parameters()["dbname"]
    statements = readable(manifest.version, manifest.schema_sql)
    privileged = [statement for statement in statements if needs_superuser(statement)]
    wanted = extensions(statements)
    if not (privileged or wanted) or _holds_tables(target, manifest):
        yield target
        return
    if privileged and not request.trust_code:
        names = [f"line {statement.first}: {statement.excerpt()}" for statement in privileged]
        raise TargetError(
            f"the schema SQL of {manifest.version} needs a superuser, but snap does not work as one in the "
            f"embedded Postgres:\n{bullets(names, most=_SHOWN)}",
            "read these statements",
            unchanged=True,
            option="trust_code",
        )
    if not request.dry_run:
        create_extensions(target.superuser, database, wanted, frozenset(map(created_schema, statements)))
    if not privileged:
        yield target
        return
    try:
        yield Target(target.superuser)
    finally:
        try:
            give_database(target.superuser, database)
        except psycopg.Error as error:
            raise ServiceError(
                f"database {database} still belongs to the superuser: {words(error).whole}", "run this again"
            ) from None


def needs_superuser(statement: Statement) -> bool:
    """Return whether Postgres leaves a statement to a superuser, extensions excepted."""
    if _KINDS.match(" ".join(statement.tokens[:6]) + " "):
        return True
    languages = {name.strip("\"'").upper() for word, name in pairwise(statement.tokens) if word == "LANGUAGE"}
    return statement.tokens[0] == "CREATE" and not _NATIVE.isdisjoint(languages)


def _holds_tables(target: Target, manifest: Manifest) -> bool:
    """Return whether any of the snapshot's tables exists, so that its schema SQL does not run."""
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


def create_extensions(
    admin: str, database: str, wanted: Mapping[str, str], schemas: Container[str] = frozenset()
) -> None:
    """Create the extensions that the server ships, that need a superuser, and whose schema exists or is in `schemas`.

    Missing schemas of `schemas` are created for the owner first, empty, if one of these extensions needs them.
    """
    try:
        with connect(admin, database) as connection:
            for name, schema, present in connection.execute(
                query("missing_extensions"), {"names": list(wanted), "schemas": list(wanted.values())}
            ).fetchall():
                if not (present or schema in schemas):
                    continue
                if not present:
                    create = sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}")
                    connection.execute(create.format(sql.Identifier(schema), sql.Identifier(OWNER)))
                create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {} CASCADE")  # cube, for earthdistance
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(schema)))
    except psycopg.Error as error:
        raise ServiceError(
            f"the extensions cannot be created in the embedded Postgres: {words(error).whole}",
            "create them as the superuser, then run this again",
        ) from None
