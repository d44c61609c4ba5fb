"""Carry over what CREATE DATABASE ... TEMPLATE does not copy: owner, privileges, settings, labels, limit, comment.

All of it is transactional. What cannot be carried over exactly is refused, by comparing afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap_restorer.clones.databases import Database, Setting, comment, find
from snap_restorer.pg.grants import change_privileges
from snap_restorer.pg.target import Connection

# Values of these are lists of quoted names (GUC_LIST_QUOTE): as one literal they would become one name.
_LISTS = frozenset({"local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces"})


def carry(connection: Connection, old: Database, new: str) -> None:
    """Make database `new` like `old` in all but its contents, in the current transaction.

    Errors: TargetError that names what cannot be carried over.
    """
    place = sql.SQL("DATABASE {}").format(sql.Identifier(new))
    try:
        with connection.transaction():
            attach_settings(connection, new, old.settings)
            _alter(connection, place, sql.SQL("OWNER TO {}").format(sql.Identifier(old.owner)))
            copy = find(connection, new)
            if copy is not None:
                change_privileges(connection, place, old.owner, copy.privileges, old.privileges)
            _alter(connection, place, sql.SQL("CONNECTION LIMIT {}").format(sql.Literal(old.connection_limit)))
            if old.is_template:
                _alter(connection, place, sql.SQL("IS_TEMPLATE true"))
            for provider, label in sorted(old.labels):
                connection.execute(
                    sql.SQL("SECURITY LABEL FOR {} ON {} IS {}").format(
                        sql.Identifier(provider), place, sql.Literal(label)
                    )
                )
            comment(connection, new, old.comment)
    except psycopg.errors.LockNotAvailable:
        raise
    except psycopg.Error as error:
        raise TargetError(
            f"what belongs to database {old.name} cannot be carried over to a copy: {error.diag.message_primary}",
            "connect as a role that may do that",
            option="clone",
            unchanged=True,
        ) from None
    copy = find(connection, new)
    lost = [] if copy is None else [field for field in _CARRIED if getattr(copy, field) != getattr(old, field)]
    if lost:
        raise TargetError(
            f"of database {old.name} cannot be carried over exactly: {', '.join(lost)}",
            option="clone",
            unchanged=True,
        )


_CARRIED = ("owner", "privileges", "settings", "labels", "connection_limit", "is_template", "comment", "tablespace")


def attach_settings(connection: Connection, database: str, settings: Iterable[Setting]) -> None:
    """Attach settings to a database, in the current transaction."""
    for setting in sorted(settings, key=lambda s: (s.role or "", s.name)):
        where = sql.SQL("DATABASE {}").format(sql.Identifier(database))
        if setting.role is not None:
            where = sql.SQL("ROLE {} IN ").format(sql.Identifier(setting.role)) + where
        name = sql.Identifier(*setting.name.split("."))
        if setting.name.lower() in _LISTS:
            with connection.transaction():
                connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [setting.name, setting.value])
                _alter(connection, where, sql.SQL("SET {} FROM CURRENT").format(name))
                connection.execute(sql.SQL("SET LOCAL {} TO DEFAULT").format(name))
        else:
            _alter(connection, where, sql.SQL("SET {} TO {}").format(name, sql.Literal(setting.value)))


def _alter(connection: Connection, place: sql.Composable, action: sql.Composable) -> None:
    connection.execute(sql.SQL("ALTER {} {}").format(place, action))
