"""Test the table of foods: parts add up to their wholes, energy follows from them, names have singular and plural."""

from __future__ import annotations

import pytest

from snap_builder.datasets.worldchef.vocabulary import MACROS, Food, foods

FOODS = {food.name: food for food in foods()}
COUNTED = {"piece", "leaf", "sheet", "slice", "stick", "head"}


def per_100_g(food: Food) -> dict[str, float]:
    return {macro: tenths / 10 for macro, tenths in zip(MACROS, food.macros, strict=True)}


def general_energy(food: Food) -> float:
    """Return the energy by the general factors, which hold for most foods."""
    of = per_100_g(food)
    digested = 4 * (of["carbs_g"] - of["fiber_g"]) + 2 * of["fiber_g"]
    return 4 * of["protein_g"] + digested + 9 * of["fat_g"] + 7 * of["alcohol_g"]


def test_names_are_keys() -> None:
    assert len(FOODS) == len(foods())


@pytest.mark.parametrize("name", FOODS)
def test_no_part_is_more_than_its_whole(name: str) -> None:
    of = per_100_g(FOODS[name])
    assert of["sugar_g"] + of["fiber_g"] <= of["carbs_g"] + 0.11
    assert of["saturated_fat_g"] <= of["fat_g"]
    assert of["protein_g"] + of["carbs_g"] + of["fat_g"] + of["alcohol_g"] + of["sodium_mg"] / 1000 <= 101
    assert min(FOODS[name].macros) >= 0


@pytest.mark.parametrize("name", FOODS)
def test_energy_follows_from_the_macros_and_the_factor(name: str) -> None:
    food = FOODS[name]
    calories = per_100_g(food)["calories"]
    assert abs(general_energy(food) * food.factor / 100 - calories) <= max(0.15 * calories, 1)


def test_only_foods_that_the_general_factors_miss_have_one_of_their_own() -> None:
    own = {name: food for name, food in FOODS.items() if food.factor != 100}
    assert own.keys() >= {"cocoa powder", "lemon", "lime", "button mushrooms", "red wine vinegar", "baking powder"}
    for food in own.values():
        calories = per_100_g(food)["calories"]
        assert abs(general_energy(food) - calories) > 0.15 * calories, food.name


@pytest.mark.parametrize(
    ("name", "macro", "value"),
    [
        ("puff pastry", "calories", 551),
        ("lamb shoulder", "fat_g", 21.5),
        ("ladyfingers", "carbs_g", 59.7),
        ("cocoa powder", "calories", 228),
        ("lemon", "calories", 29),
        ("lime", "calories", 30),
        ("capers", "calories", 23),
        ("kimchi", "calories", 15),
        ("chili flakes", "calories", 318),
        ("balsamic vinegar", "calories", 88),
        ("red wine vinegar", "calories", 19),
        ("apple cider vinegar", "calories", 21),
        ("tofu", "protein_g", 17.3),
        ("tempeh", "carbs_g", 7.6),
        ("kale", "fat_g", 1.5),
        ("baking powder", "calories", 53),
        ("agar", "calories", 306),
        ("salt", "sodium_mg", 38_758),
        ("butter", "saturated_fat_g", 51.4),
        ("water", "calories", 0),
    ],
)
def test_facts_that_were_wrong_or_are_new(name: str, macro: str, value: float) -> None:
    assert per_100_g(FOODS[name])[macro] == pytest.approx(value)


def test_what_has_bones_or_shells_weighs_what_one_eats_of_it() -> None:
    grams = {name: FOODS[name].units["g"] / 1000 for name in ("beef short ribs", "whole chicken", "mussels", "egg")}
    assert grams == {"beef short ribs": 0.73, "whole chicken": 0.68, "mussels": 0.3, "egg": 1}


@pytest.mark.parametrize("name", FOODS)
def test_every_food_is_weighed_in_grams_and_units_of_weight_agree(name: str) -> None:
    units = FOODS[name].units
    for unit, grams in (("kg", 1000), ("oz", 28.35), ("lb", 453.592)):
        if unit in units:
            assert units[unit] == pytest.approx(units["g"] * grams, rel=0.001)


def test_one_piece_has_a_name_of_its_own_only_where_there_are_pieces() -> None:
    cans = {name for name in FOODS if name.startswith("canned ")}  # called as what is in them
    named = {name for name, food in FOODS.items() if food.single != food.display} - cans
    assert named >= {"carrot", "onion", "egg", "lemon", "button mushrooms", "bay leaf"}
    assert [name for name in named if not COUNTED & FOODS[name].units.keys()] == []
    assert (FOODS["carrot"].single, FOODS["carrot"].display) == ("carrot", "carrots")
    assert (FOODS["garlic"].single, FOODS["garlic"].display) == ("garlic", "garlic")


def test_a_canned_food_is_said_without_its_can() -> None:
    assert [food.name for food in foods() if "canned" in food.display + food.single] == []
