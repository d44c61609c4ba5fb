"""Indexes, keys and foreign keys as statements: read, dropped, created again exactly, and proved to be as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from restorer import session
from restorer.catalog import query
from snap.errors import CheckError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

Name = tuple[str, str]  # schema and relation
Kind = Literal["index", "key", "foreign key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One object and the statements that drop it and create it again, with all that hangs on it.

    `stays` says why it may not be dropped; None: its exact re-creation is sure. A foreign key names its parent (`to`)
    and the index of it that it relies on, by OID. `tablespace` is an index's own, empty for the database's.
    """

    kind: Kind
    oid: int
    table: Name
    name: str
    to: Name | None
    relies_on: int | None
    tablespace: str
    deferrable: bool
    drop: str
    create: tuple[str, ...]
    stays: str | None


def read(connection: Connection, oids: Sequence[int]) -> tuple[Definition, ...]:
    """Read what hangs on the relations `oids`, in the order of creation."""
    from psycopg.rows import dict_row

    session.search(connection, session.QUALIFIED)
    rows = connection.cursor(row_factory=dict_row).execute(query("definitions"), {"oids": list(oids)}).fetchall()
    session.search(connection, session.PINNED)
    return tuple(
        Definition(
            table=(row.pop("schema"), row.pop("table")),
            to=_name(row.pop("to_schema"), row.pop("to_table")),
            create=tuple(row.pop("create")),
            **row,
        )
        for row in rows
    )


def drop(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Drop the objects; foreign keys go before the keys that they rely on."""
    for definition in sorted(definitions, key=lambda d: d.kind != "foreign key"):
        connection.execute(definition.drop.encode())


def create(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Create the objects again, in the order of their first creation: foreign keys are checked in that order too."""
    for definition in in_order(definitions):
        session.put(connection, "default_tablespace", definition.tablespace)
        for statement in definition.create:
            connection.execute(statement.encode())


def in_order(definitions: Iterable[Definition]) -> list[Definition]:
    """Order objects for their creation: what foreign keys rely on comes before them."""
    return sorted(definitions, key=lambda d: (d.kind == "foreign key", d.oid))


def prove(connection: Connection, oids: Sequence[int], before: Iterable[Definition]) -> None:
    """Compare what hangs on the relations now with what did. Errors: CheckError that names each object that differs."""
    was, now = _described(before), _described(read(connection, oids))
    wrong = sorted({key[:3] for key in was ^ now})
    if wrong:
        named = ", ".join(f"{kind} {name} of {'.'.join(table)}" for kind, table, name in wrong)
        raise CheckError(
            f"these are not again as they were: {named}",
            "look for event triggers that change what is created; nothing was changed",
        )


def _described(definitions: Iterable[Definition]) -> set[Any]:
    return {(d.kind, d.table, d.name, d.to, d.tablespace, d.create, d.stays) for d in definitions}


def _name(schema: str | None, relation: str | None) -> Name | None:
    return None if schema is None or relation is None else (schema, relation)
