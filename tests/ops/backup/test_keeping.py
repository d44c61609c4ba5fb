"""Test which backups are kept: by restic's rules, and unaffected by a wrong clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from snap_ops.backup.keeping import Keep

NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)  # a Friday
DAY = timedelta(days=1)
NIGHTS = [NOW - DAY * ago for ago in range(800)]
NONE = Keep(last=1, within_days=1)


def kept(keep: Keep, dates: list[datetime], now: datetime = NOW) -> list[datetime]:
    return sorted((dates[place] for place in keep.kept(dates, now)), reverse=True)


def test_each_rule_keeps_the_newest_of_its_periods() -> None:
    def of(**rules: int) -> list[str]:
        return [f"{date:%m-%d}" for date in kept(Keep(last=1, within_days=1, **rules), NIGHTS)]

    assert of() == ["11-27", "11-26", "11-25"]
    assert of(daily=5) == ["11-27", "11-26", "11-25", "11-24", "11-23"]
    assert of(weekly=3) == ["11-27", "11-26", "11-25", "11-22", "11-15"]
    assert of(monthly=3) == ["11-27", "11-26", "11-25", "10-31", "09-30"]
    assert of(yearly=3) == ["11-27", "11-26", "11-25", "12-31", "12-31"]
    assert len(of(daily=7, weekly=5, monthly=12, yearly=75)) == 7 + 3 + 11 + 1  # some count twice


def test_several_of_a_day_count_once_and_gaps_do_not_count() -> None:
    dates = [NOW, NOW - timedelta(hours=1), NOW - DAY * 10, NOW - DAY * 10 - timedelta(hours=1), NOW - DAY * 99]
    assert kept(Keep(last=1, within_days=1, daily=3), dates) == [dates[0], dates[1], dates[2], dates[4]]


@example(ahead=-1, count=1, last=2)
@given(
    ahead=st.integers(min_value=-4000, max_value=4000),
    count=st.integers(min_value=0, max_value=12),
    last=st.integers(min_value=1, max_value=5),
)
def test_one_wrong_clock_removes_no_more_than_a_right_one(ahead: int, count: int, last: int) -> None:
    keep, nights, wrong = Keep(last=last, within_days=7), NIGHTS[1 : count + 1], NOW + DAY * ahead
    by_right = set(kept(keep, [NOW, *nights]))
    by_wrong = kept(keep, [wrong, *nights], wrong)
    assert set(by_wrong) >= by_right - {NOW}
    assert len(by_wrong) >= min(last, count + 1)  # two may be of one moment
