"""Plan the positions of a target's sequences after a restore: the snapshot's position, or after the loaded values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from snap.manifest import Manifest
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.sequences import Draw, Move, Name, Position, TargetSequence, move
from snap_restorer.pg.target import Connection

if TYPE_CHECKING:
    from snap_restorer.load.restore_plan import TablePlan

_INTEGERS = frozenset({"smallint", "integer", "bigint"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencePlan:
    """A sequence to move.

    `carried` is its position in the snapshot; if None, the values of `columns` decide the position. `back`: a restore
    that replaces all rows may move the sequence back, since only the snapshot's tables draw from it.
    """

    sequence: TargetSequence
    carried: Position | None
    columns: tuple[tuple[TablePlan, str], ...]
    back: bool

    def follows(self, labels: Collection[str]) -> bool:
        """Return whether the sequence's new position depends on the rows of one of these tables."""
        return self.carried is None and any(table.label in labels for table, _ in self.columns)


def plan_sequences(
    manifest: Manifest,
    sequences: Iterable[TargetSequence],
    tables: Mapping[str, TablePlan],
    role: str,
    problems: list[tuple[str, str]],
    notes: list[str],
) -> tuple[SequencePlan, ...]:
    """Return the plans for the target's sequences that have to move. `tables` are by label.

    Add to problems and notes.
    """
    carried = {(p.schema, p.name): Position(last_value=p.last_value, is_called=p.is_called) for p in manifest.sequences}
    by_name = {table.name: table for table in tables.values()}
    plans = [_plan(sequence, carried.pop(sequence.name, None), by_name) for sequence in sequences]
    notes += [f"sequence {'.'.join(name)} of the snapshot is not in the target" for name in carried]
    notes += [
        f"sequence {plan.sequence.label} keeps its position: the snapshot does not record one, and the values "
        "that contain its numbers do not show it"
        for plan in plans
        if plan.carried is None and not plan.columns and any(_is_loaded(d, by_name) for d in plan.sequence.draws)
    ]
    moving = tuple(plan for plan in plans if plan.carried is not None or plan.columns)
    problems += [_not_ours(plan, role) for plan in moving if not plan.sequence.ours]
    problems += [
        (
            f"sequence {plan.sequence.label}",
            f"allows {plan.sequence.least} to {plan.sequence.greatest}, but its position in the snapshot is "
            f"{plan.carried.last_value}",
        )
        for plan in moving
        if plan.carried is not None and not plan.sequence.holds(plan.carried.last_value)
    ]
    return moving


def move_sequences(connection: Connection, plans: Sequence[SequencePlan], *, back: bool) -> None:
    """Move each sequence to its planned position. Without `back` no sequence moves back.

    So values that the application has already drawn are not drawn again.
    """
    move(
        connection,
        [
            Move(
                sequence=plan.sequence, position=plan.carried or _after_rows(connection, plan), back=back and plan.back
            )
            for plan in plans
        ],
    )


def _plan(sequence: TargetSequence, carried: Position | None, tables: Mapping[Name, TablePlan]) -> SequencePlan:
    alone = all(_is_loaded(draw, tables) for draw in sequence.draws)
    if carried is not None:
        return SequencePlan(sequence=sequence, carried=carried, columns=(), back=alone)
    columns = {
        (draw.table, draw.column): (tables[draw.table], draw.column)
        for draw in sequence.draws
        if draw.table is not None and draw.plain and _is_loaded(draw, tables) and _is_integer(draw, tables)
    }
    return SequencePlan(
        sequence=sequence,
        carried=None,
        columns=tuple(columns.values()),
        # If no column owns the sequence, other users of it are unknown.
        back=alone and sequence.owned and len(columns) == len({(draw.table, draw.column) for draw in sequence.draws}),
    )


def _is_loaded(draw: Draw, tables: Mapping[Name, TablePlan]) -> bool:
    """Return whether a column's values come from the snapshot and not from the sequence while rows are loaded."""
    table = tables.get(draw.table) if draw.table is not None else None
    return table is not None and any(planned.name == draw.column for planned in table.columns)


def _is_integer(draw: Draw, tables: Mapping[Name, TablePlan]) -> bool:
    columns = tables[draw.table].target.columns if draw.table is not None else ()
    return any(column.name == draw.column and column.base in _INTEGERS for column in columns)


def _not_ours(plan: SequencePlan, role: str) -> tuple[str, str]:
    what = next((f"fills column {table.label}.{column}" for table, column in plan.columns), "is in the snapshot")
    return f"sequence {plan.sequence.label}", f"{what}, and only its owner can set it; role {role} is not the owner"


def _after_rows(connection: Connection, plan: SequencePlan) -> Position:
    """Return the position after the largest value of all columns, or the smallest if the sequence descends.

    If there is no value, or if the value is outside the sequence's bounds, return the sequence's start.
    """
    sequence = plan.sequence
    end = sql.SQL("pg_catalog.max" if sequence.increment > 0 else "pg_catalog.min")
    each = [
        sql.SQL("SELECT {}({})::bigint FROM {}").format(end, sql.Identifier(column), table.relation)
        for table, column in plan.columns
    ]
    statement = sql.SQL("SELECT {}(v) FROM ({}) AS t (v)").format(end, sql.SQL(" UNION ALL ").join(each))
    (last,) = one_row(connection, statement)
    if last is None or not sequence.holds(last):
        return Position(last_value=sequence.start, is_called=False)
    step = 1 if sequence.increment > 0 else -1
    return Position(last_value=min(max(last + step, sequence.least), sequence.greatest), is_called=False)
