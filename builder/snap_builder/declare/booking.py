"""The word for bookings: times of one resource that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snap.errors import UsageError
from snap.units import plural
from snap_builder.declare.checked import word
from snap_builder.declare.maker import MOMENTS, NULL, Maker, Rows, with_nulls
from snap_builder.declare.periods import During, parse_span
from snap_builder.engine.calendar import MINUTE
from snap_builder.engine.streams import Ints, below


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking(Maker):
    """The begin of a time for which a resource is booked. Its period is cut into turns, and each turn is booked once.

    Guarantees: rows that agree in the columns `by` have times that do not overlap. Each time lies within a turn of the
    period. Owns: its column, and `ends`. Costs: one pass over the columns `by`, and 8 bytes for each row. Refuses:
    times longer than a turn, a period shorter than a turn, and more rows of one resource than turns.
    """

    fits = MOMENTS

    by: tuple[str, ...]
    ends: str
    shortest: int
    longest: int
    every: int
    period: During

    @property
    def turns(self) -> int:
        return (self.period.end - self.period.begin) // self.every

    def others(self, name: str) -> dict[str, Maker]:
        return {self.ends: BookingEnd(booking=self, begin=name, written=self.written)}

    def waits(self) -> tuple[str, ...]:
        return self.by

    def require_turns(self, column: str, number: NDArray[np.signedinteger[Any]], start: int = 0) -> None:
        """Raise UsageError if a row is booked after the last turn. The error names `column`: its word may be inferred.

        `number` has, for each row from `start` on, how many earlier rows have the same resource, -1 where there is no
        resource.
        """
        late = np.flatnonzero(number >= self.turns)
        if len(late):
            raise UsageError(
                f"{column}: row {start + int(late[0]):,} is booking {int(number[late[0]]) + 1:,}"
                f"{' of its ' if self.by else ''}{' and '.join(self.by)}, and the period has "
                f"{plural(self.turns, 'turn')}",
                "write a longer period or shorter turns, or ask for fewer rows",
            )

    def values(self, rows: Rows) -> Ints:
        number = rows.number_of(self.by)
        known = number != NULL
        self.require_turns(rows.name, np.where(known, number, -1), rows.start)
        # Turns are taken in steps that share no divisor with their number, so that no turn comes twice.
        first = below(rows.seeds.stream(f"{rows.name}\0first turn").at(rows.first_of(self.by), 1)[:, 0], self.turns)
        turn = (first + np.where(known, number, 0) * _apart(self.turns)) % self.turns
        room = (self.every - self.longest) // MINUTE + 1
        late_by = below(rows.seeds.bits(f"{rows.name}\0begin", rows.start, rows.stop), room) * MINUTE
        return with_nulls(rows.as_of + self.period.begin + turn * self.every + late_by, ~known)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingEnd(Maker):
    """The end of a booked time. Its booking makes this word; a declaration never writes it."""

    fits = MOMENTS

    booking: Booking
    begin: str

    def reads(self) -> tuple[str, ...]:
        return (self.begin,)

    def values(self, rows: Rows) -> Ints:
        begin = rows.integers(self.begin)
        steps = (self.booking.longest - self.booking.shortest) // MINUTE + 1
        longer = below(rows.seeds.bits(f"{self.begin}\0length", rows.start, rows.stop), steps) * MINUTE
        return with_nulls(begin + self.booking.shortest + longer, begin == NULL)


def _apart(turns: int) -> int:
    """Return a step of about 0.62 of the turns, so that consecutive rows have turns that lie far apart."""
    apart = max(1, turns * 618 // 1000)
    while gcd(apart, turns) > 1:
        apart += 1
    return apart


@word
def booking(
    by: str | Sequence[str],
    /,
    *,
    ends: str,
    period: During,
    lasts: str | tuple[str, str],
    every: str,
    stream: str | None = None,
) -> Booking:
    """Return a word for when a booking of a resource begins; `ends` is the column of its end.

    `period` is cut into turns of length `every`. Each turn is booked at most once, for a time that `lasts` sets: one
    span, or the shortest and the longest.

    Example:
        Table("visits", 2_000, {
            "starts_at": booking("user_id", ends="ends_at", period=during("-1y"), lasts=("15m", "50m"), every="1h")
        })
    """
    shortest, longest = (parse_span(each) for each in ((lasts, lasts) if isinstance(lasts, str) else lasts))
    turn = parse_span(every)
    if not MINUTE <= shortest <= longest:
        raise UsageError(
            f"lasts={lasts!r} is not a shortest and a longest time of at least one minute", 'write ("15m", "50m")'
        )
    if longest > turn:
        most = lasts if isinstance(lasts, str) else lasts[1]
        raise UsageError(f"a booking lasts up to {most}, and a turn is {every} long", "write a longer every=")
    if period.end - period.begin < turn:
        raise UsageError(f"the period is shorter than one turn of {every}", "write a longer period")
    columns = (by,) if isinstance(by, str) else tuple(by)
    if not columns:
        raise UsageError("booking() names no column of a resource", 'write booking("doctor_id", …)')
    return Booking(by=columns, ends=ends, shortest=shortest, longest=longest, every=turn, period=period, stream=stream)
