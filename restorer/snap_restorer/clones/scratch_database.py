"""A temporary database that leaves nothing behind, on a given server or on a server of its own."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import sql

from snap import scratch
from snap.errors import ServiceError, TargetError
from snap_restorer.clones import databases
from snap_restorer.local.embedded import Embedded
from snap_restorer.local.roles import connect
from snap_restorer.local.superuser import create_extensions
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Target

_NAME = "scratch"


@contextmanager
def scratch_database(target: Target) -> Iterator[Target]:
    """Create a private database on the server of `target`, lend it, and drop it when the block ends.

    Errors: TargetError if the role may not create databases, or if a pooler is in between; ServiceError.
    """
    name = f"snap_{_NAME}_{secrets.token_hex(8)}"
    with databases.serve(target, option=None) as server:
        try:
            databases.create(server, name, "template0", private=True)
            yield server.target.at(name)
        finally:
            databases.drop(server, name, force=True)


@contextmanager
def scratch_server(
    environment: Mapping[str, str], *, major: int, roles: Collection[str], extensions: Mapping[str, str]
) -> Iterator[Target]:
    """Start an embedded server with one empty database, lend the database as its owner, and remove the server.

    `roles` are created on the server and may not log in. Of `extensions`, those that the server ships are created, each
    in the schema that is given with its name. Errors: TargetError if the programs are another major version's;
    ServiceError.
    """
    with scratch.folder() as folder:
        folder.chmod(0o711)  # if root starts the server, it runs as another user
        embedded = Embedded(home=folder / "home", environment=environment)
        own = int(embedded.version.partition(".")[0])
        if own != major:
            raise TargetError(
                f"this is a backup of Postgres {major}, and the embedded server is Postgres {own}",
                f"set $SNAP_PG_BIN to the folder of the Postgres {major} programs, or use a server of that version",
                option="db",
            )
        server = embedded.start()
        try:
            embedded.ensure_database(_NAME)
            target = server.target(_NAME)
            assert target.superuser is not None
            _create_roles(target.superuser, roles)
            _create_schemas(target, extensions.values())
            create_extensions(target.superuser, _NAME, extensions)
            yield target
        finally:
            embedded.stop()


def _create_roles(admin: str, names: Collection[str]) -> None:
    with connect(admin, _NAME) as connection:
        existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_catalog.pg_roles")}
        for name in sorted(set(names) - existing):
            try:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
            except psycopg.Error as error:
                raise ServiceError(
                    f"role {name} cannot be created in the scratch server: {words(error).whole}", ""
                ) from None


def _create_schemas(target: Target, names: Collection[str]) -> None:
    with target.connect() as connection:
        for name in sorted(set(names)):
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
        connection.commit()
