"""Users and recipes that meet, as the scores of pairs read them."""

from __future__ import annotations

from typing import Any

import numpy as np

from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, MEALS
from snap_builder.engine.calendar import DAY, HOUR
from snap_builder.engine.streams import Ints, Seeds, below
from tests.builder.datasets.worldchef.given_rows import GivenRows

AS_OF = GivenRows.as_of
COUNT = 20_000
DRAWS = Seeds(3, "meetings")


def drawn(name: str, low: int, high: int) -> Ints:
    """Return COUNT random numbers from `low` to `high`, the same for each name."""
    return low + below(DRAWS.bits(name, 0, COUNT), high - low + 1)


def user(**said: Any) -> dict[str, Any]:
    """Return users of all kinds who exist for two years; the values in `said` are the same for each."""
    made = {
        "number": drawn("user", 0, 10_000),
        "character": drawn("user character", 0, 2**31),
        "kindness": drawn("kindness", -200, 200),
        "favourite": drawn("favourite", 0, len(CUISINES) - 1),
        "second": drawn("second", 0, len(CUISINES) - 1),
        "diets": np.zeros(COUNT, np.int64),
        "area": drawn("area", 0, 5),
        "created_at": np.full(COUNT, AS_OF - 700 * DAY),
        "until": np.full(COUNT, AS_OF),
    }
    return made | {name: np.full(COUNT, value) for name, value in said.items()}


def recipe(**said: Any) -> dict[str, Any]:
    """Return recipes of all kinds that were published 100 days ago; the values in `said` are the same for each."""
    made = {
        "author_id": np.full(COUNT, 20_000),
        "character": drawn("recipe character", 0, 2**31),
        "quality": drawn("quality", -200, 200),
        "cuisine": drawn("cuisine", 0, len(CUISINES) - 1),
        "meal": drawn("meal", 0, len(MEALS) - 1),
        "tags": drawn("tags", 0, (1 << len(DIETS)) - 1),
        "flesh": np.zeros(COUNT, np.int64),
        "pork": np.zeros(COUNT, np.int64),
        "from_area": drawn("from", 0, 5),
        "published_at": np.full(COUNT, AS_OF - 100 * DAY),
        "cookable_at": np.full(COUNT, AS_OF - 100 * DAY + 2 * HOUR),
        "until": np.full(COUNT, AS_OF),
    }
    return made | {name: np.full(COUNT, value) for name, value in said.items()}
