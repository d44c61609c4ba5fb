"""Test references to rows of one of several tables: which declarations are refused before a row is made."""

from __future__ import annotations

import pytest

from snap.errors import UsageError
from snap_builder.declare import Dataset, Table, choice, polymorphic
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import SCHEMA


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"item": polymorphic({"a": "product"}, kind="shelf")},
            "comments.item: the schema has no table 'product' (did you mean 'products'?)",
        ),
        (
            {"item": polymorphic({"a": "projects"}, kind="shelf")},
            'comments.item: projects has no primary key of one column (name a column of it: "projects.id")',
        ),
        (
            {"item": polymorphic({"a": "products.nam"}, kind="shelf")},
            "comments.item: table products has no column 'nam'",
        ),
        (
            {"item": polymorphic({"a": "products.kind"}, kind="shelf")},
            "comments.item is of type bigint, and products.kind of type kind",
        ),
        ({"item": polymorphic({"a": "products"}, kind="shelv")}, "table comments has no column 'shelv' (did you mean"),
        (
            {"item": polymorphic({"a": "products"}, kind="shelf"), "shelf": choice(a=1)},
            "comments.shelf is made by polymorphic() of item (leave out shelf)",
        ),
        (
            {"item": polymorphic({"a": "products"}, kind="shelf", none=10)},
            "comments.shelf is NOT NULL, and its word gives NULL",
        ),
    ],
)
def test_what_cannot_be_stored_is_refused(columns, message):
    with pytest.raises(UsageError) as refusal:
        built(Dataset(tables=[Table("comments", 60, columns)]), 1, SCHEMA)
    assert message in f"{refusal.value} ({refusal.value.hint})"


@pytest.mark.parametrize(
    ("tables", "options", "message"),
    [
        ({}, {}, "names no table"),
        ({"a": "posts"}, {"shares": {"b": 1}}, "has no table for 'b'"),
        ({"a": "posts", "b": "photos"}, {"shares": {"b": 1}}, "has no share for 'a'"),
    ],
)
def test_shares_are_of_the_tables_that_are_named(tables, options, message):
    with pytest.raises(UsageError, match=message):
        polymorphic(tables, kind="x_type", **options)
