"""Compute the shapes of charts as numbers and SVG paths, without text, colour or size on the screen. Pure.

The page stretches a chart to the available room (`preserveAspectRatio="none"`) and sets its words beside it in HTML, so
that they can be read on a phone. Lines keep their width by `vector-effect`; dots do so as lines of length 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 100.0, 32.0
_MARGIN = 2.0  # room for half a line's width and for dots


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One part of a stacked bar. `x` is its left edge. Both `x` and `width` are in hundredths of the chart's width."""

    name: str
    value: float
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A chart's line over the nights, as SVG paths in a box of WIDTH × HEIGHT.

    Empty paths draw nothing. `limit` is the y of a limit's line, or None.
    """

    line: str
    area: str
    dots: str
    last: str
    limit: float | None


def bars(parts: Iterable[tuple[str, float]], whole: float, *, shown: Collection[str] = ()) -> tuple[Bar, ...]:
    """Lay the parts of a stacked bar end to end, with `whole` as the chart's width.

    Parts of length 0 are left out unless they are in `shown`.
    """
    laid, x = [], 0.0
    for name, value in parts:
        width = WIDTH * value / whole if whole > 0 else 0.0
        if width > 0 or name in shown:
            laid.append(Bar(name=name, value=value, x=round(x, 3), width=round(width, 3)))
        x += width
    return tuple(laid)


def spark(values: Sequence[float | None], *, limit: float | None = None) -> Spark:
    """Draw one value per night as a line, from 0 up. None is a gap.

    A limit is drawn if it is at most twice the highest value.
    """
    known = [value for value in values if value is not None]
    highest = max(known, default=0.0)
    shown = limit if limit is not None and 0 < limit <= 2 * highest else None
    top = max(highest, shown or 0.0) or 1.0
    points = [None if value is None else (_x(i, len(values)), _y(value, top)) for i, value in enumerate(values)]
    runs = _runs(points)
    last = next((point for point in reversed(points) if point is not None), None)
    return Spark(
        line="".join(_path(run) for run in runs if len(run) > 1),
        area="".join(_closed(run) for run in runs if len(run) > 1),
        dots="".join(_dot(run[0]) for run in runs if len(run) == 1),
        last=_dot(last) if last else "",
        limit=None if shown is None else round(_y(shown, top), 2),
    )


def _x(index: int, count: int) -> float:
    return _MARGIN + (WIDTH - 2 * _MARGIN) * (index / (count - 1) if count > 1 else 0.5)


def _y(value: float, top: float) -> float:
    inner = HEIGHT - 2 * _MARGIN
    return HEIGHT - _MARGIN - inner * min(max(value, 0.0) / top, 1.0)


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _path(run: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in run)


def _closed(run: Sequence[tuple[float, float]]) -> str:
    return f"{_path(run)}L{run[-1][0]:.2f} {HEIGHT:.0f}L{run[0][0]:.2f} {HEIGHT:.0f}Z"


def _dot(point: tuple[float, float]) -> str:
    return f"M{point[0]:.2f} {point[1]:.2f}h0"
