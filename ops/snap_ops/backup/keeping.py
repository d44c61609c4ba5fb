"""Choose which backups of one database to keep, by rules with restic's names. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """The rules for keeping backups. A backup stays if any rule keeps it.

    The rules keep the newest `last` backups, whatever their dates, and all backups of the last `within_days`. They also
    keep the newest backup of each of the last days, weeks, months and years that have any.
    """

    last: int = 3
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within_days: int = 7

    def kept(self, dates: Sequence[datetime], now: datetime) -> frozenset[int]:
        """Return the indices of those backups that are kept. `dates` are the backups' dates in UTC.

        Days are counted back from the second newest date, so one backup with a wrong date makes no other backup old.
        """
        order = sorted(range(len(dates)), key=lambda place: dates[place], reverse=True)
        chosen = set(order[: self.last])
        oldest = counted_from([dates[place] for place in order], now) - timedelta(days=self.within_days)
        chosen |= {place for place in order if dates[place] >= oldest}
        for count, period in self._periods():
            newest: dict[tuple[int, ...], int] = {}
            for place in order:
                newest.setdefault(period(dates[place]), place)
            chosen |= set(list(newest.values())[:count])
        return frozenset(chosen)

    def _periods(self) -> tuple[tuple[int, Callable[[datetime], tuple[int, ...]]], ...]:
        return (
            (self.daily, lambda date: (date.year, date.month, date.day)),
            (self.weekly, lambda date: tuple(date.isocalendar()[:2])),
            (self.monthly, lambda date: (date.year, date.month)),
            (self.yearly, lambda date: (date.year,)),
        )


def counted_from(newest_first: Sequence[datetime], now: datetime) -> datetime:
    """Return the moment from which ages are counted: the second newest date, or `now` if that is earlier."""
    return min([now, *newest_first[:2]])
