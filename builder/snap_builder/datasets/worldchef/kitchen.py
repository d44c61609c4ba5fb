"""Foods, dishes and components compiled to arrays and programs, so that a recipe is a few draws and one gather.

A part is a dish or a component. Tables per slot are indexed by part * SLOTS + slot, those per step by part * STEPS +
step. A recipe has PLACES places for slots: SLOTS of its dish, then COMPONENT_SLOTS of each of up to three components.
Its STEP_PLACES places for steps are arranged in the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.ladder import Habits, Ladders, habits, ladders
from snap_builder.datasets.worldchef.programs import (
    COMPONENT_SLOTS,
    COMPONENT_STEPS,
    QUARTER,
    SLOTS,
    STEPS,
    WHOLE,
    Writer,
    check_part,
)
from snap_builder.datasets.worldchef.records import Component, Dish, Food, Part, Step
from snap_builder.datasets.worldchef.suiting import FILTERS, suits
from snap_builder.datasets.worldchef.tables import Ragged, Weighted, ragged, weighted
from snap_builder.datasets.worldchef.vocabulary import (
    CUISINES,
    DIFFICULTIES,
    LANGUAGES,
    MEALS,
    components,
    dishes,
    foods,
)
from snap_builder.engine.streams import Ints
from snap_builder.engine.templates import Programs

COMPONENTS = 3  # the most components of one recipe
PLACES = SLOTS + COMPONENTS * COMPONENT_SLOTS
STEP_PLACES = STEPS + COMPONENTS * COMPONENT_STEPS
CONDITIONS = 2  # the most slots that a step may depend on
ANY_CUISINE = len(CUISINES)
_OFTEN, _BESIDE = 1_000_000, 10  # assumed recipes of a cuisine; one in ten that a component fits has the component
_LOOSE, _MIDDLE, _STRICT = 300, 200, 135  # percent
_FLAVOURS = frozenset({"spice", "herb", "condiment", "oil", "sweetener"})
_MEASURED = frozenset({"grain", "liquid", "baking", "egg"})
_SINGLE_UNITS = frozenset({"piece", "leaf", "sheet", "slice", "stick", "head"})
# Foods that a dish and its component may both hold. The recipe lists such a food in one line.
_BASIC = frozenset({"spice", "oil", "baking", "liquid", "sweetener", "condiment", "herb"})
_BASIC_FOODS = frozenset({"garlic", "ginger", "onion", "scallion", "shallot", "butter", "lemon", "lime"})
# A component with a food of one of these categories goes with no dessert.
_SAVOURY = frozenset({"condiment", "vegetable", "fungi", "meat", "poultry", "fish", "shellfish"})
_EITHER = frozenset({"pie", "bread", "pancake"})  # kinds of dishes that may be sweet or savoury
_FILLING = re.compile(
    r"\b(rice|noodles|penne|spaghetti|pasta|couscous|bulgur|quinoa|udon|soba|vermicelli|lasagna|lasagne|macaroni|orzo"
    r"|polenta|rice cakes)\b"
)
_BREADS = re.compile(r"\b(bread|baguette|pita|tortillas?|naan|ciabatta|brioche|flatbread|sourdough|buns?)\b")
_STAPLES: tuple[Callable[[str], object], ...] = (_FILLING.search, _BREADS.search)


def _places(dish: int, component: int) -> tuple[Ints, Ints]:
    """Return the part of each place (0 for the dish) and the place's number within the part."""
    part = np.repeat(np.arange(1 + COMPONENTS), [dish] + [component] * COMPONENTS)
    local = np.concatenate([np.arange(dish), *(np.arange(component) for _ in range(COMPONENTS))])
    return part, local


