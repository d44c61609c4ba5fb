"""Score how similar the shapes of a version's tables are to a database's. Pure: both are given as statistics.

Each part of a column has a score from 0 to 1, and 1 means equal: share of NULLs, number of values, values, rows per
parent. A column's score is the mean of its parts, and the total score is the mean of all columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import fmean

from snap.shapes import ColumnShape, ReferenceShape, Shapes, TableShape

_DAY = 86_400.0  # seconds
_PLACES = 17  # number of points at which two lists of quantiles are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFit:
    """The similarity of a column in two databases.

    `parts` are the scores of the compared properties by name. `nulls` and `distinct` are both sides' shares of NULLs
    and numbers of values.
    """

    table: str
    column: str
    parts: tuple[tuple[str, float], ...]
    nulls: tuple[float, float]
    distinct: tuple[float, float]

    @property
    def score(self) -> float:
        return fmean(score for _, score in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """All compared columns, the worst first. `missed` are the columns for which one side has no statistics."""

    columns: tuple[ColumnFit, ...]
    missed: tuple[str, ...]

    @property
    def score(self) -> float | None:
        """The mean score of all compared columns, None if no column was compared."""
        return fmean(column.score for column in self.columns) if self.columns else None


def fit(database: Shapes, version: Shapes) -> Fit:
    """Return how similar the shapes of the version's tables are to the shapes of the database's tables."""
    columns, missed = [], []
    for made in version.tables:
        real = database.table(made.label)
        for column in made.columns:
            seen = None if real is None else real.column(column.name)
            if real is None or seen is None or not real.rows:
                missed.append(f"{made.label}.{column.name}")
            else:
                columns.append(_column(real, seen, made, column, database, version))
    return Fit(
        columns=tuple(sorted(columns, key=lambda each: (each.score, each.table, each.column))),
        missed=tuple(sorted(missed)),
    )


def _column(
    real: TableShape, a: ColumnShape, made: TableShape, b: ColumnShape, database: Shapes, version: Shapes
) -> ColumnFit:
    parts = [("nulls", 1 - abs(a.nulls - b.nulls)), ("distinct", _distinct(a, real.rows, b, made.rows))]
    if a.nulls < 1 and b.nulls < 1:
        parts.append(("values", _values(a, b)))
    for reference in real.references:
        other = made.reference(reference.columns)
        if a.name == reference.columns[0] and other is not None:
            parts.append(("fanout", _fanout(reference, database, other, version)))
    return ColumnFit(
        table=made.label,
        column=a.name,
        parts=tuple(parts),
        nulls=(a.nulls, b.nulls),
        distinct=(a.distinct, b.distinct),
    )


def _distinct(a: ColumnShape, rows_a: int, b: ColumnShape, rows_b: int) -> float:
    """Return the similarity of two numbers of distinct values: absolute or per row, whichever is more similar.

    A version with fewer rows than the database can keep only one of the two.
    """
    return max(_ratio(a.distinct, b.distinct), _ratio(a.distinct / max(1, rows_a), b.distinct / max(1, rows_b)))


def _ratio(a: float, b: float) -> float:
    return 1.0 if a == b else max(0.0, min(a, b)) / max(a, b)


def _values(a: ColumnShape, b: ColumnShape) -> float:
    """Return the similarity of two columns' values.

    Categories are compared by shares, numbers and dates by quantiles, other types by frequencies and width.
    """
    if a.shares and b.shares:
        ours, theirs = dict(a.shares), dict(b.shares)
        return 1 - sum(abs(ours.get(value, 0) - theirs.get(value, 0)) for value in ours.keys() | theirs.keys()) / 2
    if a.quantiles and b.quantiles:
        return _quantiles(_numbers(a.quantiles), _numbers(b.quantiles), _DAY if "-" in a.quantiles[0][1:] else 0)
    pairs = zip_longest(a.frequencies, b.frequencies, fillvalue=0.0)
    frequent = 1 - min(1.0, sum(abs(left - right) for left, right in pairs) / 2)
    return fmean([frequent, _ratio(a.width, b.width)])


def _numbers(points: Sequence[str]) -> list[float]:
    return [
        dt.datetime.fromisoformat(point).replace(tzinfo=dt.UTC).timestamp() if "-" in point[1:] else float(point)
        for point in points
    ]


def _quantiles(a: Sequence[float], b: Sequence[float], least: float) -> float:
    """Return 1 minus the mean distance of two columns' quantiles, relative to the range of `a` (at least `least`)."""
    ours, theirs = ([_at(points, place / (_PLACES - 1)) for place in range(_PLACES)] for points in (a, b))
    distance = fmean(abs(left - right) for left, right in zip(ours, theirs, strict=True))
    span = max(a[-1] - a[0], least)
    return 1.0 if not distance else max(0.0, 1 - distance / span) if span else 0.0


def _at(points: Sequence[float], share: float) -> float:
    place = share * (len(points) - 1)
    low = min(int(place), len(points) - 2)
    return points[low] + (points[low + 1] - points[low]) * (place - low)


def _fanout(a: ReferenceShape, database: Shapes, b: ReferenceShape, version: Shapes) -> float:
    """Return the similarity of a foreign key's fan-out: the share of parents with rows, and the rows per parent."""
    rows = fmean(_ratio(left, right) for left, right in zip(a.rows, b.rows, strict=True))
    return fmean([rows, 1 - abs(_with_rows(a, database) - _with_rows(b, version))])


def _with_rows(reference: ReferenceShape, shapes: Shapes) -> float:
    parent = shapes.table(reference.parent)
    return min(1.0, reference.parents / parent.rows) if parent is not None and parent.rows else 1.0
