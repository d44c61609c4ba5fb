"""The choice of a recipe's photo: the photo fits the kind of dish, and shows no food that the recipe lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.programs import PHOTOS
from snap_builder.datasets.worldchef.records import Dish
from snap_builder.datasets.worldchef.suiting import HOLDS
from snap_builder.datasets.worldchef.tables import Ragged, ragged
from snap_builder.datasets.worldchef.vocabulary import MEALS, photo_classes
from snap_builder.engine.streams import Bits, Ints

_SWEET = "sweet"


@dataclass(frozen=True, slots=True)
class _Album:
    """Photos by class. Class 0 has no photo.

    `shows` are the foods that a recipe must hold to have the photo, `hides` those that it may not hold, both as bits
    over HOLDS.
    """

    of_dish: Ints
    sweet: int
    photos: Ragged
    shows: Ints
    hides: Ints
    width: int


@cache
def _album() -> _Album:
    classes = photo_classes()["class"]
    lists = [(), *(tuple(each["photos"]) for each in classes)]
    return _Album(
        of_dish=np.array([_class_of(dish, classes) for dish in kitchen().dishes]),
        sweet=1 + [each["name"] for each in classes].index(_SWEET),
        photos=ragged(lists),
        shows=_masks("shows"),
        hides=_masks("hides"),
        width=max(map(len, lists)),
    )


def _masks(what: str) -> Ints:
    """Return the foods that each photo shows or hides, as `what` says, as bit masks over HOLDS."""
    bits = {name: 1 << bit for bit, name in enumerate(HOLDS)}
    listed = photo_classes()[what]
    return np.array([sum(bits[name] for name in listed.get(f"{photo:02d}", ())) for photo in range(PHOTOS)])


def _class_of(dish: Dish, classes: list[dict[str, list[str]]]) -> int:
    said = f"{dish.id} {' '.join(dish.titles)}".lower()
    for number, each in enumerate(classes, 1):
        if dish.kind in each["kinds"] and any(word in said for word in each.get("words", [""])):
            return number
    return 0


def photo_class(dish: Ints, meal: Ints) -> Ints:
    """Return the class of photos that fits each recipe, 0 if none does."""
    album = _album()
    return np.where(meal == MEALS.index("dessert"), album.sweet, album.of_dish[dish])


def photo(kinds: Ints, held: Ints, bits: Bits) -> Ints:
    """Return, for each recipe, a photo of its class that fits the foods that it holds, -1 if none fits."""
    album = _album()
    count = album.photos.counts[kinds]
    start = (bits >> np.uint64(32)).astype(np.int64)
    found = np.full(len(kinds), -1, np.int64)
    for number in range(album.width):
        one = album.photos.pick(kinds, (start + number) % np.maximum(count, 1))
        fits = (count > 0) & ((album.shows[one] & ~held) == 0) & ((album.hides[one] & held) == 0)
        found = np.where((found < 0) & fits, one, found)
    return found
