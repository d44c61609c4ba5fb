"""Test visits: the moments of one parent's rows in several tables lie close together, also in a larger build."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, after, array, between, choice, during, lognormal, moment, pairs, ref, zipf
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

MOMENT = "timestamp with time zone"
END = datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC"))
SCHEMA = Schema(
    tables=(
        Table(
            name="users",
            columns=columns("id bigint", "zone text?", f"born {MOMENT}", f"gone {MOMENT}?"),
            primary_key=("id",),
        ),
        Table(
            name="lists",
            columns=columns("id bigint", "user_id bigint", "day date"),
            primary_key=("id",),
            foreign_keys=(key("user_id", "users"),),
        ),
        Table(
            name="likes",
            columns=columns("id bigint", "user_id bigint?", f"at {MOMENT}?", f"times {MOMENT}[]?"),
            primary_key=("id",),
            foreign_keys=(key("user_id", "users"),),
        ),
        Table(
            name="items",
            columns=columns("id bigint", "list_id bigint", f"at {MOMENT}"),
            primary_key=("id",),
            foreign_keys=(key("list_id", "lists"),),
        ),
        Table(
            name="follows",
            columns=columns("follower_id bigint", "followee_id bigint", f"at {MOMENT}"),
            primary_key=("follower_id", "followee_id"),
            foreign_keys=(key("follower_id", "users"), key("followee_id", "users")),
        ),
    ),
    enums=(),
    sql="",
)
VISITS = ("9d", "25m")
BORN = moment(during("-2y"), growth=3)


def at(by, kept=VISITS, path=None, **how):
    """Return a word for an act's moment: after the birth of the user that `by` leads to, at a visit of this user."""
    start = path or f"{by.removesuffix('_id')}.born"
    zone = {"zone": start.replace("born", "zone")} if "hours" in how else {}
    return moment(after(start, **how.pop("when", {})), visits=None if kept is None else (by, *kept), **how, **zone)


def declared(*, users=300, likes=2_500, items=1_000, follows=700, fanout="1", kept=VISITS, like=None, **how):
    words = {"born": how.pop("born", BORN), "gone": how.pop("gone", moment(after("born"), none=90))}
    words["zone"] = choice({"Asia/Tokyo": 1, "America/New_York": 2}, none=10)
    own = {"user_id": ref("users", fanout=zipf(fanout), none=how.pop("none", 0)), **how.pop("own", {})}
    item = at("list.user_id", kept, "list.user.born", **how)
    return Dataset(
        as_of="2026-11-01",
        tables=(
            Declared("users", users, words),
            Declared("lists", users, {"user_id": ref("users", fanout=zipf(fanout))}),
            Declared("likes", likes, {"at": like or at("user_id", kept, **how), **own}),
            Declared("items", items, {"at": item}),
            Declared(
                "follows",
                follows,
                {"at": at("follower_id", kept, "follower.born", **how)},
                pairs=pairs("follower_id", "followee_id", differ=True, fanout=zipf(fanout)),
            ),
        ),
    )


def told(rows):
    """Return the acts of each user in order of time, as pairs (moment, table)."""
    owner = dict(zip(*(rows["lists"][name].to_pylist() for name in ("id", "user_id")), strict=True))
    acts = defaultdict(list)
    for table, by in (("likes", "user_id"), ("items", "list_id"), ("follows", "follower_id")):
        for parent, when in zip(rows[table][by].to_pylist(), rows[table]["at"].to_pylist(), strict=True):
            acts[owner[parent] if table == "items" else parent].append((when, table))
    acts.pop(None, None)
    return {user: sorted(each) for user, each in acts.items()}


def close(acts, minutes=30):
    gaps = [b[0] - a[0] for each in acts.values() for a, b in pairwise(each)]
    return np.mean([gap < timedelta(minutes=minutes) for gap in gaps])


@pytest.mark.parametrize("hours", [{}, {"hours": "awake"}])
def test_a_third_of_the_gaps_between_acts_of_a_user_are_short_over_tables_of_their_own(hours):
    acts = told(built(declared(**hours), 1, SCHEMA))
    assert close(acts) > 0.3
    assert close(told(built(declared(kept=None, **hours), 1, SCHEMA))) < 0.05
    mixed = [a[1] != b[1] for each in acts.values() for a, b in pairwise(each) if b[0] - a[0] < timedelta(minutes=30)]
    assert np.mean(mixed) > 0.1


def test_acts_come_within_the_length_of_a_visit_or_far_apart():
    born = moment(during("-3y", "-2y"))
    acts = told(built(declared(born=born, kept=("9d", "10m"), when={"until": "as_of"}), 1, SCHEMA))
    gaps = sorted((b[0] - a[0]) / timedelta(minutes=1) for each in acts.values() for a, b in pairwise(each))
    within = [gap for gap in gaps if gap < 10]
    near = [gap for gap in gaps if 10 <= gap < 24 * 60]
    assert len(within) > len(gaps) / 4
    assert len(near) < len(gaps) / 20


@examples(3, 30)
@given(
    st.sampled_from((VISITS, ("2d", "1h"), ("40d", "5m"))),
    st.sampled_from(({}, {"delay": lognormal(400_000, "1.5")}, {"delay": lognormal(400_000, 1), "until": "as_of"})),
    st.sampled_from(({}, {"hours": (9, 12)})),
    st.sampled_from((0, 20)),
)
def test_moments_lie_in_their_time_and_a_larger_build_begins_with_them(kept, when, hours, none):
    how = {"users": 60, "likes": 500, "items": 200, "follows": 140, "kept": kept, "when": when, "none": none, **hours}
    rows = built(declared(**how), 1, SCHEMA)
    born = dict(zip(*(rows["users"][name].to_pylist() for name in ("id", "born")), strict=True))
    for user, acts in told(rows).items():
        assert born[user] <= acts[0][0] <= acts[-1][0] < END
    larger = built(declared(**how), 3, SCHEMA)
    assert all(larger[name].slice(0, len(table)).equals(table) for name, table in rows.items())


