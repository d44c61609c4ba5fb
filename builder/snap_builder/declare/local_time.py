"""When people are active by their local time: the hours, weekdays and months of moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from snap.errors import UsageError
from snap.units import plural
from snap_builder.declare.checked import require_known
from snap_builder.declare.maker import Rows
from snap_builder.engine import zones
from snap_builder.engine.calendar import WAKING
from snap_builder.engine.timetable import MOST, Clocks, Timetable

UTC = "UTC"
_HOURS = {"awake": WAKING}
_WEEKDAYS = {"working": (1, 1, 1, 1, 1, 0, 0), "weekend": (0, 0, 0, 0, 0, 1, 1)}
_MONTHS = {
    "summer": (2, 2, 4, 6, 8, 10, 10, 10, 7, 5, 3, 2),  # in the northern hemisphere, like winter
    "winter": (10, 9, 7, 4, 3, 2, 2, 2, 3, 5, 8, 10),
    "holidays": (4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 9, 12),  # shops sell most before the end of the year
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """Weights of the hours of a time zone. `zone` is its name, or the path of a column with time zone names."""

    table: Timetable
    zone: str

    @property
    def column(self) -> str | None:
        """The path of the column that names each row's zone, or None if all rows have the same zone."""
        return None if self.zone in zones.names() else self.zone

    def clocks(self, rows: Rows) -> Clocks:
        """Return the clocks of some rows. NULL stands for UTC."""
        if self.column is None or rows.start == rows.stop:
            return Clocks(self.table, (zones.zone(self.zone if self.column is None else UTC),))
        texts = rows.texts(self.column).fill_null(UTC).dictionary_encode()
        named = texts.dictionary.to_pylist()
        require_zones(named, f"{self.column} names")
        order = sorted(range(len(named)), key=named.__getitem__)  # so that most cuts have the same tuple
        return Clocks(self.table, tuple(zones.zone(named[code]) for code in order), np.argsort(order)[texts.indices])


def require_zones(names: Sequence[object], what: str) -> None:
    """Raise UsageError for a name that is not a time zone. The hint names the most similar time zone."""
    known = frozenset(zones.names())
    strange = [name for name in names if name not in known]
    for name in strange:
        near = [each for each in zones.names() if each.rpartition("/")[2] == name]
        if near:
            raise UsageError(f"{what} no time zone: {name!r}", f"did you mean {near[0]!r}?")
    require_known((str(name) for name in strange), zones.names(), f"{what} no time zone:")


def local_time(
    hours: Sequence[int] | str | None,
    weekdays: Sequence[int] | str | None,
    months: Sequence[int] | str | None,
    zone: str,
) -> LocalTime | None:
    """Return the LocalTime for the options of moment(), or None if no option is set."""
    if zone != UTC and (
        "/" in zone or any(each.rpartition("/")[2] == zone for each in zones.names())
    ):  # else it is a column's path
        require_zones([zone], "zone= is")
    if hours is None and weekdays is None and months is None:
        if zone != UTC:
            raise UsageError(
                f"zone={zone!r} has no effect alone", "add hours=, weekdays= or months=, or leave out zone="
            )
        return None
    span = hours is not None and not isinstance(hours, str) and len(hours) == 2
    table = Timetable(
        _within_a_day(*hours) if span else _weights("hours", hours, 24, _HOURS),  # type: ignore[misc]
        _weights("weekdays", weekdays, 7, _WEEKDAYS),
        _weights("months", months, 12, _MONTHS),
    )
    return LocalTime(table=table, zone=zone)


def _within_a_day(begin: int, end: int) -> tuple[int, ...]:
    """Return weights of the hours from `begin` to `end`, over midnight where `end` is the smaller one."""
    if not (0 <= begin < 24 and 0 <= end <= 24):
        raise UsageError(f"hours=({begin}, {end}) are not hours of a day", "write hours from 0 to 24, such as (9, 17)")
    if begin == end:
        raise UsageError(f"hours=({begin}, {end}) is an empty period", "write two different hours, such as (9, 17)")
    return tuple(int(begin <= hour < end if begin < end else hour >= begin or hour < end) for hour in range(24))


def _weights(
    option: str, given: Sequence[int] | str | None, count: int, named: Mapping[str, tuple[int, ...]]
) -> tuple[int, ...]:
    if given is None:
        return (1,) * count
    if isinstance(given, str):
        require_known([given], named, f"{option}= has no value")
        return named[given]
    what = f"{option}={tuple(given)}"
    if len(given) != count:
        either = " or a pair" if option == "hours" else ""
        raise UsageError(
            f"{what} has {plural(len(given), 'number')}", f"write {count} weights{either}, or {named_as(named)}"
        )
    if not all(0 <= weight <= MOST for weight in given):
        raise UsageError(f"{what} has a weight that is not from 0 to {MOST}", "write smaller numbers")
    if not any(given):
        raise UsageError(f"{what} has only weights of 0", "write a weight above 0")
    return tuple(given)


def named_as(named: Mapping[str, object]) -> str:
    return " or ".join(f'"{name}"' for name in named)
