"""What the committed vocabularies hold: foods, dishes, components, phrases, places, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Food:
    """One food. `macros` are tenths per 100 g in the order of MACROS; `units` are milligrams per one unit.

    Texts call it `single` where there is one piece, else `display`. `factor` is its energy in percent of what the
    general factors of macros give.
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
    """What texts of one language call a food: more than one piece of it, one piece, and both of these in titles."""

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

    It stands only where each slot of `only` holds one of the foods named there. A component's step with `serve` stands
    after the steps of the dish, its others before them.
    """

    text: str
    cook: bool
    minutes: tuple[int, ...]
    photo: bool
    serve: bool
    only: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What has slots and steps of its own: a dish, or a component that stands beside one."""

    id: str
    language: str
    cuisine: str  # empty: a component for dishes of any
    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish(Part):
    """`weight` 0: only where a recipe asks for a length that no other dish has."""

    kind: str
    meals: tuple[str, ...]
    difficulty: str
    weight: int
    servings: tuple[int, ...]
    titles: tuple[str, ...]
    descriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(Part):
    """`fits` are kinds or ids of dishes."""

    name: str
    fits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What stands around a title or after a description, where all of `when` holds and no word of `avoid` is said."""

    text: str
    when: tuple[str, ...]
    avoid: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How one language puts titles and descriptions together. `joins` are texts of {title} and {component}.

    The first join is for titles without a word of `with_words`, the second for those without one of `and_words`.
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
    """The names of one locale: (as written, safe in an e-mail address)."""

    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """How often people keep a diet, and the two of which one may go along with it."""

    often: int
    also: tuple[str, str]
