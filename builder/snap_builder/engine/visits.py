"""Visits of parents: one in each span of time, at a moment of the parent's own.

One word of a stream determines where the spans of a parent begin, and another word where in a span its visit begins. So
a visit follows from the parent and the number of its span alone, whatever rows there are. Moments are in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from snap_builder.engine.calendar import SECOND
from snap_builder.engine.columns import NEVER
from snap_builder.engine.curves import part_of
from snap_builder.engine.streams import Bits, Ints, Stream
from snap_builder.engine.timetable import Clocks

_MOST = 24  # bits of the number of a parent's span
_NO_SPAN = 2**_MOST - 1  # the number whose word determines where spans begin: no span after 1970 has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """A span of time of each row's parent: the span's number and begin, both of shape (rows,).

    All spans have the length `every`.
    """

    stream: Stream
    every: int
    parent: Ints
    number: Ints
    begin: Ints

    @classmethod
    def of(cls, stream: Stream, every: int, parent: Ints, moments: Ints) -> Spans:
        """Return the span in which each moment lies. `parent` is a number below 2**38 for each."""
        lengths = np.full(len(parent), every)
        offset = part_of(lengths, _words(stream, parent, np.full(len(parent), _NO_SPAN)))
        number = (moments - offset) // every
        return cls(stream=stream, every=every, parent=parent, number=number, begin=offset + number * every)

    def moved(self, step: int) -> Spans:
        """Return the spans that come `step` spans later."""
        return replace(self, number=self.number + step, begin=self.begin + step * self.every)

    def visits(self, clocks: Clocks | None = None) -> Ints:
        """Return when the visit of each span begins, within the open hours of the row's `clocks` if given.

        The moment is NEVER if the span has no open hours.
        """
        words = _words(self.stream, self.parent, self.number)
        if clocks is None:
            return self.begin + part_of(np.full(len(words), self.every), words)
        first = clocks.upto(-(-self.begin // SECOND))
        weight = clocks.upto((self.begin + self.every) // SECOND) - first
        at = clocks.at(first + part_of(np.maximum(0, weight), words))
        fraction = (words & np.uint64(2**32 - 1)).astype(np.int64) % SECOND
        return np.where(weight > 0, at * SECOND + fraction, NEVER)


def _words(stream: Stream, parent: Ints, number: Ints) -> Bits:
    return stream.at((parent << _MOST) | (number & (2**_MOST - 1)), 1)[:, 0]
