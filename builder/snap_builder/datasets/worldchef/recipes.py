"""Recipes: what each is made of, by row number alone: a few draws, sums, and gathers from the kitchen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.kitchen import (
    FOOD,
    MINUTES,
    NOTE,
    PHOTO,
    PHOTOS,
    QUANTITY,
    SLOTS,
    STEPS,
    UNIT,
    WIDTH,
    Kitchen,
    quantity_piece,
    scale_quantity,
)
from snap_builder.datasets.worldchef.vocabulary import DIETS, MACROS
from snap_builder.engine import columns
from snap_builder.engine.streams import Ints, Seeds, Weights, below, chance
from snap_builder.engine.templates import Entry, Pool, Programs

_ODD = 3  # percent of the weighed lines whose quantity is an odd one, such as 437 g
PRESENT = 60  # percent of recipes that hold an optional food
SERVING_SHARES = (92, 5, 3)  # percent of recipes for a dish's first, second and third number of servings
_NOTED = 50
_PHOTOGRAPHED = 60
_SERVINGS = Weights(SERVING_SHARES)
_MEALS = np.array([18, 22, 34, 8, 12, 6])  # relative weight of breakfast, lunch, dinner, snack, dessert, appetizer
# Percent of recipes that carry a tag which holds for them: people tag what they find worth saying.
_TAGGED = np.array([92, 95, 85, 80, 90, 80, 80, 75, 35, 30])
_SWEETENERS_OF_PALEO = {"honey", "maple syrup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """Recipes [start, start + rows): choices and sums. `macros` are tenths per serving, (rows, MACROS)."""

    dish: Ints
    servings: Ints
    meal: Ints
    difficulty: Ints
    variables: Ints  # (rows, WIDTH)
    lines: Ints
    macros: Ints
    prep: Ints
    cook: Ints
    tags: Ints  # bit masks over DIETS


def compose(book: Kitchen, seeds: Seeds, start: int, stop: int) -> Composition:
    """Choose dish, servings, foods and quantities of recipes [start, stop), and sum them up."""
    rows = stop - start

    def bits(column: str) -> NDArray[np.uint64]:
        return seeds.bits(column, start, stop)

    def wide(column: str, width: int = SLOTS) -> NDArray[np.uint64]:
        return seeds.wide(column, start, stop, width)

    dish = Weights(book.weights).choose(bits("dish"))
    size = np.minimum(_SERVINGS.choose(bits("servings")), book.servings.counts[dish] - 1)
    servings, usual = book.servings.pick(dish, size), book.servings.pick(dish, np.zeros_like(dish))
    slot = dish[:, None] * SLOTS + np.arange(SLOTS)
    choices = book.slot_food.counts[slot]
    choice = below(wide("alternative"), np.maximum(choices, 1))
    there = (choices > 0) & ((book.slot_optional[slot] == 0) | chance(wide("present"), PRESENT))
    food = np.where(there, book.slot_food.pick(slot, choice), -1)
    unit = np.where(there, book.slot_unit.pick(slot, choice), 0)
    plain = book.slot_quantity.pick(slot, choice)
    quantity = scale_quantity(book, plain, unit, servings[:, None], usual[:, None])
    quantity = _odd(wide("odd"), quantity, book.unit_metric[unit] == 1)
    noted = there & (book.slot_notes.counts[slot] > 0) & chance(wide("noted"), _NOTED)
    note = book.slot_notes.pick(slot, below(wide("note"), np.maximum(book.slot_notes.counts[slot], 1)))
    step = dish[:, None] * STEPS + np.arange(STEPS)
    durations = book.step_minutes.counts[step]
    minutes = book.step_minutes.pick(step, below(wide("minutes", STEPS), np.maximum(durations, 1)))
    minutes = np.where(durations > 0, minutes, 0)
    shown = (book.step_photo[step] == 1) & chance(wide("shown", STEPS), _PHOTOGRAPHED)
    variables = np.empty((rows, WIDTH), np.int64)
    variables[:, FOOD:UNIT] = food
    variables[:, UNIT:QUANTITY] = unit
    variables[:, QUANTITY:NOTE] = quantity_piece(quantity)
    variables[:, NOTE:MINUTES] = np.where(noted, note, -1)
    variables[:, MINUTES:PHOTO] = minutes
    variables[:, PHOTO:WIDTH] = np.where(shown, below(wide("photo", STEPS), PHOTOS), -1)
    # Hundredths of a milligram: quantities are hundredths of a unit, weights milligrams per unit.
    weight = np.where(there, quantity * book.milligrams[food, unit], 0)
    total = np.einsum("rs,rsm->rm", weight, book.macros[food])
    macros = half_up(total, 10_000_000 * servings[:, None])
    meals = book.meals
    return Composition(
        dish=dish,
        servings=servings,
        meal=_meal(bits("meal"), meals.pick(dish, np.zeros_like(dish)), meals.pick(dish, meals.counts[dish] - 1)),
        difficulty=np.clip(book.difficulty[dish] + _DRIFT[below(bits("difficulty"), len(_DRIFT))], 0, 2),
        variables=variables,
        lines=there.sum(axis=1),
        macros=macros,
        prep=(minutes * (book.step_cook[step] == 0)).sum(axis=1),
        cook=(minutes * (book.step_cook[step] == 1)).sum(axis=1),
        tags=_closed(_tags(book, food, there, macros) & _said(wide("tagged", len(DIETS)))),
    )


_DRIFT = np.array([0] * 8 + [-1, 1])


def half_up(numerator: Ints, denominator: Any) -> Ints:
    """Divide, rounding halves up."""
    result: Ints = (2 * numerator + denominator) // (2 * denominator)
    return result


def _odd(bits: NDArray[np.uint64], quantity: Ints, metric: NDArray[np.bool_]) -> Ints:
    """Make some weighed quantities odd: 80 to 125 % of the plain one, in whole grams or millilitres."""
    percent = 80 + below(bits << np.uint64(32), 46)
    odd = np.maximum(quantity * percent // 10_000, 1) * 100
    return np.where(metric & chance(bits, _ODD), odd, quantity)


def _meal(bits: NDArray[np.uint64], first: Ints, last: Ints) -> Ints:
    """Choose between a dish's first and last meal by how often people eat them."""
    return np.where(below(bits, _MEALS[first] + _MEALS[last]) < _MEALS[first], first, last)


