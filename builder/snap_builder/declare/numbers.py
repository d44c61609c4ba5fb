"""Words for choices and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import gcd

import numpy as np

from snap.errors import UsageError
from snap_builder.declare.checked import NotNegative, Number, Percent, word
from snap_builder.declare.maker import NUMBERS, TEXTS, Place, Rows, SparseMaker, refuse, with_nulls
from snap_builder.engine import curves
from snap_builder.engine.blocks import Shares
from snap_builder.engine.curves import Curve
from snap_builder.engine.streams import Ints

_A_ROW = 64  # the weight of one row of a fan-out: a parent without further rows keeps a small weight


def shares_of(percent: Number) -> Shares:
    """Return two exact shares of rows: those outside `percent` of a hundred, and those within it."""
    part = Decimal(str(percent))
    if not 0 <= part <= 100 or part.as_tuple().exponent < -4:  # type: ignore[operator]
        raise UsageError(f"{percent} is no percentage", "write 0 to 100, with four decimals at most")
    taken = int(part * 10_000)
    divisor = gcd(taken, 1_000_000)
    return Shares(((1_000_000 - taken) // divisor, taken // divisor))


def shares_with_none(weights: Sequence[int], none: Number) -> Shares:
    """Return the exact shares of some choices. The last share is that of the rows with NULL."""
    given = shares_of(none).counts
    return Shares.of([*(weight * given[0] for weight in weights), given[1] * sum(weights)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(SparseMaker):
    """One of some values, each with its share.

    Guarantees: each value has exactly its share in every whole block of rows. A block is the least number of rows that
    makes all shares whole. Owns: its column. Costs: one pass. Refuses: values that the column's type, its length or its
    CHECKs do not allow, labels that an enum does not have, and a unique column with fewer values than rows.
    """

    options: tuple[tuple[object, int], ...]

    def values(self, rows: Rows) -> Ints:
        counts = [weight for _, weight in self.options]
        shares = shares_with_none(counts, self.none)
        chosen = shares.choose(rows.seeds.stream(rows.name), rows.start, rows.stop)
        made = chosen
        if self.choices is None:
            unit = 10**rows.scale
            made = np.array([*(value * unit for value, _ in self.options), 0], np.int64)[chosen]
        return with_nulls(made, chosen == len(counts))

    @property
    def constants(self) -> tuple[object, ...]:
        return tuple(value for value, weight in self.options if weight)

    @property
    def choices(self) -> tuple[object, ...] | None:
        """The values, or None if they are whole numbers, because other words compute with these."""
        values = tuple(value for value, _ in self.options)
        return None if all(type(value) is int for value in values) else values


@word
def choice(
    options: Mapping[object, int] | None = None, /, *, none: Percent = 0, stream: str | None = None, **named: int
) -> Choice:
    """Return a word for one of some values: `choice(free=70, pro=25, enterprise=5)`.

    Write a mapping where values are not Python names. `none` is the percentage of NULL.

    Example:
        Table("orgs", 40, {"plan": choice(free=70, pro=25, enterprise=5)})
    """
    weights: dict[object, int] = {**(options or {})}
    weights.update(named)
    if not all(isinstance(weight, int) and weight >= 0 for weight in weights.values()) or not sum(weights.values()):
        raise UsageError("choice() needs values with whole weights above 0", "write choice(free=70, pro=30)")
    return Choice(options=tuple(weights.items()), none=none, stream=stream)


@word
def weights(*numbers: int, stream: str | None = None) -> Choice:
    """Return a word for one of some whole numbers, all equally frequent: `weights(1, 2, 4, 8)`.

    Example:
        Table("users", 300, {"activity": weights(1, 2, 4, 8)})
    """
    return choice(dict.fromkeys(numbers, 1), stream=stream)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A distribution of numbers. `kind` is uniform, normal, log_normal, zipf, quantiles or histogram.

    For quantiles, `points` are the edges of ranges with equally many rows. For a histogram, they are numbers and their
    weights in turn.
    """

    kind: str
    first: Decimal = Decimal(0)
    second: Decimal = Decimal(0)
    points: tuple[Decimal, ...] = ()

    def curve(self, unit: int = 1) -> Curve:
        """Return the shape's curve, of values in 1/unit. The curve of a histogram has the parents' weights."""
        return _curve(self, unit)

    def beyond(self, rows: int) -> Shape:
        """Return the shape for the rows of parents that are drawn by weight, after each parent already got `rows` rows.

        A histogram gives the number of all rows of a parent, so these rows are subtracted. Other shapes describe only
        the rows that are drawn by weight.
        """
        if self.kind != "histogram" or not rows:
            return self
        points = tuple(n if place % 2 else max(Decimal(0), n - rows) for place, n in enumerate(self.points))
        return replace(self, points=points)


