"""Which foods suit which diet, and which diets a recipe suits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.records import Food
from snap_builder.datasets.worldchef.vocabulary import DIETS, MACROS
from snap_builder.engine.streams import Ints

FILTERS = ("", *DIETS, "kosher_dairy")  # "kosher" allows meat and no dairy, "kosher_dairy" the reverse
_SWEETENERS_OF_PALEO = frozenset({"honey", "maple syrup"})
_FLESH = frozenset({"meat", "fish", "shellfish"})
_STARCHY = 150  # tenths of carbohydrates without fibre per 100 g; potatoes have 153
_FEW_CARBS = 13_000  # and of these in a serving, times 100: 13 g; garlic and soy sauce bring less, bread brings more
_LIGHT = frozenset({"spice", "herb", "condiment", "liquid", "baking"})  # little of these is used
_FAT = 200

# What a recipe holds, by bit.
HOLDS: dict[str, Callable[[Food], bool]] = {
    "flesh": lambda food: food.origin in _FLESH,
    "animal": lambda food: food.origin != "plant",
    "dairy": lambda food: food.origin == "dairy",
    "egg": lambda food: food.origin == "egg",
    "meat": lambda food: food.origin == "meat",
    "fish": lambda food: food.origin == "fish",
    "shellfish": lambda food: food.origin == "shellfish",
    "gluten": lambda food: food.gluten,
    "pork": lambda food: food.pork,
    "alcohol": lambda food: _macro(food, "alcohol_g") > 0,
    "starch": lambda food: food.category in {"grain", "legume"},
    "sweet": lambda food: food.category == "sweetener" and food.name not in _SWEETENERS_OF_PALEO,
}
_BITS = {name: 1 << bit for bit, name in enumerate(HOLDS)}


def held_bits(foods: Sequence[Food]) -> Ints:
    """Return what each food brings into a recipe, as bit masks over HOLDS."""
    return np.array([sum(_BITS[name] for name, brings in HOLDS.items() if brings(food)) for food in foods])


def has(held: Ints, *names: str) -> NDArray[np.bool_]:
    """Return which masks have one of the bits."""
    return (held & sum(_BITS[name] for name in names)) != 0


def suits(foods: Sequence[Food]) -> NDArray[np.bool_]:
    """Return which foods an author of each of FILTERS cooks with, of shape (FILTERS, foods)."""
    held = held_bits(foods)
    net = np.array([_macro(food, "carbs_g") - _macro(food, "fiber_g") for food in foods])
    most = np.array([food.max_g for food in foods])
    fat = np.array([_macro(food, "fat_g") for food in foods])
    lean = (fat < _FAT) | np.array([food.category in _LIGHT | {"oil"} for food in foods])
    few_carbs = ((net < _STARCHY) & ~has(held, "starch", "sweet")) | (net * most <= _FEW_CARBS)
    fits = {
        "": np.ones(len(foods), np.bool_),
        "vegetarian": ~has(held, "flesh"),
        "vegan": ~has(held, "animal"),
        "gluten_free": ~has(held, "gluten"),
        "dairy_free": ~has(held, "dairy"),
        "keto": few_carbs,
        "paleo": ~has(held, "starch", "dairy", "sweet"),
        "low_carb": few_carbs,
        "low_fat": lean,
        "halal": ~has(held, "pork", "alcohol"),
        "kosher": ~has(held, "pork", "shellfish", "dairy"),
        "kosher_dairy": ~has(held, "pork", "shellfish", "meat"),
    }
    return np.stack([fits[name] for name in FILTERS])


def tags(held: Ints, macros: Ints) -> Ints:
    """Return which diets recipes suit, as bit masks over DIETS, by what they hold and the macros of a serving."""
    by_name = dict(zip(MACROS, macros.T, strict=True))
    net, fat, energy = by_name["carbs_g"] - by_name["fiber_g"], by_name["fat_g"], by_name["calories"]
    fits = {
        "vegetarian": ~has(held, "flesh"),
        "vegan": ~has(held, "animal"),
        "gluten_free": ~has(held, "gluten"),
        "dairy_free": ~has(held, "dairy"),
        "keto": (net < 100) & (18 * fat > energy),
        "paleo": ~has(held, "starch", "dairy", "sweet"),
        "low_carb": net < 200,
        "low_fat": 90 * fat < 3 * energy,
        "halal": ~has(held, "pork", "alcohol"),
        "kosher": ~has(held, "pork", "shellfish") & ~(has(held, "meat") & has(held, "dairy")),
    }
    masks = np.zeros(len(held), np.int64)
    for bit, diet in enumerate(DIETS):
        masks |= fits[diet].astype(np.int64) << bit
    return masks


def closed(masks: Ints) -> Ints:
    """Return the masks with implied tags: vegan implies vegetarian and dairy_free, keto implies low_carb."""
    for diet, more in (("vegan", ("vegetarian", "dairy_free")), ("keto", ("low_carb",))):
        also = sum(1 << DIETS.index(name) for name in more)
        masks = masks | np.where((masks >> DIETS.index(diet)) & 1, also, 0)
    return masks


def _macro(food: Food, name: str) -> int:
    return food.macros[tuple(MACROS).index(name)]
