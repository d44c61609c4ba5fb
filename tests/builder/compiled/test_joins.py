"""Test pairs by weights, conditions, nearness and reversals: how many rows each parent has, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from snap.errors import UsageError
from snap_builder.declare import Meeting, Table, choice, integer, pairs, uniform, weights
from snap_builder.declare.references import Side
from tests.builder.compiled.declarations import built
from tests.builder.compiled.matches import EUROPE, SCHEMA, THINGS, USERS, dataset, joined


def _follows(rows: int, **options: object) -> Table:
    return Table(name="follows", rows=rows, pairs=pairs("follower_id", "followee_id", differ=True, **options))


def _users(rows: int, **columns: object) -> Table:
    return Table(name="users", rows=rows, columns={**USERS, **columns})


def _refusal(*tables: Table) -> UsageError:
    with pytest.raises(UsageError) as refusal:
        built(dataset(*tables), 1, SCHEMA)
    return refusal.value


def test_a_parent_of_twice_the_weight_has_about_twice_the_rows() -> None:
    follows = _follows(20_000, weight=("activity", "activity"))
    left, right, numbers = joined(dataset(_users(2_000), follows), "follows")
    for rows, named in zip((left, right), numbers, strict=True):
        counts = np.bincount(named, minlength=2_000)
        means = [counts[rows["activity"] == weight].mean() for weight in (0, 1, 2, 4)]
        assert means[0] == 0
        assert 1.7 < means[2] / means[1] < 2.3
        assert 1.7 < means[3] / means[2] < 2.3


def test_the_rows_of_weighed_parents_do_not_follow_their_row_number() -> None:
    follows = _follows(20_000, weight=("activity", "activity"), fanout=None)
    left, _, numbers = joined(dataset(_users(2_000, activity=weights(3, 5)), follows), "follows")
    for named in numbers:
        tenths = [tenth.mean() for tenth in np.array_split(np.bincount(named, minlength=2_000), 10)]
        assert max(tenths) < 2 * min(tenths)
    assert set(left["activity"]) == {3, 5}


def test_a_side_without_a_weight_keeps_its_fan_out() -> None:
    follows = _follows(8_000, weight=(None, "activity"), fanout=uniform(1, 1))
    left, right, numbers = joined(dataset(_users(1_000), follows), "follows")
    means = [np.bincount(numbers[0], minlength=1_000)[left["activity"] == weight].mean() for weight in (0, 1, 2, 4)]
    assert max(means) < 1.25 * min(means)
    assert (right["activity"][numbers[1]] > 0).all()


@pytest.mark.parametrize("percent", [20, 50, 75])
def test_in_every_whole_block_so_many_rows_join_parents_that_agree(percent: int) -> None:
    # By chance, one pair of 400 agrees.
    likes = Table(name="likes", rows=6_000, pairs=pairs("user_id", "thing_id", near=("level", "level", percent)))
    levels = {"level": integer(1, 400)}
    declared = dataset(
        Table(name="users", rows=4_000, columns={**USERS, **levels}),
        Table(name="things", rows=12_000, columns={**THINGS, **levels}),
        likes,
    )
    left, right, numbers = joined(declared, "likes")
    agree = (left["level"][numbers[0]] == right["level"][numbers[1]]).reshape(-1, 20)
    late = agree[150:].mean(axis=1) * 100  # the first rows have few parents of each group
    assert (late >= percent - 10).all()
    assert percent - 2 < late.mean() < percent + 3
    assert np.median(late) == percent


def test_choices_agree_by_what_they_are_and_not_by_their_place() -> None:
    likes = Table(name="likes", rows=600, pairs=pairs("user_id", "thing_id", near=("region", "region", 100)))
    declared = dataset(_users(600), Table(name="things", rows=600, columns=THINGS), likes)
    left, right, numbers = joined(declared, "likes")
    mine, theirs = left["region"][numbers[0]], right["region"][numbers[1]]
    # No thing is of apac, and no user of asia: those join any.
    common = np.isin(mine, ("eu", "us")) & np.isin(theirs, ("eu", "us"))
    assert (mine == theirs)[common].mean() > 0.99
    assert common.mean() > 0.75


def test_near_parents_of_which_none_agrees_join_any() -> None:
    likes = Table(name="likes", rows=90, pairs=pairs("user_id", "thing_id", near=("region", "region", 100)))
    things = Table(name="things", rows=60, columns={**THINGS, "region": choice(moon=1, mars=1)})
    assert len(built(dataset(things, likes), 1, SCHEMA)["likes"]) == 90


@pytest.mark.parametrize("options", [{}, {"none_have": 20}, {"at_least": 1}, {"weight": ("activity", "activity")}])
@pytest.mark.parametrize("mutual", [30, 38, 40, "12.3457"])
def test_about_so_many_rows_as_asked_for_have_their_reverse(mutual: object, options: dict[str, object]) -> None:
    for users, rows, off in ((150, 500, 3), (1_000, 5_000, 1)):
        _, _, (left, right) = joined(dataset(_users(users), _follows(rows, mutual=mutual, **options)), "follows")
        share = 100 * np.isin(left << 32 | right, right << 32 | left).mean()
        assert float(str(mutual)) - off <= share <= float(str(mutual)) + 0.5, (users, share)


@pytest.mark.parametrize(("kept", "refused"), [(16, 60), (8, 80)])
def test_a_score_below_0_refuses_most_pairs_and_every_row_has_another(kept: int, refused: int) -> None:
    def score(meeting: Meeting) -> NDArray[np.int64]:
        return kept - 1 - (meeting.left["level"] * 7 + meeting.right["level"] * 13) % 40

    users = _users(300, level=integer(1, 1_000))
    left, right, numbers = joined(dataset(users, _follows(600, score=score)), "follows")

    def rate(lefts: NDArray[np.int64], rights: NDArray[np.int64]) -> NDArray[np.int64]:
        return score(Meeting(Side(left.__getitem__, lefts), Side(right.__getitem__, rights)))

    assert (rate(*numbers) >= 0).all()
    assert len({*zip(*numbers, strict=True)}) == 600
    every = np.meshgrid(np.arange(300), np.arange(300))
    assert abs((rate(*every) < 0).mean() * 100 - refused) < 3


def test_a_score_that_leaves_no_pair_is_refused_with_its_place() -> None:
    error = _refusal(_follows(90, score=lambda meeting: -1 - meeting.left["level"]))
    assert "no new pair was found for row 0 of follows: each of " in error.message
    assert "pairs that were tried belongs to another row, or has a score below 0" in error.message
    assert "let the score return 0 or more for more pairs" in str(error.hint)


IMPOSSIBLE = [
    (
        _follows(900, where=(EUROPE, EUROPE)),
        "follows: 900 unique pairs of 20 users and 20 users are impossible: only 380 exist",
        "ask for fewer rows, or for more rows of the joined tables",
    ),
    (
        _follows(90, where=(EUROPE, None), weight=("level", None)),
        "follows.follower_id: none of 40 rows of users may be referenced",
        "ask for more rows of users, lower none_have=, or let where= or weight= allow more of them",
    ),
    (
        _follows(1_200, mutual=10),
        "follows: 1,200 unique pairs, of which 10 % have their reverse, need 1,140 pairs that are not reverses, but 40 "
        "and 40 users allow only 780",
        "ask for fewer rows, or raise mutual=",
    ),
    (
        _follows(100, mutual=40, where=(EUROPE, {"region": "us"})),
        "follows: 100 unique pairs, of which 40 % have their reverse, need 20 pairs that have a reverse, but 0 users "
        "that may be on "
        "either side allow only 0",
        "ask for fewer rows, or lower mutual=",
    ),
]


@pytest.mark.parametrize(("follows", "message", "hint"), IMPOSSIBLE)
def test_what_is_impossible_is_said_first_with_the_numbers(follows: Table, message: str, hint: str) -> None:
    level = integer(0, 0) if follows.pairs is not None and follows.pairs.weight[0] == "level" else integer(1, 9)
    error = _refusal(_users(40, level=level), follows)
    assert error.message.endswith(f": {message}")
    assert error.hint == hint
