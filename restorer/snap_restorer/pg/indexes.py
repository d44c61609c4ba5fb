"""Indexes, keys and foreign keys as statements: read, dropped, created again exactly, and proved to be as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from snap.errors import CheckError
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import records
from snap_restorer.pg.target import Connection

Name = tuple[str, str]  # schema and relation
Kind = Literal["index", "key", "foreign key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One object and the statements that drop it and create it again, with all that hangs on it.

    `build` makes an index and may run beside others on the same table; `attach` makes constraints of it and sets marks.
    `stays` says why it may not be dropped; None: its exact re-creation is sure. A foreign key names its parent (`to`)
    and the index of it that it relies on, by OID. `tablespace` is an index's own, empty for the database's. `gone`: an
    unfinished restore had dropped it, and at most its index is back.
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
    build: tuple[str, ...]
    attach: tuple[str, ...]
    stays: str | None
    gone: bool = False


def read_definitions(connection: Connection, oids: Sequence[int]) -> tuple[Definition, ...]:
    """Read what hangs on the relations `oids`, in the order of creation."""
    with transaction.qualified_names(connection):
        return tuple(records(connection, Definition, "definitions", oids=list(oids)))


def drop(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Drop the objects; foreign keys go before the keys that they rely on."""
    run(connection, [d.drop for d in sorted(definitions, key=lambda d: d.kind != "foreign key")])


def build(connection: Connection, definition: Definition) -> None:
    """Build the index of a definition, in the tablespace where it was."""
    transaction.set_local(connection, "default_tablespace", definition.tablespace)
    run(connection, definition.build)


def attach(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Make keys of built indexes, then foreign keys, in the order in which they were first created."""
    ordered = sorted(definitions, key=lambda d: (d.kind == "foreign key", d.oid))
    run(connection, [statement for d in ordered for statement in d.attach])


def run(connection: Connection, statements: Sequence[str]) -> None:
    """Run statements that Postgres itself printed, in one round trip.

    A pipeline speaks the extended protocol, in which each text is one statement or an error.
    """
    if statements:
        with connection.pipeline():
            for statement in statements:
                connection.execute(statement.encode())


def prove(connection: Connection, oids: Sequence[int], before: Iterable[Definition]) -> None:
    """Compare what hangs on the relations now with what did. Errors: CheckError that names each object that differs."""
    was, now = _described(before), _described(read_definitions(connection, oids))
    wrong = sorted({key[:3] for key in was ^ now})
    if wrong:
        named = ", ".join(f"{kind} {name} of {'.'.join(table)}" for kind, table, name in wrong)
        raise CheckError(
            f"these are not again as they were: {named}",
            "look for event triggers that change what is created",
            unchanged=True,
        )


def _described(definitions: Iterable[Definition]) -> set[Any]:
    return {(d.kind, d.table, d.name, d.to, d.tablespace, d.build, d.attach, d.stays) for d in definitions}
