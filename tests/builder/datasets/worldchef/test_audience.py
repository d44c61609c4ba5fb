"""Test how far recipes reach, and that nobody likes a recipe they cannot eat, wrote or could not have seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snap.dataset import Meeting
from snap_builder.datasets.worldchef import audience
from snap_builder.datasets.worldchef.vocabulary import DIETS
from snap_builder.engine.calendar import DAY, HOUR
from snap_builder.engine.streams import Ints
from tests.builder.datasets.worldchef.given_rows import GivenRows
from tests.builder.datasets.worldchef.meetings import AS_OF, COUNT, recipe, user

VEGAN, HALAL = (1 << DIETS.index(diet) for diet in ("vegan", "halal"))


def _share(score: Ints) -> float:
    return float((score != audience.NEVER).mean())


# -- how far recipes reach


def _reach(status: str = "published", age: int = 400, quality: int = 0, appeal: int = 1_000) -> int:
    said = {"published_at": AS_OF - age * DAY, "status": status, "quality": quality, "appeal": appeal}
    return int(audience.reach(GivenRows(1, said))["reach"][0])


def test_recipes_reach_further_the_older_better_and_more_appealing_they_are() -> None:
    assert _reach(age=0) == 0
    assert _reach(age=1) < _reach(age=7) < _reach(age=30) < _reach(age=90)
    assert _reach(quality=-200) < _reach() < _reach(quality=200)
    assert 0 == _reach(appeal=0) < _reach() < _reach(appeal=2_000)


def test_drafts_reach_nobody_and_what_was_taken_back_reached_some() -> None:
    assert _reach("draft") == 0
    assert 0 < _reach("admin_removed") < _reach("archived") < _reach("published")


# -- what does not come about


def test_ratings_of_what_nobody_would_like_come_about_too() -> None:
    assert _share(audience.rates(Meeting(user(), recipe()))) == 1


@pytest.mark.parametrize("score", [audience.likes, audience.rates])
@pytest.mark.parametrize(
    ("who", "what"),
    [
        ({"number": 5}, {"author_id": 5}),
        ({"diets": VEGAN}, {"flesh": 1}),
        ({"diets": 1 << DIETS.index("vegetarian") | 1 << DIETS.index("low_fat")}, {"flesh": 1}),
        ({"diets": HALAL}, {"pork": 1}),
        ({"created_at": AS_OF - HOUR}, {}),
        ({"until": AS_OF - 101 * DAY}, {}),
        ({"created_at": AS_OF - 50 * DAY}, {"until": AS_OF - 60 * DAY}),
    ],
)
def test_nobody_likes_or_rates_their_own_what_they_do_not_eat_or_what_they_could_not_have_seen(
    score: Any, who: dict[str, int], what: dict[str, int]
) -> None:
    assert _share(score(Meeting(user(**who), recipe(**what)))) == 0


@pytest.mark.parametrize(("who", "what"), [({"diets": HALAL}, {"flesh": 1}), ({"diets": VEGAN}, {"pork": 0})])
def test_a_diet_forbids_nothing_else(who: dict[str, int], what: dict[str, int]) -> None:
    assert _share(audience.rates(Meeting(user(**who), recipe(**what)))) == 1


def test_of_two_recipes_the_one_that_fits_is_liked_first() -> None:
    who = user(favourite=3, second=4, area=2, kindness=240)
    good = audience.likes(Meeting(who, recipe(quality=260, cuisine=3, from_area=2)))
    other = audience.likes(Meeting(who, recipe(quality=260, cuisine=5, from_area=2)))
    both = (good != audience.NEVER) & (other != audience.NEVER)
    assert both.mean() > 0.5
    assert (good[both] > other[both]).all()


def test_people_follow_who_cooks_alike_while_both_are_there() -> None:
    left, right = user(favourite=1, second=2), user(favourite=1, second=3)
    alike = audience.follows(Meeting(left, right))
    assert (alike > audience.follows(Meeting(left, user(favourite=4, second=5)))).all()
    assert _share(audience.follows(Meeting(left, user(created_at=AS_OF - HOUR)))) == 0
    assert _share(audience.follows(Meeting(user(until=AS_OF - 700 * DAY + HOUR), right))) == 0


@pytest.mark.parametrize(
    ("kind", "value", "fits", "other"),
    [
        (0, 3, {"cuisine": 3}, {"cuisine": 4}),
        (1, 2, {"tags": 1 << 2}, {"tags": 1 << 3}),
        (2, 1, {"meal": 1}, {"meal": 2}),
    ],
)
def test_a_collection_holds_what_its_theme_says(
    kind: int, value: int, fits: dict[str, int], other: dict[str, int]
) -> None:
    shelf = {"theme": kind, "theme_value": value, "created_at": AS_OF - 90 * DAY, "until": AS_OF}
    shelves = {name: np.full(COUNT, each) for name, each in shelf.items()}
    assert _share(audience.collects(Meeting(shelves, recipe(**fits)))) == 1
    assert _share(audience.collects(Meeting(shelves, recipe(**other)))) == 0
    anything = shelves | {"theme": np.full(COUNT, 3)}
    assert _share(audience.collects(Meeting(anything, recipe(**other)))) == 1
    assert _share(audience.collects(Meeting(anything, recipe(**other, until=AS_OF - 90 * DAY)))) == 0
