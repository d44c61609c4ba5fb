"""The committed vocabularies, read once: foods, dishes and their components, titles, names, places, phrases."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from snap_builder.datasets.worldchef.records import (
    Alternative,
    Component,
    Diet,
    Dish,
    Food,
    FoodWords,
    Names,
    Phrase,
    Place,
    Slot,
    Step,
    Wording,
)

CUISINES = (
    "american",
    "italian",
    "mexican",
    "chinese",
    "indian",
    "thai",
    "french",
    "mediterranean",
    "japanese",
    "korean",
)
MEALS = ("breakfast", "lunch", "dinner", "snack", "dessert", "appetizer")
DIFFICULTIES = ("easy", "medium", "hard")
DIETS = (
    "vegetarian",
    "vegan",
    "gluten_free",
    "dairy_free",
    "keto",
    "paleo",
    "low_carb",
    "low_fat",
    "halal",
    "kosher",
)
KINDS = (
    "soup",
    "curry",
    "stew",
    "noodles",
    "rice",
    "dumplings",
    "grill",
    "roast",
    "fry",
    "salad",
    "sandwich",
    "bread",
    "eggs",
    "pancake",
    "pie",
    "sweet",
    "fruit",
    "dip",
    "drink",
)
LANGUAGES = ("en", "es", "fr", "ja", "ar")  # the languages of whole recipes
# Keys of nutrition documents, in the order in which jsonb keeps them, and the columns of foods.csv behind them.
MACROS = {
    "fat_g": "fat",
    "carbs_g": "carbs",
    "fiber_g": "fibre",
    "sugar_g": "sugars",
    "calories": "kcal",
    "alcohol_g": "alcohol",
    "protein_g": "protein",
    "sodium_mg": "sodium",
    "saturated_fat_g": "saturated",
}


def _folder() -> Traversable:
    return files("snap_builder.datasets.worldchef") / "vocab"


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(_folder().joinpath(*name.split("/")).read_text("utf-8").splitlines())


@cache
def foods() -> tuple[Food, ...]:
    """Return every food, in the order of the file."""
    return tuple(
        Food(
            name=row["name"],
            display=row["display"],
            single=row.get("single") or row["display"],
            category=row["category"],
            origin=row["origin"],
            gluten=row["gluten"] == "1",
            pork=row["pork"] == "1",
            macros=tuple(_scaled(row.get(column) or "0", 1) for column in MACROS.values()),
            factor=int(row.get("factor") or 100),
            max_g=int(row["max_g"]),
            units={unit: _scaled(grams, 3) for unit, grams in (u.split(":") for u in row["units"].split(";"))},
        )
        for row in _rows("foods.csv")
    )


@cache
def dishes() -> tuple[Dish, ...]:
    """Return every dish: the English ones by cuisine in the order of CUISINES, then those of the other languages."""
    return tuple(
        _dish(body, language, cuisine or body["cuisine"])
        for language, cuisine, file in _dish_files()
        for body in file.get("dish", ())
    )


@cache
def components() -> tuple[Component, ...]:
    """Return every component, in the same order as the dishes."""
    return tuple(
        _component(body, language, cuisine or body.get("cuisine", ""))
        for language, cuisine, file in _dish_files()
        for body in file.get("component", ())
    )


@cache
def _dish_files() -> tuple[tuple[str, str, Mapping[str, Any]], ...]:
    """Return (language, cuisine or "", content) of every file of dishes. The content of a missing file is empty."""
    english = [("en", cuisine, _toml("dishes", f"{cuisine}.toml")) for cuisine in CUISINES]
    others = [(language, "", _toml("languages", language, "dishes.toml")) for language in LANGUAGES[1:]]
    return (*english, *others)


@cache
def food_words(language: str) -> Mapping[str, FoodWords]:
    """Return the words of the language for each food, by the food's name; the English ones if it has none."""
    words = {
        food.name: FoodWords(display=food.display, single=food.single, titles=_titled(food.display, food.single))
        for food in foods()
    }
    if language != "en" and (_folder() / "languages" / language / "foods.csv").is_file():
        for row in _rows(f"languages/{language}/foods.csv"):
            single, title = row["single"] or row["display"], row.get("title")
            titles = (title, title) if title else (row["display"], single)
            words[row["name"]] = FoodWords(display=row["display"], single=single, titles=titles)
    return words


@cache
def own_foods(language: str) -> frozenset[str]:
    """Return the foods for which the language has its own words; none if it has no file of them."""
    if language == "en":
        return frozenset(food.name for food in foods())
    if not (_folder() / "languages" / language / "foods.csv").is_file():
        return frozenset()
    return frozenset(row["name"] for row in _rows(f"languages/{language}/foods.csv"))


def _titled(*texts: str) -> tuple[str, ...]:
    return tuple(" ".join(word[:1].upper() + word[1:] for word in text.split(" ")) for text in texts)


