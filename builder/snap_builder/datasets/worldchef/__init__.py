"""WorldChef, a recipe app: users, recipes, a nutrition cache, and what people do with recipes."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from snap_builder.dataset import Dataset, Inputs, Plan

if TYPE_CHECKING:
    from snap.checks import RuleSet
    from snap_builder.media import Media

_PROFILES = {
    "staging": {
        "users": 300,
        "recipes": 600,
        "nutrition": 2_000,
        "recipe_likes": 2_500,
        "recipe_ratings": 1_000,
        "user_follows": 700,
        "recipe_collections": 100,
        "recipe_collection_items": 700,
    },
    "poc2": {
        "users": 20_000,
        "recipes": 100_000,
        "nutrition": 12_000,
        "recipe_likes": 500_000,
        "recipe_ratings": 200_000,
        "user_follows": 50_000,
        "recipe_collections": 20_000,
        "recipe_collection_items": 100_000,
    },
}


@cache
def dataset() -> Dataset:
    """The dataset's definition."""
    from snap_builder.datasets.worldchef.schema import ENUMS, SQL, TABLES  # noqa: PLC0415

    return Dataset(
        name="worldchef",
        tables=TABLES,
        enums=ENUMS,
        sql=SQL,
        profiles=_PROFILES,
        budget_profile="staging",
        seed=20_250_624,  # the day the data was first specified
        as_of="2026-11-01",
        # About 20 MB of documents a part: two workers stay busy and memory stays flat.
        part_rows={"recipes": 8_192},
        plan=_plan,
        rules=_rules,
        media=_media,
        postgres=files("snap_builder.datasets.worldchef") / "postgres",
    )


def _plan(inputs: Inputs) -> Plan:
    from snap_builder.datasets.worldchef.plan import WorldChef  # noqa: PLC0415

    return WorldChef(inputs)


@cache
def _rules() -> RuleSet:
    from snap.checks import load_rules  # noqa: PLC0415
    from snap_builder.datasets.worldchef.references import references  # noqa: PLC0415

    return load_rules(files("snap_builder.datasets.worldchef") / "rules", references())


@cache
def _media() -> Media:
    from snap_builder.media import load  # noqa: PLC0415

    return load(files("snap_builder.datasets.worldchef") / "media")