@cache
def _curve(shape: Shape, unit: int) -> Curve:
    first, second = shape.first * unit, shape.second
    match shape.kind:
        case "uniform":
            return curves.uniform(int(first), int(second * unit) + 1)
        case "normal":
            return curves.normal(first, second * unit)
        case "log_normal":
            return curves.log_normal(first, second)
        case "quantiles":
            return curves.piecewise([point * unit for point in shape.points])
        case "histogram":
            return curves.stepped([point * _A_ROW for point in shape.points[::2]], shape.points[1::2])
        case _:
            return curves.heavy(first, second)


@word
def uniform(low: Number, high: Number) -> Shape:
    """Return a shape in which every number from `low` to `high` is equally frequent.

    Guarantees: in every block of 16 rows, one number lies in each sixteenth of the range. Owns: nothing: a word for a
    column has it. Costs: nothing. Refuses: an end that is smaller than the beginning.

    Example:
        Table("products", 200, {"stock": integer(0, 500, shape=uniform(0, 500))})
    """
    if Decimal(str(low)) > Decimal(str(high)):
        raise UsageError(f"no number lies between {low} and {high}", "write the smaller one first")
    return _shape("uniform", low, high)


@word
def normal(mean: Number, deviation: NotNegative) -> Shape:
    """Return the normal shape: most numbers lie near `mean`, two of three within `deviation` of it.

    Guarantees: in every block of 16 rows, one number lies in each sixteenth of the distribution. Owns: nothing: a word
    for a column has it. Costs: a table of integers, made once. Refuses: a deviation below 0.

    Example:
        Table("users", 300, {"rating": money(1, 5, shape=normal("3.8", "0.7"))})
    """
    return _shape("normal", mean, deviation)


@word
def lognormal(median: Number, sigma: NotNegative) -> Shape:
    """Return the log-normal shape, which prices, lengths and durations often have.

    `sigma` is the standard deviation of the numbers' logarithms.
    Guarantees: half of the numbers lie below `median`, in every block of 16 rows. Owns: nothing: a word for a column
    has it. Costs: a table of integers, made once. Refuses: a median of 0 or less, and a sigma below 0.

    Example:
        Table("products", 200, {"price": money(1, 900, shape=lognormal(30, "0.8"))})
    """
    _require_above_0("lognormal", "median", median)
    return _shape("log_normal", median, sigma)


@word
def zipf(exponent: Number) -> Shape:
    """Return the heavy tail of Zipf's law: the value of rank r is r ** -exponent times the largest value.

    Guarantees: few parents have most of the rows, at every volume. Owns: nothing: a reference has it. Costs: a table of
    integers, made once. Refuses: an exponent of 0 or less.

    Example:
        Table("orders", 900, {"user_id": ref("users", fanout=zipf("1.3"))})
    """
    _require_above_0("zipf", "exponent", exponent)
    return _shape("zipf", 64, exponent)


@word
def quantiles(*points: Number) -> Shape:
    """Return the shape of numbers of which equally many lie between any two neighbouring points.

    The first point is the least number, the last one the largest: `quantiles(0, 12, 20, 35, 900)` are quarters. With 2,
    4, 8 or 16 ranges, each has its exact share in every block of 16 rows.

    Guarantees: each range has its share of the rows. Owns: nothing: a word for a column has it. Costs: a table of
    integers, made once. Refuses: fewer than two points, and points that do not rise.

    Example:
        Table("products", 200, {"stock": integer(0, 900, shape=quantiles(0, 12, 20, 35, 900))})
    """
    edges = tuple(Decimal(str(point)) for point in points)
    if len(edges) < 2 or any(a > b for a, b in pairwise(edges)):
        raise UsageError(
            f"quantiles({', '.join(map(str, points))}) are not two or more numbers in rising order",
            "write two or more numbers, the smallest one first",
        )
    return Shape(kind="quantiles", points=edges)


