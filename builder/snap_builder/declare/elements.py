"""Lists within rows: how long they are, and rows of their elements as words see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from snap.errors import UsageError
from snap_builder.declare.maker import Maker, Rows, Values
from snap_builder.declare.numbers import Choice
from snap_builder.engine.blocks import Shares, slots
from snap_builder.engine.lists import Listed, listed
from snap_builder.engine.streams import Ints, Seeds

_MOST = 1_000  # the most elements of a list
_TICKETS = 256  # the most tickets in a row's draw without repetition


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """The lengths of lists: a list has `low` + i elements if the row's choice is i, with the shares of the choices."""

    low: int
    shares: Shares

    @property
    def high(self) -> int:
        return self.low + max(more for more, count in enumerate(self.shares.counts) if count)

    def places(self, rows: Rows) -> Listed:
        """Return the elements of the lists in these rows."""
        return listed(rows.seeds.stream(f"{rows.name}\0items"), rows.start, rows.stop, self.low, self.shares)


def length_of(word: str, low: int, high: int, weights: Sequence[int] | None) -> Length:
    """Return lengths from `low` to `high`, as frequent as their weights say, or equally frequent without weights."""
    if low > high or high > _MOST:
        raise UsageError(
            f"{word}(): no list has {low:,} to {high:,} elements",
            f"write the smaller number first, and {_MOST:,} at most",
        )
    given = [1] * (high - low + 1) if weights is None else list(weights)
    if len(given) != high - low + 1 or not sum(given) or min(given) < 0:
        raise UsageError(
            f"{word}(): {high - low + 1} lengths, from {low} to {high}, have the weights {given}",
            "write a weight for each length, and one above 0 at least",
        )
    shares = Shares.of(given)
    if shares.size > 10_000:
        raise UsageError(
            f"{word}(): the weights add up to {shares.size:,}", "write smaller weights, 10,000 in total at most"
        )
    return Length(low=low, shares=shares)


def require_distinct(word: str, length: Length, of: object) -> None:
    """Raise UsageError if the elements of a list cannot all be different."""
    if not isinstance(of, Choice) or of.none:
        raise UsageError(f"{word}(): distinct= needs a choice() without none=", "leave out distinct=")
    if length.high > len(of.constants):
        raise UsageError(
            f"{word}(): {length.high} distinct elements are more than the {len(of.constants)} values of choice()",
            "ask for shorter lists, or for more values",
        )
    if sum(_tickets(of)) > _TICKETS:
        raise UsageError(
            f"{word}(): for distinct elements, the weights of choice() add up to {sum(_tickets(of)):,}",
            f"write smaller weights, {_TICKETS} in total at most",
        )


def distinct(of: Choice, rows: Elements, places: Listed) -> Ints:
    """Return a choice for each element, so that no choice comes twice in a list.

    Each row draws tickets: every choice has as many tickets as its weight. The row takes the choices in the order of
    their first tickets.
    """
    counts = _tickets(of)
    held = np.flatnonzero(counts)
    size, parents = sum(counts), len(places.ends) - 1
    begin = rows.within.start
    drawn = slots(rows.seeds.stream(f"{rows.name}\0distinct"), begin * size, (begin + parents) * size, size)
    begins = np.concatenate([[0], np.cumsum([counts[each] for each in held])[:-1]])
    order = np.argsort(np.minimum.reduceat(drawn.reshape(parents, size), begins, axis=1), axis=1)
    at = places.rows
    chosen = held[order[at, np.arange(len(at)) - places.ends[at]]]
    if of.choices is None:
        return np.array([value for value, _ in of.options], np.int64)[chosen] * 10**rows.scale
    return chosen


def _tickets(of: Choice) -> tuple[int, ...]:
    return Shares.of([weight for _, weight in of.options]).counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """Rows as the words within a document or an array see them (snap_builder.declare.maker.Rows).

    `within` are the rows that hold the documents or lists. `at` is the row of each element, counted from the first of
    these rows, and [start, stop) are numbers of elements. `at` is None if the elements are the rows themselves.
    """

    within: Rows
    at: Ints | None
    seeds: Seeds
    name: str
    start: int
    stop: int
    scale: int = 0

    @property
    def as_of(self) -> int:
        return self.within.as_of

    @property
    def tested(self) -> bool:
        return self.within.tested

    @property
    def nested(self) -> bool:
        return self.at is not None or self.within.nested

    def integers(self, path: str) -> Ints:
        return self._each(self.within.integers(path))

    def integers_of(self, path: str, start: int, stop: int) -> Ints:
        return self.within.integers_of(path, start, stop)

    def seeds_of(self, path: str) -> Seeds:
        return self.within.seeds_of(path)

    def texts(self, path: str) -> pa.StringArray:
        return self._each(self.within.texts(path))

    def copied(self, path: str) -> Values:
        return self._each(self.within.copied(path))

    def stored(self, path: str) -> pa.Array:
        return self._each(self.within.stored(path))

    def items(self, values: Values, of: Maker) -> pa.Array:
        return self.within.items(values, of)

    def number_of(self, columns: tuple[str, ...]) -> Ints:
        return self.within.number_of(columns)

    def first_of(self, columns: tuple[str, ...]) -> Ints:
        return self.within.first_of(columns)

    def _each(self, values: Values) -> Values:
        if self.at is None:
            return values
        return values.take(pa.array(self.at)) if isinstance(values, pa.Array) else values[self.at]


def elements_of(rows: Rows, places: Listed, scale: int = 0) -> Elements:
    """Return the elements of the lists in rows. Their streams are named after the lists' streams and count elements."""
    return Elements(
        within=rows,
        at=places.rows,
        seeds=Seeds(rows.seeds.seed, f"{rows.seeds.table}\0{rows.name}"),
        name="",
        start=places.first,
        stop=places.stop,
        scale=scale,
    )
