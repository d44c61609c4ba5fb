"""WorldChef, a recipe app: users, recipes, a nutrition cache, and what people do with recipes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from snap.manifest import Parameters
from snap_builder.dataset import Dataset, Inputs, Plan, PublishedVersion
from snap_builder.revision import code_of, revision_of

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
_FOLDER = files("snap_builder.datasets.worldchef")


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
        default_profile="staging",
        budgeted=True,
        seed=20_250_624,  # the day the data was first specified
        as_of="2026-11-01",
        # About 20 MB of documents a part: two workers stay busy and memory stays flat.
        part_rows={"recipes": 8_192},
        plan=_plan,
        rules=_rules,
        media=_media,
        postgres=_FOLDER / "postgres",
        revision=_revision(),
        versions=_versions(),
    )


def _versions() -> dict[str, PublishedVersion]:
    """Return the versions that come with the dataset. No revision hashes their file: a new one moves none."""
    listed = json.loads((_FOLDER / "versions.json").read_text("utf-8"))
    return {
        name: PublishedVersion(
            parameters=Parameters(dataset="worldchef", sets=(), **version["parameters"]), digest=version["digest"]
        )
        for name, version in listed.items()
    }


def _revision() -> str:
    """Return the hash of the schema, the code and the vocabularies. What only reads the rows counts for nothing."""
    code = sorted(file.name for file in _FOLDER.iterdir() if file.name.endswith(".py"))
    vocabularies = sorted(_files(_FOLDER / "vocab"), key=lambda file: str(file))
    return revision_of(
        (
            (_FOLDER / "schema.sql").read_bytes(),
            *(code_of((_FOLDER / name).read_bytes()) for name in code),
            *(file.read_bytes() for file in vocabularies),
        )
    )


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry)
        else:
            yield entry


def _plan(inputs: Inputs) -> Plan:
    from snap_builder.datasets.worldchef.plan import WorldChef  # noqa: PLC0415

    return WorldChef(inputs)


@cache
def _rules() -> RuleSet:
    from snap.checks import load_rules  # noqa: PLC0415
    from snap_builder.datasets.worldchef.references import references  # noqa: PLC0415

    return load_rules(_FOLDER / "rules", references())


@cache
def _media() -> Media:
    from snap_builder.media import load  # noqa: PLC0415

    return load(_FOLDER / "media")
