"""Moments within the hours that people keep, and in the sessions in which they are active."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Protocol

import numpy as np

from snap.errors import UsageError
from snap_builder.declare.following import WHOLE, cut_off, even, following
from snap_builder.declare.local_time import UTC, LocalTime
from snap_builder.declare.maker import NULL, Rows, with_nulls
from snap_builder.declare.periods import After, Between, During, parse_span
from snap_builder.engine import curves
from snap_builder.engine.calendar import DAY, HOUR, SECOND
from snap_builder.engine.columns import Mask
from snap_builder.engine.curves import Curve, part_of
from snap_builder.engine.sessions import Session, sessions
from snap_builder.engine.streams import Bits, Ints
from snap_builder.engine.timetable import Clocks, Timetable
from snap_builder.engine.zones import zone

_ALWAYS = LocalTime(table=Timetable(), zone=UTC)
_LONGEST = 7 * DAY  # the longest session


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Sessions of rows that agree in column `by`: `size` rows on average, each within `gap` of the one before."""

    by: str
    size: int
    gap: int

    @property
    def step(self) -> int:
        """The length of the step of time that each row of a session gets. Neighbours are less than two steps apart."""
        return self.gap // 2

    @property
    def longest(self) -> int:
        return (2 * self.size - 1) * self.step

    def of(self, rows: Rows) -> Session:
        """Return the session of each row. A row whose `by` is NULL has its own session."""
        number = rows.number_of((self.by,))
        known = number != NULL
        parent = np.where(known, rows.first_of((self.by,)), np.arange(rows.start, rows.stop))
        return sessions(rows.seeds.stream(f"{rows.name}\0begins"), self.size, parent, np.where(known, number, 0))


def sessions_of(by: str, size: int, gap: str, when: During | Between | After, local: LocalTime | None) -> Sessions:
    """Return the Sessions for the option `sessions`. All rows of a session must have the same window and zone."""
    made = Sessions(by=by, size=size, gap=parse_span(gap))
    if size < 2 or made.gap < 2 * SECOND:
        raise UsageError(
            f"sessions=({by!r}, {size}, {gap!r}) need 2 rows and 2 seconds or more", 'write ("user_id", 4, "25m")'
        )
    if made.longest > _LONGEST:
        raise UsageError(
            f"sessions=({by!r}, {size}, {gap!r}): a session may have {2 * size - 1} rows, and last longer than a week",
            "write fewer rows, or a shorter gap",
        )
    paths = [("after()", path) for path in ((*when.paths, *when.ends) if isinstance(when, After) else ())]
    for option, path in (*paths, ("zone=", None if local is None else local.column)):
        if path is not None and ("." not in path or path.partition(".")[0] not in (by, by.removesuffix("_id"))):
            raise UsageError(
                f"sessions are grouped by {by}, but {option} reads {path}, which may differ within a session",
                "write a path that begins with that reference, such as "
                f"{by.removesuffix('_id')}.{path.rpartition('.')[2]}",
            )
    return made


def require_open(label: str, when: During | Between, local: LocalTime, horizon: int) -> None:
    """Raise UsageError if a part of a period has no open hour. If a column names the zones, this is checked later."""
    if local.column is None:
        _require_open(label, Clocks(local.table, (zone(local.zone),)), np.array(points_of(when, horizon)))


def _require_open(label: str, clocks: Clocks, points: Ints) -> None:
    seconds = _ceiling(points)
    of = np.repeat(np.arange(len(clocks.zones)), len(seconds))
    weights = replace(clocks, of=of).upto(np.tile(seconds, len(clocks.zones))).reshape(-1, len(seconds))
    closed = np.flatnonzero(((np.diff(seconds) > 0) & (np.diff(weights) == 0)).any(axis=0))
    if len(closed):
        ends = [str(np.datetime64(int(each), "s")).replace("T", " ") for each in seconds[closed[0] : closed[0] + 2]]
        raise UsageError(
            f"{label}: no time from {ends[0]} to {ends[1]} UTC matches the hours, weekdays and months",
            "write a longer period, or weights above 0",
        )


def timed(
    rows: Rows,
    when: During | Between | After,
    growth: Decimal,
    local: LocalTime | None,
    kept: Sessions | None,
    *,
    upto: int = 0,
) -> Ints:
    """Return moments within hours, or in sessions, or both. They lie before `upto` microseconds after as-of."""
    local, session, horizon = local or _ALWAYS, None if kept is None else kept.of(rows), rows.as_of + upto
    draws = _ByRow(rows) if session is None else _BySession(rows, session.key)
    windows = _windows(rows, when, growth, draws, horizon)
    clocks = local.clocks(rows)
    if not isinstance(when, After):
        _require_open(rows.name, clocks, np.array(points_of(when, horizon)))
    moments = _placed(clocks, windows, 0 if kept is None else kept.longest)
    if kept is not None and session is not None:
        words = rows.seeds.bits(f"{rows.name}\0step", rows.start, rows.stop)
        since = session.place * kept.step + part_of(np.full(len(words), kept.step), words)
        moments += _squeezed(since, kept.longest, np.maximum(0, windows.end - 1 - moments))
    return moments if windows.empty is None else with_nulls(moments, windows.empty)


