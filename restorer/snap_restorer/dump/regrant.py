"""Set owners, privileges and default privileges as a backup records them, after the objects were created."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from psycopg import sql

from snap.progress import Progress
from snap_restorer.dump import inventory
from snap_restorer.dump.inventory import DefaultPrivileges, Inventory, LargeObject
from snap_restorer.pg import grants
from snap_restorer.pg.catalog import query
from snap_restorer.pg.grants import Privilege, Right, change_privileges, role
from snap_restorer.pg.schema_objects import rights_of, schema_objects
from snap_restorer.pg.target import Connection

_DEFAULTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES"}


def settle_rights(
    connection: Connection, recorded: Inventory, schemas: Sequence[str], progress: Progress, *, large_objects: bool
) -> None:
    """Set owners and privileges as recorded. Objects that this role cannot give away remain its own, with a warning."""
    roles = dict(connection.execute(query("dump_roles")).fetchall())
    current = {right.key: right for right in rights_of(connection, schemas, schema_objects(connection, schemas))}
    wanted, kept = [], set[str]()
    for wanted_right in recorded.rights:
        right, now = wanted_right, current.get(wanted_right.key)
        table = (right.kind.removesuffix(" column"), right.identity, None)
        if now == right or (now is None and (right.column is None or table not in current)):
            continue
        if now is not None and now.owner != right.owner and not roles.get(right.owner):
            kept.add(right.owner)
            right = _taken(right, now.owner)
        known = frozenset(item for item in right.privileges if item.grantee is None or item.grantee in roles)
        wanted.append(replace(right, privileges=known))
    grants.apply_rights(connection, wanted)
    if large_objects:
        _large_rights(connection, recorded.large_objects, roles)
    if kept:
        progress.warn(f"objects that belonged to {', '.join(sorted(kept))} now belong to the role that restored them")


def _taken(right: Right, owner: str) -> Right:
    """Return the rights as if `owner` owned the object and had granted them. Pure."""

    def swap(name: str | None) -> str | None:
        return owner if name == right.owner else name

    moved = frozenset(
        Privilege(grantor=owner, grantee=swap(item.grantee), name=item.name, grantable=item.grantable)
        for item in right.privileges
    )
    return replace(right, owner=owner, privileges=moved)


def _large_rights(connection: Connection, wanted: Iterable[LargeObject], roles: Mapping[str, bool]) -> None:
    current = {item.name: item for item in inventory.large_objects(connection)}
    for want in wanted:
        now = current.get(want.name)
        if now is None or not want.ours:
            continue
        name = sql.SQL("LARGE OBJECT {}").format(sql.SQL(want.name))  # digits
        if now.owner != want.owner and roles.get(want.owner):
            connection.execute(sql.SQL("ALTER {} OWNER TO {}").format(name, sql.Identifier(want.owner)))
            now = next(item for item in inventory.large_objects(connection) if item.name == want.name)
        change_privileges(connection, name, now.owner, now.privileges, want.privileges)


def settle_defaults(connection: Connection, recorded: Inventory, schemas: Sequence[str], progress: Progress) -> None:
    """Set the schemas' default privileges as recorded, for roles whose defaults this role may change.

    Where the defaults of other roles differ, a message names them. Roles that the server does not have get none.
    """
    roles = dict(connection.execute(query("dump_roles")).fetchall())
    current = {item.key: item for item in inventory.defaults(connection, schemas)}
    wanted = {item.key: item for item in recorded.defaults if item.schema in schemas}
    for key in sorted({*current, *wanted}):
        now, want = current.get(key), wanted.get(key)
        if now is not None and want is not None and now.privileges == want.privileges:
            continue
        either = now or want
        assert either is not None
        if not (now.ours if now is not None else roles.get(either.role)):
            progress.warn(f"default privileges of role {either.role} in schema {either.schema} differ from the backup")
            continue
        known = frozenset(
            item for item in (want.privileges if want else ()) if item.grantee is None or item.grantee in roles
        )
        for statement in _changed_defaults(either, now.privileges if now else frozenset(), known):
            connection.execute(statement)


def _changed_defaults(
    of: DefaultPrivileges, current: frozenset[Privilege], wanted: frozenset[Privilege]
) -> Iterator[sql.Composed]:
    """Return the statements that change the current default privileges into the wanted ones. Pure."""
    head = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {}").format(
        sql.Identifier(of.role), sql.Identifier(of.schema)
    )
    kind = sql.SQL(_DEFAULTS[of.kind])
    for grantee in sorted({item.grantee for item in current}, key=str):
        yield head + sql.SQL(" REVOKE ALL ON {} FROM {}").format(kind, role(grantee))
    for item in sorted(wanted, key=str):
        yield head + sql.SQL(" GRANT {} ON {} TO {}{}").format(
            sql.SQL(item.name),  # a word that aclexplode prints
            kind,
            role(item.grantee),
            sql.SQL(" WITH GRANT OPTION" if item.grantable else ""),
        )
