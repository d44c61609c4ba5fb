"""The committed vocabularies, read once: foods, dishes, names, places, phrases. snap_builder.words fills them."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

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
MACROS = ("fat", "carbs", "fibre", "sugars", "alcohol", "protein", "calories")  # the order of jsonb keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Food:
    """One food. `macros` are tenths per 100 g in the order of MACROS; `units` are milligrams per one unit."""

    name: str
    display: str
    category: str
    origin: str
    gluten: bool
    pork: bool
    macros: tuple[int, ...]
    max_g: int
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to fill a slot: `quantity` in hundredths of `unit`, for the dish's usual servings."""

    food: str
    quantity: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    name: str
    alternatives: tuple[Alternative, ...]
    optional: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `minutes` are the possible durations, empty for a step that takes no time of its own."""

    text: str
    cook: bool
    minutes: tuple[int, ...]
    photo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish:
    id: str
    cuisine: str
    meals: tuple[str, ...]
    difficulty: str
    weight: int
    servings: tuple[int, ...]
    titles: tuple[str, ...]
    descriptions: tuple[str, ...]
    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    region: str
    locale: str
    weight: int
    place: str
    country: str
    utc_offset_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one locale: (as written, safe in an e-mail address)."""

    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]


def _folder() -> Traversable:
    return files("snap_builder.datasets.worldchef") / "vocab"


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader((_folder() / name).read_text("utf-8").splitlines())


@cache
def foods() -> tuple[Food, ...]:
    """Every food, in the order of the file."""
    return tuple(
        Food(
            name=row["name"],
            display=row["display"],
            category=row["category"],
            origin=row["origin"],
            gluten=row["gluten"] == "1",
            pork=row["pork"] == "1",
            macros=tuple(_scaled(row["kcal" if macro == "calories" else macro], 1) for macro in MACROS),
            max_g=int(row["max_g"]),
            units={unit: _scaled(grams, 3) for unit, grams in (u.split(":") for u in row["units"].split(";"))},
        )
        for row in _rows("foods.csv")
    )


@cache
def dishes() -> tuple[Dish, ...]:
    """Every dish, by cuisine in the order of CUISINES."""
    found = []
    for cuisine in CUISINES:
        for dish in tomllib.loads((_folder() / "dishes" / f"{cuisine}.toml").read_text("utf-8"))["dish"]:
            found.append(_dish(dish, cuisine))  # noqa: PERF401 - reads better
    return tuple(found)


@cache
def places() -> tuple[Place, ...]:
    """Every place people live in."""
    return tuple(
        Place(
            region=row["region"],
            locale=row["locale"],
            weight=int(row["weight"]),
            place=row["place"],
            country=row["country"],
            utc_offset_minutes=int(row["utc_offset_minutes"]),
        )
        for row in _rows("places.csv")
    )


@cache
def names() -> Mapping[str, Names]:
    """Names by locale."""
    first: dict[str, list[tuple[str, str]]] = {}
    last: dict[str, list[tuple[str, str]]] = {}
    for row in _rows("names.csv"):
        kind = last if row["kind"] == "last" else first
        kind.setdefault(row["locale"], []).append((row["value"], row["ascii"]))
    return {locale: Names(first=tuple(first[locale]), last=tuple(last[locale])) for locale in first}


@cache
def phrases() -> Mapping[str, Any]:
    """Bios, comments and collections, as phrases.toml has them."""
    return tomllib.loads((_folder() / "phrases.toml").read_text("utf-8"))


def _dish(body: Mapping[str, Any], cuisine: str) -> Dish:
    return Dish(
        id=body["id"],
        cuisine=cuisine,
        meals=tuple(body["meals"]),
        difficulty=body["difficulty"],
        weight=body["weight"],
        servings=tuple(body["servings"]),
        titles=tuple(body["titles"]),
        descriptions=tuple(body["descriptions"]),
        slots=tuple(_slot(name, slot) for name, slot in body["slots"].items()),
        steps=tuple(
            Step(
                text=step["text"],
                cook=step["phase"] == "cook",
                minutes=tuple(step.get("minutes", ())),
                photo=step.get("photo", False),
            )
            for step in body["steps"]
        ),
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
    """Give a decimal text as an integer of 10**-digits; exact, or ValueError."""
    whole, _, fraction = text.partition(".")
    if len(fraction) > digits:
        raise ValueError(f"{text!r} has more than {digits} decimals")
    return int(whole + fraction.ljust(digits, "0"))
