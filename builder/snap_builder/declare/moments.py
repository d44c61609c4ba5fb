"""The word for moments: in a period or after other moments, within the hours and sessions of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np

from snap.errors import UsageError
from snap.types import Logical
from snap_builder.declare.checked import Number, Percent, word
from snap_builder.declare.following import cut_off, even, following
from snap_builder.declare.local_time import UTC, LocalTime, local_time
from snap_builder.declare.maker import MOMENTS, Place, Rows, SparseMaker, refuse, with_nulls
from snap_builder.declare.numbers import nulled
from snap_builder.declare.periods import After, Between, During, parse_span
from snap_builder.declare.timing import Sessions, points_of, require_open, sessions_of, timed
from snap_builder.declare.visits import Visits, visits_of
from snap_builder.engine import curves, zones
from snap_builder.engine.calendar import SECOND
from snap_builder.engine.curves import Curve, part_of
from snap_builder.engine.streams import Bits, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(SparseMaker):
    """A moment in a period, or after other moments; before as-of unless it is asked to be later.

    Guarantees: the moment lies in the period, or after the others, and within the hours, weekdays and months, by the
    clocks of its zone. After other moments it lies outside of these hours only if the time until the end has none of
    them. With sessions, each session begins within them. The rows of a session follow each other, and each comes less
    than the gap after the one before. With visits, each visit begins within them. A row lies in no visit only if the
    three nearest visits are not in its time. Owns: its column. Costs: one pass; for a parent's moment, 8 bytes for each
    row of the parent; with sessions, one pass over their column, and 16 bytes for each row; with visits, 8 bytes for
    each row of a table on their path. Refuses: a growth of 0 or less, or after another moment; a zone that does not
    exist; hours of no day; a period with none of the hours; on a date, hours, zones, sessions and visits; visits of a
    column that references no row of another table; upto= beside during(), which has an end of its own.
    """

    fits = MOMENTS
    reads_only = MOMENTS

    when: During | Between | After
    growth: Decimal = Decimal(1)
    local: LocalTime | None = None
    sessions: Sessions | None = None
    upto: int = 0  # microseconds after as-of
    visits: Visits | None = None

    @property
    def furthest(self) -> int:
        """The longest time after as-of at which a moment may lie, in microseconds."""
        return max(0, self.when.end) if isinstance(self.when, During) else self.upto

    def reads(self) -> tuple[str, ...]:
        return self.when.paths if isinstance(self.when, After) else ()

    def compares(self) -> tuple[str, ...]:
        return (*self.when.paths, *self.when.ends) if isinstance(self.when, After) else ()

    def waits(self) -> tuple[str, ...]:
        zone = None if self.local is None else self.local.column
        by = [each.by for each in (self.sessions, self.visits) if each is not None]
        return (*self.compares(), *by, *filter(None, [zone]))

    def require(self, place: Place) -> None:
        finer = (self.sessions or self.visits) is not None or (
            self.local is not None and (len(set(self.local.table.hours)) > 1 or self.local.zone != UTC)
        )
        if finer and place.column.type.logical is Logical.DATE:
            raise refuse(
                place,
                "a date has no hours, no zone, no sessions and no visits",
                "leave out hours=, zone=, sessions= and visits=",
            )

    def require_as_of(self, label: str, as_of: int) -> None:
        horizon = as_of + self.upto
        if isinstance(self.when, Between) and self.when.before(horizon)[-1] < SECOND:
            raise UsageError(f"{label}: its period begins at or after as-of", "choose a later as-of")
        if self.local is not None and not isinstance(self.when, After):
            require_open(label, self.when, self.local, horizon)

    def files(self) -> tuple[bytes, ...]:
        return () if self.local is None or self.local.zone == UTC else (zones.text().encode(),)

    def values(self, rows: Rows) -> Ints:
        if self.local is None and self.sessions is None:
            made = self._moments(rows, self.when)
        else:
            made = timed(rows, self.when, self.growth, self.local, self.sessions, upto=self.upto)
        if self.visits is not None:
            begin, end = self._window(rows, self.when)
            made = self.visits.gathered(rows, made, begin, end, self.local)
        return nulled(self, rows, made)

    def _window(self, rows: Rows, when: During | Between | After) -> tuple[Ints, Ints]:
        """Return the begin and the end of the time in which each row's moment lies. The moment is before the end."""
        horizon = rows.as_of + self.upto
        if isinstance(when, After):
            span = following(rows, when, horizon)
            return span.begin, span.end
        points = points_of(when, horizon)
        begin, end = (np.full(rows.stop - rows.start, point) for point in (points[0], points[-1]))
        return begin, end

    def _moments(self, rows: Rows, when: During | Between | After) -> Ints:
        words = rows.seeds.bits(f"{rows.name}\0instant", rows.start, rows.stop)
        if isinstance(when, After):
            return self._after(rows, when, words)
        fraction = (words & np.uint64(0xFFFFFFFF)).astype(np.int64) % SECOND
        if isinstance(when, During):
            seconds = _period(when, self.growth).values(rows.seeds, rows.name, rows.start, rows.stop)
            return rows.as_of + seconds * SECOND + fraction
        points = when.before(rows.as_of + self.upto)
        period = _ranges(points) if len(points) > 2 else _period(During(begin=0, end=points[-1]), self.growth)
        drawn = period.values(rows.seeds, rows.name, rows.start, rows.stop) * SECOND
        return when.begin + drawn + fraction

    def _after(self, rows: Rows, when: After, words: Bits) -> Ints:
        span = following(rows, when, rows.as_of + self.upto)
        wait = part_of(span.left, words)
        if when.delay is not None:
            delay, cuts = when.delay.curve(), when.cuts or self.upto > 0
            drawn = (even() if cuts else delay).values(rows.seeds, rows.name, rows.start, rows.stop)
            fraction = (words & np.uint64(0xFFFFFFFF)).astype(np.int64) % SECOND
            due = cut_off(delay, span, drawn, fraction) if cuts else drawn * SECOND
            # A moment that would lie after the end moves into the time that is left.
            wait = np.where(due < span.left, due, wait)
        return with_nulls(span.begin + wait, span.empty)


