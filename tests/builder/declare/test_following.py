"""Test moments after several others, before others, and after as-of if a word asks for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Check, Details, Schema, Table
from snap_builder.declare import (
    Dataset,
    after,
    between,
    choice,
    during,
    last_of,
    lifecycle,
    lognormal,
    moment,
    ref,
    spread,
    uniform,
)
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

AS_OF = "2026-11-01"
END = datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC"))
MOMENT = "timestamp with time zone"
SCHEMA = Schema(
    tables=(
        Table(
            name="users",
            columns=columns("id bigint", "zone text", f"born {MOMENT}", f"gone {MOMENT}?"),
            primary_key=("id",),
        ),
        Table(
            name="recipes",
            columns=columns("id bigint", "author_id bigint", f"out {MOMENT}?", f"seen {MOMENT}?"),
            primary_key=("id",),
            foreign_keys=(key("author_id", "users"),),
        ),
        Table(
            name="acts",
            columns=columns(
                "id bigint", "user_id bigint", "recipe_id bigint", f"at {MOMENT}?", f"sent {MOMENT}?", "state text?"
            ),
            primary_key=("id",),
            foreign_keys=(key("user_id", "users"), key("recipe_id", "recipes")),
        ),
    ),
    enums=(),
    sql="",
    details=(
        Details(table="acts", checks=(Check(columns=("at", "sent"), sql="CHECK (((sent > at) OR (at IS NULL)))"),)),
    ),
)
BORN, GONE = moment(during("-2y", "-30d")), moment(after("born"), none=60)
OUT = moment(after("author.born"), none=20)
PATHS, ENDS = ("user.born", "recipe.out"), ("user.gone", "recipe.author.gone")
DELAYS = (None, uniform(0, 900_000), lognormal(400_000, "1.5"))


def declared(at, *, as_of=AS_OF, seed=1, **words):
    kept = {"born": BORN, "gone": GONE, "zone": choice({"Asia/Tokyo": 1, "America/New_York": 1}), **words}
    users = {name: kept.pop(name) for name in ("born", "gone", "zone")}
    recipes = {"out": kept.pop("out", OUT)}
    if "seen" in kept:
        recipes["seen"] = kept.pop("seen")
    return Dataset(
        seed=seed,
        as_of=as_of,
        tables=(
            Declared("users", 60, users),
            Declared("recipes", 120, recipes),
            Declared("acts", 900, {"user_id": ref("users"), "recipe_id": ref("recipes"), "at": at, **kept}),
        ),
    )


def made(at, scale=1, **how):
    return built(declared(at, **how), scale, SCHEMA)


def told(rows):
    """Yield for each act its moment, the moments that it must follow, and the moments that it must precede."""
    users, recipes = ({row["id"]: row for row in rows[name].to_pylist()} for name in ("users", "recipes"))
    for act in rows["acts"].to_pylist():
        user, recipe = users[act["user_id"]], recipes[act["recipe_id"]]
        ends = [user["gone"], users[recipe["author_id"]]["gone"]]
        yield act["at"], [user["born"], recipe["out"]], [end for end in ends if end is not None]


@pytest.mark.slow
@examples(6, 60)
@given(
    st.sampled_from(DELAYS),
    st.sampled_from(((), *((end,) for end in ENDS), ENDS, ("as_of",))),
    st.sampled_from((None, "awake", (9, 17))),
    st.integers(0, 99),
)
def test_a_moment_comes_after_the_latest_and_before_the_earliest_end(delay, until, hours, seed):
    at = moment(after(*PATHS, delay=delay, until=until), hours=hours)
    rows = made(at, seed=seed)
    for each, begins, ends in told(rows):
        if None in begins:
            assert each is None
            continue
        begin = max(begins)
        end = min([END, *(ends if until == ENDS else [])])
        if end - begin > timedelta(microseconds=1):
            assert begin <= each < end
        else:
            assert each == begin
    larger = made(at, 3, seed=seed)
    assert all(larger[name].slice(0, len(table)).equals(table) for name, table in rows.items())


@examples(3, 20)
@given(st.sampled_from(DELAYS), st.sampled_from((None, "awake")), st.lists(st.integers(1, 899), max_size=3))
def test_rows_are_the_same_in_any_cut(delay, hours, cuts):
    given_words = declared(moment(after(*PATHS, delay=delay, until=ENDS), hours=hours, upto="+9d"))
    dataset = dataset_of(given_words, SCHEMA)
    plan = dataset.plan(inputs_of(dataset))
    ends = [0, *sorted(set(cuts)), 900]
    parts = [plan.part("acts", start, stop) for start, stop in zip(ends, ends[1:], strict=False)]
    assert pa.Table.from_batches(parts).combine_chunks().equals(built(given_words, 1, SCHEMA)["acts"])


def test_a_delay_is_cut_off_at_the_end_and_does_not_pile_up_before_it():
    late = moment(during("-20d", "-10d"))
    delay = lognormal(4_000_000, "0.5")  # 46 days: of few rows it ends before as-of
    old = made(moment(after("user.born", delay=delay)), born=late, gone=moment(during("-5d")))
    new = made(moment(after("user.born", delay=delay, until="as_of")), born=late, gone=moment(during("-5d")))
    waits = [
        np.array([(each - begins[0]) / timedelta(days=1) for each, begins, _ in told(rows)]) for rows in (old, new)
    ]
    left = np.array([(END - begins[0]) / timedelta(days=1) for _, begins, _ in told(new)])
    # Of the density of the delay, which rises until 36 days, the last third of the time left has most.
    assert abs(np.mean(waits[0] > left * 2 / 3) - 1 / 3) < 0.08
    assert np.mean(waits[1] > left * 2 / 3) > 0.7


def test_where_all_of_the_delay_is_left_its_shape_is_kept():
    rows = made(
        moment(after("user.born", delay=lognormal(40_000, "0.5"), until="as_of")),
        born=moment(during("-2y", "-90d")),
        gone=moment(during("-1d")),
    )
    waits = np.sort([(each - begins[0]) / timedelta(seconds=1) for each, begins, _ in told(rows)])
    assert abs(np.log(waits).std() - 0.5) < 0.02
    assert abs(np.median(waits) / 40_000 - 1) < 0.03


def test_a_delay_that_is_longer_than_the_time_left_comes_at_any_moment_of_it():
    rows = made(
        moment(after("user.born", delay=uniform(9_000_000, 9_900_000), until="as_of")),
        born=moment(during("-9d", "-8d")),
        gone=moment(during("-1d")),
    )
    shares = [(each - begins[0]) / (END - begins[0]) for each, begins, _ in told(rows)]
    assert abs(np.mean(shares) - 0.5) < 0.05
    assert max(shares) < 1


def test_a_moment_may_lie_after_as_of_where_that_is_asked_for():
    rows = made(
        moment(after("user.born", delay=lognormal(4_000_000, 1)), upto="+120d"),
        born=moment(during("-30d", "+20d")),
        out=moment(between("2026-01-01", "2030-01-01"), upto="+30d"),
        seen=moment(spread("2026-01-01", "2026-10-30", "2030-01-01"), hours=(9, 17), upto="+30d"),
        gone=moment(during("+1d", "+9d"), hours=(9, 17)),
    )
    born, gone = (rows["users"][name].to_pylist() for name in ("born", "gone"))
    assert min(born) < END < max(born) < END + timedelta(days=20)
    assert END + timedelta(days=1) <= min(gone) <= max(gone) < END + timedelta(days=9)
    for each, begins, _ in told(rows):
        assert begins[0] <= each < END + timedelta(days=120)
    assert 20 < sum(each > END for each, _, _ in told(rows)) < 880
    for name in ("out", "seen"):
        times = rows["recipes"][name].to_pylist()
        assert END + timedelta(days=20) < max(times) < END + timedelta(days=30)


def test_what_follows_a_moment_after_as_of_has_time_too():
    rows = made(moment(during("-10d", "+90d")), state=lifecycle("at", new=90, late=("sent", 10)))
    assert all(act["sent"] is None or act["sent"] >= act["at"] for act in rows["acts"].to_pylist())
    inferred = made(moment(during("-10d", "+90d"), none=10))["acts"].to_pylist()
    sent = [act for act in inferred if act["at"] is not None and act["sent"] is not None]
    assert all(act["sent"] > act["at"] for act in sent)
    assert END < max(act["sent"] for act in sent) < END + timedelta(days=91)


def test_a_moment_that_is_asked_to_be_before_as_of_is_not_before_one_that_lies_after_it():
    rows = made(moment(after("user.born")), born=moment(during("+1d", "+9d")), gone=moment(during("-1d")))
    assert all(each == begins[0] for each, begins, _ in told(rows))


@pytest.mark.parametrize(
    ("declare", "message", "hint"),
    [
        (lambda: made(moment(after("user.born", "recipe.owt"))), "table recipes has no column 'owt'", "'out'"),
        (lambda: made(moment(after("user.born", until="user.gon"))), "table users has no column 'gon'", "'gone'"),
        (lambda: made(moment(after("user.born", until="user.zone"))), "reads user.zone, which is text", "moments"),
        (
            lambda: made(moment(after("user.born", until="sent")), sent=moment(after("at"))),
            "columns depend on each other: acts.at → acts.sent → acts.at",
            "remove one of these dependencies",
        ),
        (
            lambda: moment(after("user.born", "recipe.out"), sessions=("user_id", 4, "25m")),
            "sessions are grouped by user_id, but after() reads recipe.out",
            "user.out",
        ),
        (
            lambda: moment(after("user.born", until="recipe.out"), sessions=("user_id", 4, "25m")),
            "sessions are grouped by user_id, but after() reads recipe.out",
            "user.out",
        ),
    ],
)
def test_what_cannot_be_is_refused(declare, message, hint):
    with pytest.raises(UsageError) as refusal:
        declare()
    assert message in refusal.value.message
    assert hint in refusal.value.hint


def test_what_has_an_end_that_is_derived_is_derived():
    schema_word = ref("recipes", where={"seen": None})
    with pytest.raises(UsageError) as refusal:
        built(
            Dataset(
                as_of=AS_OF,
                tables=(
                    Declared("users", 60, {"gone": last_of("recipes.out")}),
                    Declared("recipes", 120, {"seen": moment(after("author.born", until="author.gone"))}),
                    Declared("acts", 900, {"recipe_id": schema_word}),
                ),
            ),
            1,
            SCHEMA,
        )
    assert "acts.recipe_id chooses recipes by seen, but users.gone is derived" in refusal.value.message
