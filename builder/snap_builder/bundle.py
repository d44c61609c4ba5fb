"""Add the further files of a bundled dataset: media, queries, versions, and the tables that its rules read."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from snap.checks import RuleSet, load_rules
from snap.manifest import Parameters
from snap.schema import Table
from snap_builder import media
from snap_builder.dataset import Dataset, PublishedVersion
from snap_builder.locating import SCHEMA
from snap_builder.revision import revision_of


def completed(dataset: Dataset, package: ModuleType, folder: Path) -> Dataset:
    """Return a dataset completed with those files of its package that exist in `folder`.

    `schema.sql` replaces the dataset's SQL, with privileges and comments, unless the script inserts rows. `media` holds
    photos, `postgres` the SQL that health runs. `versions.json` lists versions, and a dataset that has it has a budget
    too. The files of `vocab` count for the revision. `references.py` gives the tables that the `rules` query. PART_ROWS
    and AHEAD of the package become the dataset's part_rows and ahead. DERIVED names the columns that triggers maintain,
    by table.
    """
    versions = _versions(dataset.name, folder / "versions.json")
    script = folder / SCHEMA
    words = sorted(path for path in (folder / "vocab").rglob("*") if path.is_file())
    contents = (path.read_bytes() for path in words)
    return replace(
        dataset,
        sql=script.read_text("utf-8") if script.is_file() and not dataset.fixed else dataset.sql,
        tables=tuple(_kept(table, getattr(package, "DERIVED", {}).get(table.label, ())) for table in dataset.tables),
        media=cache(lambda: media.load(folder / "media")) if (folder / "media").is_dir() else None,
        postgres=folder / "postgres" if (folder / "postgres").is_dir() else None,
        versions=versions,
        budgeted=bool(versions),
        revision=revision_of((str(dataset.revision).encode(), *contents)) if words else dataset.revision,
        rules=cache(lambda: _rules(package, folder)) if (folder / "references.py").is_file() else dataset.rules,
        part_rows=getattr(package, "PART_ROWS", {}),
        ahead=getattr(package, "AHEAD", {}),
    )


def _kept(table: Table, derived: Collection[str]) -> Table:
    columns = (replace(column, derived=column.name in derived) for column in table.columns)
    return replace(table, columns=tuple(columns)) if derived else table


def _versions(name: str, listed: Path) -> Mapping[str, PublishedVersion]:
    """Return the versions that come with a dataset.

    The file that lists them is not part of the dataset's revision, so a new version does not change the revision.
    """
    if not listed.is_file():
        return {}
    return {
        version: PublishedVersion(
            parameters=Parameters(dataset=name, sets=(), **said["parameters"]), digest=said["digest"]
        )
        for version, said in json.loads(listed.read_text("utf-8")).items()
    }


def _rules(package: ModuleType, folder: Path) -> RuleSet:
    """Return the rules of a dataset, with the reference tables that they query."""
    return load_rules(folder / "rules", import_module(f"{package.__name__}.references").references())
