"""The role under which a superuser's session writes a table's rows, or reads them for health: the table's owner.

This is a second line of defence behind the list of user-defined code (user_code): code that the list missed, or that
--trust-code lets run, has only the owner's rights. This is no full protection, since code can RESET ROLE. The session's
own role writes the rows if the owner could not, or if a superuser's code would run that may need more rights than the
owner has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping

import psycopg
from psycopg import sql

from snap_restorer.pg import transaction, user_code
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection

COPY = ("INSERT",)  # the privileges needed to load rows, and to merge them with others
MERGE = ("SELECT", "INSERT", "UPDATE", "DELETE")

# Whether there is a schema with operators of extensions that a role may not use.
_CLOSED = """
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_extension e
    WHERE NOT pg_catalog.has_schema_privilege(%s::pg_catalog.name, e.extnamespace, 'USAGE')
)
"""


def owner_roles(
    connection: Connection,
    oids: Collection[int],
    privileges: Collection[str],
    *,
    forced: bool,
    triggers: bool,
    queries: str = "",
) -> Mapping[int, str]:
    """Return the roles that are to write the rows, by table OID.

    A table without an entry is written by the session's role. `forced`: FORCE ROW LEVEL SECURITY applies to the owners,
    since the caller does not lift it. `triggers`: triggers will run. `queries`: SQL that will run too.
    """
    if not oids:
        return {}
    owners = connection.execute(
        sql.SQL(query("owner_roles")).format(
            tables=sql.Literal(list(oids)),
            privileges=sql.Literal(list(privileges)),
            forced=sql.Literal(forced),
        )
    ).fetchall()
    if not owners:
        return {}
    roles = sorted({role for _, role in owners})
    needing = sql.SQL(query("needing_code")).format(
        tables=sql.Literal([oid for oid, _ in owners]),
        roles=sql.Literal(roles),
        triggers=sql.Literal(triggers),
        queries=sql.Literal(queries),
    )
    apart = {oid for (oid,) in connection.execute(needing)}
    able = {role for role in roles if _may_take(connection, role)}
    return {oid: role for oid, role in owners if role in able and oid not in apart}


def reading_role(connection: Connection, oids: Collection[int], queries: Iterable[str]) -> str | None:
    """Return the role that owns the relations and all relations that the queries name, to read them under that role.

    None means the session's own role.
    """
    if not user_code.may_be_superuser(connection):
        return None
    text = "\n".join(queries)
    named = connection.execute(sql.SQL(query("named_relations")).format(queries=sql.Literal(text))).fetchall()
    every = {*oids, *(oid for (oid,) in named)}
    roles = owner_roles(connection, every, ("SELECT",), forced=True, triggers=False, queries=text)
    role = next(iter(roles.values()), None)
    if role is None or roles != dict.fromkeys(every, role):
        return None
    (closed,) = one_row(connection, _CLOSED, [role])
    return None if closed else role


@contextlib.contextmanager
def as_role(connection: Connection, role: str | None) -> Iterator[None]:
    """Run the block's statements as `role`, then set the previous role again. None is the session's own role.

    Errors: TargetError if the role lacks a right that the code on its table needs.
    """
    if role is None:
        yield
        return
    (before,) = one_row(connection, "SELECT pg_catalog.current_setting('role')")
    transaction.set_local(connection, "role", role)
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise refused(
            f"role {role} owns the table, but lacks a privilege that code of the table needs",
            error,
            f"grant that privilege to role {role}, or remove the code from the table",
            unchanged=True,
        ) from None
    transaction.set_local(connection, "role", before)


def _may_take(connection: Connection, role: str) -> bool:
    """Return whether the session may SET ROLE to `role`. Extensions of hosted servers refuse this to superusers too."""
    try:
        with connection.transaction(force_rollback=True):
            transaction.set_local(connection, "role", role)
    except psycopg.errors.DatabaseError:
        return False
    return True
