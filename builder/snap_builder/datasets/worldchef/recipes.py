"""Recipes: their traits, such as the dish and the main food, and their columns, from the title to the photo."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from snap_builder.datasets.worldchef import naming
from snap_builder.datasets.worldchef.choosing import READS, Choice, choice
from snap_builder.datasets.worldchef.documents import ingredients, instructions, macros_json
from snap_builder.datasets.worldchef.draws import Rows
from snap_builder.datasets.worldchef.kitchen import Kitchen, kitchen
from snap_builder.datasets.worldchef.photos import photo, photo_class
from snap_builder.datasets.worldchef.programs import PHOTOS
from snap_builder.datasets.worldchef.suiting import closed, has, held_bits, tags
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, DIFFICULTIES, MEALS
from snap_builder.engine import columns
from snap_builder.engine.streams import Bits, Ints, below, chance

# Percent of the recipes of each diet that have its tag, in the order of DIETS: authors do not tag all that holds.
_TAGGED = np.array([92, 95, 85, 80, 90, 80, 80, 75, 35, 30])
_MEALS = np.array([18, 22, 34, 8, 12, 6])  # relative weight of breakfast, lunch, dinner, snack, dessert, appetizer
_DRIFT = np.array([0] * 8 + [-1, 1])
_PICTURED = 94  # percent of the recipes for which there is a photo
_PHOTOGRAPHED = 60  # percent of the recipes that show it in the steps that may have one
_DESCRIBED = 92

# The results of `choose`, `name` and `compose`, in this order. All three read READS and draw from one stream.
TRAITS = (
    "dish",
    "cuisine",
    "meal",
    "tags",
    "flesh",
    "pork",
    "prep_minutes",
    "cook_minutes",
    "language",
    "food",
    "steps",
)
NAMES = ("title", "slug", "description")
COLUMNS = (
    "ingredients",
    "instructions",
    "prep_duration",
    "cook_duration",
    "servings",
    "difficulty",
    "cuisine_type",
    "meal_type",
    "dietary_tags",
    "nutrition",
    "media_url",
)

__all__ = ["COLUMNS", "NAMES", "READS", "TRAITS", "Recipes", "choose", "compose", "half_up", "macros_json", "name"]


_last = threading.local()  # the recipes that this thread made last, with the values that decide them
_FEW = 1 << 14  # the most rows whose recipes are kept


def recipes_of(rows: Rows) -> Recipes:
    """Return the recipes of some rows. Functions called one after another for the same rows share the result."""
    drawn = [rows.bits("meal"), *(rows.integers(path) for path in READS)]
    known = getattr(_last, "drawn", [])
    if len(known) == len(drawn) and all(map(np.array_equal, known, drawn)):
        made: Recipes = _last.made
        return made
    made = Recipes(rows)
    if len(drawn[0]) <= _FEW:
        _last.drawn, _last.made = drawn, made
    return made


class Recipes:
    """Some recipes: the choice of their foods and steps, and the sums and labels that follow from it."""

    def __init__(self, rows: Rows) -> None:
        book = kitchen()
        self.made: Choice = choice(rows)
        made, dish = self.made, self.made.dish
        row, place = np.nonzero(made.line)
        self.row, self.place = row, place
        food = made.food[row, place]
        starts = np.searchsorted(row, np.arange(len(dish)))
        self.held: Ints = np.bitwise_or.reduceat(held_bits(book.foods)[food], starts)
        # Hundredths of a milligram: quantities are hundredths of a unit, weights milligrams per unit.
        weight = made.quantity[row, place] * book.milligrams[food, made.unit[row, place]]
        unmeasured = rows.integers("unmeasured")
        self.unmeasured = (unmeasured != rows.NULL) & (unmeasured > 0)
        self.last = np.searchsorted(row, np.arange(len(dish)), side="right") - 1
        weight[self.last[self.unmeasured]] = 0
        total = np.stack([np.add.reduceat(weight * macro[food], starts) for macro in book.macros.T], axis=1)
        self.macros: Ints = half_up(total, 10_000_000 * made.servings[:, None])
        self.meal = _meal(book, rows.bits("meal"), dish)
        self.difficulty = np.clip(book.difficulty[dish] + _DRIFT[below(rows.bits("difficulty"), len(_DRIFT))], 0, 2)
        diet = rows.integers("author.diet")
        own = np.where(diet == rows.NULL, 0, np.left_shift(1, np.where(diet == rows.NULL, 0, diet)))
        said = (chance(rows.wide("tagged", len(DIETS)), _TAGGED).astype(np.int64) << np.arange(len(DIETS))).sum(axis=1)
        self.tags = closed(tags(self.held, self.macros) & (said | own))
        self.photo_class = photo_class(dish, self.meal)


def choose(rows: Rows) -> dict[str, Ints]:
    """Return TRAITS of recipes.

    Dish, cuisine, meal, language and food are indexes (into dishes, CUISINES, MEALS, LANGUAGES, foods), tags is a mask
    over DIETS, flesh and pork are 0 or 1, and the others are numbers.
    """
    recipes, book = Recipes(rows), kitchen()
    made = recipes.made
    return {
        "dish": made.dish,
        "cuisine": book.cuisine[made.dish],
        "meal": recipes.meal,
        "tags": recipes.tags,
        "flesh": has(recipes.held, "flesh").astype(np.int64),
        "pork": has(recipes.held, "pork").astype(np.int64),
        "prep_minutes": made.prep,
        "cook_minutes": made.cook,
        "language": book.language[made.dish],
        "food": _told(book, made, rows.bits("food_told")),
        "steps": made.steps,
    }


def _told(book: Kitchen, made: Choice, bits: Bits) -> Ints:
    """Return a main food of each recipe, if possible one with the same word for one piece and for several."""
    slots, row = book.telling, np.arange(len(made.dish))
    start = (bits >> np.uint64(32)).astype(np.int64)
    plain = np.array([food.display == food.single for food in book.foods])
    found = made.food[row, slots.pick(made.dish, start % slots.counts[made.dish])]
    for number in range(int(slots.counts.max())):
        one = made.food[row, slots.pick(made.dish, (start + number) % slots.counts[made.dish])]
        found = np.where(~plain[found] & plain[one], one, found)
    return found


def name(rows: Rows) -> dict[str, Any]:
    """Return NAMES of recipes."""
    recipes = recipes_of(rows)
    told = naming.Told(rows, recipes)
    title = naming.titles(rows, told)
    return {
        "title": title,
        "slug": naming.slugs(title, rows.start, recipes.made.dish),
        "description": columns.only(naming.descriptions(rows, told), chance(rows.bits("described"), _DESCRIBED)),
    }


def compose(rows: Rows) -> dict[str, Any]:
    """Return COLUMNS of recipes."""
    recipes, book = recipes_of(rows), kitchen()
    made = recipes.made
    pictures = photo(recipes.photo_class, recipes.held, rows.bits("step_photo"))
    shown = np.where(chance(rows.bits("shown"), _PHOTOGRAPHED), pictures, -1)
    return {
        "ingredients": columns.json(ingredients(made, recipes.unmeasured)),
        "instructions": columns.json(instructions(made, shown)),
        "prep_duration": columns.interval_minutes(made.prep),
        "cook_duration": columns.interval_minutes(made.cook),
        "servings": columns.integers(made.servings, "int32"),
        "difficulty": columns.texts(DIFFICULTIES, recipes.difficulty),
        "cuisine_type": columns.texts(CUISINES, book.cuisine[made.dish]),
        "meal_type": columns.texts(MEALS, recipes.meal),
        "dietary_tags": columns.flags(DIETS, recipes.tags),
        "nutrition": macros_json(recipes.macros, made.lines),
        "media_url": columns.texts([f"recipes/{number:02d}.jpg" for number in range(PHOTOS)], _photo(rows, recipes)),
    }


def _photo(rows: Rows, recipes: Recipes) -> Ints:
    """Return the photo of each recipe; -1 for none."""
    bits = rows.bits("media")
    return np.where(chance(bits << np.uint64(32), _PICTURED), photo(recipes.photo_class, recipes.held, bits), -1)


def _meal(book: Kitchen, bits: Bits, dish: Ints) -> Ints:
    """Return the first or the last meal of each dish, with the weights _MEALS."""
    first = book.meals.pick(dish, np.zeros_like(dish))
    last = book.meals.pick(dish, book.meals.counts[dish] - 1)
    return np.where(below(bits, _MEALS[first] + _MEALS[last]) < _MEALS[first], first, last)


def half_up(numerator: Ints, denominator: Any) -> Ints:
    """Return the quotient, with halves rounded up."""
    result: Ints = (2 * numerator + denominator) // (2 * denominator)
    return result
