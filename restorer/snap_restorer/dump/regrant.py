"""Owners, privileges and default privileges as they were noted, once put_back has made the objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap.progress import Progress
from snap_restorer.dump import holdings
from snap_restorer.dump.holdings import Default, Holdings, LargeObject
from snap_restorer.pg import grants
from snap_restorer.pg.catalog import query
from snap_restorer.pg.grants import Privilege, Right, change_privileges, role

Connection = psycopg.Connection[Any]

_DEFAULTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


def settle_rights(
    connection: Connection, held: Holdings, schemas: Sequence[str], progress: Progress, *, large_objects: bool
) -> None:
    """Set owners and privileges as they were; what this role cannot give away it keeps, and says so."""
    roles = dict(connection.execute(query("dump_roles")).fetchall())
    found = holdings.rights(connection, schemas, holdings.things(connection, schemas))
    now = {right.key: right for right in found}
    wanted, kept = [], set[str]()
    for right in held.rights:
        there = now.get(right.key)
        table = (right.kind.removesuffix(" column"), right.identity, None)
        if there == right or (there is None and (right.column is None or table not in now)):
            continue
        if there is not None and right.movable and there.owner != right.owner and not roles.get(right.owner):
            kept.add(right.owner)
            right = _taken(right, there.owner)  # noqa: PLW2901
        known = frozenset(one for one in right.privileges if one.grantee is None or one.grantee in roles)
        wanted.append(replace(right, privileges=known))
    try:
        grants.carry_rights(connection, wanted)
    except TargetError as error:
        raise TargetError(
            error.message.replace("carried over to a copy", "put back"),
            "connect as a superuser or as the objects' owner",
            unchanged=True,
        ) from None
    if large_objects:
        _large_rights(connection, held.large_objects, roles)
    if kept:
        progress.warn(f"what belonged to {', '.join(sorted(kept))} now belongs to the role that put it back")


def _taken(right: Right, owner: str) -> Right:
    """Return the rights as if `owner` owned the object and had granted them. Pure."""

    def swap(name: str | None) -> str | None:
        return owner if name == right.owner else name

    moved = frozenset(
        Privilege(grantor=owner, grantee=swap(one.grantee), name=one.name, grantable=one.grantable)
        for one in right.privileges
    )
    return replace(right, owner=owner, privileges=moved)


def _large_rights(connection: Connection, wanted: Iterable[LargeObject], roles: Mapping[str, bool]) -> None:
    now = {one.name: one for one in holdings.large_objects(connection)}
    for one in wanted:
        there = now.get(one.name)
        if there is None or not one.ours:
            continue
        place = sql.SQL("LARGE OBJECT {}").format(sql.SQL(one.name))  # digits
        if there.owner != one.owner and roles.get(one.owner):
            connection.execute(sql.SQL("ALTER {} OWNER TO {}").format(place, sql.Identifier(one.owner)))
            there = next(o for o in holdings.large_objects(connection) if o.name == one.name)
        change_privileges(connection, place, there.owner, there.privileges, one.privileges)


def settle_defaults(connection: Connection, held: Holdings, schemas: Sequence[str], progress: Progress) -> None:
    """Set the schemas' default privileges as they were. Those of other roles are only named where they differ."""
    now = {(one.role, one.schema, one.kind): one for one in holdings.defaults(connection, schemas)}
    wanted = {(one.role, one.schema, one.kind): one for one in held.defaults if one.schema in schemas}
    for key in sorted({*now, *wanted}):
        there, want = now.get(key), wanted.get(key)
        if there is not None and want is not None and there.privileges == want.privileges:
            continue
        one = there or want
        assert one is not None
        if not one.ours:
            progress.warn(f"default privileges of {one.role} in schema {one.schema} are not as they were")
            continue
        _set_defaults(connection, one, there, want)


def _set_defaults(connection: Connection, one: Default, there: Default | None, want: Default | None) -> None:
    head = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {}").format(
        sql.Identifier(one.role), sql.Identifier(one.schema)
    )
    kind = sql.SQL(_DEFAULTS[one.kind])
    for grantee in sorted({p.grantee for p in there.privileges} if there else (), key=str):
        connection.execute(head + sql.SQL(" REVOKE ALL ON {} FROM {}").format(kind, role(grantee)))
    for p in sorted(want.privileges if want else (), key=str):
        connection.execute(
            head
            + sql.SQL(" GRANT {} ON {} TO {}{}").format(
                sql.SQL(p.name),  # a word that aclexplode prints
                kind,
                role(p.grantee),
                sql.SQL(" WITH GRANT OPTION" if p.grantable else ""),
            )
        )
