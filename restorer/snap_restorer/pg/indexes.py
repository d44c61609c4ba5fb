"""Indexes and constraints as statements: read, dropped, recreated exactly, and proved to be as before."""

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
    """One index or constraint, with the statements to drop and recreate it and its dependents.

    `build` makes an index and may run beside others on the same table; `attach` makes constraints of it and sets marks.
    `stays` says why the index or constraint may not be dropped; None: its exact re-creation is certain. A foreign key
    names its parent (`to`) and the parent's index on which it relies, by OID. `tablespace` is an index's own, empty for
    the database's. `gone`: an unfinished restore had dropped it, and at most its index is back. A foreign key may
    belong to a single `partition` of its table, or reference a single partition of its parent; `partitioned`: either
    side is partitioned or a partition. A "check" is a CHECK or NOT NULL that is NOT VALID, of a table or of a domain
    that a column of the table uses.
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
        """Return the table or partition of an index or constraint, within which `name` is unique."""
        return self.partition or self.table

    @property
    def unproved(self) -> bool:
        """Return whether the constraint is NOT VALID, but still applies to rows that are loaded."""
        return self.kind == "check" or self._checked_first

    @property
    def of_domain(self) -> bool:
        """Return whether the constraint belongs to a domain and not to a table."""
        return self.drop.startswith("ALTER DOMAIN ")

    @property
    def _checked_first(self) -> bool:
        return len(self.attach) > 2 and self.attach[2].endswith(" NOT VALID")  # checked, dropped, created again

    @property
    def unchecked(self) -> Definition:
        """Return the definition that recreates the constraint as NOT VALID without checking rows."""
        return replace(self, attach=self.attach[2:]) if self._checked_first else self


def read_definitions(connection: Connection, tree: PartitionTree) -> tuple[Definition, ...]:
    """Return the indexes and constraints of the tables and their partitions, in the order of creation."""
    with transaction.qualified_names(connection):
        return tuple(tree_records(connection, Definition, "definitions", tree))


def drop(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Drop the indexes and constraints. Foreign keys are dropped before the keys on which they rely."""
    run(connection, [d.drop for d in sorted(definitions, key=lambda d: d.kind != "foreign key")])


def build(connection: Connection, definition: Definition) -> None:
    """Build the index of a definition in its original tablespace."""
    transaction.set_local(connection, "default_tablespace", definition.tablespace)
    run(connection, definition.build)
    connection.execute("SET LOCAL default_tablespace TO DEFAULT")  # for other objects that the transaction creates


def attach(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Turn built indexes into keys, then create foreign keys, in the order of their original creation."""
    run(connection, [statement for d in _ordered(definitions) for statement in d.attach])


def attach_unchecked(connection: Connection, keys: Iterable[Definition]) -> None:
    """Create foreign keys that check only rows written from now on. Call `validate` afterwards.

    Before Postgres 18 foreign keys of partitioned tables cannot be NOT VALID, so `validate` creates them.
    """
    run(connection, [_unchecked(key.attach[0]) for key in _ordered(keys) if not key.partitioned])


def validate(connection: Connection, keys: Iterable[Definition]) -> None:
    """Check all rows against the foreign keys that `attach_unchecked` created, and restore the keys' properties.

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
                    "a row that was written during the restore references a row that is not in the snapshot: "
                    "delete it, or insert the row that it references",
                    reported=said.reported,
                ) from None
        run(connection, rest)


def _ordered(definitions: Iterable[Definition]) -> list[Definition]:
    return sorted(definitions, key=lambda d: (d.kind == "foreign key", d.oid))


def _unchecked(statement: str) -> str:
    return statement if statement.endswith((" NOT VALID", " NOT ENFORCED")) else f"{statement} NOT VALID"


def run(connection: Connection, statements: Sequence[str]) -> None:
    """Run SQL statements that Postgres itself printed, in one round trip.

    A pipeline uses the extended protocol, in which each text is one statement or an error.
    """
    if statements:
        with connection.pipeline():
            for statement in statements:
                connection.execute(statement.encode())


def prove(connection: Connection, oids: Sequence[int], before: Iterable[Definition], *, alone: bool = True) -> None:
    """Compare the tables' present indexes and constraints with their previous definitions.

    Unless `alone`, other sessions may have created more indexes and constraints meanwhile, which is no error. Errors:
    CheckError that names each difference.
    """
    was, now = _described(before), _described(read_definitions(connection, read_tree(connection, oids)))
    wrong = sorted({key[:3] for key in (was ^ now if alone else was - now)})
    if wrong:
        named = ", ".join(f"{kind} {name} of {'.'.join(table)}" for kind, table, name in wrong)
        raise CheckError(
            f"these indexes or constraints differ from before: {named}",
            "look for event triggers that change what is created",
            unchanged=True,
        )


def _described(definitions: Iterable[Definition]) -> set[Any]:
    return {(d.kind, d.table, d.name, d.to, d.tablespace, d.build, d.attach, d.stays) for d in definitions}
