"""WorldChef's schema: what a Postgres made of schema.sql, kept beside it in schema.json, which a test compares."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from snap.schema import Table
from snap.schema_json import read_schema_json

_FOLDER = files("snap_builder.datasets.worldchef")
_SCRIPT = (_FOLDER / "schema.sql").read_bytes()
_SCHEMA = read_schema_json((_FOLDER / "schema.json").read_bytes(), _SCRIPT)
if _SCHEMA is None:
    raise ValueError("schema.json was made of another schema.sql, or by another snap: python -m tests.kept_schemas")

# Triggers of schema.sql keep these, which no catalog says.
_DERIVED = {
    "users": ("last_active_at",),
    "recipes": ("likes_count", "ratings_count", "rating_average", "collections_count"),
    "recipe_collections": ("items_count",),
}


def _known(table: Table) -> Table:
    """Return a table with its derived columns marked, and its references in the order of their columns."""
    derived = _DERIVED.get(table.name, ())
    names = [column.name for column in table.columns]
    return replace(
        table,
        columns=tuple(replace(column, derived=column.name in derived) for column in table.columns),
        foreign_keys=tuple(sorted(table.foreign_keys, key=lambda key: names.index(key.columns[0]))),
    )


SQL = _SCRIPT.decode()
# In the order of the script, as all versions list them.
ENUMS = tuple(sorted(_SCHEMA.enums, key=lambda enum: SQL.index(f"CREATE TYPE public.{enum.name} ")))
TABLES = tuple(sorted(map(_known, _SCHEMA.tables), key=lambda table: SQL.index(f"CREATE TABLE public.{table.name} ")))
