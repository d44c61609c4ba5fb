"""The datasets that `snap build` knows: the project's own, and those that come with snap."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from snap import durable, schema_json
from snap.config import BuildSettings
from snap.errors import UsageError

if TYPE_CHECKING:
    from snap.schema import Schema
    from snap_builder.dataset import Dataset
    from snap_builder.locating import Source
    from snap_cli.context import Context

DEFAULT = "worldchef"
BY_URL = 'name the database, such as --db "$(snap db url {})"'
BY_NAME = "name the database, such as {}"


def _bundled(name: str) -> Dataset:
    from snap_builder import bundled  # noqa: PLC0415

    return bundled(name)


DATASETS: Mapping[str, Callable[[], Dataset]] = {name: partial(_bundled, name) for name in (DEFAULT, "shop")}


def chosen(context: Context) -> str | None:
    """Return the name of the default dataset: the one in snap.toml, else the project's only one, else WorldChef.

    Return None if the project has several datasets and snap.toml names none of them. Errors: UsageError for a dataset
    without its declaration.
    """
    from snap_builder import locate, names  # noqa: PLC0415

    project, named = context.root(), _named(context)
    if named is None:
        own = names(project)
        return None if len(own) > 1 else own[0] if own else DEFAULT
    source = locate(project, named)
    return named if source is None else source.name


def usual(context: Context, naming: str = BY_URL) -> str:
    """Return the name of the default dataset, which is also the name of its database in the embedded Postgres.

    Errors: UsageError if the project has several datasets and snap.toml names none of them. `naming` says how to name
    one on the command line, with a name in place of {}.
    """
    from snap_builder import names  # noqa: PLC0415

    name = chosen(context)
    if name is None:
        own = names(context.root())
        raise UsageError(
            f"this project has {len(own)} datasets: {', '.join(own)}",
            f'{naming.format(own[0])}, or write dataset = "{own[0]}" into section [build] of snap.toml',
        )
    return name


def find(context: Context, name: str | None) -> Dataset:
    """Return the dataset called `name`, or the one declared in FILE.py:NAME.

    Without a name, return the dataset that snap.toml names, else the project's only dataset, else WorldChef if the
    project has no dataset. Errors: UsageError that lists the known datasets.
    """
    from snap_builder import load, locate, names  # noqa: PLC0415

    project = context.root()
    name = name or _named(context) or usual(context, "name one, such as --dataset {}")
    source = locate(project, name)
    if source is not None:
        _require_own_name(source, project)
        return load(source, lambda script, source: _schema(context, script, source))
    if name not in DATASETS:
        known = [*names(project), *DATASETS]
        near = difflib.get_close_matches(name, known, n=1)
        listed = f"these are known: {', '.join(known)}"
        raise UsageError(f"there is no dataset {name!r}", f"did you mean {near[0]!r}? {listed}" if near else listed)
    return DATASETS[name]()


def _named(context: Context) -> str | None:
    """Return the dataset's name in snap.toml, or None."""
    return context.settings_file().section(BuildSettings, "build", only=("dataset",)).dataset


def _require_own_name(source: Source, project: Path) -> None:
    """Raise UsageError if a dataset of snap or another one of the project has the same name."""
    from snap_builder import locate  # noqa: PLC0415

    if source.name in DATASETS:
        raise UsageError(
            f"{source.name!r} is the name of a dataset that comes with snap and of one in {source.file.parent}",
            "rename the folder, or the variable of FILE.py:NAME",
        )
    other = locate(project, source.name)
    if other is not None and (other.file.resolve(), other.variable) != (source.file.resolve(), source.variable):
        raise UsageError(
            f"two datasets are called {source.name!r}: {source.variable} in {source.file}, and {other.file}",
            "rename one of them: a version identifies its dataset by name",
        )


def _schema(context: Context, script: Path, source: bytes) -> Schema:
    """Return the schema that a script creates, from the file beside it or else read by the embedded Postgres."""
    kept = script.with_suffix(".json")
    text = kept.read_bytes() if kept.is_file() else b""
    schema = schema_json.read_schema_json(text, source)
    if schema is None:
        from snap_restorer import read_schema  # noqa: PLC0415

        schema = read_schema([script], environment=context.environment, project=context.project(), warn=context.warn)
        read_from = schema_json.read_from(text)
        durable.write(kept, schema_json.schema_json(schema, source, read_from=read_from).encode())
    return schema