@cache
def _period(when: During, growth: Decimal) -> Curve:
    return curves.growing(when.begin // SECOND, when.end // SECOND, growth)


@cache
def _ranges(points: tuple[int, ...]) -> Curve:
    return curves.piecewise([Decimal(point // SECOND) for point in points])


@word
def moment(
    when: During | Between | After,
    *,
    growth: Number = 1,
    hours: Sequence[int] | str | None = None,
    weekdays: Sequence[int] | str | None = None,
    months: Sequence[int] | str | None = None,
    zone: str = UTC,
    sessions: tuple[str, int, str] | None = None,
    visits: tuple[str, str, str] | None = None,
    upto: str | None = None,
    none: Percent = 0,
    stream: str | None = None,
) -> Moment:
    """Return a word for a moment. `growth` is how much denser moments are at the end of a period than at its start.

    `hours` are a pair, such as (9, 17) or (22, 6), 24 weights from midnight on, or "awake". `weekdays` are 7 weights
    from Monday on, "working" or "weekend". `months` are 12 weights from January on, "summer" or "winter" of the
    northern hemisphere, or "holidays". A weight of 0 closes that time. All are by the clocks of `zone`: the name of a
    time zone, or the path of a column with such names, where NULL is UTC. With a delay, a moment that would come in
    closed time comes in the first open hour. `sessions=("user_id", 4, "25m")` puts the rows of each user into sessions
    of 4 rows on average. In a session, each row follows another within 25 minutes. With `upto="+120d"` moments may lie
    that far after as-of, and a delay's shape is cut off there.

    `visits=("user_id", "9d", "25m")` gathers the rows of each user at visits. Each user has one visit in every 9 days,
    at an instant of the user's own, for 25 minutes. The visits belong to the user, not to the table: rows of other
    tables come at the same visits if their words name the same parent, lengths and hours. A row comes at the visit of
    the 9 days in which its own moment would lie. If that visit is not in the row's time, it comes at the next one or
    the one before; else it keeps its own moment. The path may lead over references: `order.user_id`.

    Example:
        Table("orgs", 40, {"created_at": moment(during("-3y"), growth=3)})
        Table("users", 300, {
            "region": choice({"Europe/Berlin": 3, "America/New_York": 1}),
            "created_at": moment(during("-1y"), hours=(9, 17), weekdays="working", zone="region"),
        })
        Table("orders", 900, {
            "placed_at": moment(
                after("user.created_at"),
                hours="awake",
                months="holidays",
                zone="user.region",
                sessions=("user_id", 4, "25m"),
            ),
            "shipped_at": moment(after("placed_at", delay=lognormal(864_000, 1)), upto="+30d"),
        })
        Table("visits", 600, {
            "starts_at": moment(after("user.created_at"), hours="awake", visits=("user_id", "9d", "25m")),
        })
    """
    if Decimal(str(growth)) <= 0:
        raise UsageError(f"moments cannot grow by {growth}", "write growth=3 for three times as many at the end")
    if Decimal(str(growth)) != 1 and isinstance(when, After):
        raise UsageError("growth= needs a period, and after() has none", "leave out growth=")
    if Decimal(str(growth)) != 1 and isinstance(when, Between) and len(when.points) > 2:
        raise UsageError(
            "growth= cannot be combined with spread(), which already sets how moments are distributed",
            "leave out growth=",
        )
    beyond = 0 if upto is None else parse_span(upto)
    if upto is not None and isinstance(when, During):
        raise UsageError(
            "upto= cannot be combined with during(), which already has an end", 'write during("-1y", "+90d")'
        )
    if upto is not None and beyond <= 0:
        raise UsageError(f"upto={upto!r} is not a span after as-of", 'write upto="+120d"')
    if visits is not None and sessions is not None:
        raise UsageError("visits= and sessions= cannot be combined", "leave one of them out")
    local = local_time(hours, weekdays, months, zone)
    return Moment(
        when=when,
        growth=Decimal(str(growth)),
        local=local,
        sessions=None if sessions is None else sessions_of(*sessions, when, local),
        upto=beyond,
        visits=None if visits is None else visits_of(*visits, local),
        none=none,
        stream=stream,
    )
