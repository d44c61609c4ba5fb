"""Test that people's taste, language and acquaintances follow from where they live."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from snap_builder.datasets.worldchef import people
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, LANGUAGES, places, tastes_of
from snap_builder.engine.calendar import DAY
from tests.builder.datasets.worldchef.given_rows import GivenRows

ROWS = 20_000
AS_OF, NULL = GivenRows.as_of, GivenRows.NULL


def test_all_of_a_home_is_of_one_place() -> None:
    made = people.homes(GivenRows(2_000))
    for row, home in enumerate(made["home"].tolist()):
        place = places()[home]
        assert people.regions()[made["area"][row]] == place.region
        texts = {name: made[name][row].as_py() for name in ("speech", "locale", "zone", "address")}
        assert texts == {
            "speech": place.language,
            "locale": place.locale,
            "zone": place.zone,
            "address": f"{place.place}, {place.country}",
        }
        assert LANGUAGES[made["language"][row]] == (place.language if place.language in LANGUAGES else "en")


def test_regions_are_alike_in_size() -> None:
    counts = Counter(people.homes(GivenRows(ROWS))["area"].tolist())
    assert len(counts) == len(people.regions())
    assert max(counts.values()) < 1.1 * min(counts.values())


def test_two_cuisines_are_favoured_and_one_of_home_is_mostly_among_them() -> None:
    for area, region in enumerate(people.regions()):
        made = people.tastes(GivenRows(ROWS // 5, {"area": area}))
        first, second = made["favourite"], made["second"]
        assert (first != second).all()
        weights = np.array(tastes_of(region))
        home = weights >= weights.max() // 3
        assert (home[first] | home[second]).mean() > 0.6, region
        shares = np.bincount(first, minlength=len(CUISINES)) / len(first)
        assert np.abs(shares - weights / weights.sum()).max() < 0.03, region


def test_the_main_diet_is_among_all_diets_and_a_second_one_goes_along() -> None:
    made = people.tastes(GivenRows(ROWS, {"area": 2}))
    diet, diets = made["diet"], made["diets"]
    assert (diets[diet == NULL] == 0).all()
    kept = diet != NULL
    assert 0.5 < kept.mean() < 0.7
    assert ((diets[kept] >> diet[kept]) & 1 == 1).all()
    number = sum((diets >> bit) & 1 for bit in range(len(DIETS)))
    assert set(number.tolist()) == {0, 1, 2}
    meat = [DIETS.index(name) for name in ("halal", "kosher", "paleo", "keto")]
    none = [DIETS.index(name) for name in ("vegetarian", "vegan")]
    for one in meat:
        for other in none:
            assert not ((diets >> one) & (diets >> other) & 1).any()


def _standing(roles: Any, **said: Any) -> dict[str, Any]:
    known = {"area": 3, "created_at": AS_OF - 500 * DAY, "activity": 40, "curiosity": 20, "output": 20}
    return people.standing(GivenRows(len(roles), known | said | {"role": roles}))


def test_a_circle_is_of_one_region_and_of_users_who_joined_one_after_another() -> None:
    areas = np.arange(900) % len(people.regions())
    circle = _standing(["standard"] * 900, area=areas)["circle"]
    for number in np.unique(circle):
        members = np.flatnonzero(circle == number)
        assert len(np.unique(areas[members])) == 1
        assert np.ptp(members) < 400
    assert len(np.unique(circle)) > len(people.regions())


def test_publishers_are_followed_far_more_than_others() -> None:
    others, publishers = (_standing([role] * ROWS)["fame"].mean() for role in ("standard", "creator"))
    assert publishers > 20 * others


def test_who_joined_yesterday_has_done_next_to_nothing() -> None:
    old, new = (_standing(["creator"] * 100, created_at=AS_OF - days * DAY) for days in (500, 1))
    for name in ("drive", "following", "fame"):
        assert new[name].sum() * 20 < old[name].sum(), name


def test_a_profile_says_what_its_owner_is() -> None:
    diets = 1 << np.arange(ROWS) % len(DIETS)
    roles = np.array(["standard", "creator"])[np.arange(ROWS) % 2].tolist()
    made = people.profile(GivenRows(ROWS, {"area": 1, "role": roles, "diets": diets}))
    assert set(made["region"].to_pylist()) == {people.regions()[1]}
    assert made["dietary_preferences"].to_pylist()[:20] == [[DIETS[row % len(DIETS)]] for row in range(20)]
    verified = np.array(made["is_verified"].to_pylist())
    assert not verified[::2].any()
    assert 0.8 < verified[1::2].mean() < 0.9
    avatars = made["avatar_url"].to_pylist()
    assert 0.75 < 1 - avatars.count(None) / ROWS < 0.81
    assert len(set(avatars) - {None}) == ROWS - avatars.count(None)
    assert {url[-5:] for url in avatars if url} == {".webp", *(f"{digit}.jpg" for digit in "0123456789abcdef")}


@pytest.mark.parametrize("make", [people.homes, people.tastes])
def test_any_cut_gives_the_same_people(make: Any) -> None:
    whole = make(GivenRows(100, {"area": 4}))
    parts = [make(GivenRows(stop, {"area": 4}, start=start)) for start, stop in ((0, 41), (41, 100))]
    for name, values in whole.items():
        assert values.tolist() == [each for part in parts for each in part[name].tolist()], name
