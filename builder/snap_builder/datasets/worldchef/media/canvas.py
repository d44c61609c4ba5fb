"""A picture while it is made: what is where, how high, and of which colour; lengths are in plate radii.

Every value comes from raw random words, integers, and single IEEE operations on arrays (+, -, *, /, sqrt, comparisons,
maxima), which every processor rounds the same way. There is no sin, exp or pow, no matrix product, and no sum of floats
whose order a library may choose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snap_builder.engine.seeds import Ints, Stream

Plane = NDArray[Any]  # float32; numpy's stubs make float64 of it where an integer joins in
Colour = tuple[float, float, float]
Point = tuple[float, float]

SUPER = 2  # the picture is drawn so many times as wide and high as it becomes
_TURNS = 64
_DEEP = np.float32(-9.0)


def _turns() -> tuple[Point, ...]:
    """The unit vectors of a circle's 64 equal parts, by half angles: sqrt is exact everywhere, sin is not."""
    cosine = 0.0  # of a quarter
    for _ in range(4):
        cosine = math.sqrt((1 + cosine) / 2)
    sine = math.sqrt(1 - cosine * cosine)
    vectors = [(1.0, 0.0)]
    for _ in range(_TURNS - 1):
        x, y = vectors[-1]
        vectors.append((x * cosine - y * sine, x * sine + y * cosine))
    return tuple(vectors)


TURNS = _turns()


def turn(part: float) -> Point:
    """Give the direction at `part` (0 to 1, any whole number on top) of a full turn, to the next 64th."""
    return TURNS[math.floor(part * _TURNS) % _TURNS]


class Draws:
    """Random numbers in the order in which they are asked for."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._next = 0

    def words(self, count: int) -> NDArray[np.uint64]:
        start, self._next = self._next, self._next + count
        return self._stream.bits(start, self._next)

    def units(self, count: int) -> NDArray[np.float64]:
        """Give numbers in [0, 1), each a multiple of 2**-53."""
        return (self.words(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * float(self.units(1)[0])

    def below(self, bound: int) -> int:
        return int(self.between(0, bound))

    def within(self, radius: float) -> Point:
        """Give a point of a disc, evenly spread."""
        while True:
            x, y = (2 * float(part) - 1 for part in self.units(2))
            if x * x + y * y <= 1:
                return x * radius, y * radius


class Canvas:
    """Planes of height, colour and gloss, shape (rows, columns); `unit` is a plate radius in drawn pixels."""

    def __init__(self, width: int, height: int, unit: float, centre: Point, draws: Draws) -> None:
        rows, columns = height * SUPER, width * SUPER
        self.unit = unit * SUPER
        self.draws = draws
        self.x = ((np.arange(columns, dtype=np.float32) + np.float32(0.5)) / np.float32(self.unit)) - np.float32(
            centre[0] * columns / self.unit
        )
        self.y = ((np.arange(rows, dtype=np.float32) + np.float32(0.5)) / np.float32(self.unit)) - np.float32(
            centre[1] * rows / self.unit
        )
        self.height = np.full((rows, columns), _DEEP, np.float32)
        self.colour = np.zeros((3, rows, columns), np.float32)
        self.gloss = np.zeros((rows, columns), np.float32)

    def window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """Give the rows and columns that lie within `reach` of a point, as far as they are in the picture."""
        left, top = float(self.x[0]), float(self.y[0])
        first_row = math.floor((y - reach - top) * self.unit)
        last_row = math.floor((y + reach - top) * self.unit) + 2
        first = math.floor((x - reach - left) * self.unit)
        last = math.floor((x + reach - left) * self.unit) + 2
        rows, columns = self.height.shape
        return (
            slice(min(max(first_row, 0), rows), min(max(last_row, 0), rows)),
            slice(min(max(first, 0), columns), min(max(last, 0), columns)),
        )

    def local(self, window: tuple[slice, slice], x: float, y: float, along: Point) -> tuple[Plane, Plane]:
        """Give each pixel's coordinates from (x, y): along a direction, and across it."""
        dx = self.x[window[1]][None, :] - np.float32(x)
        dy = self.y[window[0]][:, None] - np.float32(y)
        a, b = np.float32(along[0]), np.float32(along[1])
        return dx * a + dy * b, dy * a - dx * b

    def put(
        self,
        window: tuple[slice, slice],
        height: Plane,
        colour: Colour | Sequence[Any],
        gloss: float,
        inside: NDArray[np.bool_] | None = None,
    ) -> None:
        """Lay a thing down where it is higher than what is there. `colour` is three numbers or three planes."""
        there = self.height[window]
        seen = height > there
        if inside is not None:
            seen &= inside
        np.copyto(there, height, where=seen)
        np.copyto(self.gloss[window], np.float32(gloss), where=seen)
        for plane, value in zip(self.colour, colour, strict=True):
            np.copyto(plane[window], np.asarray(value, np.float32), where=seen)

    def top(self, x: float, y: float) -> float:
        """Give the height of what lies at a point; deep below the table outside the picture."""
        column = math.floor((x - float(self.x[0])) * self.unit)
        row = math.floor((y - float(self.y[0])) * self.unit)
        rows, columns = self.height.shape
        return float(self.height[row, column]) if 0 <= row < rows and 0 <= column < columns else float(_DEEP)

    def noise(self, cells_x: float, cells_y: float, window: tuple[slice, slice] | None = None) -> Plane:
        """Give smooth noise in [-1, 1] with so many cells per plate radius, over the picture or a window of it."""
        xs, ys = (self.x, self.y) if window is None else (self.x[window[1]], self.y[window[0]])
        if not len(xs) or not len(ys):
            return np.zeros((len(ys), len(xs)), np.float32)
        column, across = _cells(xs, cells_x)
        row, down = _cells(ys, cells_y)
        shape = int(row[-1]) + 2, int(column[-1]) + 2
        lattice = (self.draws.units(shape[0] * shape[1]) * 2 - 1).astype(np.float32).reshape(shape)
        wide = lattice[:, column] * (1 - across) + lattice[:, column + 1] * across
        return wide[row] * (1 - down[:, None]) + wide[row + 1] * down[:, None]


def _cells(positions: Plane, cells: float) -> tuple[Ints, Plane]:
    """Give each position's cell from 0 on, and the smoothed place in it."""
    scaled = (positions - positions[0]) * np.float32(cells)
    cell = np.floor(scaled)
    place = scaled - cell
    return cell.astype(np.int64), place * place * (3 - 2 * place)


def ramp(value: Plane, low: float, high: float) -> Plane:
    """Give 0 below `low`, 1 above `high`, and a smooth way between."""
    place = value - np.float32(low)
    place /= np.float32(high - low)
    np.clip(place, 0, 1, out=place)
    steep = place * -2
    steep += 3
    steep *= place
    steep *= place
    return steep


def mix(first: Sequence[Any], second: Sequence[Any], share: Any) -> list[Any]:
    """Give `share` of the second colour and the rest of the first, plane by plane."""
    return [_between(a, b, share) for a, b in zip(first, second, strict=True)]


def _between(a: Any, b: Any, share: Any) -> Any:
    result = (b - a) * share
    result += a
    return result


def tint(colour: Colour, factor: Any) -> list[Any]:
    """Give a colour made lighter or darker."""
    return [channel * factor for channel in colour]


def rgb(code: str) -> Colour:
    """Give a colour from six hexadecimal digits, 0 to 1 a channel."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue
