"""Words for when moments are: in a period, or after another moment."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from snap.errors import UsageError
from snap_builder.declare.checked import word
from snap_builder.declare.numbers import Shape
from snap_builder.engine.calendar import DAY, HOUR, MINUTE, SECOND

AS_OF = "as_of"  # written in place of a column's path, it is the end of all moments
_SPAN = re.compile(r"([+-]?)(\d{1,5})\s*(y|mo|w|d|h|m|s)")
_UNITS = {"y": 365 * DAY, "mo": 30 * DAY, "w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}


def parse_span(text: str) -> int:
    """Return a span such as `-3y`, `90d` or `2h` in microseconds: years of 365 days, months of 30."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a span of time", "write 3y, 6mo, 2w, 90d, 8h, 15m or 30s")
    sign, number, unit = match.groups()
    return (-1 if sign == "-" else 1) * int(number) * _UNITS[unit]


def unit_of(text: str) -> int:
    """Return the unit that a span is written in, in microseconds."""
    parse_span(text)
    return _UNITS[text.strip().lstrip("+-0123456789 ")]


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """A period whose ends are spans before or after as-of, in microseconds."""

    begin: int
    end: int


@word
def during(begin: str, end: str = "as_of") -> During:
    """Return a period by its ends relative to as-of: `during("-3y", "as_of")`. An end after as-of has a plus: "+90d".

    Guarantees: the period moves with as-of. It ends at as-of at the latest, unless an end with a plus is written. Owns:
    nothing: moment() has it. Costs: nothing. Refuses: an end after as-of without a plus, and a beginning that does not
    come before the end.

    Example:
        Table("orgs", 40, {"created_at": moment(during("-3y", "-30d"))})
        Table("visits", 300, {"starts_at": moment(during("-1y", "+90d"))})
    """
    first, last = (0 if text == AS_OF else parse_span(text) for text in (begin, end))
    if first >= last:
        raise UsageError(f"the period from {begin} to {end} is empty", 'write during("-3y", "as_of")')
    later = next((t for t, span in ((begin, first), (end, last)) if span > 0 and "+" not in t), None)
    if later is not None:
        raise UsageError(
            f"the period from {begin} to {end} lies partly after as-of", f'write "+{later}" if that is meant'
        )
    return During(begin=first, end=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A period by its ends, in microseconds since 1970, UTC; the time after as-of is left out.

    Between any two neighbours of `points`, from begin to end, there are equally many moments. Two points are just the
    ends of the period.
    """

    points: tuple[int, ...]

    @property
    def begin(self) -> int:
        return self.points[0]

    def before(self, as_of: int) -> tuple[int, ...]:
        """Return the points before as-of, relative to the period's begin. If as-of cuts the period, it comes last."""
        kept = [point for point in self.points if point < as_of]
        points = self.points if len(kept) == len(self.points) else (*kept, as_of)
        return tuple(point - self.begin for point in points)


@word
def between(begin: str, end: str) -> Between:
    """Return a period by its ends, UTC unless they have a zone: `between("2026-01-01", "2026-07-01 12:00")`.

    Guarantees: the period does not move with as-of; the time after as-of is left out. Owns: nothing: moment() has it.
    Costs: nothing. Refuses: a beginning that does not come before the end, or that does not come before as-of.

    Example:
        Table("orgs", 40, {"created_at": moment(between("2026-01-01", "2026-07-01 12:00"))})
    """
    return _period_of((begin, end))


@word
def spread(*moments: str) -> Between:
    """Return a period with equally many moments between any two neighbouring points of time.

    The points rise: `moment(spread("2024-01-01", "2025-12-01", "2026-11-01"))` has half of its moments in the last
    year.

    Guarantees: equally many moments in each range of time, until as-of. Owns: nothing: moment() has it. Costs: a table
    of integers, made once. Refuses: fewer than two points, points that do not rise, and growth beside it.

    Example:
        Table("orgs", 40, {"created_at": moment(spread("2024-01-01", "2025-12-01", "2026-11-01"))})
    """
    if len(moments) < 2:
        raise UsageError(f"spread({', '.join(map(repr, moments))}) is not a period", "write two moments or more")
    return _period_of(moments)


def _period_of(written: Sequence[str]) -> Between:
    points = tuple(map(_instant, written))
    if points[0] >= points[-1] or any(a > b for a, b in pairwise(points)):
        raise UsageError(
            f"the period from {written[0]} to {written[-1]} does not go forward in time",
            "write the earlier moment first" if len(points) == 2 else "write the moments in order of time",
        )
    return Between(points=points)


def _instant(written: str) -> int:
    """Return a moment in microseconds since 1970."""
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(f"{written!r} is not a moment", "write it as 2026-01-31 or 2026-01-31 12:00") from None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (zoned - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A moment after the moments of other columns, and before the moments of the columns that `until` names.

    `delay` is the shape of the time between them, in seconds.
    """

    paths: tuple[str, ...]
    delay: Shape | None = None
    until: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[str, ...]:
        """The paths of the columns before whose moments it lies."""
        return tuple(path for path in self.until if path != AS_OF)

    @property
    def cuts(self) -> bool:
        """Whether the delay's shape is cut off at the end."""
        return len(self.paths) > 1 or bool(self.until)


@word
def after(*paths: str, delay: Shape | None = None, until: str | Sequence[str] = ()) -> After:
    """Return the time after the latest of other moments: `after("org.created_at")`. `delay` is in seconds.

    `until` names other columns: the moment comes before the earliest of them. NULL there sets no end. The moment is
    always before as-of. If a delay leads past the end, all moments of the remaining time are equally likely. With
    `until` or several paths the delay's shape is cut off at the end instead, so that no moments pile up there;
    `until="as_of"` asks only for that.

    Guarantees: the moment is not before the latest of the others, or NULL if one of them is NULL. It comes before the
    end if there is time between; else it is the latest of the others itself. Owns: nothing: moment() has it. Costs: for
    a parent's moment, 8 bytes for each row of the parent. Refuses: a path that leads nowhere, or to no moment.

    Example:
        Table("users", 300, {
            "created_at": moment(after("org.created_at")),
            "last_seen_at": moment(after("created_at", delay=lognormal(86_400, "1.2"), until="as_of")),
        })
        Table("order_lines", 900)
        Table("visits", 300, {
            "starts_at": moment(after("user.created_at", "user.org.created_at", until="user.last_seen_at")),
        })
    """
    if not paths:
        raise UsageError("after() names no moment", 'write after("org.created_at")')
    ends = (until,) if isinstance(until, str) else tuple(until)
    return After(paths=paths, delay=delay, until=ends)
