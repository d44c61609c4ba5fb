"""Test that one opinion lies behind likes and ratings, and that nobody likes a recipe they cannot eat, wrote or see."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.dataset import Meeting
from snap_builder.datasets.worldchef import audience
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, MEALS
from snap_builder.engine.calendar import DAY, HOUR
from snap_builder.engine.streams import Ints, Seeds, below
from tests.builder.datasets.worldchef.given_rows import GivenRows

AS_OF, NULL = GivenRows.as_of, GivenRows.NULL
COUNT = 20_000
VEGAN, HALAL = (1 << DIETS.index(diet) for diet in ("vegan", "halal"))
DRAWS = Seeds(3, "meetings")


def _drawn(name: str, low: int, high: int) -> Ints:
    return low + below(DRAWS.bits(name, 0, COUNT), high - low + 1)


def _user(**said: Any) -> dict[str, Any]:
    """Return users of all kinds who exist for two years; the values in `said` are the same for each."""
    made = {
        "number": _drawn("user", 0, 10_000),
        "character": _drawn("user character", 0, 2**31),
        "kindness": _drawn("kindness", -200, 200),
        "favourite": _drawn("favourite", 0, len(CUISINES) - 1),
        "second": _drawn("second", 0, len(CUISINES) - 1),
        "diets": np.zeros(COUNT, np.int64),
        "area": _drawn("area", 0, 5),
        "created_at": np.full(COUNT, AS_OF - 700 * DAY),
        "until": np.full(COUNT, AS_OF),
    }
    return made | {name: np.full(COUNT, value) for name, value in said.items()}


def _recipe(**said: Any) -> dict[str, Any]:
    made = {
        "author_id": np.full(COUNT, 20_000),
        "character": _drawn("recipe character", 0, 2**31),
        "quality": _drawn("quality", -200, 200),
        "cuisine": _drawn("cuisine", 0, len(CUISINES) - 1),
        "meal": _drawn("meal", 0, len(MEALS) - 1),
        "tags": _drawn("tags", 0, (1 << len(DIETS)) - 1),
        "flesh": np.zeros(COUNT, np.int64),
        "pork": np.zeros(COUNT, np.int64),
        "from_area": _drawn("from", 0, 5),
        "published_at": np.full(COUNT, AS_OF - 100 * DAY),
        "cookable_at": np.full(COUNT, AS_OF - 100 * DAY + 2 * HOUR),
        "until": np.full(COUNT, AS_OF),
    }
    return made | {name: np.full(COUNT, value) for name, value in said.items()}


def _stars(user: dict[str, Any], recipe: dict[str, Any]) -> Ints:
    said = {f"{end}.{name}": value for end, of in (("user", user), ("recipe", recipe)) for name, value in of.items()}
    read = {path: said[path] for path in audience.READ}
    return audience.stars(GivenRows(COUNT, read))["rating"]


def _share(score: Ints) -> float:
    return float((score != audience.NEVER).mean())


# -- how far recipes reach


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 999)), min_size=2, max_size=6, unique_by=lambda p: p[0])
)
def test_numbers_between_points_lie_on_the_lines_rounded_down(points: list[tuple[int, int]]) -> None:
    rising = tuple(zip(sorted(x for x, _ in points), sorted(y for _, y in points), strict=True))
    values = np.arange(-600, 601, 7)
    found = dict(zip(values.tolist(), audience.between(rising, values).tolist(), strict=True))
    for value, result in found.items():
        at = min(max(value, rising[0][0]), rising[-1][0])
        (x, y), (further, higher) = next(
            (low, high) for low, high in zip(rising, rising[1:], strict=False) if low[0] <= at <= high[0]
        )
        assert result == floor(y + Fraction((higher - y) * (at - x), further - x))


def test_nobody_has_found_what_is_new_and_all_have_found_what_is_old() -> None:
    rows = GivenRows(4)
    found = audience.found(rows, np.array([NULL, AS_OF, AS_OF - 30 * DAY, AS_OF - 400 * DAY]))
    assert found.tolist()[:2] == [0, 0]
    assert found.tolist()[3] == 1000
    assert 0 < found[2] < 1000


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


# -- opinions


def test_an_opinion_is_the_same_wherever_the_two_meet() -> None:
    user, recipe = _user(), _recipe()
    order = np.argsort(_drawn("order", 0, 2**31))
    moved = audience.opinion({k: v[order] for k, v in user.items()}, {k: v[order] for k, v in recipe.items()})
    assert (moved == audience.opinion(user, recipe)[order]).all()


def test_opinions_rise_with_quality_kindness_and_taste() -> None:
    base = audience.opinion(_user(favourite=1, second=2), _recipe(cuisine=0))
    for better in (
        audience.opinion(_user(favourite=1, second=2) | {"kindness": _user()["kindness"] + 50}, _recipe(cuisine=0)),
        audience.opinion(_user(favourite=1, second=2), _recipe(cuisine=0) | {"quality": _recipe()["quality"] + 50}),
        audience.opinion(_user(favourite=1, second=2), _recipe(cuisine=2)),
    ):
        assert (better > base).all()
    assert (
        audience.opinion(_user(favourite=1, second=2), _recipe(cuisine=1))
        > audience.opinion(_user(favourite=1, second=2), _recipe(cuisine=2))
    ).all()


def test_what_no_column_explains_differs_by_pair_and_leans_to_neither_side() -> None:
    flat = audience.opinion(
        _user(kindness=0, favourite=1, second=1), _recipe(quality=0, cuisine=0)
    )  # nothing but what no column explains
    assert abs(float(flat.mean())) < 10
    assert len(np.unique(flat)) > 300


def test_who_likes_a_recipe_would_give_it_four_stars_or_five() -> None:
    user, recipe = _user(), _recipe()
    stars, likes = _stars(user, recipe), audience.likes(Meeting(user, recipe))
    assert set(stars.tolist()) == {1, 2, 3, 4, 5}
    assert ((likes != audience.NEVER) == (stars >= 4)).all()


def test_ratings_of_what_nobody_would_like_come_about_too() -> None:
    user, recipe = _user(), _recipe()
    assert _share(audience.rates(Meeting(user, recipe))) == 1


# -- what does not come about


@pytest.mark.parametrize("score", [audience.likes, audience.rates])
@pytest.mark.parametrize(
    ("user", "recipe"),
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
    score: Any, user: dict[str, int], recipe: dict[str, int]
) -> None:
    assert _share(score(Meeting(_user(**user), _recipe(**recipe)))) == 0


@pytest.mark.parametrize(("user", "recipe"), [({"diets": HALAL}, {"flesh": 1}), ({"diets": VEGAN}, {"pork": 0})])
def test_a_diet_forbids_nothing_else(user: dict[str, int], recipe: dict[str, int]) -> None:
    assert _share(audience.rates(Meeting(_user(**user), _recipe(**recipe)))) == 1


def test_of_two_recipes_the_one_that_fits_is_liked_first() -> None:
    user = _user(favourite=3, second=4, area=2, kindness=240)
    good = audience.likes(Meeting(user, _recipe(quality=260, cuisine=3, from_area=2)))
    other = audience.likes(Meeting(user, _recipe(quality=260, cuisine=5, from_area=2)))
    both = (good != audience.NEVER) & (other != audience.NEVER)
    assert both.mean() > 0.5
    assert (good[both] > other[both]).all()


def test_people_follow_who_cooks_alike_while_both_are_there() -> None:
    left, right = _user(favourite=1, second=2), _user(favourite=1, second=3)
    alike = audience.follows(Meeting(left, right))
    assert (alike > audience.follows(Meeting(left, _user(favourite=4, second=5)))).all()
    assert _share(audience.follows(Meeting(left, _user(created_at=AS_OF - HOUR)))) == 0
    assert _share(audience.follows(Meeting(_user(until=AS_OF - 700 * DAY + HOUR), right))) == 0


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
    assert _share(audience.collects(Meeting(shelves, _recipe(**fits)))) == 1
    assert _share(audience.collects(Meeting(shelves, _recipe(**other)))) == 0
    anything = shelves | {"theme": np.full(COUNT, 3)}
    assert _share(audience.collects(Meeting(anything, _recipe(**other)))) == 1
    assert _share(audience.collects(Meeting(anything, _recipe(**other, until=AS_OF - 90 * DAY)))) == 0
