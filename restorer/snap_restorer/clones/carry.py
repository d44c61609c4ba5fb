"""What CREATE DATABASE ... TEMPLATE does not copy: a database's owner, privileges, settings, labels, limit, comment.

All of it is transactional. What cannot be carried over exactly is refused, by comparing afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from snap.errors import TargetError
from snap_restorer.pg.databases import Database, Privilege, Setting, comment, find

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    Connection = psycopg.Connection[Any]

# Values of these are lists of quoted names (GUC_LIST_QUOTE): as one literal they would become one name.
_LISTS = frozenset({"local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces"})


def carry(connection: Connection, old: Database, new: str) -> None:
    """Let database `new` be as `old` in all but its contents, in the current transaction.

    Errors: TargetError that names what cannot be carried over.
    """
    import psycopg
    from psycopg import sql

    place = sql.SQL("DATABASE {}").format(sql.Identifier(new))
    try:
        with connection.transaction():
            settle(connection, new, old.settings)
            _alter(connection, place, sql.SQL("OWNER TO {}").format(sql.Identifier(old.owner)))
            made = find(connection, new)
            if made is not None:
                change_privileges(connection, place, old.owner, made.privileges, old.privileges)
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
            "connect as a role that may do that, or restore without --clone; nothing was changed",
        ) from None
    made = find(connection, new)
    lost = [] if made is None else [field for field in _CARRIED if getattr(made, field) != getattr(old, field)]
    if lost:
        raise TargetError(
            f"of database {old.name} cannot be carried over exactly: {', '.join(lost)}",
            "restore without --clone; nothing was changed",
        )


_CARRIED = ("owner", "privileges", "settings", "labels", "connection_limit", "is_template", "comment", "tablespace")


def settle(connection: Connection, database: str, settings: Iterable[Setting]) -> None:
    """Attach settings to a database, in the current transaction."""
    from psycopg import sql

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


def change_privileges(
    connection: Connection,
    place: sql.Composable,
    owner: str,
    held: frozenset[Privilege],
    wanted: frozenset[Privilege],
    columns: sql.Composable | None = None,
) -> None:
    """Turn the privileges on an object from `held` into `wanted`; each is granted by the role that granted it.

    `columns` is a column's name in parentheses where the privileges are on that column.
    """
    from psycopg import sql

    if held == wanted:
        return
    part = sql.SQL("") if columns is None else sql.SQL(" ") + columns
    for grantee in sorted({entry.grantee for entry in held}, key=str):
        connection.execute(sql.SQL("REVOKE ALL{} ON {} FROM {} CASCADE").format(part, place, _role(grantee)))
    for grantor, entry in _in_order(wanted, owner):
        if grantor != owner:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(grantor)))
        connection.execute(
            sql.SQL("GRANT {}{} ON {} TO {}{}").format(
                sql.SQL(entry.name),  # a word that aclexplode prints
                part,
                place,
                _role(entry.grantee),
                sql.SQL(" WITH GRANT OPTION" if entry.grantable and entry.grantee != owner else ""),
            )
        )
        if grantor != owner:
            connection.execute("RESET ROLE")


def _in_order(wanted: frozenset[Privilege], owner: str) -> Iterator[tuple[str, Privilege]]:
    """Order grants so that who grants was granted to before: from the owner outwards."""
    left = sorted(wanted, key=lambda p: (p.grantor, p.grantee or "", p.name))
    able = {(owner, entry.name) for entry in wanted}
    while left:
        now = [entry for entry in left if (entry.grantor, entry.name) in able] or left
        for entry in now:
            yield entry.grantor, entry
            left.remove(entry)
            if entry.grantable and entry.grantee is not None:
                able.add((entry.grantee, entry.name))


def _role(name: str | None) -> sql.Composable:
    from psycopg import sql

    return sql.SQL("PUBLIC") if name is None else sql.Identifier(name)


def _alter(connection: Connection, place: sql.Composable, action: sql.Composable) -> None:
    from psycopg import sql

    connection.execute(sql.SQL("ALTER {} {}").format(place, action))