@cache
def wording(language: str) -> Wording:
    """Return the texts of the language around titles and after descriptions."""
    body = _toml("titles.toml") if language == "en" else _toml("languages", language, "notes.toml")
    joins = body.get("joins", ["{title}: {component}"])
    return Wording(
        joins=(*joins, *(joins[-1:] * (3 - len(joins)))),
        with_words=tuple(body.get("with_words", ())),
        and_words=tuple(body.get("and_words", ())),
        frames=tuple(map(_phrase, body.get("title_frame", ()))),
        remarks=tuple(map(_phrase, body.get("second_sentence", ()))),
    )


@cache
def photo_classes() -> Mapping[str, Any]:
    """Return the content of photos.toml: the classes of photos, and the foods that each photo shows or hides."""
    return _toml("photos.toml")


@cache
def places() -> tuple[Place, ...]:
    """Return every place where people live."""
    return tuple(
        Place(
            region=row["region"],
            locale=row["locale"],
            weight=int(row["weight"]),
            place=row["place"],
            country=row["country"],
            utc_offset_minutes=int(row["utc_offset_minutes"]),
            language=row["language"],
            zone=row["zone"],
        )
        for row in _rows("places.csv")
    )


@cache
def names() -> Mapping[str, Names]:
    """Return the names of people by locale."""
    first: dict[str, list[tuple[str, str]]] = {}
    last: dict[str, list[tuple[str, str]]] = {}
    for row in _rows("names.csv"):
        kind = last if row["kind"] == "last" else first
        kind.setdefault(row["locale"], []).append((row["value"], row["ascii"]))
    return {locale: Names(first=tuple(first[locale]), last=tuple(last[locale])) for locale in first}


@cache
def phrases() -> Mapping[str, Any]:
    """Return the content of phrases.toml: bios, comments, and texts of collections."""
    return _toml("phrases.toml")


def _toml(*path: str) -> Mapping[str, Any]:
    file = _folder().joinpath(*path)
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def _dish(body: Mapping[str, Any], language: str, cuisine: str) -> Dish:
    return Dish(
        id=body["id"],
        language=language,
        cuisine=cuisine,
        kind=body.get("kind", ""),
        meals=tuple(body["meals"]),
        difficulty=body["difficulty"],
        weight=body["weight"],
        servings=tuple(body["servings"]),
        titles=tuple(body["titles"]),
        descriptions=tuple(body["descriptions"]),
        slots=_slots(body),
        steps=_steps(body),
    )


def _component(body: Mapping[str, Any], language: str, cuisine: str) -> Component:
    return Component(
        id=body["id"],
        language=language,
        cuisine=cuisine,
        name=body["name"],
        fits=tuple(body["fits"]),
        slots=_slots(body),
        steps=_steps(body),
    )


def _phrase(body: str | Mapping[str, Any]) -> Phrase:
    if isinstance(body, str):
        return Phrase(text=body, when=(), avoid=())
    return Phrase(text=body["text"], when=tuple(body.get("when", ())), avoid=tuple(body.get("avoid", ())))


def _slots(body: Mapping[str, Any]) -> tuple[Slot, ...]:
    return tuple(_slot(name, slot) for name, slot in body["slots"].items())


def _steps(body: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(
        Step(
            text=step["text"],
            cook=step["phase"] == "cook",
            minutes=tuple(step.get("minutes", ())),
            photo=step.get("photo", False),
            serve=step.get("serve", False),
            only={slot: tuple(names) for slot, names in step.get("for", {}).items()},
        )
        for step in body["steps"]
    )


def _slot(name: str, body: Any) -> Slot:
    full = body if isinstance(body, dict) else {"of": body}
    return Slot(
        name=name,
        alternatives=tuple(_alternative(text) for text in full["of"]),
        optional=full.get("optional", False),
        notes=tuple(full.get("notes", ())),
    )


def _alternative(text: str) -> Alternative:
    food, quantity, unit = text.rsplit(" ", 2)
    return Alternative(food=food, quantity=_scaled(quantity, 2), unit=unit)


def _scaled(text: str, digits: int) -> int:
    """Return a decimal text as an exact integer of 10**-digits. Errors: ValueError for more decimals."""
    whole, _, fraction = text.partition(".")
    if len(fraction) > digits:
        raise ValueError(f"{text!r} has more than {digits} decimals")
    return int(whole + fraction.ljust(digits, "0"))


@cache
def regions() -> tuple[str, ...]:
    """Return the regions, in the order of the file of places."""
    return tuple(dict.fromkeys(place.region for place in places()))


@cache
def tastes_of(region: str) -> tuple[int, ...]:
    """Return how often people of a region favour each cuisine, in the order of CUISINES."""
    (row,) = (row for row in _rows("tastes.csv") if row["region"] == region)
    return tuple(int(row[cuisine]) for cuisine in CUISINES)


@cache
def diets() -> tuple[Diet, ...]:
    """Return how often people keep each diet, and the diets that go with it, in the order of DIETS."""
    rows = {row["diet"]: row for row in _rows("diets.csv")}
    return tuple(Diet(often=int(rows[name]["often"]), also=(rows[name]["also"], rows[name]["or"])) for name in DIETS)
