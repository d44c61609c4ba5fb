"""Distributions as tables of integers, made with `decimal`, so that their values are the same on every processor.

A curve holds the values at the edges of nested blocks' slots (snap_builder.engine.blocks). A row's value lies between
the edges of its slot, at a place that a word of its stream gives. So each block has the curve's shape, and the tail
grows with the table.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from itertools import accumulate

import numpy as np

from snap_builder.engine.blocks import LEVELS, SIZE, Nested, nested, scattered, slots
from snap_builder.engine.streams import Bits, Ints, Seeds

_DIGITS = 40
_ROOT = Decimal("2.5066282746310005024157652848110452530")  # of 2 pi
_LARGEST = 2**52  # a value of a curve: whole microseconds and cents stay exact in every type that holds them

Quantile = Callable[[Decimal], Decimal]  # the share of rows below -> the value, for shares of 0 to 1, 1 left out


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at slots' edges, int64 of shape (LEVELS, SIZE + 1), rising from the first level's first to the last.

    A curve with two tails has `falling` too: the edges of the half of the rows that lies below the median.
    """

    rising: Ints
    falling: Ints | None = None

    @classmethod
    def of(cls, rising: Quantile, falling: Quantile | None = None) -> Curve:
        """Return the curve of a quantile function, in the unit of the values; of one for each half with two tails."""
        return cls(_edges(rising), None if falling is None else _edges(falling))

    def values(self, seeds: Seeds, column: str, start: int, stop: int) -> Ints:
        """Return a value for each row of [start, stop), shape (rows,)."""
        place = nested(seeds, column, start, stop)
        words = seeds.bits(f"{column}\0within", start, stop)
        values = _between(self.rising, place, words)
        if self.falling is None:
            return values
        below = slots(seeds.stream(f"{column}\0side"), start, stop, 2) == 0
        return np.where(below, _between(self.falling, place, words), values)

    def drawn(self, places: Bits, words: Bits) -> Ints:
        """Return a value for each two words, by chance and in no block; shape (words,)."""
        place = scattered(places)
        values = _between(self.rising, place, words)
        if self.falling is None:
            return values
        return np.where(places & np.uint64(1), _between(self.falling, place, words), values)


def _between(edges: Ints, place: Nested, words: Bits) -> Ints:
    start = edges[place.level, place.slot]
    span = edges[place.level, place.slot + 1] - start
    return start + np.sign(span) * part_of(np.abs(span), words)


def _edges(quantile: Quantile) -> Ints:
    with localcontext() as context:
        context.prec = _DIGITS
        rows = [
            [_whole(quantile(1 - Decimal(SIZE - slot) / SIZE ** (level + 1))) for slot in range(SIZE)]
            for level in range(LEVELS)
        ]
        end = _whole(quantile(1 - 1 / Decimal(SIZE) ** (LEVELS + 1)))
    ends = [row[0] for row in rows[1:]]
    return np.array([[*row, last] for row, last in zip(rows, [*ends, end], strict=True)], np.int64)


def part_of(spans: Ints, words: Bits) -> Ints:
    """Return for each span a whole number from 0 to below it, by the upper 32 bits of a word."""
    share = (words >> np.uint64(32)).astype(np.int64)
    return ((spans >> 31) * share >> 1) + ((spans & (2**31 - 1)) * share >> 32)


def _whole(value: Decimal) -> int:
    return max(-_LARGEST, min(_LARGEST, int(value.to_integral_value(rounding="ROUND_FLOOR"))))


def uniform(low: int, high: int) -> Curve:
    """Return the curve of values of [low, high), each as often as any other."""
    return Curve.of(lambda share: low + (high - low) * share)


def growing(low: int, high: int, growth: Decimal) -> Curve:
    """Return the curve of values of [low, high) whose density at the end is `growth` times that at the beginning."""
    if growth == 1:
        return uniform(low, high)
    span = high - low
    return Curve.of(lambda share: low + span * ((1 + share * (growth**2 - 1)).sqrt() - 1) / (growth - 1))


def piecewise(points: Sequence[Decimal]) -> Curve:
    """Return the curve of values as many of which lie between two neighbouring points as between any others."""
    ranges = len(points) - 1

    def value(share: Decimal) -> Decimal:
        place = min(int(share * ranges), ranges - 1)
        return points[place] + (points[place + 1] - points[place]) * (share * ranges - place)

    return Curve.of(value)


def stepped(values: Sequence[Decimal], weights: Sequence[Decimal]) -> Curve:
    """Return the curve of some values, from the least, each as often as its weight says."""
    upto = list(accumulate(weights))
    return Curve.of(lambda share: values[min(bisect(upto, share * upto[-1]), len(values) - 1)])


def heavy(least: Decimal, exponent: Decimal) -> Curve:
    """Return the curve of a heavy tail: the value of rank r is r ** -exponent of the largest, as Zipf's law has it."""
    return Curve.of(lambda share: least * (-exponent * (1 - share).ln()).exp())


def normal(mean: Decimal, deviation: Decimal) -> Curve:
    """Return the curve of a normal distribution."""
    return Curve.of(
        lambda share: mean + deviation * _standard(share),
        lambda share: mean - deviation * _standard(share),
    )


def log_normal(median: Decimal, sigma: Decimal) -> Curve:
    """Return the curve of values whose logarithms are normal, with deviation `sigma`."""
    return Curve.of(
        lambda share: median * (sigma * _standard(share)).exp(),
        lambda share: median * (-sigma * _standard(share)).exp(),
    )


@cache
def _standard(share: Decimal) -> Decimal:
    """Return the number of standard deviations that `share` of a normal distribution's upper half lies below.

    By Newton's method from 0, which comes near from below: the upper half of the distribution is concave.
    """
    value = Decimal(0)
    for _ in range(80):
        density = (-value * value / 2).exp() / _ROOT
        step = ((1 + share) / 2 - _below(value, density)) / density
        value += step
        if abs(step) < Decimal(10) ** -20:
            break
    return value


def _below(value: Decimal, density: Decimal) -> Decimal:
    """Return the share of a normal distribution below `value`, by the series of the error function."""
    term = total = value
    divisor = 1
    while term > Decimal(10) ** -30:
        divisor += 2
        term *= value * value / divisor
        total += term
    return Decimal("0.5") + density * total
