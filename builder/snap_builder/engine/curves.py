"""Distributions as tables of integers, made with `decimal`, so that values are the same on every processor.

A curve holds the values at the edges of nested blocks' slots (snap_builder.engine.blocks). A row's value lies between
the edges of its slot, at a place that a word of the row's stream determines. So each block has the curve's shape, and
the tail grows with the table.
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
_ROOT = Decimal("2.5066282746310005024157652848110452530")  # the square root of 2 pi
_LARGEST = 2**52  # the largest value: whole microseconds and cents are exact in each type for them

Quantile = Callable[[Decimal], Decimal]  # share of rows below a value -> the value, for shares in [0, 1)


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at the edges of slots, int64 of shape (LEVELS, SIZE + 1), rising over all levels.

    A curve with two tails has `falling` too: the edges for the half of the rows below the median.
    """

    rising: Ints
    falling: Ints | None = None

    @classmethod
    def of(cls, rising: Quantile, falling: Quantile | None = None) -> Curve:
        """Return the curve of a quantile function, in the unit of its values.

        A curve with two tails has a function for each half.
        """
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

    def within(self, shares: Ints, ends: Ints) -> Ints:
        """Return a value for each share, from the part of the curve between 0 and each end. The shape is (ends,).

        Shares are in units of 1 / 2**32. Values are below the end, and -1 if no part of the curve lies there.
        """
        knots = self._knots()
        first, last = knots.below(np.zeros_like(ends)), knots.below(ends)
        part = np.maximum(0, last - first).astype(np.uint64) * shares.astype(np.uint64) >> np.uint64(32)
        values = knots.at(first + part.astype(np.int64))
        return np.where(last > first, np.clip(values, 0, np.maximum(0, ends - 1)), -1)

    def _knots(self) -> _Knots:
        values, upto = _flat(self.rising), _UPTO
        if self.falling is not None:
            values = np.concatenate([_flat(self.falling)[:0:-1], values])
            upto = np.concatenate([(_ALL - upto[:0:-1]) // 2, (_ALL + upto) // 2])
        return _Knots(values, upto)

    def drawn(self, places: Bits, words: Bits) -> Ints:
        """Return a random value for each pair of words, without blocks. The shape is (words,)."""
        place = scattered(places)
        values = _between(self.rising, place, words)
        if self.falling is None:
            return values
        return np.where(places & np.uint64(1), _between(self.falling, place, words), values)


_ALL = 1 << 32  # shares of a curve are counted in 1 / _ALL
_UPTO = np.array(
    [_ALL - (SIZE - slot) * _ALL // SIZE ** (level + 1) for level in range(LEVELS) for slot in range(SIZE - 1)]
    + [_ALL - _ALL // SIZE**LEVELS, _ALL],
    np.int64,
)


def _flat(edges: Ints) -> Ints:
    """Return the edges of all levels in one vector. The next level's edges replace each level's last slot."""
    return np.concatenate([edges[:, : SIZE - 1].reshape(-1), edges[-1, SIZE - 1 :]])


@dataclass(frozen=True, slots=True)
class _Knots:
    """A curve as straight lines between rising values, with the share of all rows below each value."""

    values: Ints
    upto: Ints

    def below(self, ends: Ints) -> Ints:
        """Return the share of the curve that lies below each end."""
        at = np.clip(np.searchsorted(self.values, ends) - 1, 0, len(self.values) - 2)
        spans = np.diff(self.values)
        shift = np.array([max(0, int(span).bit_length() - 31) for span in spans])[at]  # products stay below 2**63
        part = np.clip(ends - self.values[at], 0, spans[at]) >> shift
        share = (part << 31) // np.maximum(1, spans[at] >> shift)
        return np.where(ends > self.values[-1], _ALL, self.upto[at] + (np.diff(self.upto)[at] * share >> 31))

    def at(self, shares: Ints) -> Ints:
        """Return the value below which each share of the curve lies."""
        at = np.clip(np.searchsorted(self.upto, shares, side="right") - 1, 0, len(self.upto) - 2)
        part = ((shares - self.upto[at]) << 32) // np.diff(self.upto)[at]
        return self.values[at] + part_of(np.diff(self.values)[at], part.astype(np.uint64) << np.uint64(32))


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
    """Return a whole number in [0, span) for each span, by the upper 32 bits of a word."""
    share = (words >> np.uint64(32)).astype(np.int64)
    return ((spans >> 31) * share >> 1) + ((spans & (2**31 - 1)) * share >> 32)


def _whole(value: Decimal) -> int:
    return max(-_LARGEST, min(_LARGEST, int(value.to_integral_value(rounding="ROUND_FLOOR"))))


def uniform(low: int, high: int) -> Curve:
    """Return the curve of a uniform distribution over [low, high)."""
    return Curve.of(lambda share: low + (high - low) * share)


def growing(low: int, high: int, growth: Decimal) -> Curve:
    """Return the curve of values in [low, high) whose final density is `growth` times the initial density."""
    if growth == 1:
        return uniform(low, high)
    span = high - low
    return Curve.of(lambda share: low + span * ((1 + share * (growth**2 - 1)).sqrt() - 1) / (growth - 1))


def piecewise(points: Sequence[Decimal]) -> Curve:
    """Return the curve with equally many values between any two neighbouring points."""
    ranges = len(points) - 1

    def value(share: Decimal) -> Decimal:
        place = min(int(share * ranges), ranges - 1)
        return points[place] + (points[place + 1] - points[place]) * (share * ranges - place)

    return Curve.of(value)


def stepped(values: Sequence[Decimal], weights: Sequence[Decimal]) -> Curve:
    """Return the curve of some values, sorted from the least, each as frequent as its weight says."""
    upto = list(accumulate(weights))
    return Curve.of(lambda share: values[min(bisect(upto, share * upto[-1]), len(values) - 1)])


def heavy(least: Decimal, exponent: Decimal) -> Curve:
    """Return the curve of a heavy tail: the value of rank r is r ** -exponent times the largest (Zipf's law)."""
    return Curve.of(lambda share: least * (-exponent * (1 - share).ln()).exp())


def normal(mean: Decimal, deviation: Decimal) -> Curve:
    """Return the curve of a normal distribution."""
    return Curve.of(
        lambda share: mean + deviation * _standard(share),
        lambda share: mean - deviation * _standard(share),
    )


def log_normal(median: Decimal, sigma: Decimal) -> Curve:
    """Return the curve of a log-normal distribution. `sigma` is the standard deviation of the logarithms."""
    return Curve.of(
        lambda share: median * (sigma * _standard(share)).exp(),
        lambda share: median * (-sigma * _standard(share)).exp(),
    )


@cache
def _standard(share: Decimal) -> Decimal:
    """Return the number of standard deviations below which `share` of a normal distribution's upper half lies.

    Newton's method starts at 0 and comes nearer from below, because the upper half of the distribution is concave.
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