@word
def histogram(rows: Mapping[int, int]) -> Shape:
    """Return the shape of a fan-out by numbers of rows and their weights.

    With `ref("users", fanout=histogram({1: 50, 2: 30, 9: 20}))`, half of the parents that have rows have about one row.

    Guarantees: a parent's number of rows is near one of the numbers, as often as its weight says. Owns: nothing: a
    reference has it. Costs: a table of integers, made once. Refuses: numbers and weights below 1.

    Example:
        Table("orders", 900, {"user_id": ref("users", fanout=histogram({1: 50, 2: 30, 9: 20}), none_have=20)})
    """
    if not rows or any(n < 1 or weight < 1 for n, weight in rows.items()):
        raise UsageError(
            f"histogram({dict(rows)}) needs numbers of rows and weights of 1 or more",
            "write histogram({1: 50, 2: 30, 9: 20}); for parents without rows, write none_have=",
        )
    return Shape(kind="histogram", points=tuple(Decimal(n) for pair in sorted(rows.items()) for n in pair))


def _require_above_0(word: str, argument: str, number: Number) -> None:
    if Decimal(str(number)) <= 0:
        raise UsageError(f"{word}(): {argument} is {number}, and has to be above 0", "write a number such as 1.1")


def _shape(kind: str, first: Number, second: Number) -> Shape:
    return Shape(kind=kind, first=Decimal(str(first)), second=Decimal(str(second)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount(SparseMaker):
    """A number of some shape, from `low` to `high`. In a decimal column it has the column's scale.

    Guarantees: every number lies in the range, and every block of 16 rows has the shape. Owns: its column. Costs: one
    pass. Refuses: a range that the column's type cannot hold.
    """

    fits = (*NUMBERS, *TEXTS)

    shape: Shape
    low: Decimal
    high: Decimal
    whole: bool = False  # in a document, which has no scale

    def require(self, place: Place) -> None:
        if self.low > self.high:
            raise refuse(place, f"no number lies between {self.low} and {self.high}", "write the smaller one first")
        if self.shape.kind == "histogram":
            raise refuse(
                place, "histogram() is a shape for fanout=, not for values", "write choice({1: 50, 2: 30, 9: 20})"
            )
        kind = place.column.type
        digits = (kind.precision or 0) - (kind.scale or 0)
        bits = {"int16": 15, "int32": 31, "int64": 63}.get(kind.logical.value)
        limit = Decimal(2) ** bits if bits else Decimal(10) ** digits if kind.precision else None
        if limit is not None and max(abs(self.low), abs(self.high)) >= limit:
            raise refuse(place, f"{kind.pg} does not hold {self.high}", f"stay below {limit}")

    def values(self, rows: Rows) -> Ints:
        unit = 10**rows.scale
        drawn = self.shape.curve(unit).values(rows.seeds, rows.name, rows.start, rows.stop)
        return nulled(self, rows, np.clip(drawn, int(self.low * unit), int(self.high * unit)))


@word
def integer(low: int, high: int, *, shape: Shape | None = None, none: Percent = 0, stream: str | None = None) -> Amount:
    """Return a word for a whole number from `low` to `high`.

    Example:
        Table("products", 200, {"stock": integer(0, 500)})
    """
    return replace(money(low, high, shape=shape, none=none, stream=stream), whole=True)


@word
def money(
    low: Number, high: Number, *, shape: Shape | None = None, none: Percent = 0, stream: str | None = None
) -> Amount:
    """Return a word for an amount from `low` to `high`, with the decimals of its column.

    Example:
        Table("products", 200, {"price": money("0.99", 400)})
    """
    least, most = Decimal(str(low)), Decimal(str(high))
    return Amount(shape=shape or _shape("uniform", low, high), low=least, high=most, none=none, stream=stream)


def nulled(maker: SparseMaker, rows: Rows, values: Ints) -> Ints:
    """Return values with the word's exact share of NULL."""
    if not maker.none:
        return values
    empty = shares_of(maker.none).choose(rows.seeds.stream(f"{rows.name}\0none"), rows.start, rows.stop) == 1
    return with_nulls(values, empty)
