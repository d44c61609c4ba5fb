"""The nutrition cache: its keys as the Edge Function makes them, in one ranked list of which a build holds a prefix.

First come all (food, quantity, unit) that dishes ask for, the likeliest first; then, without end, every food in 1, 2,
3 … of its metric unit. Ranks depend on the vocabulary only, so a larger build holds the smaller one's rows.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
import pyarrow as pa

from snap_builder.datasets.worldchef.kitchen import SLOTS, Kitchen, kitchen, scale_quantity
from snap_builder.datasets.worldchef.recipes import PRESENT, SERVING_SHARES, half_up, macros_json
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY, spread
from snap_builder.engine.streams import Ints, Seeds, below

_METRIC = {"lb": (453.592, "g"), "oz": (28.3495, "g"), "kg": (1000.0, "g"), "cup": (236.588, "ml")}
_METRIC |= {"tsp": (4.92892, "ml"), "tbsp": (14.7868, "ml"), "l": (1000.0, "ml")}
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~‘’“”–—…]")
FDC_BASE = 90_000_000  # no real food has an id from here on
_FRESH = 90 * DAY


def canonical_string(name: str, quantity: float, unit: str) -> str:
    """Give the cache key's text: name folded, quantity in grams or millilitres as JavaScript prints it, and unit."""
    folded = " ".join(_PUNCTUATION.sub("", name.lower()).split())
    factor, metric = _METRIC.get(unit.strip().lower(), (1.0, unit.strip().lower() or "g"))
    return f"{folded}|{number_text(quantity * factor)}|{metric}"


def number_text(value: float) -> str:
    """Print a finite double as JavaScript's Number.prototype.toString does."""
    shortest = Decimal(repr(value)).normalize()
    power = shortest.adjusted()
    if value == 0 or -7 < power < 21:
        return format(abs(shortest) if value == 0 else shortest, "f")
    digits = format(shortest.scaleb(-power), "f")
    return f"{digits}e{power:+d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The first keys of the list: foods and units by index, quantities in hundredths, each of shape (rows,)."""

    food: Ints
    quantity: Ints
    unit: Ints


@cache
def _likely() -> Keys:
    """Every (food, quantity, unit) that a dish asks for, by how likely a recipe's line is to be it, then by name.

    Two of them that fold to one text (1000 g and 1 kg) are one key; the likelier stands for both.
    """
    book = kitchen()
    chances: dict[tuple[int, int, int], int] = {}
    for d, dish in enumerate(book.dishes):
        shares = SERVING_SHARES[: len(dish.servings)]
        shares = (*shares[:-1], 100 - sum(shares[:-1]))
        usual = np.array(dish.servings[0])
        for s in range(len(dish.slots)):
            slot = d * SLOTS + s
            count = int(book.slot_food.counts[slot])
            present = PRESENT if book.slot_optional[slot] else 100
            for a in range(count):
                at = int(book.slot_food.starts[slot]) + a
                food, unit = int(book.slot_food.values[at]), int(book.slot_unit.values[at])
                for servings, share in zip(dish.servings, shares, strict=True):
                    plain = book.slot_quantity.values[at]
                    scaled = scale_quantity(book, plain, np.array(unit), np.array(servings), usual)
                    key = (food, int(scaled), unit)
                    # 27,720 = lcm(1..12): a share of any number of alternatives is a whole number.
                    chances[key] = chances.get(key, 0) + book.weights[d] * present * share * 27_720 // count
    ranked = sorted(chances, key=lambda key: (-chances[key], _text(book, *key)))
    unique = list({_text(book, *key): key for key in reversed(ranked)}.values())[::-1]
    food, quantity, unit_index = np.array(unique, np.int64).T
    return Keys(food=food, quantity=quantity, unit=unit_index)


def _text(book: Kitchen, food: int, quantity: int, unit: int) -> str:
    return canonical_string(book.foods[food].name, quantity / 100, book.units[unit])


def keys(rows: int) -> Keys:
    """Give the first `rows` keys of the ranked list."""
    likely = _likely()
    if rows <= len(likely.food):
        return Keys(food=likely.food[:rows], quantity=likely.quantity[:rows], unit=likely.unit[:rows])
    book = kitchen()
    metric = np.array([book.units.index("g" if "g" in food.units else "ml") for food in book.foods])
    rounds = -(-(rows + len(likely.food)) // len(book.foods))
    food = np.tile(np.arange(len(book.foods)), rounds)
    quantity = np.repeat(np.arange(1, rounds + 1) * 100, len(book.foods))
    grams = book.units.index("g")
    # Taken: what a dish asks for in the food's own metric unit, or in one that converts to a whole number of it.
    taken = {
        _text(book, *key)
        for key in zip(*map(np.ndarray.tolist, (likely.food, likely.quantity, likely.unit)), strict=True)
    }
    whole = {text for text in taken if text.endswith(("|g", "|ml"))}
    names = {food_name: i for i, food_name in enumerate(_folded(book))}
    busy = np.zeros((len(book.foods), rounds + 1), np.bool_)
    for text in whole:
        name, number, unit_name = text.rsplit("|", 2)
        i = names[name]
        if number.isdigit() and int(number) <= rounds and (unit_name == "g") == (metric[i] == grams):
            busy[i, int(number)] = True
    free = ~busy[food, quantity // 100]
    need = rows - len(likely.food)
    return Keys(
        food=np.concatenate([likely.food, food[free][:need]]),
        quantity=np.concatenate([likely.quantity, quantity[free][:need]]),
        unit=np.concatenate([likely.unit, metric[food[free][:need]]]),
    )


def _folded(book: Kitchen) -> list[str]:
    return [canonical_string(food.name, 1, "g").split("|")[0] for food in book.foods]


def part(seeds: Seeds, ranked: Keys, start: int, stop: int, as_of: int) -> dict[str, pa.Array]:
    """Make the columns of cache rows [start, stop)."""
    book = kitchen()
    food, quantity, unit = (values[start:stop] for values in (ranked.food, ranked.quantity, ranked.unit))
    names = [item.name for item in book.foods]
    texts = [
        canonical_string(names[f], q / 100, book.units[u])
        for f, q, u in zip(food.tolist(), quantity.tolist(), unit.tolist(), strict=True)
    ]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    weight = quantity * book.milligrams[food, unit]
    macros = half_up(weight[:, None] * book.macros[food], 10_000_000)
    rows = stop - start
    updated = spread(seeds.bits("updated_at", start, stop), np.full(rows, as_of - 30 * DAY), np.full(rows, as_of - DAY))
    kept = _FRESH + below(seeds.bits("kept", start, stop), 30) * DAY
    return {
        "ingredient_hash": pa.array(hashes),
        "canonical_string": pa.array(texts),
        "macros": macros_json(macros),
        "fdc_id": columns.integers(FDC_BASE + food, "int32"),
        "updated_at": columns.times(updated),
        "expires_at": columns.times(updated + kept),
    }
