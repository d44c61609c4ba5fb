"""The choice of each recipe's dish, components, foods, quantities and minutes, as arrays of numbers without text."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.draws import Kept, Rows, Slice, Tries, Words
from snap_builder.datasets.worldchef.kitchen import (
    ANY_CUISINE,
    COMPONENTS,
    CONDITIONS,
    PLACES,
    SLOT_LOCAL,
    SLOT_OFFSET,
    SLOT_PART,
    STEP_LOCAL,
    STEP_PART,
    STEP_PLACES,
    Kitchen,
    dish_list,
    kitchen,
)
from snap_builder.datasets.worldchef.programs import SLOTS, STEPS
from snap_builder.datasets.worldchef.suiting import FILTERS
from snap_builder.datasets.worldchef.tables import first_of
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS
from snap_builder.engine.blocks import cuts
from snap_builder.engine.streams import Bits, Ints, Weights, below, chance

MOST_LINES, MOST_STEPS = 20, 24
PRESENT = 60  # percent of recipes that hold an optional food
SERVING_SHARES = (95, 3, 2)  # percent of recipes for a dish's first, second and third number of servings
_USUAL = 40  # percent of slots that hold their first food; the others hold any of their foods
_ODD = 3  # percent of the weighed lines whose quantity is an odd one, such as 437 g
_SERVINGS = Weights(SERVING_SHARES)
_SOURCES = Weights((70, 18, 12))  # weights of the author's favourite cuisine, the second one, and any cuisine
_BESIDE = Weights((32, 30, 23, 15))  # weights of 0 to 3 components
_OWN_LANGUAGE = 58  # percent of recipes in the author's language, if recipes can be in that language
# Percent of recipes that keep to the author's diet, by diet.
_KEPT = np.array([100 if diet in {"vegetarian", "vegan", "gluten_free", "halal", "kosher"} else 85 for diet in DIETS])
_TRIES = (2_000, 20_000)  # numbers of tries for a recipe of some length; the second one if no try of the first fits
_AT_ONCE = 4_096  # rows that are made at once
_LONG = 15  # a recipe that asks for so many lines or steps gets the most components
_LOW = np.uint64(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The wishes of authors and edge cases for recipes, -1 for no wish."""

    favourite: Ints
    second: Ints
    diet: Ints
    language: Ints
    servings: Ints
    lines: Ints
    steps: Ints


READS = (
    "author.favourite",
    "author.second",
    "author.diet",
    "author.language",
    "servings_wanted",
    "lines_wanted",
    "steps_wanted",
    "unmeasured",
)


