"""Indexes and constraints as statements: read, dropped, created again exactly, and proved to be as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import psycopg
from psycopg import sql

from snap.errors import CheckError, TargetError
from snap_restorer.pg import transaction
from snap_restorer.pg.partition_tree import PartitionTree, read_tree, tree_records
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Connection

Name = tuple[str, str]  # schema and relation
Kind = Literal["index", "key", "foreign key", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One object and the statements that drop it and create it again, with all that hangs on it.

    `build` makes an index and may run beside others on the same table; `attach` makes constraints of it and sets marks.
    `stays` says why it may not be dropped; None: its exact re-creation is sure. A foreign key names its parent (`to`)
    and the index of it that it relies on, by OID. `tablespace` is an index's own, empty for the database's. `gone`: an
    unfinished restore had dropped it, and at most its index is back. A foreign key may be of one `partition` of its
    table alone, or to one of its parent; `partitioned`: either side is partitioned or a partition. A "check" is a CHECK
    or NOT NULL that is NOT VALID, of a table or of a domain which a column of the table uses.
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
    partition: Name | None = None
    to_partition: Name | None = None
    partitioned: bool = False

    @property
    def relation(self) -> Name:
        """Return the relation that has it, within which its name is its own."""
        return self.partition or self.table

    @property
    def unproved(self) -> bool:
        """Return whether it is NOT VALID, and yet binds the rows that are loaded."""
        return self.kind == "check" or self._checked_first

    @property
    def of_domain(self) -> bool:
        """Return whether it is the check of a domain, not of the table."""
        return self.drop.startswith("ALTER DOMAIN ")

    @property
    def _checked_first(self) -> bool:
        return len(self.attach) > 2 and self.attach[2].endswith(" NOT VALID")  # created with a check, dropped, created

    @property
    def unchecked(self) -> Definition:
        """Return the definition that creates it again NOT VALID without a look at the rows."""
        return replace(self, attach=self.attach[2:]) if self._checked_first else self


def read_definitions(connection: Connection, tree: PartitionTree) -> tuple[Definition, ...]:
    """Read what hangs on the tables and on their partitions, in the order of creation."""
    with transaction.qualified_names(connection):
        return tuple(tree_records(connection, Definition, "definitions", tree))


def drop(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Drop the objects; foreign keys go before the keys that they rely on."""
    run(connection, [d.drop for d in sorted(definitions, key=lambda d: d.kind != "foreign key")])


def build(connection: Connection, definition: Definition) -> None:
    """Build the index of a definition, in the tablespace where it was."""
    transaction.set_local(connection, "default_tablespace", definition.tablespace)
    run(connection, definition.build)
    connection.execute("SET LOCAL default_tablespace TO DEFAULT")  # for what else the transaction creates


def attach(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Make keys of built indexes, then foreign keys, in the order in which they were first created."""
    run(connection, [statement for d in _ordered(definitions) for statement in d.attach])


def attach_unchecked(connection: Connection, keys: Iterable[Definition]) -> None:
    """Create foreign keys that bind what is written from now on; `validate` is to follow.

    Before Postgres 18 those of partitioned tables cannot wait for it, so it creates them.
    """
    run(connection, [_unchecked(key.attach[0]) for key in _ordered(keys) if not key.partitioned])


def validate(connection: Connection, keys: Iterable[Definition]) -> None:
    """Compare all rows with foreign keys that `attach_unchecked` has created, and make the keys what they were.

    Errors: TargetError that names a row.
    """
    for key in _ordered(keys):
        first, *rest = key.attach
        if key.partitioned or _unchecked(first) != first:
            name = sql.Identifier(*key.relation), sql.Identifier(key.name)
            try:
                if key.partitioned:
                    run(connection, [first])
                else:
                    connection.execute(sql.SQL("ALTER TABLE ONLY {} VALIDATE CONSTRAINT {}").format(*name))
            except psycopg.errors.ForeignKeyViolation as error:
                said = words(error)
                raise TargetError(
                    said.text,
                    "rows that were written while the restore ran are not in the snapshot: delete such a row, or give "
                    "it what it names",
                    reported=said.reported,
                ) from None
        run(connection, rest)


def _ordered(definitions: Iterable[Definition]) -> list[Definition]:
    return sorted(definitions, key=lambda d: (d.kind == "foreign key", d.oid))


def _unchecked(statement: str) -> str:
    return statement if statement.endswith((" NOT VALID", " NOT ENFORCED")) else f"{statement} NOT VALID"


def run(connection: Connection, statements: Sequence[str]) -> None:
    """Run statements that Postgres itself printed, in one round trip.

    A pipeline speaks the extended protocol, in which each text is one statement or an error.
    """
    if statements:
        with connection.pipeline():
            for statement in statements:
                connection.execute(statement.encode())


def prove(connection: Connection, oids: Sequence[int], before: Iterable[Definition], *, alone: bool = True) -> None:
    """Compare what hangs on the tables now with what did. Errors: CheckError that names each object that differs.

    Unless `alone`, others could create more meanwhile, and that is theirs.
    """
    was, now = _described(before), _described(read_definitions(connection, read_tree(connection, oids)))
    wrong = sorted({key[:3] for key in (was ^ now if alone else was - now)})
    if wrong:
        named = ", ".join(f"{kind} {name} of {'.'.join(table)}" for kind, table, name in wrong)
        raise CheckError(
            f"these are not again as they were: {named}",
            "look for event triggers that change what is created",
            unchanged=True,
        )


def _described(definitions: Iterable[Definition]) -> set[Any]:
    return {(d.kind, d.table, d.name, d.to, d.tablespace, d.build, d.attach, d.stays) for d in definitions}
