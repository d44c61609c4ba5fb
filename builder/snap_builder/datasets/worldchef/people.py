"""What people are like: where they live, what they like to eat, whom they know, and how they say who they are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap_builder.datasets.worldchef.audience import found
from snap_builder.datasets.worldchef.vocabulary import DIETS, LANGUAGES, places
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY
from snap_builder.engine.streams import Ints, Weights, below, chance

if TYPE_CHECKING:
    from collections.abc import Mapping

_PEOPLE = 300  # of whom those of one region know each other: about fifty
# How often a region's people favour a cuisine, in the order of CUISINES.
TASTES: Mapping[str, tuple[int, ...]] = {
    "north_america": (44, 12, 16, 8, 5, 5, 4, 6, 5, 4),
    "latin_america": (8, 12, 54, 4, 2, 2, 5, 8, 3, 2),
    "europe": (6, 30, 3, 5, 7, 5, 24, 20, 5, 3),
    "south_asia": (4, 6, 3, 9, 62, 5, 2, 5, 3, 2),
    "east_asia": (4, 5, 2, 27, 4, 12, 4, 3, 25, 23),
    "middle_east_africa": (5, 8, 3, 4, 11, 3, 7, 56, 2, 2),
}
# How often people keep a diet, in the order of DIETS; the rest eat everything.
_DIETS = Weights([20, 12, 11, 8, 7, 5, 8, 5, 9, 3, 62])
# Diets that may go along with each one.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "vegetarian": ("gluten_free", "low_fat"),
    "vegan": ("gluten_free", "low_fat"),
    "gluten_free": ("dairy_free", "low_carb"),
    "dairy_free": ("gluten_free", "low_carb"),
    "keto": ("gluten_free", "low_carb"),
    "paleo": ("gluten_free", "dairy_free"),
    "low_carb": ("gluten_free", "dairy_free"),
    "low_fat": ("dairy_free", "gluten_free"),
    "halal": ("gluten_free", "low_fat"),
    "kosher": ("gluten_free", "low_fat"),
}
_RENOWN = 1 << 5


@cache
def regions() -> tuple[str, ...]:
    """Return the regions, in the order of the file of places."""
    return tuple(dict.fromkeys(place.region for place in places()))


@cache
def _weights() -> Weights:
    """Return the weights of places: all regions are alike in size."""
    totals = {region: sum(p.weight for p in places() if p.region == region) for region in regions()}
    return Weights([place.weight * 100_000 // totals[place.region] for place in places()])


def homes(rows: Any) -> dict[str, Any]:
    """Return where people live, by the number of the place, and what follows from that.

    `language` is the place in LANGUAGES of the one in which they write recipes, `speech` the code of their own.
    """
    where, home = places(), _weights().choose(rows.bits("home"))
    return {
        "home": home,
        "area": np.array([regions().index(p.region) for p in where])[home],
        "language": np.array([LANGUAGES.index(p.language) if p.language in LANGUAGES else 0 for p in where])[home],
        "speech": columns.texts([p.language for p in where], home),
        "locale": columns.texts([p.locale for p in where], home),
        "zone": columns.texts([p.zone for p in where], home),
        "address": columns.texts([f"{p.place}, {p.country}" for p in where], home),
    }


def tastes(rows: Any) -> dict[str, Ints]:
    """Return people's first and second cuisine, their main diet (NULL: none) and the mask of all their diets."""
    area = rows.integers("area")
    weights = np.array([TASTES[region] for region in regions()])[area]
    first = _chosen(weights, rows.bits("first"))
    weights[np.arange(len(first)), first] = 0
    diet = _DIETS.choose(rows.bits("diet"))
    keeps, known = diet < len(DIETS), np.minimum(diet, len(DIETS) - 1)
    also = np.array([[DIETS.index(other) for other in _ALSO[name]] for name in DIETS])
    other = also[known, below(rows.bits("other diet"), also.shape[1])]
    more = keeps & chance(rows.bits("another diet"), 25)
    one = np.ones(len(diet), np.int64)
    return {
        "favourite": first,
        "second": _chosen(weights, rows.bits("second")),
        "diet": np.where(keeps, known, rows.NULL),
        "diets": np.where(keeps, one << known, 0) | np.where(more, one << other, 0),
    }


def standing(rows: Any) -> dict[str, Ints]:
    """Return how often people act, follow and are followed, by their role and by how long they are members; and the
    number of the circle in which they know each other."""
    publishes = pc.not_equal(rows.texts("role"), "standard").to_numpy(zero_copy_only=False)
    here = found(rows, rows.integers("created_at"))
    renown = 1 + _RENOWN // (1 + below(rows.bits("renown"), _RENOWN))
    return {
        "drive": rows.integers("activity") * here // 100,
        "writing": rows.integers("output") * ((rows.as_of - rows.integers("created_at")) // DAY),
        "following": rows.integers("curiosity") * np.where(publishes, 4, 1) * here // 100,
        "fame": np.where(publishes, 90, 1) * renown * here // 100,
        "circle": rows.numbers // _PEOPLE * len(regions()) + rows.integers("area"),
        "number": rows.numbers,
    }


def profile(rows: Any) -> dict[str, pa.Array]:
    """Return what stands in a profile besides names and texts."""
    has_avatar = chance(rows.bits("avatar"), 78)
    ending = np.where(has_avatar, below(rows.bits("format"), 2), -1)
    publishes = pc.not_equal(rows.texts("role"), "standard").to_numpy(zero_copy_only=False)
    return {
        "region": columns.texts(regions(), rows.integers("area")),
        "avatar_url": columns.concat(
            "https://cdn.worldchef.example/avatars/",
            columns.hex_digits(rows.bits("key"), 16),
            columns.texts([".webp", ".jpg"], ending),
        ),
        "dietary_preferences": columns.flags(DIETS, rows.integers("diets")),
        "is_verified": columns.booleans(publishes & chance(rows.bits("verified"), 85)),
    }


def _chosen(weights: Ints, bits: Any) -> Ints:
    """Return one index for each row of weights, shape (rows, choices)."""
    sums = np.cumsum(weights, axis=1)
    return (below(bits, sums[:, -1])[:, None] >= sums).sum(axis=1)