SLOT_PART, SLOT_LOCAL = _places(SLOTS, COMPONENT_SLOTS)
STEP_PART, STEP_LOCAL = _places(STEPS, COMPONENT_STEPS)
SLOT_OFFSET = np.array([0, *(SLOTS + i * COMPONENT_SLOTS for i in range(COMPONENTS))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """The compiled vocabulary. The parts are all dishes, then all components."""

    foods: tuple[Food, ...]
    units: tuple[str, ...]
    dishes: tuple[Dish, ...]
    components: tuple[Component, ...]
    writer: Writer
    # -- lists of dishes by (language, cuisine or ANY_CUISINE, filter); lists of components by (dish, filter)
    favourites: Weighted
    every: Weighted  # the same lists with all dishes equally likely, those of weight 0 too
    beside: Ragged
    # -- per dish
    cuisine: Ints
    language: Ints
    difficulty: Ints
    meals: Ragged
    servings: Ragged
    telling: Ragged  # slots whose food a text may name: not optional, and no salt or oil
    # -- per slot
    slots: Ints  # the number of slots of each part
    optional: NDArray[np.bool_]
    notes: Ragged
    alternatives: Ragged  # positions in the three arrays below
    foods_of: Ints
    units_of: Ints
    quantities_of: Ints
    allowed: Ragged  # per filter and slot: the alternatives that fit
    # -- per step
    steps: Ints  # the number of steps that are written for each part
    minutes: Ragged
    cook: Ints
    photo: NDArray[np.bool_]
    serve: NDArray[np.bool_]
    condition_slot: Ints  # (steps, CONDITIONS), -1 for none
    condition_mask: Ints  # bits of the alternatives of that slot with which a recipe has the step
    step_programs: Programs
    line_programs: Programs
    # -- per unit and food
    ladders: Ladders
    habits: Habits
    metric: NDArray[np.bool_]  # g and ml, which people measure exactly
    single: NDArray[np.bool_]  # units such as piece or leaf, of which quantity 1 is one piece
    milligrams: Ints  # (foods, units), per one unit; 0 where the unit does not fit the food
    most: Ints  # (foods,), the most milligrams in one serving
    macros: Ints  # (foods, MACROS), tenths per 100 g
    basic: NDArray[np.bool_]
    family: Ints  # (foods,), the first food of each food's family; see _families

    def measured(self, food: Ints, unit: Ints, quantity: Ints) -> Ints:
        """Return quantities as people measure them: a usual one of the food, or else the nearest rung of the unit."""
        return self.habits.nearest(food * len(self.units) + unit, self.ladders.nearest(unit, quantity))


def dish_list(language: Ints, cuisine: Ints, filters: Ints) -> Ints:
    """Return the number of the list of dishes of a language, a cuisine and a filter."""
    return (language * (len(CUISINES) + 1) + cuisine) * len(FILTERS) + filters


@cache
def kitchen() -> Kitchen:
    """Compile the vocabulary, once per process. Errors: ValueError for a malformed dish or component."""
    all_foods, all_dishes, all_components = foods(), dishes(), components()
    parts: tuple[Part, ...] = (*all_dishes, *all_components)
    for part in parts:
        check_part(part)
    index = {food.name: i for i, food in enumerate(all_foods)}
    units = tuple(sorted({unit for food in all_foods for unit in food.units}))
    unit_index = {unit: i for i, unit in enumerate(units)}
    milligrams = np.zeros((len(all_foods), len(units)), np.int64)
    for i, food in enumerate(all_foods):
        for unit, weight in food.units.items():
            milligrams[i, unit_index[unit]] = weight
    slots = [part.slots[s] if s < len(part.slots) else None for part in parts for s in range(SLOTS)]
    steps = [part.steps[k] if k < len(part.steps) else None for part in parts for k in range(STEPS)]
    writer = Writer(all_foods, units, {note for slot in slots if slot for note in slot.notes})
    flat = [alternative for slot in slots if slot for alternative in slot.alternatives]
    counts = np.array([len(slot.alternatives) if slot else 0 for slot in slots])
    foods_of = np.array([index[alternative.food] for alternative in flat])
    fits, steps_of = suits(all_foods), ladders(units)
    allowed, usable = _allowed(parts, slots, counts, fits[:, foods_of])
    conditions = [_conditions(parts[i // STEPS], step) if step else [] for i, step in enumerate(steps)]
    padded = [(found + [(-1, 0)] * CONDITIONS)[:CONDITIONS] for found in conditions]
    return Kitchen(
        foods=all_foods,
        units=units,
        dishes=all_dishes,
        components=all_components,
        writer=writer,
        favourites=weighted(_lists(all_dishes, usable, lambda dish: dish.weight**2)),
        every=weighted(_lists(all_dishes, usable, lambda _: 1)),
        beside=ragged(_beside(all_dishes, all_components, usable, {food.name: food.category for food in all_foods})),
        cuisine=np.array([CUISINES.index(dish.cuisine) for dish in all_dishes]),
        language=np.array([LANGUAGES.index(dish.language) for dish in all_dishes]),
        difficulty=np.array([DIFFICULTIES.index(dish.difficulty) for dish in all_dishes]),
        meals=ragged([[MEALS.index(meal) for meal in dish.meals] for dish in all_dishes]),
        servings=ragged([dish.servings for dish in all_dishes]),
        telling=ragged([_telling(dish, index, all_foods) for dish in all_dishes]),
        slots=np.array([len(part.slots) for part in parts]),
        optional=np.array([bool(slot and slot.optional) for slot in slots]),
        notes=ragged([[writer.notes[note] for note in slot.notes] if slot else [] for slot in slots]),
        alternatives=Ragged(np.arange(len(flat)), np.cumsum(counts) - counts, counts),
        foods_of=foods_of,
        units_of=np.array([unit_index[alternative.unit] for alternative in flat]),
        quantities_of=np.array([alternative.quantity for alternative in flat]),
        allowed=allowed,
        steps=np.array([len(part.steps) for part in parts]),
        minutes=ragged([step.minutes if step else () for step in steps]),
        cook=np.array([int(bool(step and step.cook)) for step in steps]),
        photo=np.array([bool(step and step.photo) for step in steps]),
        serve=np.array([bool(step and step.serve) for step in steps]),
        condition_slot=np.array([[slot for slot, _ in found] for found in padded]),
        condition_mask=np.array([[mask for _, mask in found] for found in padded]),
        step_programs=Programs(
            writer.pool,
            [writer.step(parts[i // STEPS], step) if step else () for i, step in enumerate(steps)],
        ),
        line_programs=Programs(writer.pool, [writer.line()]),
        ladders=steps_of,
        habits=habits(_asked(all_dishes, all_components, index, unit_index, steps_of), _slack(all_foods, units)),
        metric=np.array([unit in {"g", "ml"} for unit in units]),
        single=np.array([unit in _SINGLE_UNITS for unit in units]),
        milligrams=milligrams,
        most=np.array([food.max_g * 1000 for food in all_foods]),
        macros=np.array([food.macros for food in all_foods], np.int64),
        family=_families(all_foods),
        basic=np.array([food.category in _BASIC or food.name in _BASIC_FOODS for food in all_foods]),
    )


def quantity_piece(quantity: Ints) -> Ints:
    """Return the index of a quantity's text in the pool's block of quantities (see `Writer`)."""
    return np.where(quantity % 100 == 0, quantity // 100, WHOLE + quantity // QUARTER)


def _allowed(
    parts: Sequence[Part], slots: Sequence[object], counts: Ints, fits: NDArray[np.bool_]
) -> tuple[Ragged, NDArray[np.bool_]]:
    """Return the alternatives of each slot that fit each filter, and the parts with one for every mandatory slot."""
    starts = np.cumsum(counts) - counts
    lists, usable = [], np.ones((len(FILTERS), len(parts)), np.bool_)
    for f in range(len(FILTERS)):
        for s in range(len(slots)):
            found = np.flatnonzero(fits[f, starts[s] : starts[s] + counts[s]]).tolist()
            lists.append(found)
            part, local = divmod(s, SLOTS)
            if local < len(parts[part].slots) and not found and not parts[part].slots[local].optional:
                usable[f, part] = False
    return ragged(lists), usable


def _conditions(part: Part, step: Step) -> list[tuple[int, int]]:
    """Return the conditions of a step, each as (slot, bits of the alternatives with which the condition holds).

    Errors: ValueError for a food that the slot does not hold, and for more than CONDITIONS slots.
    """
    only = step.only
    names = [slot.name for slot in part.slots]
    found = []
    for name, wanted in only.items():
        held = [alternative.food for alternative in part.slots[names.index(name)].alternatives]
        if set(wanted) - set(held) or len(only) > CONDITIONS:
            raise ValueError(f"{part.id}: a step is for {', '.join(wanted)}, which {name} does not hold")
        found.append((names.index(name), sum(1 << i for i, food in enumerate(held) if food in wanted)))
    return found


def _lists(
    all_dishes: Sequence[Dish], usable: NDArray[np.bool_], weight: Callable[[Dish], int]
) -> list[list[tuple[int, int]]]:
    return [
        [
            (d, weight(dish))
            for d, dish in enumerate(all_dishes)
            if dish.language == language and cuisine in {dish.cuisine, ""} and usable[f, d]
        ]
        for language in LANGUAGES
        for cuisine in (*CUISINES, "")
        for f in range(len(FILTERS))
    ]


def _beside(
    all_dishes: Sequence[Dish],
    all_components: Sequence[Component],
    usable: NDArray[np.bool_],
    categories: Mapping[str, str],
) -> list[list[int]]:
    """Return the components that may go with each dish under each filter, as numbers of parts."""
    base = len(all_dishes)
    held = [{categories[way.food] for slot in each.slots for way in slot.alternatives} for each in all_components]
    savoury = [bool(some & _SAVOURY) for some in held]
    sweet = ["sweetener" in some and not some & _SAVOURY for some in held]
    lists = []
    for dish in all_dishes:
        dessert = "dessert" in dish.meals
        sugared = dessert or any(
            categories[way.food] == "sweetener" for slot in dish.slots for way in slot.alternatives
        )
        fitting = [
            base + c
            for c, component in enumerate(all_components)
            if component.language == dish.language
            and component.cuisine in {dish.cuisine, ""}
            and {dish.id, dish.kind} & set(component.fits)
            and not (dessert and savoury[c])
            and (sugared or not (sweet[c] and dish.kind in _EITHER))
        ]
        lists += [[part for part in fitting if usable[f, part]] for f in range(len(FILTERS))]
    return lists


def _telling(dish: Dish, index: dict[str, int], all_foods: Sequence[Food]) -> list[int]:
    """Return the slots whose food a text may name, or the first slot if there is none."""
    return [
        s
        for s, slot in enumerate(dish.slots)
        if not slot.optional and all(_tells(all_foods[index[way.food]]) for way in slot.alternatives)
    ] or [0]


def _asked(
    all_dishes: Sequence[Dish],
    all_components: Sequence[Component],
    index: Mapping[str, int],
    unit_index: Mapping[str, int],
    steps_of: Ladders,
) -> dict[tuple[int, int], int]:
    """Return an estimate of how often recipes ask for each (food * units + unit, quantity) at the usual servings."""
    totals = Counter[tuple[str, str]]()
    for dish in all_dishes:
        totals[dish.language, dish.cuisine] += dish.weight**2
    often = {dish.id: _OFTEN * dish.weight**2 // totals[dish.language, dish.cuisine] for dish in all_dishes}
    for component in all_components:
        beside = [dish for dish in all_dishes if {dish.id, dish.kind} & set(component.fits)]
        often[component.id] = sum(often[d.id] for d in beside if d.language == component.language) // _BESIDE
    asked: dict[tuple[int, int], int] = {}
    for part in (*all_dishes, *all_components):
        for slot in part.slots:
            for way in slot.alternatives:
                unit = unit_index[way.unit]
                quantity = int(steps_of.nearest(np.array([unit]), np.array([way.quantity]))[0])
                key = index[way.food] * len(unit_index) + unit, quantity
                asked[key] = asked.get(key, 0) + often[part.id] // len(slot.alternatives)
    return asked


def _slack(all_foods: Sequence[Food], units: Sequence[str]) -> Ints:
    """Return the slack of each food and unit, shape (foods * units,): see Habits.

    Spices and oils have much slack, ingredients of doughs have little.
    """
    slack = [_LOOSE if f.category in _FLAVOURS else _STRICT if f.category in _MEASURED else _MIDDLE for f in all_foods]
    return np.repeat(slack, len(units))


def _families(all_foods: Sequence[Food]) -> Ints:
    """Return the family of each food, as the index of the family's first food.

    Staples such as rice and noodles are one family, breads are another, and each other food is a family of its own.
    A recipe has no component with a main food of a family that the recipe already holds.
    """
    found: dict[str, int] = {}
    numbers = []
    for i, food in enumerate(all_foods):
        family = next((str(n) for n, words in enumerate(_STAPLES) if food.category == "grain" and words(food.name)), "")
        numbers.append(found.setdefault(family, i) if family else i)
    return np.array(numbers)


def _tells(food: Food) -> bool:
    return food.category not in _BASIC and food.name not in _BASIC_FOODS and "flour" not in food.name
