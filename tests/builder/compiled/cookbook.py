"""Define a schema of cooks and recipes, and a function that makes several columns of recipes together."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from snap.errors import UsageError
from snap.schema import Enum, Schema, Table
from snap_builder.declare import (
    Dataset,
    choice,
    integer,
    made_by,
    weights,
)
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns, key

COOKS = Table(
    name="cooks",
    columns=columns("id bigint", "name text", "cuisine text", "joined timestamp with time zone", "recipes bigint"),
    primary_key=("id",),
)
RECIPES = Table(
    name="recipes",
    columns=columns(
        *("id bigint", "cook_id bigint", "title character varying(30)", "slug text", "lines jsonb", "tags text[]?"),
        *("mood kind", "cost numeric(6,2)?", "at timestamp with time zone?", "on_day date", "rating double precision?"),
        *("token uuid?", "lasts interval?", "short smallint?", "vegan boolean", "code citext?", "moods kind[]?"),
    ),
    primary_key=("id",),
    foreign_keys=(key("cook_id", "cooks"),),
)
LIKES = Table(
    name="likes",
    columns=columns("cook_id bigint", "recipe_id bigint", "at timestamp with time zone"),
    primary_key=("cook_id", "recipe_id"),
    foreign_keys=(key("cook_id", "cooks"), key("recipe_id", "recipes")),
)
SCHEMA = Schema(tables=(COOKS, RECIPES, LIKES), enums=(Enum(name="kind", labels=("calm", "wild")),), sql="")
DISHES = pa.array(["stew", "pie", "dal", "soup"])


def compose(rows: Any) -> dict[str, Any]:
    """Return titles, slugs and lines that fit each other, the cook's cuisine and the wanted number of lines."""
    dish = DISHES.take(pa.array(rows.bits("dish") % 4))
    cuisines = rows.texts("cook.cuisine").to_pylist()
    wanted = rows.integers("lines_wanted").tolist()
    odd = (rows.wide("odd", 3) % 5).tolist()
    made = zip(cuisines, dish.to_pylist(), rows.numbers.tolist(), wanted, odd, strict=True)
    return {
        "title": pa.array([f"{cuisine} {each}" for cuisine, each in zip(cuisines, dish.to_pylist(), strict=True)]),
        "slug": pa.array([f"{cuisine}-{each}-{n}" for cuisine, each, n, _, _ in made]),
        "lines": pa.array([json.dumps(each[:n]) for each, n in zip(odd, wanted, strict=True)]),
    }


COMPOSED = made_by(compose, "slug", "lines", reads=("cook.cuisine", "lines_wanted"))


def cooks(count: int = 12, **words: Any) -> Declared:
    return Declared("cooks", count, {"cuisine": choice(thai=1, greek=1), **words}, traits={"skill": weights(1, 2, 4)})


def recipes(count: int = 60, words: Any = None, **more: Any) -> Declared:
    words = {"title": COMPOSED} if words is None else words
    more.setdefault("traits", {"lines_wanted": integer(1, 3)})
    return Declared("recipes", count, words, **more)


def dataset(*tables: Declared) -> Dataset:
    return Dataset(seed=7, as_of="2026-11-01", tables=tables)


def made(*tables: Declared, scale: Fraction | int = 1) -> dict[str, list[dict[str, Any]]]:
    rows = built(dataset(*tables), scale, SCHEMA)
    return {table: each.to_pylist() for table, each in rows.items()}


def refused(*tables: Declared) -> UsageError:
    with pytest.raises(UsageError) as refusal:
        made(cooks(), *tables)
    return refusal.value
