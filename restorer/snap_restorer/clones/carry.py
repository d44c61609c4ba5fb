"""Carry over what CREATE DATABASE ... TEMPLATE does not copy: owner, privileges, settings, labels, limit, comment.

All statements are transactional. A comparison afterwards finds the attributes that were not carried over exactly, and
the clone is then refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap_restorer.clones.databases import Database, Setting, comment, find
from snap_restorer.pg.grants import change_privileges
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection

# The values of these are lists of quoted names (GUC_LIST_QUOTE). As one literal they would become one name.
_LISTS = frozenset({"local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces"})


def carry(connection: Connection, old: Database, new: str) -> None:
    """Give database `new` the owner, privileges, settings and the like of `old`, in the current transaction.

    Errors: TargetError that names what cannot be carried over.
    """
    place = sql.SQL("DATABASE {}").format(sql.Identifier(new))
    try:
        with connection.transaction():
            attach_settings(connection, new, old.settings)
            connection.execute(_owner_sql(place, old))
            copy = find(connection, new)
            if copy is not None:
                change_privileges(connection, place, old.owner, copy.privileges, old.privileges)
            for statement in _attributes_sql(place, old):
                connection.execute(statement)
            comment(connection, new, old.comment)
    except psycopg.errors.LockNotAvailable:
        raise
    except psycopg.Error as error:
        failed = f"the attributes of database {old.name} cannot be copied to the clone"
        raise refused(failed, error, option="clone", unchanged=True) from None
    copy = find(connection, new)
    lost = [] if copy is None else [field for field in _CARRIED if getattr(copy, field) != getattr(old, field)]
    if lost:
        raise TargetError(
            f"these attributes of database {old.name} cannot be copied exactly to the clone: {', '.join(lost)}",
            option="clone",
            unchanged=True,
        )


_CARRIED = ("owner", "privileges", "settings", "labels", "connection_limit", "is_template", "comment", "tablespace")


def attach_settings(connection: Connection, database: str, settings: Iterable[Setting]) -> None:
    """Attach settings to a database, in the current transaction."""
    for setting in sorted(settings, key=lambda s: (s.role or "", s.name)):
        statement = _setting_sql(database, setting)
        if setting.name.lower() in _LISTS:
            with connection.transaction():
                connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [setting.name, setting.value])
                connection.execute(statement)
                connection.execute(sql.SQL("SET LOCAL {} TO DEFAULT").format(_parameter(setting)))
        else:
            connection.execute(statement)


def _owner_sql(place: sql.Composable, old: Database) -> sql.Composed:
    return sql.SQL("ALTER {} OWNER TO {}").format(place, sql.Identifier(old.owner))


def _attributes_sql(place: sql.Composable, old: Database) -> Iterator[sql.Composed]:
    """Return the statements that copy the connection limit, the template flag and the labels. Pure."""
    yield sql.SQL("ALTER {} CONNECTION LIMIT {}").format(place, sql.Literal(old.connection_limit))
    if old.is_template:
        yield sql.SQL("ALTER {} IS_TEMPLATE true").format(place)
    for provider, label in sorted(old.labels):
        yield sql.SQL("SECURITY LABEL FOR {} ON {} IS {}").format(sql.Identifier(provider), place, sql.Literal(label))


def _setting_sql(database: str, setting: Setting) -> sql.Composed:
    """Return the statement that attaches a setting. A list setting is taken from the session's current value. Pure."""
    place = sql.SQL("DATABASE {}").format(sql.Identifier(database))
    if setting.role is not None:
        place = sql.SQL("ROLE {} IN ").format(sql.Identifier(setting.role)) + place
    if setting.name.lower() in _LISTS:
        return sql.SQL("ALTER {} SET {} FROM CURRENT").format(place, _parameter(setting))
    return sql.SQL("ALTER {} SET {} TO {}").format(place, _parameter(setting), sql.Literal(setting.value))


def _parameter(setting: Setting) -> sql.Identifier:
    return sql.Identifier(*setting.name.split("."))
