"""Refuse code in a backup that would run with a superuser's rights, by name and before it runs.

A backup records the owners of its objects. Functions whose owner may become a superuser are run. Functions of other
roles, and of roles that no longer exist, are refused. Unless all objects belong to such powerful roles, pg_restore's
SQL must keep the rules for a snapshot's SQL (snap_restorer.pg.foreign_sql).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from snap.errors import TargetError
from snap.units import bullets
from snap_restorer.dump.inventory import Inventory
from snap_restorer.pg import foreign_sql, user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.foreign_sql import Present
from snap_restorer.pg.prior_relations import changes_prior, named
from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.schema_functions import alike, name_in, runs_code
from snap_restorer.pg.target import Connection

_NAME = r'"(?:[^"]|"")*"|[^".(]+'
_FUNCTION = re.compile(rf"(?:{_NAME})\.({_NAME})\(")  # as Postgres prints a function's identity
_CALLED = frozenset({"function", "aggregate"})
_BACKUP = "the backup"


def require_trusted_rows(
    connection: Connection, schemas: Sequence[str], *, created: bool = False, trust_code: bool
) -> None:
    """Raise TargetError if moving the schemas' rows would run code of other roles with a superuser's rights.

    `created`: some owners that a backup records do not exist here, so the role that restores it becomes the owner of
    their objects.
    """
    oids = tables_of(connection, schemas)
    user_code.require_trusted(connection, oids, "load", created=created, trust_code=trust_code)


def tables_of(connection: Connection, schemas: Sequence[str]) -> list[int]:
    """Return the OIDs of all relations in the schemas that hold rows."""
    return [oid for (oid,) in connection.execute(query("dump_code_tables"), {"schemas": list(schemas)})]


def require_trusted_sql(
    connection: Connection, inventory: Inventory, schemas: Sequence[str], texts: Iterable[str], *, trust_code: bool
) -> None:
    """Refuse a backup's SQL, and the objects to recreate outside its schemas, if either would run code of other roles.

    Errors: TargetError; SnapshotError for statements that no session accepts.
    """
    statements = [statement for text in texts for statement in foreign_sql.readable(_BACKUP, text)]
    if trust_code or not user_code.may_be_superuser(connection):
        return
    trusted = {name for (name,) in connection.execute(query("trusted_roles"))}
    if all(right.owner in trusted for right in inventory.rights if right.kind != "schema"):
        return  # all objects belong to trusted roles
    prior = connection.execute(query("prior_relations")).fetchall()
    functions = {alike(name) for (name,) in connection.execute(query("user_functions"))}
    functions |= functions_of_others(inventory, trusted)
    relations = named((row for row in prior if row[0] not in schemas), ())
    foreign_sql.require_harmless(_BACKUP, statements, Present(functions=frozenset(functions), relations=relations))
    outside = [item.definition for item in inventory.outside if item.definition is not None]
    refused = [
        statement.excerpt()
        for definition in outside
        for statement in foreign_sql.readable(_BACKUP, definition)
        if runs_code(statement, functions) or (_checks(statement) and changes_prior(statement, relations))
    ]
    if refused:
        raise TargetError(
            f"code of other roles would run with a superuser's rights:\n{bullets(refused)}",
            "read the code; connect as a role that owns the tables and is not a superuser",
            unchanged=True,
            option="trust_code",
        )


def functions_of_others(inventory: Inventory, trusted: Iterable[str]) -> frozenset[str]:
    """Return the names of the functions in a backup whose recorded owners are not among `trusted`. Pure."""
    owners = frozenset(trusted)
    return frozenset(
        name_in(match[1])
        for right in inventory.rights
        if right.kind in _CALLED and right.owner not in owners and (match := _FUNCTION.match(right.identity))
    )


def _checks(statement: Statement) -> bool:
    """Return whether a statement adds a CHECK without NOT VALID, which Postgres evaluates at once for all rows."""
    return "CHECK" in statement.tokens and statement.tokens[-2:] != ("NOT", "VALID")
