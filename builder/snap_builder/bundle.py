"""What comes with a bundled dataset besides its declaration: photos, queries, versions, and what its rules ask."""

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
    """Return a dataset with what its package holds, in `folder`: of these, those that are there.

    A `schema.sql` that inserts no row is the schema's SQL as it stands, with its privileges and comments. `media` are
    photos, and `postgres` what health asks. `versions.json` lists versions: a dataset that has them has a
    budget too. `vocab` counts for the revision. `references.py` gives the tables that its `rules` ask. PART_ROWS and
    AHEAD of the package are the dataset's part_rows and ahead, DERIVED are the columns that triggers keep, by table.
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
    """Return the versions that come with a dataset. No revision hashes their file: a new one moves none."""
    if not listed.is_file():
        return {}
    return {
        version: PublishedVersion(
            parameters=Parameters(dataset=name, sets=(), **said["parameters"]), digest=said["digest"]
        )
        for version, said in json.loads(listed.read_text("utf-8")).items()
    }


def _rules(package: ModuleType, folder: Path) -> RuleSet:
    """Return the rules, which ask tables of references too: these are made when they are asked for."""
    return load_rules(folder / "rules", import_module(f"{package.__name__}.references").references())
