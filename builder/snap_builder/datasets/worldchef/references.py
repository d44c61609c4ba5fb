"""What the rules hold the data against: foods, places and dishes of the committed vocabularies, as Arrow tables."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from snap_builder.datasets.worldchef.vocabulary import MACROS, dishes, foods, places


@cache
def references() -> dict[str, pa.Table]:
    """Give the tables that rules may name: foods, food_units, places, dish_foods."""
    return {"foods": _foods(), "food_units": _food_units(), "places": _places(), "dish_foods": _dish_foods()}


def _foods() -> pa.Table:
    """One row per food; `kcal` and macros per 100 g, `max_g` the most that a serving holds."""
    every = foods()
    columns = {
        name: pa.array([getattr(food, name) for food in every])
        for name in ("name", "display", "category", "origin", "gluten", "pork")
    }
    for position, macro in enumerate(MACROS):
        tenths = [food.macros[position] / 10 for food in every]
        columns["kcal" if macro == "calories" else macro] = pa.array(tenths, pa.float64())
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
