"""The records of the committed vocabularies: foods, dishes, components, phrases, places, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Food:
    """One food. `macros` are tenths per 100 g in the order of MACROS; `units` are milligrams per one unit.

    Texts call one piece of it `single`, and anything else `display`. `factor` is its energy in percent of the energy
    that the general factors of the macros give. `max_g` is the most grams in a serving.
    """

    name: str
    display: str
    single: str
    category: str
    origin: str
    gluten: bool
    pork: bool
    macros: tuple[int, ...]
    factor: int
    max_g: int
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoodWords:
    """The words of one language for a food: `display` for several pieces, `single` for one piece.

    `titles` are these two as they stand in titles.
    """

    display: str
    single: str
    titles: tuple[str, ...]


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
    """One step. `minutes` are the possible durations, empty for a step that takes no time of its own.

    A recipe has the step only if each slot of `only` holds one of the foods that `only` lists for it. A component's
    steps with `serve` come after the steps of the dish, and its other steps before them.
    """

    text: str
    cook: bool
    minutes: tuple[int, ...]
    photo: bool
    serve: bool
    only: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A dish, or a component that goes with a dish. Both have slots and steps."""

    id: str
    language: str
    cuisine: str  # empty for a component that goes with dishes of any cuisine
    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish(Part):
    """One dish. If `weight` is 0, only a recipe that asks for a number of lines or steps can have the dish."""

    kind: str
    meals: tuple[str, ...]
    difficulty: str
    weight: int
    servings: tuple[int, ...]
    titles: tuple[str, ...]
    descriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(Part):
    """One component. `fits` are the kinds or ids of the dishes that it goes with."""

    name: str
    fits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A text around a title or after a description.

    A recipe can have it if all facts of `when` hold, and if the dish has one of the kinds in `when`, if there are any.
    A text around a title also needs a title without a word of `avoid`.
    """

    text: str
    when: tuple[str, ...]
    avoid: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The texts with which one language composes titles and descriptions. `joins` are texts of {title} and {component}.

    The first join is for titles without a word of `with_words`, the second for titles with such a word but without a
    word of `and_words`, and the third for titles with both.
    """

    joins: tuple[str, ...]
    with_words: tuple[str, ...]
    and_words: tuple[str, ...]
    frames: tuple[Phrase, ...]
    remarks: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    region: str
    locale: str
    weight: int
    place: str
    country: str
    utc_offset_minutes: int
    language: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one locale, each as (name as written, name for an e-mail address)."""

    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """How often people keep a diet, and two other diets, of which a person may keep one besides."""

    often: int
    also: tuple[str, str]
