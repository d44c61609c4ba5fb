"""Words for keys of types that are neither integers nor texts: a unique value for every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import gcd

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap_builder.declare.maker import MOMENTS, NULL, Maker, Place, Rows, Values, refuse
from snap_builder.declare.periods import Between
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY, HOUR, SECOND
from snap_builder.engine.streams import Ints

_PERIOD = 730 * DAY
_BITS = re.compile(r"bit\((\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDay(Maker):
    """A day that no other row has. The days go backwards from the day before as-of, or before the end of a period.

    Guarantees: no day occurs twice. Owns: its column. Costs: nothing. Refuses: more rows than there are days.
    """

    fits = MOMENTS
    when: Between | None = None

    def require(self, place: Place) -> None:
        days = 1_000_000 if self.when is None else (self.when.points[-1] - self.when.begin) // DAY
        if place.rows > days:
            raise refuse(place, f"there are {days:,} days for {place.rows:,} rows", "ask for fewer rows")

    def values(self, rows: Rows) -> Values:
        end = rows.as_of if self.when is None else self.when.points[-1]
        return end // DAY * DAY - (np.arange(rows.start, rows.stop) + 1) * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMoment(Maker):
    """A moment that no other row has, anywhere in a period. The default period is the two years before as-of.

    Guarantees: no moment occurs twice. Owns: its column. Costs: nothing. Refuses: nothing.
    """

    fits = MOMENTS
    when: Between | None = None

    def values(self, rows: Rows) -> Values:
        begin, span = rows.as_of - _PERIOD, _PERIOD
        if self.when is not None:
            begin, span = self.when.begin, self.when.before(rows.as_of)[-1]
        seconds = max(1, span // SECOND)
        step = next(each for each in range(seconds * 618 // 1000 + 1, 2 * seconds + 2) if gcd(each, seconds) == 1)
        numbers = np.arange(rows.start, rows.stop)
        # A step without a common factor visits each second of the period once; the next round is a microsecond later.
        return begin + numbers % seconds * step % seconds * SECOND + numbers // seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RowValue(Maker):
    """A value that no other row has, of a type that is not for numbers, texts or moments.

    Guarantees: no value occurs twice, and no two ranges overlap. Owns: its column. Costs: one pass. Refuses: more rows
    than the type has values.
    """

    kind: str

    def require(self, place: Place) -> None:
        most = 86_400 if self.kind == "time without time zone" else 2**31
        if bits := _BITS.fullmatch(self.kind):
            most = min(most, 2 ** int(bits[1]))
        if place.rows > most:
            raise refuse(
                place, f"there are {most:,} values of type {self.kind} for {place.rows:,} rows", "ask for fewer rows"
            )

    def values(self, rows: Rows) -> Values:
        numbers = np.arange(rows.start, rows.stop)
        if bits := _BITS.fullmatch(self.kind):
            return _bits(numbers, int(bits[1]))
        return _WRITTEN[self.kind](numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCombination(Maker):
    """One of a few values. With other columns of its key, it goes through all combinations for each parent in turn.

    Guarantees: rows that agree in the columns `by` have different combinations. Owns: its column. Costs: one pass over
    the columns `by`. Refuses: without `by`, more rows than combinations.
    """

    by: tuple[str, ...]
    options: tuple[object, ...]
    stride: int
    combinations: int

    @property
    def choices(self) -> tuple[object, ...]:
        return self.options

    def waits(self) -> tuple[str, ...]:
        return self.by

    def require(self, place: Place) -> None:
        if not self.by and place.rows > self.combinations:
            raise refuse(
                place,
                f"its key has {self.combinations:,} combinations of values for {place.rows:,} rows",
                "ask for fewer rows",
            )

    def values(self, rows: Rows) -> Values:
        number = rows.number_of(self.by)
        for path in self.by:
            parent = rows.integers(path)
            number = np.where(parent == NULL, 0, number + parent)  # so that parents begin with different combinations
        return number % self.combinations // self.stride % len(self.options)


def is_written(kind: str) -> bool:
    """Return whether `RowValue` makes values of a type."""
    return kind in _WRITTEN or _BITS.fullmatch(kind) is not None


def _range(numbers: Ints) -> pa.StringArray:
    return columns.concat("[", columns.texts_of(numbers), ",", columns.texts_of(numbers + 1), ")")


def _days(numbers: Ints) -> pa.StringArray:
    first, after = (pa.array((10_957 + each).astype(np.int32), pa.date32()) for each in (numbers, numbers + 1))
    return columns.concat("[", first.cast(pa.string()), ",", after.cast(pa.string()), ")")


def _hours(zone: str) -> Callable[[Ints], pa.StringArray]:
    def made(numbers: Ints) -> pa.StringArray:
        begins, ends = (
            pa.array(10_957 * DAY // SECOND + each * (HOUR // SECOND), pa.timestamp("s")).cast(pa.string())
            for each in (numbers, numbers + 1)
        )
        return columns.concat('["', begins, f'{zone}","', ends, f'{zone}")')

    return made


def _several(made: Callable[[Ints], pa.StringArray]) -> Callable[[Ints], pa.StringArray]:
    return lambda numbers: columns.concat("{", made(numbers), "}")


def _address(numbers: Ints) -> pa.StringArray:
    """Return IP addresses of the block that is reserved for documentation."""
    high, low = (_hex(each) for each in ((numbers + 1) >> 16, (numbers + 1) & 0xFFFF))
    return columns.concat("2001:db8::", columns.either(numbers + 1 > 0xFFFF, columns.concat(high, ":"), ""), low)


def _hex(numbers: Ints) -> pa.StringArray:
    """Return numbers below 2^32 in hexadecimal digits, without leading zeros."""
    return pc.replace_substring_regex(columns.hex_digits(numbers, 8), "^0{1,7}", "")


def _card(prefix: str) -> Callable[[Ints], pa.StringArray]:
    """Return a maker of MAC addresses that are assigned to nobody."""
    return lambda numbers: columns.concat(
        prefix, pc.replace_substring_regex(columns.hex_digits(numbers, 8), "(..)(..)(..)(..)", r"\1:\2:\3:\4")
    )


def _bits(numbers: Ints, width: int) -> pa.StringArray:
    digits = (numbers[:, None] >> np.minimum(np.arange(width - 1, -1, -1), 62)) & 1
    offsets = pa.py_buffer((np.arange(len(numbers) + 1) * width).astype(np.int32))
    return pa.StringArray.from_buffers(
        len(numbers), offsets, pa.py_buffer(np.ascontiguousarray(digits + 48).astype(np.uint8))
    )


_WRITTEN: Mapping[str, Callable[[Ints], pa.Array]] = {
    "int4range": _range,
    "int8range": _range,
    "numrange": _range,
    "daterange": _days,
    "tsrange": _hours(""),
    "tstzrange": _hours("+00"),
    "int4multirange": _several(_range),
    "int8multirange": _several(_range),
    "nummultirange": _several(_range),
    "datemultirange": _several(_days),
    "tsmultirange": _several(_hours("")),
    "tstzmultirange": _several(_hours("+00")),
    "inet": _address,
    "cidr": lambda numbers: columns.concat(_address(numbers), "/128"),
    "macaddr": _card("02:00:"),
    "macaddr8": _card("02:00:00:00:"),
    "pg_lsn": lambda numbers: columns.concat("0/", pc.ascii_upper(_hex(numbers + 1))),
    "interval": lambda numbers: columns.intervals(np.zeros_like(numbers), (numbers + 1) * SECOND),
    "time without time zone": lambda numbers: pa.array(numbers * SECOND, pa.time64("us")),
    "json": columns.texts_of,
    "jsonb": columns.texts_of,
    "ltree": columns.texts_of,
    **dict.fromkeys(("oid", "xid", "xid8"), lambda numbers: columns.texts_of(numbers + 1)),
}
