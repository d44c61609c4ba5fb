"""What people write about recipes: comments by stars, names and descriptions of collections by theme."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from snap_builder.datasets.worldchef.audience import THEMES, Collections
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, MEALS, phrases
from snap_builder.engine.streams import Ints, Seeds, below
from snap_builder.engine.templates import Pool, Programs, template

if TYPE_CHECKING:
    import pyarrow as pa


@cache
def comments() -> tuple[list[str], Ints, Ints, list[str]]:
    """Comments end to end, how many there are per star, where each star's begin; and details that fit any."""
    comment = phrases()["comment"]
    groups = [comment[str(stars)] for stars in range(1, 6)]
    counts = np.array([len(group) for group in groups])
    return [text for group in groups for text in group], counts, np.cumsum(counts) - counts, comment["detail"]


@cache
def _shelf_programs() -> tuple[Programs, Ints, Ints, Programs, Ints, Ints]:
    """Names, then descriptions: programs of (theme value), where each kind's begin, and how many there are."""
    pool = Pool()
    words = {
        "cuisine": pool.block(name.capitalize() for name in CUISINES),
        "diet": pool.block(name.replace("_", "-") for name in DIETS),
        "meal": pool.block(MEALS),
        "any": 0,
    }
    result: list[Programs | Ints] = []
    for what in ("names", "descriptions"):
        lists = [
            [template(pool, text, {f"{{{kind}}}": (words[kind], 0)}) for text in phrases()["collection"][kind][what]]
            for kind in THEMES
        ]
        counts = np.array([len(programs) for programs in lists])
        result += [
            Programs(pool, [p for programs in lists for p in programs]),
            np.cumsum(counts) - counts,
            counts,
        ]
    return tuple(result)  # type: ignore[return-value]


def shelf_texts(seeds: Seeds, shelves: Collections, start: int, stop: int) -> tuple[pa.StringArray, pa.StringArray]:
    kind, value = shelves.kind[start:stop], shelves.value[start:stop, None]
    names, name_start, name_count, texts, text_start, text_count = _shelf_programs()
    name = name_start[kind] + below(seeds.bits("name", start, stop), name_count[kind])
    text = text_start[kind] + below(seeds.bits("description", start, stop), text_count[kind])
    return names.render(name, value), texts.render(text, value)
