"""The sequences of a target: the columns that they fill, their positions, and how to move them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import psycopg
from psycopg import sql

from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.partition_tree import PartitionTree

Name = tuple[str, str]
_AT_ONCE = 500  # sequences that one statement reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A column that a sequence fills. `table` is the column's table, None if that was not requested.

    `plain`: the column takes the next value itself, not an expression over it.
    """

    table: Name | None
    column: str
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSequence:
    """A sequence of the target. `owned`: the sequence belongs to a column of the requested tables.

    `ours`: this role may move the sequence.
    """

    oid: int
    name: Name
    start: int
    increment: int
    least: int
    greatest: int
    owned: bool
    ours: bool
    draws: tuple[Draw, ...]

    @property
    def label(self) -> str:
        return ".".join(self.name)

    def holds(self, value: int) -> bool:
        """Return whether a value lies within the sequence's minimum and maximum."""
        return self.least <= value <= self.greatest


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The position of a sequence. `is_called`: `last_value` was drawn, so the next value follows it."""

    last_value: int
    is_called: bool

    def following(self, increment: int) -> int:
        """Return the sequence's next value, without regard to its bounds."""
        return self.last_value + increment * self.is_called


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A sequence and its new position. `back`: the sequence may move against its direction."""

    sequence: TargetSequence
    position: Position
    back: bool

    def needed(self, current: Position) -> bool:
        """Return whether a sequence at `current` has to be moved."""
        increment = self.sequence.increment
        way = self.position.following(increment) - current.following(increment)
        return current != self.position if self.back else way * increment > 0


def target_sequences(
    connection: psycopg.Connection[Any], tree: PartitionTree, names: Iterable[Name]
) -> tuple[TargetSequence, ...]:
    """Return the named sequences, and the sequences that fill columns of the tables or partitions of `tree`."""
    names = list(names)
    rows: list[dict[str, Any]] = records(
        connection,
        dict,
        "sequences",
        oids=list(tree.roots),
        roots=list(tree.roots.values()),
        schemas=[schema for schema, _ in names],
        names=[name for _, name in names],
    )
    sequences = []
    for _, group in groupby(rows, key=lambda row: row["oid"]):
        columns = [(row.pop("filled"), row.pop("table"), row.pop("column"), row.pop("plain"), row) for row in group]
        draws = tuple(
            Draw(table=table, column=name, plain=plain) for filled, table, name, plain, _ in columns if filled
        )
        sequences.append(TargetSequence(draws=draws, **columns[0][-1]))
    return tuple(sequences)


def move(connection: psycopg.Connection[Any], moves: Sequence[Move]) -> None:
    """Move the sequences that are not at their new position yet. A rollback undoes the move."""
    for start in range(0, len(moves), _AT_ONCE):
        several = moves[start : start + _AT_ONCE]
        positions = _positions(connection, [moving.sequence for moving in several])
        statements = [_statement(moving) for moving in several if moving.needed(positions[moving.sequence.oid])]
        if statements:
            connection.execute(sql.SQL("; ").join(statements))


def _positions(connection: psycopg.Connection[Any], sequences: Sequence[TargetSequence]) -> dict[int, Position]:
    each = [
        sql.SQL("SELECT {}::bigint, last_value, is_called FROM {}").format(
            sql.Literal(sequence.oid), sql.Identifier(*sequence.name)
        )
        for sequence in sequences
    ]
    rows = connection.execute(sql.SQL(" UNION ALL ").join(each)).fetchall() if each else []
    return {oid: Position(last_value=last_value, is_called=is_called) for oid, last_value, is_called in rows}


def _statement(moving: Move) -> sql.Composed:
    """Return the SQL of a move.

    setval() alone is not undone by a rollback. ALTER SEQUENCE gives the sequence a new file within the transaction,
    which a rollback removes, and keeps others from drawing until the commit. So setval() writes into that file, and the
    position that it is compared with does not change meanwhile. RESTART would work without setval(), but cannot set a
    position that was already drawn.
    """
    sequence, position = moving.sequence, moving.position
    statement = query("move_sequence" if moving.back else "advance_sequence")
    return sql.SQL(statement).format(
        name=sql.Identifier(*sequence.name),
        oid=sql.Literal(sequence.oid),
        increment=sql.Literal(sequence.increment),
        last_value=sql.Literal(position.last_value),
        is_called=sql.Literal(position.is_called),
        following=sql.Literal(position.following(sequence.increment)),
    )
