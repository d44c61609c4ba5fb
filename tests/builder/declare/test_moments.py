"""Test moments by the hours, weekdays and months of a time zone, and in sessions."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import (
    Dataset,
    after,
    between,
    case,
    choice,
    during,
    lognormal,
    moment,
    primary,
    ref,
    spread,
    text,
    zipf,
)
from snap_builder.declare import Table as Declared
from snap_builder.engine import zones
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

AS_OF = "2026-11-01"
MOMENT = "timestamp with time zone"
SCHEMA = Schema(
    tables=(
        Table(name="users", columns=columns("id bigint", "zone text?", f"born {MOMENT}"), primary_key=("id",)),
        Table(
            name="acts",
            columns=columns("id bigint", "user_id bigint?", f"at {MOMENT}?", "day date"),
            primary_key=("id",),
            foreign_keys=(key("user_id", "users"),),
        ),
    ),
    enums=(),
    sql="",
)
UTC = ZoneInfo("UTC")
TWO = {"Europe/Berlin": 2, "America/New_York": 1}


def made(scale=1, *, users=200, acts=2_000, none=0, as_of=AS_OF, at=None, day=None, **words):
    """Return the rows of users and acts; only the given words are declared."""
    owned = {"user_id": ref("users", fanout=zipf("1.1"), none=none)}
    owned |= {name: word for name, word in (("at", at), ("day", day)) if word is not None}
    tables = (Declared("users", users, words), Declared("acts", acts, owned))
    rows = built(Dataset(as_of=as_of, tables=tables), scale, SCHEMA)
    return rows["users"].to_pylist(), rows["acts"].to_pylist()


def moments(word, **how):
    return [row["born"] for row in made(born=word, **how)[0]]


def by_user(acts):
    found = defaultdict(list)
    for act in acts:
        found[act["user_id"]].append(act["at"])
    return found


@pytest.mark.slow
@examples(4, 80)
@given(
    st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")),
    st.sampled_from(((9, 17), (22, 6), (2, 3), (0, 24))),
    st.sampled_from(("working", "weekend", (0, 0, 3, 0, 0, 0, 1), None)),
    st.sampled_from((("2026-03-24", "2026-04-09"), ("2025-10-24 05:30", "2025-11-10 23:10"), ("2026-01-03", AS_OF))),
    st.sampled_from((1, 3)),
)
def test_moments_lie_in_the_period_and_in_the_hours_by_local_clocks(zone, hours, weekdays, period, growth):
    word = moment(between(*period), growth=growth, hours=hours, weekdays=weekdays, zone=zone)
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in period)
    first, last = hours
    days = {"working": range(5), "weekend": (5, 6), None: range(7)}.get(weekdays, (2, 6))
    drawn = moments(word)
    for each in drawn:
        local = each.astimezone(ZoneInfo(zone))
        assert begin <= each < end
        assert first <= local.hour < last if first < last else local.hour >= first or local.hour < last
        assert local.weekday() in days
    assert drawn == moments(word, scale=3)[:200]


def test_rows_keep_the_hours_of_the_zones_that_their_own_column_or_their_user_names():
    zone = choice({**TWO, "Asia/Tokyo": 1}, none=20)
    how = {"hours": (9, 12), "weekdays": "working"}
    users, acts = made(
        zone=zone,
        born=moment(during("-1y"), zone="zone", **how),
        at=moment(after("user.born"), zone="user.zone", hours=(13, 14)),
    )
    zones = {user["id"]: ZoneInfo(user["zone"] or "UTC") for user in users}
    assert len(set(zones.values())) == 4
    for user in users:
        local = user["born"].astimezone(zones[user["id"]])
        assert (9 <= local.hour < 12, local.weekday() < 5) == (True, True)
    late = [act for act in acts if act["at"].astimezone(zones[act["user_id"]]).hour != 13]
    born = {user["id"]: user["born"] for user in users}
    end = datetime.fromisoformat(AS_OF).replace(tzinfo=UTC)
    assert all(end - born[act["user_id"]] < timedelta(days=1) for act in late)
    assert len(late) < 20
    assert all(act["at"] >= born[act["user_id"]] for act in acts)


def test_weights_of_hours_weekdays_and_months_are_the_shares_of_the_moments():
    hours = [0] * 24
    hours[8], hours[20] = 1, 3
    drawn = moments(
        moment(between("2021-01-01", "2026-01-01"), hours=hours, weekdays=(1, 0, 0, 0, 0, 0, 4), months="holidays"),
        users=8_000,
    )
    evening, sunday = (
        np.mean([test(each) for each in drawn]) for test in (lambda d: d.hour == 20, lambda d: d.weekday())
    )
    months = Counter(each.month for each in drawn)
    assert abs(evening - 0.75) < 0.02
    assert abs(sunday / 6 - 0.8) < 0.02
    assert 2.6 < months[12] / months[2] < 3.7


@pytest.mark.parametrize("kept", [{"hours": (9, 17)}, {"sessions": ("zone", 3, "5m")}])
def test_growth_and_quantiles_hold_within_the_hours(kept):
    half = datetime(2025, 11, 1, tzinfo=UTC)
    grown = moments(moment(during("-2y"), growth=7, **kept), users=3_200, zone=choice(a=1, none=99))
    quarters = spread("2020-01-01", "2025-11-01", AS_OF)
    halved = moments(moment(quarters, **kept), users=3_200, zone=choice(a=1, none=99))
    assert abs(np.mean([each >= half for each in grown]) - 0.6875) < 0.03
    assert abs(np.mean([each >= half for each in halved]) - 0.5) < 0.03


def test_in_every_block_of_sixteen_rows_each_sixteenth_of_the_open_time_has_one():
    drawn = moments(moment(during("-64w"), hours=(9, 17), weekdays="working"), users=160)
    begin = datetime(2025, 8, 10, tzinfo=UTC)  # a Sunday, 64 weeks before as-of
    for start in range(0, 160, 16):
        assert sorted((each - begin).days // 28 for each in drawn[start : start + 16]) == list(range(16))


def test_what_is_due_while_all_is_closed_waits_for_the_first_open_hour():
    delay = after("user.born", delay=lognormal(7_200, "0.5"))
    born = moment(between("2026-01-01", "2026-06-01"), hours=(10, 20))
    _, acts = made(born=born, at=moment(delay, hours=(9, 17), weekdays="working"))
    _, free = made(born=born, at=moment(delay))
    waited = 0
    for act, other in zip(acts, free, strict=True):
        at, due = act["at"], other["at"]
        assert (9 <= at.hour < 17, at.weekday() < 5) == (True, True)
        if 9 <= due.hour < 17 and due.weekday() < 5:
            assert at == due
        else:
            waited += 1
            assert (at.hour, due < at < due + timedelta(days=3)) == (9, True)
    assert waited > 200


@pytest.mark.slow
@examples(4, 30)
@given(st.sampled_from((2, 4, 7)), st.sampled_from(("2m", "25m", "1h")), st.sampled_from((0, 25)))
def test_rows_of_a_user_come_in_sessions_and_a_larger_build_begins_with_them(size, gap, none):
    word = moment(after("user.born"), hours="awake", sessions=("user_id", size, gap))
    how = {"born": moment(during("-2y", "-90d")), "at": word, "none": none}
    users, acts = made(**how)
    minutes = {"2m": 2, "25m": 25, "1h": 60}[gap]
    born = {user["id"]: user["born"] for user in users}
    found = by_user(acts)
    alone = found.pop(None, [])
    assert all(each is None for each in alone)
    assert all(each[0] >= born[user] and max(each) < datetime(2026, 11, 1, tzinfo=UTC) for user, each in found.items())
    gaps = [(b - a) / timedelta(minutes=1) for each in found.values() for a, b in pairwise(each)]
    within = [0 <= gap < minutes for gap in gaps]
    rows = sum(len(each) for each in found.values())
    assert abs(sum(not each for each in within) + len(found) - rows / size) < rows / size / 4 + len(found)
    assert max(Counter(np.cumsum([not each for each in within]).tolist()).values()) < 2 * size * 3
    assert made(3, **how)[1][: len(acts)] == acts


def test_sessions_begin_within_the_hours_and_go_on():
    zone = choice(TWO)
    users, acts = made(
        zone=zone,
        born=moment(during("-2y", "-90d")),
        at=moment(after("user.born"), hours=(9, 10), zone="user.zone", sessions=("user_id", 4, "25m")),
    )
    zones = {user["id"]: ZoneInfo(user["zone"]) for user in users}
    for user, found in by_user(acts).items():
        begins = [found[0], *(b for a, b in pairwise(found) if not timedelta(0) <= b - a < timedelta(minutes=25))]
        # A row lies within the step of 12.5 minutes that its session begins with.
        assert all((each - timedelta(minutes=12.5)).astimezone(zones[user]).hour in (8, 9) for each in begins)
        assert all(each.astimezone(zones[user]).hour in (9, 10, 11) for each in found)


def test_a_session_is_shorter_where_less_time_is_left():
    _, acts = made(
        born=moment(between("2026-10-31 23:40", AS_OF)), at=moment(after("user.born"), sessions=("user_id", 8, "1h"))
    )
    end = datetime(2026, 11, 1, tzinfo=UTC)
    assert all(act["at"] < end for act in acts)
    assert len({act["at"] for act in acts}) > 1_900


def test_weekdays_and_months_are_of_dates_too():
    _, acts = made(day=moment(during("-3y"), weekdays="weekend", months=[1, *[0] * 11]))
    assert {(act["day"].weekday() in (5, 6), act["day"].month) for act in acts} == {(True, 1)}


def test_moments_of_other_words_keep_hours_too():
    office = moment(during("-1y"), hours=(9, 17))
    _, acts = made(at=primary("user_id", value=None, otherwise=office))
    assert {act["at"].hour for act in acts if act["at"] is not None} == set(range(9, 17))


def test_the_zones_are_part_of_the_revision_where_one_is_named():
    there = moment(during("-1y"), hours=(9, 17), zone="Europe/Berlin")
    kept = (zones.text().encode(),)
    assert (there.files(), moment(during("-1y"), hours=(9, 17)).files()) == (kept, ())
    assert case("zone", x=there).files() == primary("user_id", value=None, otherwise=there).files() == kept


SUNDAY = between("2026-10-04", "2026-10-05")


@pytest.mark.parametrize(
    ("declare", "message", "hint"),
    [
        (lambda: moment(during("-1y"), hours=(9, 17), zone="Europe/Berln"), "'Europe/Berln'", "'Europe/Berlin'?"),
        (lambda: moment(during("-1y"), hours=(9, 17), zone="Berlin"), "no time zone: 'Berlin'", "'Europe/Berlin'?"),
        (lambda: moment(during("-1y"), zone="Europe/Berlin"), "has no effect alone", "hours="),
        (lambda: moment(during("-1y"), hours=(9, 25)), "not hours of a day", "0 to 24"),
        (lambda: moment(during("-1y"), hours=(24, 6)), "not hours of a day", "0 to 24"),
        (lambda: moment(during("-1y"), hours=(9, 9)), "is an empty period", "(9, 17)"),
        (lambda: moment(during("-1y"), hours=(9, 12, 17)), "has 3 numbers", 'or a pair, or "awake"'),
        (lambda: moment(during("-1y"), hours=[0] * 24), "has only weights of 0", "above 0"),
        (lambda: moment(during("-1y"), hours="awke"), "hours= has no value 'awke'", "'awake'"),
        (lambda: moment(during("-1y"), hours=("9", "17")), "not a whole number", "write 9 without quotes"),
        (lambda: moment(during("-1y"), weekdays=(1, 1)), "has 2 numbers", '7 weights, or "working" or "weekend"'),
        (lambda: moment(during("-1y"), weekdays=(1, 1, 1, 1, 1, -1, 0)), "from 0 to 500", "smaller"),
        (lambda: moment(during("-1y"), months="sumer"), "months= has no value 'sumer'", "'summer'"),
        (lambda: moment(after("user.born"), growth=3), "growth= needs a period, and after() has none", "leave out"),
        (lambda: moment(during("-1y"), sessions=("user_id", 1, "25m")), "need 2 rows", '("user_id", 4, "25m")'),
        (lambda: moment(during("-1y"), sessions=("user_id", 4, "1s")), "2 seconds or more", "25m"),
        (lambda: moment(during("-1y"), sessions=("user_id", 4, "soon")), "'soon' is not a span", "15m"),
        (lambda: moment(during("-1y"), sessions=("user_id", 40, "1d")), "a session may have 79 rows", "shorter gap"),
        (lambda: moment(during("-1y"), sessions=("user_id", 4)), "sessions is", "moment("),
        (lambda: moment(after("day"), sessions=("user_id", 4, "1m")), "after() reads day", "user.day"),
        (lambda: moment(after("other.born"), sessions=("user_id", 4, "1m")), "after() reads other.born", "user.born"),
        (
            lambda: moment(during("-1y"), hours=(9, 17), zone="zone", sessions=("user_id", 4, "1m")),
            "zone= reads zone",
            "user.zone",
        ),
        (
            lambda: made(born=moment(SUNDAY, weekdays="working")),
            "users.born: no time from 2026-10-04 00:00:00 to",
            "longer",
        ),
        (
            lambda: made(born=case("zone", x=moment(during("-1y")), other=moment(SUNDAY, weekdays="working"))),
            "matches the hours, weekdays and months",
            "longer",
        ),
        (
            lambda: made(at=primary("user_id", value=None, otherwise=moment(SUNDAY, weekdays="working"))),
            "acts.at: no time from 2026-10-04",
            "longer",
        ),
        (
            lambda: made(zone=choice(TWO), born=moment(SUNDAY, weekdays="working", hours=(9, 17), zone="zone")),
            "matches the hours, weekdays and months",
            "longer",
        ),
        (lambda: made(born=moment(during("-1y"), hours=(9, 17), zone="zne")), "no column 'zne'", "'zone'"),
        (lambda: made(at=moment(during("-1y"), sessions=("usr_id", 4, "1m"))), "no column 'usr_id'", "'user_id'"),
        (
            lambda: made(zone=choice({"Berlin": 1}), born=moment(during("-1y"), hours=(9, 17), zone="zone")),
            "users.born: zone names no time zone: 'Berlin'",
            "'Europe/Berlin'",
        ),
        (
            lambda: made(zone=text("Asia/Tokio"), at=moment(SUNDAY, hours=(1, 2), zone="user.zone")),
            "user.zone names no time zone: 'Asia/Tokio'",
            "'Asia/Tokyo'",
        ),
        (
            lambda: made(day=moment(during("-1y"), hours=(9, 17))),
            "acts.day: a date has no hours",
            "leave out hours=, zone=, sessions= and visits=",
        ),
        (
            lambda: made(day=moment(during("-1y"), weekdays="working", zone="Asia/Tokyo")),
            "a date has no hours",
            "leave",
        ),
        (lambda: made(day=moment(during("-1y"), sessions=("user_id", 4, "1m"))), "a date has no hours", "leave"),
        (lambda: made(as_of="2026-01-01", born=moment(SUNDAY)), "users.born: its period begins at or after", "later"),
    ],
)
def test_what_cannot_be_is_refused(declare, message, hint):
    with pytest.raises(UsageError) as refusal:
        declare()
    assert message in refusal.value.message
    assert hint in refusal.value.hint
