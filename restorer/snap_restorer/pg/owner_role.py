"""The role under which a superuser's session writes rows, and reads them for health: the owner of their table.

It is a second line behind the list of user-defined code (user_code): what that list missed, and what --trust-code lets
run, sees the owner's rights. It is no wall, since code can RESET ROLE. Where the owner could not write the rows, or
code of a superuser's would run that may need more than the owner has, the session's own role writes them.
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

COPY = ("INSERT",)  # the privileges of who loads rows, and of who merges them with others
MERGE = ("SELECT", "INSERT", "UPDATE", "DELETE")

# Whether a role may not use a schema in which operators of extensions are found.
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
    """Return the roles under which rows are to be written, by the OID of the table; none for the session's own.

    `forced`: FORCE ROW LEVEL SECURITY binds the owners, since the caller does not lift it. `triggers` will run, and the
    SQL of `queries`.
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
    """Return the role that reads relations and runs queries over them: who owns them and all that the queries name.

    None for the session's own.
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
    """Let the block's statements run as `role`, then the role from before again; None is the session's own.

    Errors: TargetError where the role may not do what the code on its table does.
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
            f"role {role} owns the table, and may not do all that runs with its rows",
            error,
            f"grant that to role {role}, or take the code off the table",
            unchanged=True,
        ) from None
    transaction.set_local(connection, "role", before)


def _may_take(connection: Connection, role: str) -> bool:
    """Return whether the session may SET ROLE to `role`; extensions of hosted servers refuse it to superusers too."""
    try:
        with connection.transaction(force_rollback=True):
            transaction.set_local(connection, "role", role)
    except psycopg.errors.DatabaseError:
        return False
    return True