@examples(3, 20)
@given(st.lists(st.integers(1, 999), max_size=3))
def test_rows_are_the_same_in_any_cut(cuts):
    dataset = dataset_of(declared(hours="awake"), SCHEMA)
    inputs = inputs_of(dataset)
    ends = [0, *sorted(set(cuts)), 1_000]
    parts = [dataset.plan(inputs).part("items", start, stop) for start, stop in pairwise(ends)]
    whole = dataset.plan(inputs).part("items", 0, 1_000)
    assert pa.Table.from_batches(parts).combine_chunks() == pa.Table.from_batches([whole]).combine_chunks()


def test_an_edit_of_one_table_moves_the_acts_of_no_other():
    few = built(declared(items=300), 1, SCHEMA)
    many = built(declared(), 1, SCHEMA)
    assert few["likes"].equals(many["likes"])
    assert few["follows"].equals(many["follows"])


def test_visits_begin_within_the_hours_of_the_users_zone():
    rows = built(declared(hours=(9, 10), born=moment(during("-2y", "-60d"))), 1, SCHEMA)
    zones = dict(zip(*(rows["users"][name].to_pylist() for name in ("id", "zone")), strict=True))
    local = [when.astimezone(ZoneInfo(zones[user] or "UTC")) for user, acts in told(rows).items() for when, _ in acts]
    assert all(each.hour == 9 or (each.hour, each.minute < 25) == (10, True) for each in local)


def test_visits_of_a_period_lie_in_it():
    word = moment(between("2026-03-01", "2026-03-20"), visits=("user_id", "5d", "25m"))
    times = built(declared(like=word), 1, SCHEMA)["likes"]["at"].to_pylist()
    assert datetime(2026, 3, 1, tzinfo=END.tzinfo) <= min(times)
    assert max(times) < datetime(2026, 3, 20, tzinfo=END.tzinfo)


def test_where_no_visit_lies_in_the_time_of_a_row_it_keeps_its_own_moment():
    born = moment(during("-1h"))
    kept, own = (
        built(declared(born=born, gone=moment(during("-1m")), kept=each, like=word), 1, SCHEMA)["likes"]
        for each, word in ((("400d", "25m"), None), (None, moment(after("user.born"))))
    )
    same = np.mean([a == b for a, b in zip(kept["at"].to_pylist(), own["at"].to_pylist(), strict=True)])
    assert same > 0.95


def test_rows_without_a_parent_keep_their_own_moment_and_none_is_a_share():
    word = moment(during("-1y"), visits=("user_id", *VISITS), none=10)
    likes = built(declared(like=word, none=50), 1, SCHEMA)["likes"].to_pylist()
    alone = [each["at"] for each in likes if each["user_id"] is None and each["at"] is not None]
    assert len(alone) > 1_000
    assert sum(each["at"] is None for each in likes) == 250
    assert close({None: sorted((each, "likes") for each in alone)}, 2) < 0.5


def test_moments_in_arrays_come_at_visits_too():
    times = array(20, 20, moment(during("-1y"), visits=("user_id", "60d", "25m")))
    likes = built(declared(likes=400, own={"times": times}), 1, SCHEMA)["likes"].to_pylist()
    gathered = defaultdict(list)
    for each in likes:
        gathered[each["user_id"]] += [(when, "times") for when in each["times"]]
    assert close({user: sorted(each) for user, each in gathered.items()}) > 0.6


@pytest.mark.parametrize(
    ("declare", "message", "hint"),
    [
        (lambda: at("user_id", ("9d", "9d")), "a visit has to last at least one second, and less than", '"9d", "25m"'),
        (lambda: at("user_id", ("9d", "0s")), "a visit has to last at least one second, and less than", '"9d", "25m"'),
        (lambda: at("user_id", ("9d", "soon")), "'soon' is not a span", "15m"),
        (lambda: moment(during("-1y"), visits=("user_id", "9d")), "visits is", "moment("),
        (
            lambda: moment(during("-1y"), visits=("user_id", *VISITS), sessions=("user_id", 4, "25m")),
            "visits= and sessions= cannot be combined",
            "leave one",
        ),
        (
            lambda: moment(during("-1y"), hours=(9, 17), zone="zone", visits=("user_id", *VISITS)),
            "zone= reads zone, which may differ between the rows of one parent",
            "user.zone",
        ),
        (
            lambda: declared_like(moment(during("-1y"), visits=("usr_id", *VISITS))),
            "table likes has no column 'usr_id'",
            "'user_id'",
        ),
        (
            lambda: declared_like(moment(during("-1y"), visits=("user", *VISITS))),
            "likes.at has visits of user, which references no row",
            "write 'user_id'",
        ),
        (
            lambda: declared_like(moment(during("-1y"), visits=("user.zone", *VISITS))),
            "likes.at has visits of user.zone, which references no row",
            '"user_id"',
        ),
        (
            lambda: declared_list(moment(during("-1y"), visits=("user_id", *VISITS))),
            "lists.day: a date has no hours, no zone, no sessions and no visits",
            "leave out hours=, zone=, sessions= and visits=",
        ),
    ],
)
def test_what_cannot_be_is_refused(declare, message, hint):
    with pytest.raises(UsageError) as refusal:
        declare()
    assert message in refusal.value.message
    assert hint in refusal.value.hint


def declared_like(word):
    return dataset_of(declared(like=word), SCHEMA)


def declared_list(word):
    return dataset_of(Dataset(tables=(Declared("lists", 9, {"day": word}),)), SCHEMA)