class _Draws(Protocol):
    """Random values for rows. They are drawn either for each row, or once for all rows of a session."""

    def curve(self, curve: Curve) -> Ints: ...
    @property
    def words(self) -> Bits: ...


@dataclass(frozen=True, slots=True)
class _ByRow:
    rows: Rows

    def curve(self, curve: Curve) -> Ints:
        return curve.values(self.rows.seeds, self.rows.name, self.rows.start, self.rows.stop)

    @property
    def words(self) -> Bits:
        return self.rows.seeds.bits(f"{self.rows.name}\0instant", self.rows.start, self.rows.stop)


@dataclass(frozen=True, slots=True)
class _BySession:
    rows: Rows
    keys: Ints

    def curve(self, curve: Curve) -> Ints:
        words = self.rows.seeds.stream(f"{self.rows.name}\0session").at(self.keys, 2)
        return curve.drawn(words[:, 0], words[:, 1])

    @property
    def words(self) -> Bits:
        return self.rows.seeds.stream(f"{self.rows.name}\0session instant").at(self.keys, 1)[:, 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """The time from `begin` to `end` in which each row's moment lies, in microseconds. All vectors have shape (rows,).

    `share` says where in the time's weight the moment lies. `wait` is a delay in microseconds, and `fraction` a
    moment's microseconds within its second.
    """

    begin: Ints
    end: Ints
    share: Ints
    fraction: Ints
    wait: Ints | None = None
    empty: Mask | None = None


def _windows(rows: Rows, when: During | Between | After, growth: Decimal, draws: _Draws, horizon: int) -> _Windows:
    words = draws.words
    fraction = (words & np.uint64(WHOLE - 1)).astype(np.int64) % SECOND
    if isinstance(when, After):
        span = following(rows, when, horizon)
        wait = None
        if when.delay is not None and (when.cuts or horizon > rows.as_of):
            wait = cut_off(when.delay.curve(), span, draws.curve(even()), fraction)
        elif when.delay is not None:
            most = np.maximum(0, span.end - span.begin) // SECOND + 1
            wait = np.clip(draws.curve(when.delay.curve()), 0, most) * SECOND
        share = (words >> np.uint64(32)).astype(np.int64)
        return _Windows(begin=span.begin, end=span.end, share=share, fraction=fraction, wait=wait, empty=span.empty)
    points = np.array(points_of(when, horizon))
    drawn = draws.curve(_shares(len(points) - 1, growth))
    part, share = drawn // WHOLE, drawn % WHOLE
    return _Windows(begin=points[part], end=points[part + 1], share=share, fraction=fraction)


def points_of(when: During | Between, horizon: int) -> tuple[int, ...]:
    """Return points that divide a period into ranges with equally many moments. For during(), `horizon` is as-of."""
    if isinstance(when, During):
        return (horizon + when.begin, horizon + when.end)
    return tuple(when.begin + point for point in when.before(horizon))


@cache
def _shares(ranges: int, growth: Decimal) -> Curve:
    return curves.growing(0, ranges * WHOLE, growth)


def _ceiling(moments: Ints) -> Ints:
    return -(-moments // SECOND)


def _placed(clocks: Clocks, windows: _Windows, longest: int) -> Ints:
    """Return a moment in each window: the moment at the window's share of its open time.

    If all of a window is closed, the share is of the whole window. The last `longest` microseconds of a window stay
    free, if it is long enough.
    """
    begin, end, share = (
        windows.begin,
        np.maximum(windows.begin, windows.end),
        windows.share.astype(np.uint64) << np.uint64(32),
    )
    first = clocks.upto(_ceiling(begin))
    early = clocks.upto(np.maximum(end - longest, begin) // SECOND)
    weight = np.where(early > first, early, clocks.upto(end // SECOND)) - first
    at = clocks.at(first + part_of(np.maximum(0, weight), share))
    moments = np.where(weight > 0, at * SECOND + windows.fraction, begin + part_of(end - begin, share))
    if windows.wait is None:
        return moments
    due = begin + windows.wait
    second = due // SECOND
    before = clocks.upto(second)
    opens = clocks.at(before)
    hour = clocks.upto(opens + HOUR // SECOND) - before
    opened = clocks.at(before + part_of(np.maximum(0, hour), share))
    due = np.where(opens > second, opened * SECOND + windows.fraction, due)
    return np.where(due < end, due, moments)  # after the end: a moment in the time that is left


def _squeezed(since: Ints, longest: int, left: Ints) -> Ints:
    """Return the times since sessions began, shortened if less time is left than the longest session needs."""
    share = np.minimum((since >> 10 << 32) // (longest >> 10), WHOLE - 1).astype(np.uint64) << np.uint64(32)
    return np.where(left >= longest, since, part_of(left, share))
