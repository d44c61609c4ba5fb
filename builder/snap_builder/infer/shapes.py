"""Choose words and volumes by statistics: shares of NULL, categories, quantiles, rows per parent, rows per table.

Statistics refine what is inferred, and never contradict it. Keys, columns of pairs, columns of CHECKs that could not be
read, and all columns of tables with few rows keep their inferred word. Of columns that a CHECK couples, only one gets
another word: a choice or a reference, which the others follow.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from snap import shapes
from snap.schema import Details, Enum, Table
from snap.shapes import ColumnShape, ReferenceShape, Shapes, TableShape
from snap.types import Logical, Type
from snap_builder import declare
from snap_builder.declare.maker import Maker
from snap_builder.declare.moments import Moment
from snap_builder.declare.numbers import Amount, Choice
from snap_builder.declare.periods import After
from snap_builder.declare.references import Reference
from snap_builder.declare.text import Text
from snap_builder.infer.checks import Bounds, read_checks
from snap_builder.infer.kinds import kinds_of
from snap_builder.infer.references import Inferred
from snap_builder.infer.unique_keys import most_rows

_ROWS = 10_000  # rows of the largest table at scale 1
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_FRACTIONS = (Logical.DECIMAL, Logical.FLOAT32, Logical.FLOAT64)
_CATEGORIES = (*_INTEGERS, *_FRACTIONS, Logical.BOOL, Logical.ENUM, Logical.STRING)
_LARGEST = 2**52  # the largest value of a curve, in the scale of its column
_DRAWN = {"normal": "normal", "log_normal": "lognormal"}  # inferred shapes of numbers, and their words
_NEAR = 100  # points are near a line within 1/100 of the range from the least to the largest
_NUMBERS = 20  # the most different numbers of a column that are listed; for more numbers, quantiles are used
_LINES = 8  # different numbers in a histogram
# Percentiles at which a fan-out with more numbers is cut: the tail is kept in detail.
_CUTS = (0, 25, 50, 70, 85, 93, 97, 99, 100)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a word, which can be run or written as Python: `choice({"free": 70}, none=5)`."""

    word: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> Any:
        """Return the result of the call."""
        given = {name: _made(value) for name, value in self.options.items() if value is not None}
        return getattr(declare, self.word)(*map(_made, self.arguments), **given)

    def text(self) -> str:
        """Return the call as Python code."""
        options = (f"{name}={_text(value)}" for name, value in self.options.items() if value is not None)
        return f"{self.word}({', '.join([*map(_text, self.arguments), *options])})"

    def words(self) -> Iterator[str]:
        """Yield the names of the words in the call."""
        yield self.word
        for value in (*self.arguments, *self.options.values()):
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Call):
                    yield from each.words()


def _made(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_made, value))
    return value.make() if isinstance(value, Call) else value


def _text(value: Any) -> str:
    match value:
        case Call():
            return value.text()
        case str():
            return quoted(value)
        case tuple():
            return f"({', '.join(map(_text, value))})"
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {_text(each)}" for key, each in value.items()) + "}"
        case Decimal():
            plain = f"{value:f}"
            return plain if value == value.to_integral_value() and "." not in plain else quoted(plain)
        case _:
            return repr(value)


