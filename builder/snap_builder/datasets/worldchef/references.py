"""What the rules hold the data against: foods, places and dishes of the committed vocabularies, as Arrow tables."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from snap_builder.datasets.worldchef.nutrition import STAY_FRESH, key_texts, keys
from snap_builder.datasets.worldchef.vocabulary import MACROS, dishes, foods, places


@cache
def references() -> dict[str, pa.Table]:
    """Give the tables that rules may name: foods, food_units, places, dish_foods, likely_keys."""
    return {
        "foods": _foods(),
        "food_units": _food_units(),
        "places": _places(),
        "dish_foods": _dish_foods(),
        "likely_keys": _likely_keys(),
    }


def _foods() -> pa.Table:
    """One row per food: macros per 100 g, the `factor` of their energy, and `max_g`, the most that a serving holds."""
    every = foods()
    columns = {
        name: pa.array([getattr(food, name) for food in every])
        for name in ("name", "display", "single", "category", "origin", "gluten", "pork")
    }
    for position, column in enumerate(MACROS.values()):
        columns[column] = pa.array([food.macros[position] / 10 for food in every], pa.float64())
    columns["factor"] = pa.array([food.factor for food in every], pa.float64())
    columns["max_g"] = pa.array([food.max_g for food in every], pa.float64())
    return pa.table(columns)


def _food_units() -> pa.Table:
    """One row per food and unit that fits it: the grams in one unit."""
    rows = [(food.name, unit, milligrams / 1000) for food in foods() for unit, milligrams in food.units.items()]
    food, unit, grams = zip(*rows, strict=True)
    return pa.table({"food": pa.array(food), "unit": pa.array(unit), "grams": pa.array(grams, pa.float64())})


def _places() -> pa.Table:
    """One row per place; a user's location is 'place, country'."""
    every = places()
    names = ("region", "locale", "place", "country", "utc_offset_minutes")
    return pa.table({name: pa.array([getattr(place, name) for place in every]) for name in names})


def _dish_foods() -> pa.Table:
    """One row per cuisine, meal and food that some dish of them may hold."""
    rows = {
        (dish.cuisine, meal, alternative.food)
        for dish in dishes()
        for meal in dish.meals
        for slot in dish.slots
        for alternative in slot.alternatives
    }
    cuisine, meal, food = zip(*sorted(rows), strict=True)
    return pa.table({"cuisine": pa.array(cuisine), "meal": pa.array(meal), "food": pa.array(food)})


def _likely_keys() -> pa.Table:
    """The likeliest keys of the nutrition cache, which stay fresh."""
    return pa.table({"canonical_string": pa.array(key_texts(keys(STAY_FRESH)))})
