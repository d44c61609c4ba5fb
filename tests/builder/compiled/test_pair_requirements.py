"""Test that pairs are refused, with line and hint, if their parents lack the columns that the pairs need."""

from __future__ import annotations

import pytest

from snap.errors import UsageError
from snap_builder.declare import Table, count_of, pairs
from tests.builder.compiled.declarations import built
from tests.builder.compiled.matches import SCHEMA, USERS, dataset

COUNTED = Table(name="users", rows=120, columns={**USERS, "followed": count_of("follows", by="followee_id")})


def _follows(**options: object) -> Table:
    return Table(name="follows", rows=90, pairs=pairs("follower_id", "followee_id", differ=True, **options))


def _likes(**options: object) -> Table:
    return Table(name="likes", rows=90, pairs=pairs("user_id", "thing_id", **options))


WRONG = [
    (
        (_follows(weight=("actvity", None)),),
        "follows.follower_id: table users has no column 'actvity'",
        "did you mean 'activity'?",
    ),
    ((_likes(where=(None, {"prize": 1})),), "likes.thing_id: table things has no column 'prize'", "mean 'price'?"),
    ((_likes(near=("region", "regin", 50)),), "likes.thing_id: table things has no column 'regin'", "mean 'region'?"),
    (
        (COUNTED, _likes(weight=("followed", None))),
        "likes.user_id chooses users by followed, but users.followed is derived: its value changes when a build grows",
        "choose by a column that is not derived",
    ),
    (
        (COUNTED, _likes(near=("followed", "activity", 50))),
        "likes.user_id chooses users by followed, but users.followed is derived",
        "choose by a column that is not derived",
    ),
    (
        (_follows(where=({"region": "moon"}, None)),),
        "follows.follower_id: users.region never has the value 'moon'",
        "eu, us, apac",
    ),
    ((_follows(where=(None, {"activity": "much"})),), "follows.followee_id: users.activity", ""),
    (
        (_follows(weight=("region", None)),),
        "follows.follower_id: users.region cannot be used as a weight",
        "name a column of numbers",
    ),
    (
        (_likes(weight=(None, "owner_id")),),
        "likes.thing_id: things.owner_id cannot be used as a weight",
        "name a column of numbers",
    ),
    (
        (_likes(near=("region", "price", 50)),),
        "likes: near= cannot compare users.region (choices) with things.price (numbers of 2 decimals)",
        "name two columns of numbers, of moments or of choices, or references to the same table",
    ),
    (
        (_likes(near=("level", "price", 50)),),
        "likes: near= cannot compare users.level (numbers) with things.price (numbers of 2 decimals)",
        "name two columns",
    ),
    (
        (_likes(near=("activity", "owner_id", 50)),),
        "with things.owner_id (rows of users)",
        "references to the same table",
    ),
    (
        (_follows(near=("name", "name", 50)),),
        "near= cannot compare users.name (texts) with users.name (texts)",
        "name two",
    ),
    (
        (Table(name="likes", rows=90, pairs=pairs("user_id", "thing_id", differ=True, mutual=20)),),
        "likes: user_id and thing_id reference users and things, so no pair has a reverse",
        "leave out mutual=",
    ),
]


@pytest.mark.parametrize(("tables", "message", "hint"), WRONG)
def test_what_parents_do_not_have_is_refused_with_a_hint(tables: tuple[Table, ...], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as refusal:
        built(dataset(*tables), 1, SCHEMA)
    assert message in refusal.value.message
    assert hint in str(refusal.value.hint)
    assert "test_pair_requirements.py, line " in str(refusal.value)


@pytest.mark.parametrize(
    "near", [("region", "region"), ("level", "level"), ("joined", "made"), ("friend_id", "owner_id")]
)
def test_numbers_moments_choices_and_references_to_one_table_can_agree(near: tuple[str, str]) -> None:
    made = built(dataset(_likes(near=(*near, 50))), 1, SCHEMA)
    assert len(made["likes"]) == 90
