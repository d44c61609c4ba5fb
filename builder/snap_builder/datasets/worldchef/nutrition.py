"""The nutrition cache: its keys as the Edge Function makes them, in one ranked list of which a build holds a prefix.

First come all (food, quantity, unit) that recipes ask for, the most likely first. Then come all foods in 1, 2, 3 … of
their metric unit, without end. Ranks depend on the vocabulary only, so a larger build holds the rows of a smaller one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from snap_builder.datasets.worldchef.documents import macros_json
from snap_builder.datasets.worldchef.kitchen import Kitchen, kitchen
from snap_builder.datasets.worldchef.likely import likely_lines
from snap_builder.datasets.worldchef.recipes import half_up
from snap_builder.engine.calendar import DAY, spread
from snap_builder.engine.streams import Bits, Ints

COLUMNS = ("canonical_string", "macros", "fdc_id", "updated_at", "expires_at")  # besides the key
STAY_FRESH = 400  # the most likely keys: the app asks for them often, and writes them again before they expire
FDC_BASE = 90_000_000  # no real food has an id from here on
_KEPT = 90 * DAY
_STRIDE = 25  # of so many rows beyond STAY_FRESH, one has expired and one expires within a week
_EXPIRED, _EXPIRING = 7, 16
# Foods whose macros come from elsewhere than FoodData Central.
_NOT_IN_FDC = frozenset(
    {
        "pancetta", "prosciutto", "dried bonito flakes", "halloumi", "mascarpone", "paneer", "rice paper", "dashi",
        "red bean paste", "galangal", "chipotle in adobo", "kaffir lime leaf", "perilla leaf", "curry leaf", "mirin",
        "garam masala", "gochugaru", "five-spice", "za'atar", "sumac", "sichuan pepper", "palm sugar", "gochujang",
        "doenjang", "tamarind paste", "green curry paste", "red curry paste", "harissa",
    }
)  # fmt: skip
_METRIC = {"lb": (453.592, "g"), "oz": (28.3495, "g"), "kg": (1000.0, "g"), "cup": (236.588, "ml")}
_METRIC |= {"tsp": (4.92892, "ml"), "tbsp": (14.7868, "ml"), "l": (1000.0, "ml")}
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~‘’“”–—…]")


def canonical_string(name: str, quantity: float, unit: str) -> str:
    """Return the text of a cache key: the folded name, the quantity as JavaScript prints it, and the unit.

    Weights are in grams, and volumes in millilitres.
    """
    folded = " ".join(_PUNCTUATION.sub("", name.lower()).split())
    factor, metric = _METRIC.get(unit.strip().lower(), (1.0, unit.strip().lower() or "g"))
    return f"{folded}|{number_text(quantity * factor)}|{metric}"


def number_text(value: float) -> str:
    """Return a finite double as JavaScript's Number.prototype.toString prints it."""
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
    """Return every key that recipes ask for, the most likely first, equally likely keys by their text.

    If several (food, quantity, unit) have the same text, such as 1000 g and 1 kg, the key is the most likely of them.
    """
    book, chances = kitchen(), likely_lines()
    of_text: dict[str, list[tuple[int, int, int]]] = {}
    for key in chances:
        of_text.setdefault(_text(book, *key), []).append(key)
    total = {text: sum(chances[key] for key in same) for text, same in of_text.items()}
    ranked = sorted(of_text, key=lambda text: (-total[text], text))
    first = [max(of_text[text], key=lambda key: (chances[key], key)) for text in ranked]
    food, quantity, unit = np.array(first, np.int64).T
    return Keys(food=food, quantity=quantity, unit=unit)


def _text(book: Kitchen, food: int, quantity: int, unit: int) -> str:
    return canonical_string(book.foods[food].name, quantity / 100, book.units[unit])


def keys(rows: int) -> Keys:
    """Return the first `rows` keys of the ranked list."""
    likely = _likely()
    if rows <= len(likely.food):
        return Keys(food=likely.food[:rows], quantity=likely.quantity[:rows], unit=likely.unit[:rows])
    book = kitchen()
    metric = np.array([book.units.index("g" if "g" in food.units else "ml") for food in book.foods])
    rounds = -(-(rows + len(likely.food)) // len(book.foods))
    food = np.tile(np.arange(len(book.foods)), rounds)
    quantity = np.repeat(np.arange(1, rounds + 1) * 100, len(book.foods))
    grams = book.units.index("g")
    # The texts of the likely keys. Those of a whole number of the food's metric unit must not come a second time.
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


def key_texts(ranked: Keys) -> list[str]:
    """Return the canonical strings of keys."""
    book = kitchen()
    rows = zip(ranked.food.tolist(), ranked.quantity.tolist(), ranked.unit.tolist(), strict=True)
    return [_text(book, *key) for key in rows]


class Rows(Protocol):
    """The rows of the table, as snap.dataset passes them."""

    NULL: int

    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def numbers(self) -> Ints: ...
    @property
    def as_of(self) -> int: ...
    def bits(self, purpose: str, /) -> Bits: ...


def cache_rows(rows: Rows) -> Mapping[str, Any]:
    """Return rows of the cache. The number of a row is the rank of its key."""
    book, first = kitchen(), keys(rows.stop)
    ranked = Keys(food=first.food[rows.start :], quantity=first.quantity[rows.start :], unit=first.unit[rows.start :])
    texts = key_texts(ranked)
    weight = ranked.quantity * book.milligrams[ranked.food, ranked.unit]
    known = np.array([food.name not in _NOT_IN_FDC for food in book.foods])
    updated = rows.as_of - _age(rows)
    return {
        "ingredient_hash": pa.array([hashlib.sha256(text.encode()).hexdigest() for text in texts], pa.string()),
        "canonical_string": pa.array(texts, pa.string()),
        "macros": macros_json(half_up(weight[:, None] * book.macros[ranked.food], 10_000_000)),
        "fdc_id": np.where(known[ranked.food], FDC_BASE + ranked.food, rows.NULL),
        "updated_at": updated,
        "expires_at": updated + _KEPT,
    }


def _age(rows: Rows) -> Ints:
    """Return how long before as-of each row was written."""
    turn = np.where(rows.numbers < STAY_FRESH, -1, rows.numbers % _STRIDE)
    least, most = np.full(len(turn), DAY), np.where(rows.numbers < STAY_FRESH, 30 * DAY, 80 * DAY)
    least[turn == _EXPIRED], most[turn == _EXPIRED] = _KEPT, _KEPT + 30 * DAY
    least[turn == _EXPIRING], most[turn == _EXPIRING] = _KEPT - 7 * DAY, _KEPT - DAY // 24
    return spread(rows.bits("age"), least, most)