def _tags(book: Kitchen, food: Ints, there: NDArray[np.bool_], macros: Ints) -> Ints:
    """Give which diets a recipe fits, as bit masks over DIETS."""
    by_name = dict(zip(MACROS, macros.T, strict=True))

    def holds(named: Any) -> NDArray[np.bool_]:
        """Whether any food of the recipe is one of those."""
        which = np.array([named(item) for item in book.foods])
        return np.any(which[food] & there, axis=1)

    flesh = holds(lambda f: f.origin in {"meat", "fish", "shellfish"})
    dairy, pork = holds(lambda f: f.origin == "dairy"), holds(lambda f: f.pork)
    sweet = holds(lambda f: f.category == "sweetener" and f.name not in _SWEETENERS_OF_PALEO)
    starch = holds(lambda f: f.category in {"grain", "legume"})
    alcohol = holds(lambda f: f.macros[MACROS.index("alcohol")] > 0)
    shellfish, meat = holds(lambda f: f.origin == "shellfish"), holds(lambda f: f.origin == "meat")
    net, fat, energy = by_name["carbs"] - by_name["fibre"], by_name["fat"], by_name["calories"]
    fits = {
        "vegetarian": ~flesh,
        "vegan": ~holds(lambda f: f.origin != "plant"),
        "gluten_free": ~holds(lambda f: f.gluten),
        "dairy_free": ~dairy,
        "keto": (net < 100) & (18 * fat > energy),
        "paleo": ~(starch | dairy | sweet),
        "low_carb": net < 200,
        "low_fat": 90 * fat < 3 * energy,
        "halal": ~(pork | alcohol),
        "kosher": ~(pork | shellfish | (meat & dairy)),
    }
    masks = np.zeros(len(food), np.int64)
    for bit, diet in enumerate(DIETS):
        masks |= fits[diet].astype(np.int64) << bit
    return masks


def _said(bits: NDArray[np.uint64]) -> Ints:
    said: Ints = (chance(bits, _TAGGED).astype(np.int64) << np.arange(len(DIETS))).sum(axis=1)
    return said


def _closed(tags: Ints) -> Ints:
    """Add what a tag says besides: vegan food is vegetarian and dairy-free, keto food is low in carbohydrates."""
    for diet, more in (("vegan", ("vegetarian", "dairy_free")), ("keto", ("low_carb",))):
        also = sum(1 << DIETS.index(name) for name in more)
        tags = tags | np.where((tags >> DIETS.index(diet)) & 1, also, 0)
    return tags


def titles(book: Kitchen, seeds: Seeds, start: int, stop: int, made: Composition) -> pa.StringArray:
    choice = below(seeds.bits("title", start, stop), book.title_count[made.dish])
    return book.titles.render(book.title_start[made.dish] + choice, made.variables)


def descriptions(book: Kitchen, seeds: Seeds, start: int, stop: int, made: Composition) -> pa.StringArray:
    choice = below(seeds.bits("description", start, stop), book.description_count[made.dish])
    return book.descriptions.render(book.description_start[made.dish] + choice, made.variables)


def slugs(title: pa.StringArray, start: int) -> pa.StringArray:
    """Give titles as they stand in an address, with a suffix that differs from row to row."""
    plain = pc.replace_substring_regex(pc.utf8_normalize(pc.utf8_lower(title), "NFKD"), r"\pM+", "")
    dashed = pc.utf8_trim(pc.replace_substring_regex(plain, "[^a-z0-9]+", "-"), "-")
    rows = np.arange(start, start + len(title), dtype=np.uint64)
    # An odd factor permutes the numbers below 2**32: suffixes look random and never repeat.
    suffix = columns.hex_digits((rows * np.uint64(2_654_435_761)) & np.uint64(0xFFFFFFFF), 8)
    return columns.concat(dashed, pa.scalar("-"), suffix)


def macros_json(macros: Ints, lines: Ints | None = None) -> pa.Array:
    """Give tenths of shape (rows, MACROS) as JSON objects; with `lines`, also where the sums come from."""
    names = (f'{"{" if i == 0 else ", "}"{name}": ' for i, name in enumerate(MACROS))
    pool = Pool()
    tenths = pool.block(_tenths(value) for value in range(int(macros.max(initial=0)) + 1))
    program = [piece for i, text in enumerate(names) for piece in (Entry(pool.code(text)), Entry(tenths, variable=i))]
    variables = macros
    if lines is not None:
        counts = pool.block(str(count) for count in range(SLOTS + 1))
        source = ', "source_info": {"method": "sum_of_ingredients", "source": "fdc", "ingredients": '
        program += [
            Entry(pool.code(source)),
            Entry(counts, variable=len(MACROS)),
            Entry(pool.code("}")),
        ]
        variables = np.concatenate([macros, lines[:, None]], axis=1)
    program.append(Entry(pool.code("}")))
    return columns.json(Programs(pool, [tuple(program)]).render(np.zeros(len(macros), np.int64), variables))


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}" if value % 10 else str(value // 10)