def asked(rows: Rows) -> Asked:
    """Return the wishes for the recipes of some rows."""
    values = [rows.integers(path) for path in READS[:-1]]
    names = [field.name for field in fields(Asked)]
    plain = (np.where(value == rows.NULL, -1, value) for value in values)
    return Asked(**dict(zip(names, plain, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Recipes as arrays, of shape (rows,) unless another is given. -1 means "not there"."""

    parts: Ints  # (rows, 1 + COMPONENTS): the dish, then its components
    servings: Ints
    # of shape (rows, PLACES):
    food: NDArray[Any]
    single: NDArray[Any]  # 1: the food is there in one piece
    line: NDArray[np.bool_]  # the food has its own ingredient line in this place
    unit: NDArray[Any]
    quantity: NDArray[Any]  # hundredths
    optional: NDArray[np.bool_]
    note: NDArray[Any]
    # of shape (rows, STEP_PLACES):
    stands: NDArray[np.bool_]
    minutes: NDArray[Any]
    # sums:
    lines: Ints
    steps: Ints
    prep: Ints
    cook: Ints

    @property
    def dish(self) -> Ints:
        return self.parts[:, 0]


Vectors = TypeVar("Vectors", Asked, Choice)


def slices(rows: int) -> list[tuple[int, int]]:
    """Return (start, stop) of the slices in which rows are made, so that memory stays flat."""
    return list(cuts(rows, _AT_ONCE))


def part_of(whole: Vectors, start: int, stop: int) -> Vectors:
    """Return the rows [start, stop) of all vectors."""
    return replace(whole, **{field.name: getattr(whole, field.name)[start:stop] for field in fields(whole)})


def joined(parts: list[Choice]) -> Choice:
    """Return some choices end to end, as one."""
    names = [field.name for field in fields(Choice)]
    return Choice(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def choice(rows: Rows) -> Choice:
    """Return the dish, components, foods, quantities and minutes of each recipe."""
    book, wishes, words = kitchen(), asked(rows), Kept(rows)
    made = joined(
        [
            _choose(book, part_of(wishes, start, stop), Slice(words, start, stop), every=False)
            for start, stop in slices(rows.stop - rows.start)
        ]
    )
    at = np.flatnonzero((wishes.lines >= 0) | (wishes.steps >= 0))
    return _fitted(book, wishes, words, made, at) if len(at) else made


def _fitted(book: Kitchen, wishes: Asked, rows: Words, made: Choice, at: Ints) -> Choice:
    """Return `made` with other recipes in the rows `at`: for each row, the try that is nearest to the wished length."""
    changed: dict[str, Any] = {field.name: getattr(made, field.name).copy() for field in fields(Choice)}
    for row in at.tolist():
        wish = tuple(int(getattr(wishes, field.name)[row]) for field in fields(Asked))
        # All words come from one stream, so rows with equal words for this purpose have equal words for all.
        key = (*wish, rows.wide("slots", PLACES)[row].tobytes())
        if key not in _nearest:
            _nearest[key] = _of_many(book, wish, rows, row)
        for name, values in changed.items():
            values[row] = getattr(_nearest[key], name)[0]
    return replace(made, **changed)


_nearest: dict[tuple[int | bytes, ...], Choice] = {}  # recipes of edge cases, kept because many columns read them


def _of_many(book: Kitchen, wish: tuple[int, ...], rows: Words, row: int) -> Choice:
    """Return one recipe: of many tries for a row, the one that is nearest to the wished length."""
    for tries in _TRIES:
        asked_for = Asked(
            **{field.name: np.full(tries, value) for field, value in zip(fields(Asked), wish, strict=True)}
        )
        asked_for = replace(asked_for, language=np.zeros(tries, np.int64))  # English has dishes of any length
        tried = _choose(book, asked_for, Tries(rows, row, tries), every=True)
        off = np.where(asked_for.lines < 0, 0, np.abs(tried.lines - asked_for.lines))
        off += np.where(asked_for.steps < 0, 0, np.abs(tried.steps - asked_for.steps))
        if not off.min():
            break
    nearest = int(off.argmin())
    return replace(tried, **{f.name: getattr(tried, f.name)[nearest : nearest + 1].copy() for f in fields(Choice)})


def _choose(book: Kitchen, wishes: Asked, words: Words, *, every: bool) -> Choice:
    filters = _filters(wishes, words)
    dish = _dishes(book, wishes, words, filters, every=every)
    filters = np.where(filters < 0, 0, filters)
    size = np.minimum(_SERVINGS.choose(words.bits("servings")), book.servings.counts[dish] - 1)
    usual = book.servings.pick(dish, np.zeros_like(dish))
    servings = np.where(wishes.servings > 0, wishes.servings, book.servings.pick(dish, size))
    beside = _BESIDE.choose(words.bits("beside"))
    beside = np.where((wishes.lines >= _LONG) | (wishes.steps >= _LONG), COMPONENTS, beside)
    parts = np.concatenate([dish[:, None], _components(book, words, dish, filters, beside)], axis=1)

    slot_words = words.wide("slots", PLACES)
    chosen, there = _fill(book, parts, filters, slot_words)
    stands = _stand(book, parts, chosen, there)
    keep = _kept(book, parts, chosen, there, stands)
    parts = np.where(keep, parts, -1)
    there &= np.take(keep, SLOT_PART, axis=1)
    stands &= np.take(keep, STEP_PART, axis=1)

    lines = _Lines(book, parts, chosen, there, servings, usual, words.wide("lines", PLACES))
    step = np.where(stands, np.take(parts, STEP_PART, axis=1) * STEPS + STEP_LOCAL, 0)
    minutes = np.where(
        stands & (book.minutes.counts[step] > 0), book.minutes.choose(step, words.wide("minutes", STEP_PLACES)), 0
    )
    cook = (minutes * book.cook[step]).sum(axis=1)
    return Choice(
        parts=parts,
        servings=servings,
        **lines.dense,
        stands=stands,
        minutes=minutes.astype(np.int16),
        lines=lines.dense["line"].sum(axis=1),
        steps=stands.sum(axis=1),
        prep=minutes.sum(axis=1) - cook,
        cook=cook,
    )


def _filters(wishes: Asked, words: Words) -> Ints:
    """Return the index in FILTERS of the diet that each recipe keeps, -1 if it keeps none."""
    bits = words.bits("diet")
    diet = np.where(wishes.diet >= 0, wishes.diet, 0)
    kosher = DIETS.index("kosher")
    own = np.where((diet == kosher) & chance(bits << _LOW, 50), FILTERS.index("kosher_dairy"), 1 + diet)
    return np.where((wishes.diet >= 0) & chance(bits, _KEPT[diet]), own, -1)


def _dishes(book: Kitchen, wishes: Asked, words: Words, filters: Ints, *, every: bool) -> Ints:
    """Return one dish per recipe, from the first list that is not empty.

    First come the lists of the recipe's language, then those of English: each time for the drawn cuisine, the author's
    favourite, their second and any cuisine. With `every`, the first language has the list of any cuisine only.
    """
    lists = book.every if every else book.favourites
    source, bits = _SOURCES.choose(words.bits("cuisine")), words.bits("language")
    anyone = below(bits << _LOW, len(CUISINES))
    favourite = np.where(wishes.favourite < 0, anyone, wishes.favourite)
    second = np.where(wishes.second < 0, anyone, wishes.second)
    cuisine = np.choose(source, [favourite, second, anyone])
    language = np.where((wishes.language > 0) & chance(bits, _OWN_LANGUAGE), wishes.language, 0)
    filters, nothing = np.maximum(filters, 0), np.zeros_like(filters)
    whole = np.full_like(cuisine, ANY_CUISINE)
    tries = [
        *((language, place) for place in ((whole,) if every else (cuisine, favourite, second, whole))),
        *((nothing, place) for place in (cuisine, favourite, second, whole)),
    ]
    found = dish_list(nothing, whole, nothing)
    for tongue, place in reversed(tries):
        asked_for = dish_list(tongue, place, filters)
        found = np.where(lists.totals[asked_for] > 0, asked_for, found)
    return lists.choose(found, words.bits("dish"))


def _components(book: Kitchen, words: Words, dish: Ints, filters: Ints, beside: Ints) -> Ints:
    """Return `beside` different components that fit each dish, or all if fewer fit; -1 for none."""
    draws = words.wide("components", COMPONENTS)
    group = dish * len(FILTERS) + filters
    count = book.beside.counts[group]
    taken = np.full((len(dish), COMPONENTS), -1, np.int64)
    for number in range(COMPONENTS):
        place = below(draws[:, number], np.maximum(count - number, 1))
        for before in np.sort(taken[:, :number], axis=1).T:
            place += place >= before
        taken[:, number] = place
    part = book.beside.pick(group[:, None], taken)
    return np.where(np.arange(COMPONENTS) < np.minimum(beside, count)[:, None], part, -1)


def _fill(book: Kitchen, parts: Ints, filters: Ints, words: Bits) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the alternative for each slot, as its number within the slot, and whether the slot is filled."""
    part = np.take(parts, SLOT_PART, axis=1)
    there = (part >= 0) & (np.where(part >= 0, book.slots[part], 0) > SLOT_LOCAL)
    slot = np.where(there, part * SLOTS + SLOT_LOCAL, 0)
    allowed = filters[:, None] * len(book.optional) + slot
    there &= (book.allowed.counts[allowed] > 0) & (~book.optional[slot] | chance(words << _LOW, PRESENT))
    usual = chance(words << np.uint64(48), _USUAL)
    return np.where(
        usual, book.allowed.pick(allowed, np.zeros_like(allowed)), book.allowed.choose(allowed, words)
    ), there


def _stand(book: Kitchen, parts: Ints, chosen: Ints, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which steps each recipe has: those whose conditions on the foods of slots hold."""
    part = np.take(parts, STEP_PART, axis=1)
    stands = (part >= 0) & (np.where(part >= 0, book.steps[part], 0) > STEP_LOCAL)
    step = np.where(stands, part * STEPS + STEP_LOCAL, 0)
    flat = np.flatnonzero(stands.reshape(-1))
    for number in range(CONDITIONS):
        slot = book.condition_slot[step.reshape(-1)[flat], number]
        at = flat[slot >= 0]
        place = (at // STEP_PLACES) * PLACES + SLOT_OFFSET[STEP_PART[at % STEP_PLACES]] + slot[slot >= 0]
        mask = book.condition_mask[step.reshape(-1)[at], number]
        holds = there.reshape(-1)[place] & ((mask >> chosen.reshape(-1)[place]) & 1 == 1)
        stands.reshape(-1)[at[~holds]] = False
    return stands


def _kept(
    book: Kitchen, parts: Ints, chosen: Ints, there: NDArray[np.bool_], stands: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which parts each recipe keeps.

    The dish always stays. A component stays if it repeats no main food and no family of staples, and if the recipe has
    at most MOST_LINES and MOST_STEPS with it.
    """
    rows = len(parts)
    row, place = np.nonzero(there & (parts[:, 1] >= 0)[:, None])
    food = _foods(book, parts, chosen, row, place)
    main = ~book.basic[food]
    row, place, food = row[main], place[main], food[main]
    again = first_of(rows, row, book.family[food], len(book.foods)) != np.arange(len(row))
    keep = parts >= 0
    keep[row[again], SLOT_PART[place[again]]] = False
    keep[:, 0] = True
    lines = np.stack([there[:, k == SLOT_PART].sum(axis=1) for k in range(1 + COMPONENTS)], axis=1)
    steps = np.stack([stands[:, k == STEP_PART].sum(axis=1) for k in range(1 + COMPONENTS)], axis=1)
    all_lines, all_steps = lines[:, 0], steps[:, 0]
    for k in range(1, 1 + COMPONENTS):
        keep[:, k] &= (all_lines + lines[:, k] <= MOST_LINES) & (all_steps + steps[:, k] <= MOST_STEPS)
        all_lines = all_lines + np.where(keep[:, k], lines[:, k], 0)
        all_steps = all_steps + np.where(keep[:, k], steps[:, k], 0)
    return keep


def _slots(parts: Ints, row: Ints, place: Ints) -> Ints:
    return parts[row, SLOT_PART[place]] * SLOTS + SLOT_LOCAL[place]


def _foods(book: Kitchen, parts: Ints, chosen: Ints, row: Ints, place: Ints) -> Ints:
    return book.foods_of[book.alternatives.pick(_slots(parts, row, place), chosen[row, place])]


class _Lines:
    """Ingredient lines: the foods in slots, scaled to the servings. A food that two parts hold has one line."""

    def __init__(
        self,
        book: Kitchen,
        parts: Ints,
        chosen: Ints,
        there: NDArray[np.bool_],
        servings: Ints,
        usual: Ints,
        words: Bits,
    ) -> None:
        row, place = np.nonzero(there)
        slot = _slots(parts, row, place)
        way = book.alternatives.pick(slot, chosen[row, place])
        food, unit = book.foods_of[way], book.units_of[way]
        draw = words[row, place]
        usually = book.measured(food, unit, book.quantities_of[way])
        quantity = book.ladders.nearest(unit, usually * servings[row] // usual[row])
        own = first_of(len(parts), row, food, len(book.foods))
        mine = own == np.arange(len(row))
        optional = book.optional[slot]
        merged = np.flatnonzero(~mine)
        optional[own[merged[~optional[merged]]]] = False
        if len(merged):
            into = own[merged]
            pinched = (unit[into] == book.units.index("pinch")) & (unit[merged] != unit[into])
            unit[into[pinched]], quantity[into[pinched]] = unit[merged[pinched]], quantity[merged[pinched]]
            merged, into = merged[~pinched], into[~pinched]
            added = np.zeros(len(row), np.int64)
            np.add.at(added, into, quantity[merged] * book.milligrams[food[merged], unit[merged]])
            more = np.flatnonzero(added)
            each = book.milligrams[food[more], unit[more]]
            quantity[more] = book.measured(food[more], unit[more], quantity[more] + added[more] // each)
        quantity = np.where(book.metric[unit] & chance(draw << _LOW, _ODD), _odd(draw, quantity), quantity)
        most = book.most[food] * servings[row] * 100 // book.milligrams[food, unit]
        quantity = np.where(quantity > most, book.ladders.at_most(unit, most), quantity)
        # Even the lowest rung of the unit may be too much, such as a quarter of a cup of vinegar.
        large = np.flatnonzero(quantity > most)
        unit[large] = book.units.index("tbsp")
        most = book.most[food[large]] * servings[row[large]] * 100 // book.milligrams[food[large], unit[large]]
        quantity[large] = book.ladders.at_most(unit[large], most)
        single = book.single[unit] & (quantity <= 100)
        notes = book.notes.counts[slot]
        number = below(draw, np.maximum(2 * notes, 1))  # half of the lines that may have a note have one
        note = np.where(number < notes, book.notes.pick(slot, number), -1)
        shape = there.shape
        self.dense: dict[str, Any] = {
            "food": _spread(shape, row, place, food.astype(np.int32), -1),
            "single": _spread(shape, row, place, single[own].astype(np.int8), 0),
            "line": _spread(shape, row, place, mine, False),
            "unit": _spread(shape, row, place, unit.astype(np.int32), 0),
            "quantity": _spread(shape, row, place, quantity.astype(np.int32), 0),
            "optional": _spread(shape, row, place, optional, False),
            "note": _spread(shape, row, place, note.astype(np.int32), -1),
        }


def _odd(bits: Bits, quantity: Ints) -> Ints:
    """Return odd quantities: 80 to 125 % of the given ones, in whole grams or millilitres."""
    return np.maximum(quantity * (80 + below(bits << np.uint64(40), 46)) // 10_000, 1) * 100


def _spread(shape: tuple[int, ...], row: Ints, place: Ints, values: NDArray[Any], empty: Any) -> NDArray[Any]:
    made = np.full(shape, empty, values.dtype)
    made[row, place] = values
    return made