def quoted(text: str) -> str:
    """Return a text as a Python literal, in double quotes if all of it is printable."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """The rows of tables at scale 1, and the factor by which the database has more rows: 1 if all tables are small.

    `limited` maps each table whose keys allow fewer rows than its share to a text that says so.
    """

    rows: Mapping[str, int]
    times: int
    limited: Mapping[str, str]


def volumes(
    measured: Shapes, tables: Sequence[Table], details: Mapping[str, Details], enums: Mapping[str, Enum]
) -> Volumes:
    """Return the rows of the tables that are not empty, reduced in proportion. Small tables are not reduced.

    `tables` come after the tables that they reference.
    """
    counts = {table.label: table.rows for table in measured.tables if table.rows}
    times = max(1, -(-max(counts.values(), default=0) // _ROWS))
    rows: dict[str, int] = {}
    limited: dict[str, str] = {}
    for table in tables:
        if table.label in counts:
            count = counts[table.label]
            wanted = max(round(count / times), min(count, shapes.LEAST))
            most = most_rows(table, details[table.label], enums, rows, counted=True)
            rows[table.label] = wanted if most is None else max(1, min(wanted, most))
            if rows[table.label] < wanted:
                limited[table.label] = f"its keys allow about {rows[table.label]:,} rows, and not {wanted:,}"
    return Volumes(rows=rows, times=times, limited=limited)


def measured_words(
    table: Table, details: Details, enums: Mapping[str, Enum], inferred: Inferred, measured: Shapes, as_of: str
) -> dict[str, Call]:
    """Return the words that statistics suggest in place of the inferred words, by column. Few rows suggest none."""
    shape = measured.table(table.label)
    if shape is None or shape.rows < shapes.ENOUGH:
        return {}
    kinds = kinds_of(table, details, enums)
    steps = {name: Decimal(1).scaleb(-(kind.scale or 0)) for name, kind in kinds.items()}
    bounds = read_checks(details.checks, steps).bounds
    left_alone = {name for check in inferred.others for name in check.columns}
    left_alone |= {name for key in (table.primary_key, *table.unique) for name in key}
    if inferred.pairs is not None:
        left_alone |= {inferred.pairs.left, inferred.pairs.right}
    for joint in inferred.joints.values():
        able = [name for name in joint.columns if isinstance(inferred.makers[name], Choice | Reference)]
        left_alone |= {*joint.columns} - {*able[:1]}
    words = {}
    for column in table.stored:
        maker, seen = inferred.makers.get(column.name), shape.column(column.name)
        if maker is None or column.name in left_alone:
            continue
        none = _percent(seen.nulls) if seen is not None and column.nullable else 0
        call = None
        if isinstance(maker, Reference):
            call = _reference(maker, _counted(shape, table, details, column.name), measured, none)
        elif seen is not None and isinstance(maker, Moment) and isinstance(maker.when, After):
            ordered = bounds.get(column.name, Bounds()).after is not None
            before = maker.when.paths[0]
            call = _after(maker, before, seen, shape.column(before), none, as_of, ordered=ordered)
        elif seen is not None:
            call = _column(maker, kinds[column.name], seen, none, as_of, bounds.get(column.name, Bounds()))
        if call is not None:
            words[column.name] = call
    return words


def _percent(share: float) -> int:
    return max(0, min(100, round(100 * share)))


# -- columns


def _column(maker: Maker, kind: Type, seen: ColumnShape, none: int, as_of: str, bounds: Bounds) -> Call | None:
    empty = none or None
    few = seen.shares and (len(seen.shares) <= _NUMBERS or not isinstance(maker, Amount))
    if few and kind.logical in _CATEGORIES and isinstance(maker, Amount | Choice | Text):
        return Call("choice", (_shares(seen.shares, kind),), {"none": empty})
    if isinstance(maker, Amount):
        return _amount(maker, kind, seen.quantiles, empty, bounds)
    if isinstance(maker, Moment):
        return _moment(seen.quantiles, empty, as_of, bounds)
    if isinstance(maker, Choice) and empty:
        return Call("choice", (dict(maker.options),), {"none": empty})
    if isinstance(maker, Text) and empty and not maker.unique:
        return Call("text", (maker.template,), {"longest_word": maker.longest_word, "none": empty})
    return None


def _shares(shares: Sequence[tuple[str, float]], kind: Type) -> dict[Any, int]:
    """Return values with whole percentages of at least 1."""
    total = sum(share for _, share in shares)
    whole = kind.logical in (*_INTEGERS, *_FRACTIONS) and not any("." in value for value, _ in shares)
    return {_read(value, kind, whole=whole): max(1, round(100 * share / total)) for value, share in shares}


def _read(value: str, kind: Type, *, whole: bool) -> object:
    if kind.logical is Logical.BOOL:
        return value in ("t", "true")
    return int(value) if whole else value


def _amount(maker: Amount, kind: Type, quantiles: Sequence[str], none: int | None, bounds: Bounds) -> Call | None:
    points = [_within(Decimal(point), bounds) for point in quantiles]
    whole = kind.logical in _INTEGERS
    word, number = ("integer", int) if whole else ("money", Decimal)
    scale = 4 if kind.logical in (Logical.FLOAT32, Logical.FLOAT64) else kind.scale or 0
    if not points or max(map(abs, points)) * 10**scale >= _LARGEST:
        usual = maker.shape
        drawn = Call(_DRAWN[usual.kind], (usual.first, usual.second)) if usual.kind in _DRAWN else None
        return Call(word, (number(maker.low), number(maker.high)), {"shape": drawn, "none": none}) if none else None
    edges = [number(point) for point in fewest(points)]
    shape = Call("quantiles", tuple(edges)) if len(edges) > 2 else None
    return Call(word, (edges[0], edges[-1]), {"shape": shape, "none": none})


def _within(point: Decimal, bounds: Bounds) -> Decimal:
    """Return a number, moved into the range that CHECKs allow."""
    least = point if bounds.low is None else max(point, bounds.low)
    return least if bounds.high is None else min(least, bounds.high)


def _moment(quantiles: Sequence[str], empty: int | None, as_of: str, bounds: Bounds) -> Call | None:
    past = [point for point in quantiles if point[:10] < as_of]
    if bounds != Bounds() or len(past) < 2 or len(past) < len(quantiles) // 2:
        return None
    if len(set(past)) == 1:  # all within one day, or within one hour
        day = dt.date.fromisoformat(past[0][:10])
        past = [past[0], min(as_of, (day + dt.timedelta(days=1)).isoformat())]
        return Call("moment", (Call("between", tuple(past)),), {"none": empty})
    few = past
    if len(past) == len(quantiles):
        numbers = {point: _seconds(point) for point in past}
        points = {number: point for point, number in numbers.items()}
        few = [points[number] for number in fewest([numbers[point] for point in past])]
    return Call("moment", (Call("spread" if len(few) > 2 else "between", tuple(few)),), {"none": empty})


def _after(
    maker: Moment, path: str, seen: ColumnShape, before: ColumnShape | None, none: int, as_of: str, *, ordered: bool
) -> Call | None:
    """Return a word for a moment after another column's moment.

    If every quantile of the moment lies before that column's, the word is for an independent moment.
    """
    waits = [] if before is None else _waits(seen.quantiles, before.quantiles)
    if waits and max(waits) < 0 and not ordered:
        return _moment(seen.quantiles, none or None, as_of, Bounds())
    delay = _delay(waits)
    if delay is None and none == maker.none:
        return None
    return Call("moment", (Call("after", (path,), {"delay": delay}),), {"none": none or None})


def _waits(quantiles: Sequence[str], before: Sequence[str]) -> list[Decimal]:
    """Return the distances in seconds of the quantiles that both columns have. There are 2, 3, 5, 9 or 17 of each."""
    ranges = min(len(quantiles), len(before)) - 1
    if ranges < 1:
        return []
    both = (points[:: (len(points) - 1) // ranges] for points in (quantiles, before))
    return [_seconds(point) - _seconds(other) for point, other in zip(*both, strict=False)]


def _delay(waits: Sequence[Decimal]) -> Call | None:
    """Return the shape of the delay between two columns of moments, by the mean distance of their quantiles."""
    most = int(2 * sum(waits) / len(waits)) if waits else 0
    return Call("uniform", (0, round(most, 2 - len(str(most))))) if most > 0 else None


def _seconds(moment: str) -> Decimal:
    return Decimal(dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC).timestamp())


def fewest(points: Sequence[Decimal]) -> list[Decimal]:
    """Return every point, or only every second, fourth … if the points between lie near straight lines.

    `points` are the edges of 1, 2, 4, 8 or 16 ranges.
    """
    near = (points[-1] - points[0]) / _NEAR
    step = len(points) - 1
    while step > 1 and any(abs(point - _on_line(points, place, step)) > near for place, point in enumerate(points)):
        step //= 2
    return list(points[::step])


def _on_line(points: Sequence[Decimal], place: int, step: int) -> Decimal:
    """Return the value at a place of the line through every `step`-th point."""
    low = min(place // step * step, len(points) - 1 - step)
    return points[low] + (points[low + step] - points[low]) * (place - low) / step


# -- references


def _counted(shape: TableShape, table: Table, details: Details, column: str) -> ReferenceShape | None:
    keys = [key for key in details.references or table.foreign_keys if column in key.columns]
    return next(filter(None, (shape.reference(key.columns) for key in keys)), None)


def _reference(maker: Reference, seen: ReferenceShape | None, measured: Shapes, none: int) -> Call | None:
    if maker.one:
        return None
    fanout = None if seen is None else Call("histogram", (_histogram(seen.rows),))
    childless = 0 if seen is None or none else _childless(seen, measured)
    if fanout is None and none == maker.none:
        return None
    options = {"fanout": fanout, "none_have": childless or None, "none": none or None}
    return Call("ref", (maker.parent,), options)


def measured_pairs(table: Table, details: Details, inferred: Inferred, measured: Shapes) -> Call | None:
    """Return the word for a table's pairs with the fan-outs of both sides.

    Return None if the fan-outs are not known, or if the rows are few.
    """
    shape, pairs = measured.table(table.label), inferred.pairs
    if shape is None or shape.rows < shapes.ENOUGH or pairs is None or pairs.within:
        return None
    left, right = (_counted(shape, table, details, column) for column in (pairs.left, pairs.right))
    if left is None or right is None:
        return None
    fanout = tuple(Call("histogram", (_histogram(side.rows),)) for side in (left, right))
    options = {"differ": pairs.differ or None, "fanout": fanout}
    return Call("pairs", (pairs.left, pairs.right), options)


def _childless(seen: ReferenceShape, measured: Shapes) -> int:
    """Return the percentage of parents without a row."""
    parent = measured.table(seen.parent)
    return 0 if parent is None or not parent.rows else min(99, _percent(1 - seen.parents / parent.rows))


def _histogram(rows: Sequence[int]) -> dict[int, int]:
    """Return numbers of rows, each with its percentage of the parents. Many numbers are merged into means."""
    hundred = rows[:100]
    if len(set(hundred)) <= _LINES:
        return dict(sorted(Counter(hundred).items()))
    means: Counter[int] = Counter()
    for low, high in pairwise(_CUTS):
        means[round(sum(hundred[low:high]) / (high - low))] += high - low
    return dict(sorted(means.items()))
