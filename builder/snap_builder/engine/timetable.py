"""Time weighed by the hour, the weekday and the month of local clocks. Seconds since 1970, integers only.

The weight of a second is the product of the weights of its hour, its weekday and its month. So a moment is a number:
the weight of all time before it. To draw moments of a period, draw numbers between those of its ends. A weight of 0
closes an hour, a day or a month, because no number lies there. No number lies in the hour that a change of the clocks
leaves out, and the hour that comes twice has twice as many numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from snap_builder.engine.calendar import HOUR, SECOND
from snap_builder.engine.streams import Ints
from snap_builder.engine.zones import Zone

MOST = 500  # the largest weight of an hour, weekday or month: two centuries weigh less than 2**60
_HOUR = HOUR // SECOND
_DAY = 24 * _HOUR
_FIRST, _LAST = np.datetime64("1900-01-01"), np.datetime64("2101-01-01")  # days with known weights
_SINCE = int(_FIRST.astype(np.int64))
BEGIN, END = (_SINCE + 2) * _DAY, (int(_LAST.astype(np.int64)) - 2) * _DAY  # clocks are a day ahead or behind at most
_BEFORE = BEGIN - 1  # stands for all time before
_SPAN = END - _BEFORE + 1
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


@dataclass(frozen=True, slots=True)
class Timetable:
    """Weights of hours (from midnight), weekdays (from Monday) and months. Each weight is from 0 to MOST."""

    hours: tuple[int, ...] = (1,) * 24
    weekdays: tuple[int, ...] = (1,) * 7
    months: tuple[int, ...] = (1,) * 12


@dataclass(frozen=True, slots=True, eq=False)
class Clocks:
    """A timetable by the local clocks of some `zones`.

    `of` is the position in `zones` for each moment: shape (moments,), or 0 for all.
    """

    table: Timetable
    zones: tuple[Zone, ...]
    of: Ints | int = 0

    def upto(self, moments: Ints) -> Ints:
        """Return the weight of the time before each moment."""
        changes, known = _changes(self.table, self.zones), np.clip(moments, BEGIN, END)
        place = np.searchsorted(changes.moments, self.of * _SPAN + known - _BEFORE, side="right") - 1
        return changes.skipped[place] + _upto(self.table, known + changes.ahead[place])

    def at(self, weights: Ints) -> Ints:
        """Return for each weight the moment before which the time has this weight.

        If several moments qualify, return the last one, which is in open hours.
        """
        changes = _changes(self.table, self.zones)
        rank = np.searchsorted(changes.weights, weights, side="right")
        place = np.searchsorted(changes.ranks, self.of * (len(changes.weights) + 1) + rank, side="right") - 1
        place = np.maximum(place, changes.first[self.of])
        return _at(self.table, weights - changes.skipped[place]) - changes.ahead[place]


def _upto(table: Timetable, clocks: Ints) -> Ints:
    """Return the weight of the time before the time that local clocks show."""
    days, hours = _days(table), np.array([0, *table.hours], np.int64)
    day, second = clocks // _DAY - _SINCE, clocks % _DAY
    hour = second // _HOUR
    today = np.cumsum(hours)[hour] * _HOUR + hours[hour + 1] * (second % _HOUR)
    return days.before[day] + days.factor[day] * today


def _at(table: Timetable, weights: Ints) -> Ints:
    """Return the time that local clocks show when the time before has each weight."""
    days, hours = _days(table), np.array(table.hours, np.int64)
    upto = np.cumsum([0, *table.hours]) * _HOUR
    known = np.clip(weights, 0, days.before[-1] - 1)
    day = np.searchsorted(days.before, known, side="right") - 1
    today = (known - days.before[day]) // days.factor[day]
    hour = np.searchsorted(upto, today, side="right") - 1
    return (day + _SINCE) * _DAY + hour * _HOUR + (today - upto[hour]) // hours[hour]


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    before: Ints  # the weight of all days before each day, and at the end the weight of all days
    factor: Ints  # the weights of an hour are multiplied by this


@lru_cache(maxsize=64)
def _days(table: Timetable) -> _Days:
    days = np.arange(_FIRST, _LAST)
    numbers = days.astype(np.int64)
    weekdays = np.array(table.weekdays, np.int64)[(numbers + _EPOCH_WEEKDAY) % 7]
    factor = weekdays * np.array(table.months, np.int64)[days.astype("datetime64[M]").astype(np.int64) % 12]
    return _Days(np.concatenate([[0], np.cumsum(factor * sum(table.hours) * _HOUR)]), factor)


@dataclass(frozen=True, slots=True, eq=False)
class _Changes:
    """The changes of the clocks of some zones, one zone after the other. `first` are the places where zones begin.

    Numbers that rise over all zones let one search serve all of them. `moments` are shifted by _SPAN from zone to zone.
    `ranks` are the ranks of the changes among `weights`, which are the weights of all zones.
    """

    first: Ints
    moments: Ints
    ahead: Ints
    skipped: Ints
    weights: Ints
    ranks: Ints


@lru_cache(maxsize=64)
def _changes(table: Timetable, zones: tuple[Zone, ...]) -> _Changes:
    of = np.repeat(np.arange(len(zones)), [len(zone.changes) for zone in zones])
    changes = np.maximum(np.concatenate([zone.changes for zone in zones]), _BEFORE)
    ahead = np.concatenate([zone.ahead for zone in zones])
    skipped = np.concatenate([_skipped(table, zone) for zone in zones])
    own = skipped + _upto(table, np.maximum(changes, BEGIN) + ahead)
    weights = np.unique(own)
    return _Changes(
        first=np.searchsorted(of, np.arange(len(zones))),
        moments=of * _SPAN + changes - _BEFORE,
        ahead=ahead,
        skipped=skipped,
        weights=weights,
        ranks=of * (len(weights) + 1) + np.searchsorted(weights, own, side="right"),
    )


@lru_cache(maxsize=512)
def _skipped(table: Timetable, zone: Zone) -> Ints:
    """Return for each change of the clocks what to add, from then on, to the weight of the time that clocks show.

    This is the weight of the hours that the clocks showed twice, less the weight of the hours that they left out.
    """
    before, after = zone.changes[1:] + zone.ahead[:-1], zone.changes[1:] + zone.ahead[1:]
    return np.concatenate([[0], np.cumsum(_upto(table, before) - _upto(table, after))])
