"""What people are like: where they live, what they like to eat, whom they know, and how they say who they are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap_builder.datasets.worldchef.lives import found
from snap_builder.datasets.worldchef.tables import weighted
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, LANGUAGES, diets, places, regions, tastes_of
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY
from snap_builder.engine.streams import Ints, Weights, below, chance

if TYPE_CHECKING:
    from snap.dataset import OwnRows
    from snap_builder.datasets.worldchef.draws import Rows

_PEOPLE = 300  # people of whom those of the same region, about fifty, know each other
_RENOWN = 1 << 3
_NO_DIET = 62  # weight of no diet, next to the weights of the diets in diets.csv


@cache
def _weights() -> Weights:
    """Return the weights of places: all regions are alike in size."""
    totals = {region: sum(p.weight for p in places() if p.region == region) for region in regions()}
    return Weights([place.weight * 100_000 // totals[place.region] for place in places()])


def homes(rows: Rows) -> dict[str, Any]:
    """Return where people live, by the number of the place, and what follows from that.

    `language` is the index in LANGUAGES of the language of their recipes, `speech` the code of the one they speak.
    """
    where, home = places(), _weights().choose(rows.bits("town"))
    return {
        "home": home,
        "area": np.array([regions().index(p.region) for p in where])[home],
        "language": np.array([LANGUAGES.index(p.language) if p.language in LANGUAGES else 0 for p in where])[home],
        "speech": columns.texts([p.language for p in where], home),
        "locale": columns.texts([p.locale for p in where], home),
        "zone": columns.texts([p.zone for p in where], home),
        "address": columns.texts([f"{p.place}, {p.country}" for p in where], home),
    }


def tastes(rows: Rows) -> dict[str, Ints]:
    """Return people's first and second cuisine, their main diet (NULL: none) and the mask of all their diets."""
    area, cuisines = rows.integers("area"), range(len(CUISINES))
    by_region = [list(enumerate(tastes_of(region))) for region in regions()]
    others = [[each for each in tastes if each[0] != first] for tastes in by_region for first in cuisines]
    first = weighted(by_region).choose(area, rows.bits("first"))
    diet = Weights([*(each.often for each in diets()), _NO_DIET]).choose(rows.bits("diet"))
    keeps, known = diet < len(DIETS), np.minimum(diet, len(DIETS) - 1)
    also = np.array([[DIETS.index(other) for other in each.also] for each in diets()])
    other = also[known, below(rows.bits("other diet"), also.shape[1])]
    more = keeps & chance(rows.bits("another diet"), 25)
    one = np.ones(len(diet), np.int64)
    return {
        "favourite": first,
        "second": weighted(others).choose(area * len(cuisines) + first, rows.bits("second")),
        "diet": np.where(keeps, known, rows.NULL),
        "diets": np.where(keeps, one << known, 0) | np.where(more, one << other, 0),
    }


def standing(rows: OwnRows) -> dict[str, Ints]:
    """Return weights for how often people act, write, follow and are followed, and the number of their circle.

    The weights grow with the time of membership; roles that publish follow and are followed more often.
    """
    publishes = pc.not_equal(rows.texts("role"), "standard").to_numpy(zero_copy_only=False)
    here = found(rows, rows.integers("created_at"))
    renown = 1 + _RENOWN // (1 + below(rows.bits("renown"), _RENOWN))
    return {
        "drive": rows.integers("activity") * here // 100,
        "writing": rows.integers("output") * ((rows.as_of - rows.integers("created_at")) // DAY),
        "following": rows.integers("curiosity") * np.where(publishes, 6, 1) * here // 100,
        "fame": np.where(publishes, 200, 1) * renown * here // 100,
        "circle": rows.numbers // _PEOPLE * len(regions()) + rows.integers("area"),
        "number": rows.numbers,
    }


def profile(rows: OwnRows) -> dict[str, pa.Array]:
    """Return the columns of a profile other than names and texts."""
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
