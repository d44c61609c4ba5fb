"""Test that one opinion lies behind likes and ratings."""

from __future__ import annotations

from typing import Any

import numpy as np

from snap.dataset import Meeting
from snap_builder.datasets.worldchef import audience, opinions
from snap_builder.engine.streams import Ints
from tests.builder.datasets.worldchef.given_rows import GivenRows
from tests.builder.datasets.worldchef.meetings import COUNT, drawn, recipe, user


def _opinion(who: dict[str, Any], what: dict[str, Any]) -> Ints:
    return opinions.opinion(who, what, opinions.fit(who, what))


def _stars(who: dict[str, Any], what: dict[str, Any]) -> Ints:
    said = {f"{end}.{name}": value for end, of in (("user", who), ("recipe", what)) for name, value in of.items()}
    read = {path: said[path] for path in opinions.READ}
    return opinions.stars(GivenRows(COUNT, read))["rating"]


def test_an_opinion_is_the_same_wherever_the_two_meet() -> None:
    who, what = user(), recipe()
    order = np.argsort(drawn("order", 0, 2**31))
    moved = _opinion({k: v[order] for k, v in who.items()}, {k: v[order] for k, v in what.items()})
    assert (moved == _opinion(who, what)[order]).all()


def test_opinions_rise_with_quality_kindness_and_taste() -> None:
    base = _opinion(user(favourite=1, second=2), recipe(cuisine=0))
    for better in (
        _opinion(user(favourite=1, second=2) | {"kindness": user()["kindness"] + 50}, recipe(cuisine=0)),
        _opinion(user(favourite=1, second=2), recipe(cuisine=0) | {"quality": recipe()["quality"] + 50}),
        _opinion(user(favourite=1, second=2), recipe(cuisine=2)),
    ):
        assert (better > base).all()
    assert (
        _opinion(user(favourite=1, second=2), recipe(cuisine=1))
        > _opinion(user(favourite=1, second=2), recipe(cuisine=2))
    ).all()


def test_what_no_column_explains_differs_by_pair_and_leans_to_neither_side() -> None:
    flat = _opinion(
        user(kindness=0, favourite=1, second=1), recipe(quality=0, cuisine=0)
    )  # nothing but what no column explains
    assert abs(float(flat.mean())) < 10
    assert len(np.unique(flat)) > 300


def test_who_likes_a_recipe_would_give_it_four_stars_or_five() -> None:
    who, what = user(), recipe()
    stars, likes = _stars(who, what), audience.likes(Meeting(who, what))
    assert set(stars.tolist()) == {1, 2, 3, 4, 5}
    assert ((likes != audience.NEVER) == (stars >= 4)).all()
