"""The Arrow tables that rules compare the data with: foods, places, dishes and phrases of the vocabularies."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa

from snap_builder.datasets.worldchef import edge_cases
from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.nutrition import STAY_FRESH, key_texts, keys
from snap_builder.datasets.worldchef.photos import photo_class
from snap_builder.datasets.worldchef.programs import PHOTOS
from snap_builder.datasets.worldchef.suiting import FILTERS
from snap_builder.datasets.worldchef.vocabulary import (
    MACROS,
    MEALS,
    components,
    dishes,
    food_words,
    foods,
    own_foods,
    photo_classes,
    places,
)

_PLACEHOLDER = re.compile(r"\{\w+\}")
_TELLING = 5  # the least characters of a phrase's beginning that tell its language


@cache
def references() -> dict[str, pa.Table]:
    """Return the tables that rules may name, by name."""
    return {
        "foods": _foods(),
        "food_units": _food_units(),
        "places": _places(),
        "dish_foods": _dish_foods(),
        "likely_keys": _likely_keys(),
        "photos": _photos(),
        "dish_photos": _dish_photos(),
        "food_words": _food_words(),
        "cuisine_words": _cuisine_words(),
        "comment_parts": _comment_parts(),
        "free_titles": _free_titles(),
    }


def _table(names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> pa.Table:
    """Return the distinct rows as a sorted table."""
    values = zip(*sorted(set(rows)), strict=True)
    return pa.table({name: pa.array(column) for name, column in zip(names, values, strict=True)})


def _foods() -> pa.Table:
    """Return one row per food: macros per 100 g, `factor` and `max_g`.

    `factor` is the energy in percent of the energy of the macros, `max_g` the most grams in a serving.
    """
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
    """Return one row per food and unit that fits it: the grams in one unit."""
    rows = [(food.name, unit, milligrams / 1000) for food in foods() for unit, milligrams in food.units.items()]
    food, unit, grams = zip(*rows, strict=True)
    return pa.table({"food": pa.array(food), "unit": pa.array(unit), "grams": pa.array(grams, pa.float64())})


def _places() -> pa.Table:
    """Return one row per place. A user's location is 'place, country', and their language that of the place."""
    every = places()
    names = ("region", "locale", "place", "country", "language", "utc_offset_minutes")
    return pa.table({name: pa.array([getattr(place, name) for place in every]) for name in names})


def _dish_foods() -> pa.Table:
    """Return one row per cuisine, meal and food that occur together.

    Some dish of that cuisine and meal, or a component that goes with it, may hold the food.
    """
    base = len(dishes())
    parts = (*dishes(), *components())
    beside = kitchen().beside
    rows = set()
    for number, dish in enumerate(dishes()):
        fitting = beside.pick(np.array([number * len(FILTERS)]), np.arange(beside.counts[number * len(FILTERS)]))
        for part in (dish, *(parts[place] for place in fitting.tolist() if place >= base)):
            held = {alternative.food for slot in part.slots for alternative in slot.alternatives}
            rows |= {(dish.cuisine, meal, food) for meal in dish.meals for food in held}
    cuisine, meal, food = zip(*sorted(rows), strict=True)
    return pa.table({"cuisine": pa.array(cuisine), "meal": pa.array(meal), "food": pa.array(food)})


def _photos() -> pa.Table:
    """Return one row per photo: whether it shows a dessert, and the origins of foods in `shows` and `hides`.

    A recipe with the photo must hold food of all origins in `shows`, and of none in `hides`.
    """
    every = range(PHOTOS)
    sweet = {photo for each in photo_classes()["class"] if each["name"] == "sweet" for photo in each["photos"]}
    shows, hides = ([photo_classes()[what].get(f"{photo:02d}", []) for photo in every] for what in ("shows", "hides"))
    return pa.table(
        {
            "photo": pa.array([f"recipes/{photo:02d}.jpg" for photo in every]),
            "sweet": pa.array([photo in sweet for photo in every]),
            "shows": pa.array(shows, pa.list_(pa.string())),
            "hides": pa.array(hides, pa.list_(pa.string())),
        }
    )


def _dish_photos() -> pa.Table:
    """Return one row per cuisine, meal and photo that some dish of that cuisine and meal may have."""
    classes = photo_classes()["class"]

    def rows() -> Iterator[tuple[str, str, str]]:
        for number, dish in enumerate(dishes()):
            for meal in dish.meals:
                found = int(photo_class(np.array([number]), np.array([MEALS.index(meal)]))[0])
                for photo in classes[found - 1]["photos"] if found else ():
                    yield dish.cuisine, meal, f"recipes/{photo:02d}.jpg"

    return _table(("cuisine", "meal", "photo"), rows())


def _food_words() -> pa.Table:
    """Return one row per language and food for which the language has its own words.

    `display` is the word for several pieces, `single` for one; `title` and `title_single` are these two in titles.
    """
    rows = [
        (language, name, words.display, words.single, *words.titles)
        for language in _phrases()
        for name, words in food_words(language).items()
        if name in own_foods(language)
    ]
    names = ("language", "food", "display", "single", "title", "title_single")
    return pa.table({name: pa.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)})


@cache
def _phrases() -> Mapping[str, Mapping[str, Any]]:
    """Return the phrases of bios and comments (people.toml), by language."""
    folder = files("snap_builder.datasets.worldchef") / "vocab" / "languages"
    found = {each.name: each / "people.toml" for each in folder.iterdir()}
    return {name: tomllib.loads(file.read_text("utf-8")) for name, file in sorted(found.items()) if file.is_file()}


def _cuisine_words() -> pa.Table:
    """Return one row per language and cuisine: the word for the cuisine in bios."""
    return _table(
        ("language", "cuisine", "word"),
        ((language, *pair) for language, body in _phrases().items() for pair in body["cuisines"].items()),
    )


def _comment_parts() -> pa.Table:
    """Return one row per language and phrase of comments: its part and its text before the first placeholder.

    The parts are opening, middle and ending. A text that is cut to fewer than _TELLING characters has no row.
    """

    def rows() -> Iterator[tuple[str, str, str]]:
        for language, body in _phrases().items():
            parts = body["comment"]
            for kind in ("opening", "middle", "ending"):
                for text in (text for group in parts[kind].values() for text in group):
                    fixed = _PLACEHOLDER.split(text)[0].strip()
                    if len(fixed) >= _TELLING or fixed == text:
                        yield language, kind, fixed

    return _table(("language", "part", "text"), rows())


def _free_titles() -> pa.Table:
    """Return the titles of edge cases, which name no food. The longest is as long as a title may be."""
    titles = (values.get("title") for values in edge_cases.RECIPES.values())
    return _table(("title",), ((title,) for title in titles if isinstance(title, str)))


def _likely_keys() -> pa.Table:
    """Return the most likely keys of the nutrition cache, which stay fresh."""
    return pa.table({"canonical_string": pa.array(key_texts(keys(STAY_FRESH)))})
