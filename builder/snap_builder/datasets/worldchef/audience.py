"""Who likes, rates, follows and collects what: the reach of recipes, and the scores of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from snap_builder.datasets.worldchef.lives import between, found
from snap_builder.datasets.worldchef.opinions import LIKED, fit, opinion
from snap_builder.datasets.worldchef.vocabulary import DIETS
from snap_builder.engine.calendar import HOUR

if TYPE_CHECKING:
    from snap.dataset import Meeting, OwnRows
    from snap_builder.engine.streams import Ints

NEVER = -1  # the score of a pair that never becomes a row
_NO_FLESH = 1 << DIETS.index("vegetarian") | 1 << DIETS.index("vegan")
_HALAL = 1 << DIETS.index("halal")
_MARGIN = 2 * HOUR  # an act needs at least this long between what it needs and its end
# How many tenths of its appeal a recipe has by its quality.
_LIKED_BY_QUALITY = ((-400, 1), (-200, 3), (0, 10), (200, 45), (400, 250))
_OPEN = {"published": 100, "archived": 40, "admin_removed": 12}  # percent; drafts reach nobody


def reach(rows: OwnRows) -> dict[str, Ints]:
    """Return the weight of each recipe in likes, ratings and items: appeal, quality, status, time since publication."""
    published, status = rows.integers("published_at"), rows.texts("status")
    open_to = sum(percent * pc.equal(status, name).to_numpy(zero_copy_only=False) for name, percent in _OPEN.items())
    liked = between(_LIKED_BY_QUALITY, rows.integers("quality"))
    return {"reach": rows.integers("appeal") * liked // 10 * found(rows, published) // 1000 * open_to // 100}


def filling(rows: OwnRows) -> dict[str, Ints]:
    """Return the weight of each collection among items, from its size and the time since its creation."""
    return {"filling": rows.integers("size") * found(rows, rows.integers("created_at"))}


def likes(pair: Meeting) -> Ints:
    """Return the scores of likes. Nobody likes their own recipes, or recipes that they would rate badly or not eat."""
    user, recipe = pair.left, pair.right
    fits = fit(user, recipe)
    never = _apart(user, recipe) | _uneatable(user, recipe) | (opinion(user, recipe, fits) < LIKED)
    return np.where(never, NEVER, _closeness(user, recipe, fits))


def rates(pair: Meeting) -> Ints:
    """Return the scores of ratings. A user has cooked the recipe before rating it, and so eats what is in it."""
    user, recipe = pair.left, pair.right
    return np.where(_apart(user, recipe) | _uneatable(user, recipe), NEVER, _closeness(user, recipe, fit(user, recipe)))


def follows(pair: Meeting) -> Ints:
    """Return the scores of follows. Both users are members at the same time, and a similar cuisine scores higher."""
    left, right = pair.left, pair.right
    alike = (left["favourite"] == right["favourite"]) * 2 + (left["second"] == right["favourite"])
    return np.where(_brief(left, right, "created_at"), NEVER, alike)


def collects(pair: Meeting) -> Ints:
    """Return the scores of collection items. A recipe outside the collection's theme is never an item."""
    shelf, recipe = pair.left, pair.right
    value, meal = shelf["theme_value"], recipe["meal"]
    by_theme = [recipe["cuisine"] == value, (recipe["tags"] >> value) & 1 == 1, meal == value, meal >= 0]
    apart = _brief(shelf, recipe, "published_at") | ~np.choose(shelf["theme"], by_theme)
    return np.where(apart, NEVER, recipe["quality"] // 64 + 8)


def _apart(user: Any, recipe: Any) -> Any:
    """Return whether users wrote the recipes themselves, or had too little time to act on them."""
    return (user["number"] == recipe["author_id"]) | _brief(user, recipe, "cookable_at")


def _brief(left: Any, right: Any, since: str) -> Any:
    """Return whether less than _MARGIN passes from the creation of `left` and from `since` until one of them ends."""
    return np.minimum(left["until"], right["until"]) - np.maximum(left["created_at"], right[since]) < _MARGIN


def _uneatable(user: Any, recipe: Any) -> Any:
    diets = user["diets"]
    return ((recipe["flesh"] == 1) & (diets & _NO_FLESH != 0)) | ((recipe["pork"] == 1) & (diets & _HALAL != 0))


def _closeness(user: Any, recipe: Any, fits: Ints) -> Ints:
    return 2 * fits + (recipe["from_area"] == user["area"])
