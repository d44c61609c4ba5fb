"""Test the first and the last value of several columns, which belong to child tables and to the row itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, after, choice, during, first_of, last_of, moment, money, pairs, ref
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

MOMENT = "timestamp with time zone"
SCHEMA = Schema(
    tables=(
        Table(
            name="users",
            columns=columns(
                *("id bigint", "name text", f"born {MOMENT}", f"edited {MOMENT}?"),
                *(f"seen {MOMENT}?", f"active {MOMENT}", "best numeric(9,3)?", "least numeric(6,1)?", "ago date?"),
            ),
            primary_key=("id",),
        ),
        Table(
            name="likes",
            columns=columns("id bigint", "user_id bigint", f"at {MOMENT}?", "day date?", "paid numeric(6,2)?"),
            primary_key=("id",),
            foreign_keys=(key("user_id", "users"),),
        ),
        Table(
            name="follows",
            columns=columns("follower_id bigint", "followee_id bigint", f"at {MOMENT}", "paid integer?"),
            primary_key=("follower_id", "followee_id"),
            foreign_keys=(key("follower_id", "users"), key("followee_id", "users")),
        ),
    ),
    enums=(),
    sql="",
)
BORN = moment(during("-2y"))
EDITED = moment(after("born"), none=70)


def declared(users=60, likes=None, **words):
    owned = {"at": moment(during("-1y"), none=10), "paid": money(1, 90, none=20), **(likes or {})}
    given_words = {"born": BORN, "edited": EDITED, "active": BORN, **words}
    return Dataset(
        as_of="2026-11-01",
        tables=(
            Declared("users", users, given_words),
            Declared("likes", 90, {"user_id": ref("users", none_have=60), **owned}),
            Declared("follows", 120, pairs=pairs("follower_id", "followee_id", differ=True, none_have=20)),
        ),
    )


def made(scale=1, **how):
    rows = built(declared(**how), scale, SCHEMA)
    return {name: table.to_pylist() for name, table in rows.items()}


def known(user, rows, *sources):
    """Return the values of sources such as `likes.user_id.at` and `born` for a user, without NULL."""
    found = []
    for source in sources:
        table, _, rest = source.partition(".")
        by, _, column = rest.partition(".")
        found += [row[column] for row in rows[table] if row[by] == user["id"]] if rest else [user[table]]
    return [each for each in found if each is not None]


@examples(4, 40)
@given(st.sampled_from(("follower_id", "followee_id")), st.sampled_from((last_of, first_of)), st.sampled_from((1, 3)))
def test_it_is_the_last_or_the_first_of_tables_and_of_the_row(by, word, scale):
    own = word("likes.at", "follows.at", "edited", by={"follows": by})
    rows = made(scale, seen=word("likes.at", "follows.at", by={"follows": by}), active=BORN, edited=EDITED)
    both = made(scale, seen=own)
    pick = max if word is last_of else min
    empty = 0
    for user, other in zip(rows["users"], both["users"], strict=True):
        children = known(user, rows, "likes.user_id.at", f"follows.{by}.at")
        empty += not children
        assert user["seen"] == (pick(children) if children else None)
        every = children + known(other, both, "edited")
        assert other["seen"] == (pick(every) if every else None)
    assert empty


def test_it_has_a_value_in_every_row_where_a_column_of_the_row_has():
    rows = made(active=last_of("likes.at", "follows.at", "edited", "born", by={"follows": "follower_id"}))
    sources = ("likes.user_id.at", "follows.follower_id.at", "edited", "born")
    assert all(user["active"] == max(known(user, rows, *sources)) for user in rows["users"])


def test_of_columns_of_the_row_alone_it_needs_no_child():
    rows = made(seen=first_of("edited", "born"), ago=last_of("edited", "likes.day"))
    assert all(user["seen"] == min(known(user, rows, "edited", "born")) for user in rows["users"])
    assert any(user["ago"] is not None for user in rows["users"])


def test_numbers_of_different_decimals_are_compared_as_numbers():
    rows = made(least=money(-9, 9), best=last_of("likes.paid", "follows.paid", "least", by={"follows": "followee_id"}))
    for user in rows["users"]:
        values = known(user, rows, "likes.user_id.paid", "follows.followee_id.paid", "least")
        assert user["best"] == max(map(Decimal, values))


def test_two_columns_of_one_child_count_both():
    rows = made(ago=last_of("likes.day", "likes.at"))
    for user in rows["users"]:
        days = known(user, rows, "likes.user_id.day")
        days += [each.date() for each in known(user, rows, "likes.user_id.at")]
        assert user["ago"] == (max(days) if days else None)


def test_a_trait_has_the_type_of_what_it_is_the_last_of():
    table = Declared(
        "users", 60, {"born": BORN, "active": moment(after("last"))}, traits={"last": last_of("born", "likes.at")}
    )
    given_rows = Dataset(as_of="2026-11-01", tables=(table, Declared("likes", 90)))
    rows = {name: each.to_pylist() for name, each in built(given_rows, 1, SCHEMA).items()}
    assert all(user["active"] >= max(known(user, rows, "born", "likes.user_id.at")) for user in rows["users"])


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ({"seen": last_of("likes.at", "edted")}, "table users has no column 'edted'", "'edited'"),
        ({"seen": last_of("likes.at", "follow.at")}, "users.seen: the schema has no table 'follow'", "'follows'"),
        ({"seen": last_of("likes.at", "name")}, "users.seen: users.name is text", "numbers or moments"),
        ({"seen": last_of("likes.at", "likes.paid")}, "users.seen is timestamp with time zone", "another word"),
        (
            {"least": last_of("likes.paid", "least")},
            "users.least is numeric(6,1), but likes.paid has 2 decimals",
            "no more decimals than users.least",
        ),
        (
            {"seen": last_of("likes.at", "seen")},
            "columns depend on each other: users.seen → users.seen",
            "remove one of these dependencies",
        ),
        ({"active": last_of("likes.at", "edited")}, "active is NOT NULL, and it reads users.edited", "none="),
        ({"active": last_of("likes.at", "follows.at")}, "users.active is NOT NULL, and its word gives NULL", "none="),
        (
            {"seen": last_of("likes.at"), "likes": {"at": moment(after("user.seen"))}},
            "columns depend on each other: users.seen → likes.at → likes.user_id → users.seen",
            "remove one of these dependencies",
        ),
        (
            {"seen": last_of("likes.at", "follows.at", by={"follows": "folower_id"})},
            "users.seen: table follows has no column 'folower_id'",
            "'follower_id'",
        ),
        (
            {"name": choice(a=1), "best": last_of("likes.paid", "name")},
            "users.best: users.name is text",
            "numbers or moments",
        ),
    ],
)
def test_what_cannot_be_is_refused(words, message, hint):
    with pytest.raises(UsageError) as refusal:
        dataset_of(declared(**words), SCHEMA)
    assert message in refusal.value.message
    assert hint in refusal.value.hint


def test_nobody_chooses_by_it_since_a_larger_build_changes_it():
    with pytest.raises(UsageError) as refusal:
        dataset_of(
            declared(
                seen=last_of("likes.at", "edited"),
                likes={"user_id": ref("users", where={"seen": None})},
            ),
            SCHEMA,
        )
    assert "likes.user_id chooses users by seen, but users.seen is derived" in refusal.value.message
