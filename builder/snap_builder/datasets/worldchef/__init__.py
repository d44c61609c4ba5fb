"""WorldChef, a recipe app: declared in dataset.py, in the words that every project has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from snap.manifest import Parameters
from snap_builder.dataset import Dataset, PublishedVersion
from snap_builder.revision import revision_of

if TYPE_CHECKING:
    from snap.checks import RuleSet
    from snap_builder.media import Media

_FOLDER = files("snap_builder.datasets.worldchef")


@cache
def worldchef() -> Dataset:
    """The dataset, with what a declaration does not hold: photos, queries, versions, and a budget of bytes."""
    from snap_builder.find import bundled  # noqa: PLC0415

    declared = bundled("worldchef")
    vocabularies = sorted(_files(_FOLDER / "vocab"), key=str)
    return replace(
        declared,
        budgeted=True,
        # About 20 MB of documents a part: two workers stay busy and memory stays flat.
        part_rows={"recipes": 8_192},
        rules=_rules,
        media=_media,
        postgres=_FOLDER / "postgres",
        revision=revision_of((str(declared.revision).encode(), *(file.read_bytes() for file in vocabularies))),
        versions=_versions(),
    )


def _versions() -> Mapping[str, PublishedVersion]:
    """Return the versions that come with the dataset. No revision hashes their file: a new one moves none."""
    listed = json.loads((_FOLDER / "versions.json").read_text("utf-8"))
    return {
        name: PublishedVersion(
            parameters=Parameters(dataset="worldchef", sets=(), **version["parameters"]), digest=version["digest"]
        )
        for name, version in listed.items()
    }


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry)
        else:
            yield entry


@cache
def _rules() -> RuleSet:
    from snap.checks import load_rules  # noqa: PLC0415
    from snap_builder.datasets.worldchef.references import references  # noqa: PLC0415

    return load_rules(_FOLDER / "rules", references())


@cache
def _media() -> Media:
    from snap_builder.media import load  # noqa: PLC0415

    return load(_FOLDER / "media")
