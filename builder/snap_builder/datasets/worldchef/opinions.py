"""What users think of recipes, and the stars that they give them.

A like and a rating share one opinion: the sum of the recipe's quality, the user's kindness, the fit of the recipe to
the user's taste, and a random part that is always the same for this user and this recipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from snap_builder.datasets.worldchef.draws import mixed

if TYPE_CHECKING:
    from snap.dataset import OwnRows
    from snap_builder.engine.streams import Ints

# The least opinion of each number of stars above one; 5 of 8 ratings have five.
_STARS = np.array([-240, -150, -30, 158])
LIKED = int(_STARS[2])  # the least opinion with which a user likes a recipe: that of four stars

_OF_USER = ("user.character", "user.kindness", "user.favourite", "user.second", "user.diets")
_OF_RECIPE = ("recipe.character", "recipe.quality", "recipe.cuisine", "recipe.tags")
READ = (*_OF_USER, *_OF_RECIPE)  # by an opinion


def opinion(user: Any, recipe: Any, fits: Ints) -> Ints:
    """Return what users think of recipes, from about -900 to 900. `fits` is what `fit` returns for them."""
    noise = mixed(user["character"], recipe["character"])
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
    return {"rating": 1 + np.searchsorted(_STARS, opinion(user, recipe, fit(user, recipe)), side="right")}
