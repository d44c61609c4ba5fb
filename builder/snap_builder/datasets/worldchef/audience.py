"""Who likes, rates, follows and collects what: the reach of recipes, and the scores of pairs.

A like and a rating share one opinion: the sum of the recipe's quality, the user's kindness, the fit of the recipe to
the user's taste, and a random part that is always the same for this user and this recipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from snap_builder.datasets.worldchef.vocabulary import DIETS
from snap_builder.engine.calendar import HOUR

if TYPE_CHECKING:
    from snap.dataset import Meeting, OwnRows
    from snap_builder.engine.streams import Ints

NEVER = -1  # the score of a pair that never becomes a row
_NO_FLESH = 1 << DIETS.index("vegetarian") | 1 << DIETS.index("vegan")
_HALAL = 1 << DIETS.index("halal")
_MARGIN = 2 * HOUR  # an act needs at least this long between what it needs and its end
# The least opinion of each number of stars above one; 5 of 8 ratings have five.
_STARS = np.array([-240, -150, -30, 158])
_LIKED = int(_STARS[2])  # the least opinion with which a user likes a recipe: that of four stars
# How many tenths of its appeal a recipe has by its quality.
_LIKED_BY_QUALITY = ((-400, 1), (-200, 3), (0, 10), (200, 45), (400, 250))
# Of those whom a recipe reaches in the end, how many of a thousand come within so many hours.
_FOUND = ((0, 0), (24, 20), (72, 90), (168, 250), (336, 480), (720, 700), (1440, 850), (2880, 930), (8760, 1000))
_OPEN = {"published": 100, "archived": 40, "admin_removed": 12}  # percent; drafts reach nobody
_FACTOR, _OTHER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)

_OF_USER = ("user.character", "user.kindness", "user.favourite", "user.second", "user.diets")
_OF_RECIPE = ("recipe.character", "recipe.quality", "recipe.cuisine", "recipe.tags")
READ = (*_OF_USER, *_OF_RECIPE)  # by an opinion


def reach(rows: OwnRows) -> dict[str, Ints]:
    """Return the weight of each recipe in likes, ratings and items: appeal, quality, status, time since publication."""
    published, status = rows.integers("published_at"), rows.texts("status")
    open_to = np.zeros(len(published), np.int64)
    for name, percent in _OPEN.items():
        open_to += percent * pc.equal(status, name).to_numpy(zero_copy_only=False)
    liked = between(_LIKED_BY_QUALITY, rows.integers("quality"))
    return {"reach": rows.integers("appeal") * liked // 10 * found(rows, published) // 1000 * open_to // 100}


def filling(rows: OwnRows) -> dict[str, Ints]:
    """Return the weight of each collection among items, from its size and the time since its creation."""
    return {"filling": rows.integers("size") * found(rows, rows.integers("created_at"))}


def found(rows: OwnRows, since: Ints) -> Ints:
    """Return how many of a thousand acts that concern a row come by as-of, if the row exists since the moment `since`.

    All acts come as fast as likes after a publication, so that the last days before as-of are like all others.
    """
    return between(_FOUND, np.where(since == rows.NULL, 0, rows.as_of - since) // HOUR)


def between(points: tuple[tuple[int, int], ...], values: Ints) -> Ints:
    """Return y for each value x, on the lines between points (x, y), or the outermost point's y beyond them."""
    x, y = np.array(points).T
    place = np.clip(np.searchsorted(x, values, side="right") - 1, 0, len(x) - 2)
    inside = np.clip(values, x[0], x[-1]) - x[place]
    result: Ints = y[place] + (y[place + 1] - y[place]) * inside // (x[place + 1] - x[place])
    return result


def opinion(user: Any, recipe: Any) -> Ints:
    """Return what users think of recipes, from about -900 to 900."""
    return _opinion(user, recipe, fit(user, recipe))


