"""Owners and privileges of a database's objects, read and set. Each privilege is granted by its original grantor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from snap.errors import Option, TargetError
from snap.units import bullets
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import records
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection

Key = tuple[str, str, str | None]  # kind, identity, column


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege:
    """One entry of an access control list. If `grantee` is None, the privilege is granted to PUBLIC."""

    grantor: str
    grantee: str | None
    name: str
    grantable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """The owner and the privileges of one object or column. `movable`: the object's owner can be set separately."""

    kind: str
    identity: str
    column: str | None
    owner: str
    movable: bool
    privileges: frozenset[Privilege]

    @property
    def key(self) -> Key:
        return self.kind, self.identity, self.column


def privileges(entries: Sequence[Sequence[Any]]) -> frozenset[Privilege]:
    """Return privileges from rows of aclexplode, each [grantor, grantee, privilege, grantable]."""
    return frozenset(
        Privilege(grantor=grantor, grantee=grantee, name=name, grantable=grantable)
        for grantor, grantee, name, grantable in entries
    )


def rights(connection: Connection) -> tuple[Right, ...]:
    """Return the owners and privileges of all objects in this database."""
    with connection.transaction():
        transaction.set_search_path(connection, "pg_catalog")
        return tuple(records(connection, _right, "clone_rights"))


def _right(**row: Any) -> Right:
    return Right(**{**row, "privileges": privileges(row["privileges"])})


def apply_rights(connection: Connection, wanted: Iterable[Right], *, option: Option | None = None) -> None:
    """Set owners and privileges as in `wanted`. Objects that are not in `wanted` stay as they are.

    Errors: TargetError if this role may not, or if the result is not exact; `option` is the parameter that helps.
    """
    by_key = {right.key: right for right in wanted}
    if not _lost({right.key: right for right in rights(connection)}, by_key):
        return
    try:
        with connection.transaction():
            transaction.set_search_path(connection, "pg_catalog")
            _own(connection, by_key)
            _allow(connection, by_key)
    except psycopg.Error as error:
        failed = "owners and privileges cannot be restored"
        raise refused(failed, error, unchanged=True, option=option) from None
    lost = _lost({right.key: right for right in rights(connection)}, by_key)
    if lost:
        raise TargetError(
            "owners or privileges cannot be restored exactly:\n" + bullets(lost),
            "connect as a superuser or as the objects' owner",
            unchanged=True,
            option=option,
        )


def _own(connection: Connection, wanted: Mapping[Key, Right]) -> None:
    for right in rights(connection):
        want = wanted.get(right.key)
        if want is None or want.owner == right.owner or not right.movable:
            continue
        connection.execute(sql.SQL("ALTER {} OWNER TO {}").format(_place(right, _OWNED), sql.Identifier(want.owner)))


def _allow(connection: Connection, wanted: Mapping[Key, Right]) -> None:
    held = {right.key: right for right in rights(connection)}
    for key in sorted({*held, *wanted}, key=lambda key: (key[2] is not None, *map(str, key))):
        want, right = wanted.get(key), held.get(key)
        if key[2] is not None and _table(key) in held and _table(key) in wanted:
            # A column is listed only if it has privileges, and on one side it may have none.
            want = want or replace(right or wanted[key], privileges=frozenset())
            right = right or replace(want, privileges=frozenset())
        if right is None or want is None:
            continue
        column = None if want.column is None else sql.SQL("({})").format(sql.Identifier(want.column))
        change_privileges(connection, _place(right, _GRANTED), want.owner, right.privileges, want.privileges, column)


def _table(key: Key) -> Key:
    return key[0].removesuffix(" column"), key[1], None


def _lost(held: Mapping[Key, Right], wanted: Mapping[Key, Right]) -> list[str]:
    """Return the names of objects whose owner or privileges are not as wanted.

    A system object is in the list if its privileges were changed.
    """
    wrong = []
    for key, want in wanted.items():
        right = held.get(key)
        system = key[1].startswith(("pg_catalog.", "information_schema."))
        column = key[2] is not None and _table(key) in held
        missing = right is None and (system or column)
        if missing or (right is not None and not _same(right, want)):
            wrong.append(" ".join(filter(None, key)))
    return wrong


def _same(one: Right, other: Right) -> bool:
    return one.privileges == other.privileges and (one.owner == other.owner or not one.movable)


# Kinds by pg_identify_object's name, with their different names in ALTER ... OWNER and GRANT ... ON.
_OWNED = {"statistics object": "STATISTICS", "table column": "TABLE"}
_GRANTED = {
    **dict.fromkeys(("view", "materialized view", "foreign table", "table column"), "TABLE"),
    **dict.fromkeys(("view column", "materialized view column", "foreign table column"), "TABLE"),
    **dict.fromkeys(("aggregate", "procedure"), "ROUTINE"),
    "server": "FOREIGN SERVER",
}


def _place(right: Right, words: Mapping[str, str]) -> sql.Composable:
    """Return an object's name in SQL. Postgres printed and quoted its identity."""
    return sql.SQL(f"{words.get(right.kind, right.kind)} {right.identity}")


def change_privileges(
    connection: Connection,
    place: sql.Composable,
    owner: str,
    held: frozenset[Privilege],
    wanted: frozenset[Privilege],
    columns: sql.Composable | None = None,
) -> None:
    """Change the privileges on an object from `held` to `wanted`. Each is granted by its original grantor.

    `columns` is a column's name in parentheses if the privileges are on that column.
    """
    for statement in _changes(place, owner, held, wanted, columns):
        connection.execute(statement)


def _changes(
    place: sql.Composable,
    owner: str,
    held: frozenset[Privilege],
    wanted: frozenset[Privilege],
    columns: sql.Composable | None,
) -> Iterator[sql.SQL | sql.Composed]:
    """Return the statements of `change_privileges`. Pure."""
    if held == wanted:
        return
    part = sql.SQL("") if columns is None else sql.SQL(" ") + columns
    for grantee in sorted({entry.grantee for entry in held}, key=str):
        yield sql.SQL("REVOKE ALL{} ON {} FROM {} CASCADE").format(part, place, role(grantee))
    for grantor, entry in _in_order(wanted, owner):
        if grantor != owner:
            yield sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(grantor))
        yield sql.SQL("GRANT {}{} ON {} TO {}{}").format(
            sql.SQL(entry.name),  # a word that aclexplode prints
            part,
            place,
            role(entry.grantee),
            sql.SQL(" WITH GRANT OPTION" if entry.grantable and entry.grantee != owner else ""),
        )
        if grantor != owner:
            yield sql.SQL("RESET ROLE")


def _in_order(wanted: frozenset[Privilege], owner: str) -> Iterator[tuple[str, Privilege]]:
    """Sort grants so that each grantor already holds the privilege: from the owner outwards."""
    left = sorted(wanted, key=lambda p: (p.grantor, p.grantee or "", p.name))
    able = {(owner, entry.name) for entry in wanted}
    while left:
        now = [entry for entry in left if (entry.grantor, entry.name) in able] or left
        for entry in now:
            yield entry.grantor, entry
            left.remove(entry)
            if entry.grantable and entry.grantee is not None:
                able.add((entry.grantee, entry.name))


def role(name: str | None) -> sql.Composable:
    """Return a grantee's name in SQL. None is PUBLIC."""
    return sql.SQL("PUBLIC") if name is None else sql.Identifier(name)
