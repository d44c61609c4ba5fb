"""The word for states that follow each other, and for the moments at which a row reached them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from snap.errors import UsageError
from snap_builder.declare.checked import Count, word
from snap_builder.declare.maker import MOMENTS, NULL, Maker, Rows
from snap_builder.engine.blocks import Shares
from snap_builder.engine.curves import part_of
from snap_builder.engine.streams import Ints


@dataclass(frozen=True, slots=True)
class State:
    """A state, the column of the moment at which it was reached, and its share of the rows.

    `after` is the place of the previous state.
    """

    name: str
    column: str | None
    share: int
    after: int = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """A state that follows an earlier state than the one written before it.

    Guarantees: a row in it has the moments of the states on its own path, and of no other. Owns: the column of its
    moment. Costs: nothing. Refuses: a state that is not written before it.
    """

    column: str
    share: int
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(Maker):
    """The state of a row. The row reached it through all previous states, each at its own moment.

    Guarantees: each state has its exact share of every whole block of rows, and the rows of a block that began last
    have the early states. A row has the moments of the states that it reached. They follow each other, later than
    `begin` and before as-of. The moments of other states are NULL. If `begin` is not before as-of, all these moments
    are `begin` itself. Owns: its column, and the columns of the moments. Costs: one pass. Refuses: a moment for the
    first state, because that is `begin`, and a branch whose `after` names no earlier state.
    """

    reads_only = MOMENTS

    begin: str
    states: tuple[State, ...]

    def reads(self) -> tuple[str, ...]:
        return (self.begin,)

    def others(self, name: str) -> dict[str, Maker]:
        return {
            state.column: Reached(lifecycle=self, status=name, place=place, written=self.written)
            for place, state in enumerate(self.states)
            if state.column is not None
        }

    @property
    def choices(self) -> tuple[object, ...]:
        return tuple(state.name for state in self.states)

    def path(self, place: int) -> tuple[int, ...]:
        """Return the places of the states on the way to the state at `place`, with that state but without the first."""
        return () if place == 0 else (*self.path(self.states[place].after), place)

    @property
    def shares(self) -> Shares:
        return Shares.of([state.share for state in self.states])

    def values(self, rows: Rows) -> Ints:
        """Return the place of each row's state: in each block, the rows that began last have the first state."""
        size = self.shares.size
        first, last = rows.start // size * size, -(-rows.stop // size) * size
        begin = rows.integers_of(self.begin, first, last).reshape(-1, size)
        placed = np.empty(begin.shape, np.int64)
        early = sorted(range(len(self.states)), key=lambda place: len(self.path(place)))
        states = np.repeat(early, np.array(self.shares.counts)[early])
        np.put_along_axis(placed, np.argsort(-begin, axis=1, kind="stable"), states[None, :], axis=1)
        return placed.reshape(-1)[rows.start - first : rows.stop - first]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(Maker):
    """The moment at which rows reached a state. Its lifecycle makes this word; a declaration never writes it."""

    fits = MOMENTS

    lifecycle: Lifecycle
    status: str
    place: int

    def reads(self) -> tuple[str, ...]:
        return (self.lifecycle.begin, self.status)

    def known(self, where: Mapping[str, Sequence[object]]) -> bool:
        """Return whether all rows with these values have reached the state."""
        states = where.get(self.status)
        return states is not None and set(states) <= {self.lifecycle.states[place].name for place in self._later}

    @property
    def _later(self) -> tuple[int, ...]:
        """The places of the states whose rows have reached this state."""
        return tuple(p for p in range(len(self.lifecycle.states)) if self.place in self.lifecycle.path(p))

    @property
    def gives_null(self) -> bool:
        return True

    def values(self, rows: Rows) -> Ints:
        """Return moments that follow each other: each takes its part of the time that remains until as-of."""
        state, moment = rows.integers(self.status), rows.integers(self.lifecycle.begin)
        for number, place in enumerate(self.lifecycle.path(self.place), 1):
            words = rows.seeds.bits(f"{self.status}\0reached {place}", rows.start, rows.stop)
            # The remaining time is shared evenly with the states to come.
            left = np.maximum(0, rows.as_of - 1 - moment) // (len(self.lifecycle.states) - number)
            moment = moment + part_of(left, words)
        return np.where(np.isin(state, self._later), moment, NULL)


@word
def branch(column: str, share: Count, /, *, after: str) -> Branch:
    """Return a state of a lifecycle that follows an earlier state than the one before it; later states may follow it.

    `column` is the column of its moment, and `share` its share of the rows.

    Example:
        Table("orders", 900, {
            "placed_at": moment(during("-1y")),
            "status": lifecycle(
                "placed_at", placed=5, paid=("paid_at", 15), shipped=("shipped_at", 70),
                returned=branch("returned_at", 10, after="paid"),
            ),
        })
    """
    return Branch(column, share, after)


@word
def lifecycle(begin: str, /, *, stream: str | None = None, **states: Count | tuple[str, Count] | Branch) -> Lifecycle:
    """Return a word for a state: `lifecycle("placed_at", placed=10, paid=("paid_at", 20), shipped=("shipped_at", 70))`.

    `begin` is the moment of the first state. Each other state gives the column of its moment, and its share of the
    rows. It follows the state before it, unless it is a `branch()`.

    Example:
        Table("orders", 900, {
            "placed_at": moment(during("-1y")),
            "status": lifecycle("placed_at", placed=10, paid=("paid_at", 20), shipped=("shipped_at", 70)),
        })
    """
    listed: list[State] = []
    for name, value in states.items():
        listed.append(_state(name, value, [state.name for state in listed]))
    if len(listed) < 2 or listed[0].column is not None:
        raise UsageError(
            "lifecycle() needs a first state without a column for its moment, and at least one more state",
            'write lifecycle("placed_at", placed=10, paid=("paid_at", 90))',
        )
    if not any(state.share for state in listed):
        raise UsageError("lifecycle() gives no state a share", "write shares above 0")
    return Lifecycle(begin=begin, states=tuple(listed), stream=stream)


def _state(name: str, value: int | tuple[str, int] | Branch, before: Sequence[str]) -> State:
    """Return a state after the states `before` it. Errors: UsageError for a branch from a state not among them."""
    if not isinstance(value, Branch):
        column, share = (None, value) if isinstance(value, int) else value
        return State(name, column, share, max(0, len(before) - 1))
    if value.after not in before:
        raise UsageError(
            f"lifecycle(): {name} comes after {value.after!r}, but no earlier state has that name",
            f"the earlier states are: {', '.join(before)}" if before else f"write {value.after!r} before {name}",
        )
    return State(name, value.column, value.share, before.index(value.after))