def _opinion(user: Any, recipe: Any, fits: Ints) -> Ints:
    noise = _mixed(user["character"], recipe["character"])
    chance = (noise >> np.uint64(54)).astype(np.int64) + ((noise >> np.uint64(44)) & np.uint64(1023)).astype(np.int64)
    return (chance - 1023) // 5 + recipe["quality"] + user["kindness"] + 60 * fits


def fit(user: Any, recipe: Any) -> Ints:
    """Return how well recipes fit users' tastes, from 0 to 3: their first and second cuisine, their diet."""
    first, second = recipe["cuisine"] == user["favourite"], recipe["cuisine"] == user["second"]
    diets = user["diets"]
    fits = (diets != 0) & ((recipe["tags"] & diets) == diets)
    return np.where(first, 2, 0) + np.where(second, 1, 0) + np.where(fits, 1, 0)


def stars(rows: OwnRows) -> dict[str, Ints]:
    """Return the stars of ratings, by the opinion of who rates."""
    user, recipe = ({path.partition(".")[2]: rows.integers(path) for path in end} for end in (_OF_USER, _OF_RECIPE))
    return {"rating": 1 + np.searchsorted(_STARS, opinion(user, recipe), side="right")}


def likes(pair: Meeting) -> Ints:
    """Return the scores of likes. Nobody likes their own recipes, or recipes that they would rate badly or not eat."""
    user, recipe = pair.left, pair.right
    fits = fit(user, recipe)
    never = _apart(user, recipe) | _uneatable(user, recipe) | (_opinion(user, recipe, fits) < _LIKED)
    return np.where(never, NEVER, _closeness(user, recipe, fits))


def rates(pair: Meeting) -> Ints:
    """Return the scores of ratings. A user has cooked the recipe before rating it, and so eats what is in it."""
    user, recipe = pair.left, pair.right
    return np.where(_apart(user, recipe) | _uneatable(user, recipe), NEVER, _closeness(user, recipe, fit(user, recipe)))


def follows(pair: Meeting) -> Ints:
    """Return the scores of follows. Both users are members at the same time, and a similar cuisine scores higher."""
    left, right = pair.left, pair.right
    begins = np.maximum(left["created_at"], right["created_at"])
    ends = np.minimum(left["until"], right["until"])
    alike = (left["favourite"] == right["favourite"]) * 2 + (left["second"] == right["favourite"])
    return np.where(ends - begins < _MARGIN, NEVER, alike)


def collects(pair: Meeting) -> Ints:
    """Return the scores of collection items. A recipe outside the collection's theme is never an item."""
    shelf, recipe = pair.left, pair.right
    begins = np.maximum(shelf["created_at"], recipe["published_at"])
    ends = np.minimum(shelf["until"], recipe["until"])
    kind, value = shelf["theme"], shelf["theme_value"]
    fits = np.choose(
        kind,
        [recipe["cuisine"] == value, (recipe["tags"] >> value) & 1 == 1, recipe["meal"] == value, recipe["meal"] >= 0],
    )
    return np.where((ends - begins < _MARGIN) | ~fits.astype(bool), NEVER, recipe["quality"] // 64 + 8)


def _apart(user: Any, recipe: Any) -> Any:
    """Return whether users wrote the recipes themselves, or had less than _MARGIN to act on them."""
    begins = np.maximum(user["created_at"], recipe["cookable_at"])
    ends = np.minimum(user["until"], recipe["until"])
    return (user["number"] == recipe["author_id"]) | (ends - begins < _MARGIN)


def _uneatable(user: Any, recipe: Any) -> Any:
    diets = user["diets"]
    return ((recipe["flesh"] == 1) & (diets & _NO_FLESH != 0)) | ((recipe["pork"] == 1) & (diets & _HALAL != 0))


def _closeness(user: Any, recipe: Any, fits: Ints) -> Ints:
    return 2 * fits + (recipe["from_area"] == user["area"])


def _mixed(left: Ints, right: Ints) -> Any:
    word = left.astype(np.uint64) * _FACTOR ^ right.astype(np.uint64) * _OTHER
    word = (word ^ (word >> np.uint64(31))) * _FACTOR
    return word ^ (word >> np.uint64(29))
