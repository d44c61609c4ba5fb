"""The cache's key is the Edge Function's, character by character; the list of keys is one list."""

import csv
import hashlib
import json
import math

import duckdb
import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.datasets.worldchef import dataset, nutrition
from snap_builder.datasets.worldchef.nutrition import canonical_string, number_text
from tests.paths import GOLDEN

CACHE_KEYS = GOLDEN / "cache_keys.csv"
CASES = [
    ("Chicken Thigh", 600, "g"),
    ("  olive   OIL ", 2, "tbsp"),
    ("olive oil", 0.5, "tsp"),
    ("za'atar", 1, "tsp"),
    ("all-purpose flour", 1.5, "cup"),
    ("jalapeño", 2, "piece"),
    ("crème fraîche", 0.2, "l"),
    ("beef chuck", 2, "lb"),
    ("cheddar", 4, "oz"),
    ("white rice", 0.25, "kg"),
    ("egg", 3, ""),
    ("garlic", 3, "Clove"),
    ("salt", 0.1, "ml"),
    ("water, (cold) — “still”", 1, "l"),
    ("butter", 3, "tbsp"),
    ("sugar", 1e21, "g"),
    ("sugar", 123456789012345680, "g"),
    ("sugar", 0.000001, "g"),
    ("sugar", 0.0000001, "g"),
]


def test_keys_are_the_golden_ones():
    rows = [
        (name, repr(float(quantity)), unit, canonical_string(name, float(quantity), unit))
        for name, quantity, unit in CASES
    ]
    lines = [(*row, hashlib.sha256(row[3].encode()).hexdigest()) for row in rows]
    if not CACHE_KEYS.exists():
        with CACHE_KEYS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("name", "quantity", "unit", "canonical_string", "ingredient_hash"), *lines])
        pytest.fail("the golden file was missing and has been written: look at it and commit it")
    with CACHE_KEYS.open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (1e-6, "0.000001"),
        (1.25e-6, "0.00000125"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
    ],
)
def test_numbers_are_printed_as_javascript_does(value, text):
    assert number_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_reads_back_as_itself(value):
    assert math.isclose(float(number_text(value)), value, rel_tol=0, abs_tol=0)


@given(st.integers(1, 15_000), st.integers(1, 15_000))
def test_a_smaller_cache_is_a_prefix_of_a_larger_one(one, other):
    small, large = nutrition.keys(min(one, other)), nutrition.keys(max(one, other))
    for column in ("food", "quantity", "unit"):
        assert np.array_equal(getattr(small, column), getattr(large, column)[: min(one, other)])


def test_keys_are_unique_far_beyond_what_dishes_ask_for():
    keys = nutrition.keys(40_000)
    book = nutrition.kitchen()
    rows = zip(keys.food.tolist(), keys.quantity.tolist(), keys.unit.tolist(), strict=True)
    texts = {canonical_string(book.foods[f].name, q / 100, book.units[u]) for f, q, u in rows}
    assert len(texts) == 40_000
    assert all(book.milligrams[keys.food, keys.unit] > 0)


def test_postgres_makes_the_same_keys(database):
    made = dataset()
    assert made.postgres is not None
    with CACHE_KEYS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [{"name": row["name"], "quantity": float(row["quantity"]), "unit": row["unit"]} for row in rows]
    user, fields = "INSERT INTO users (email, display_name, region, location) VALUES", "author_id, title, slug"
    with psycopg.connect(database) as connection:
        connection.execute(made.sql.encode())
        connection.execute(f"{user} ('a@b.example', 'A', 'europe', 'Oslo')".encode())
        connection.execute(
            f"INSERT INTO recipes ({fields}, ingredients, instructions, prep_duration, cook_duration, servings,"
            " difficulty, cuisine_type, meal_type, nutrition) SELECT id, 'T', 't', %s::jsonb, '[]', '0', '0', 1,"
            " 'easy', 'thai', 'lunch', '{\"calories\": 1}' FROM users".encode(),
            [json.dumps(lines)],
        )
        connection.execute(
            "INSERT INTO nutrition SELECT hash, '', '{}', NULL, now(), now() + '1 day' FROM unnest(%s::text[]) AS hash",
            [list({row["ingredient_hash"] for row in rows})],
        )
        asked = psycopg.RawCursor(connection).execute(
            (made.postgres / "cache.sql").read_text("utf-8").encode(), [5, "2000-01-01"]
        )
        # Fresh, so its SHA-256 is the golden one too.
        assert [(row[4], row[5], row[6]) for row in asked] == [(row["canonical_string"], True, True) for row in rows]


@pytest.fixture(scope="module")
def printing():
    """A DuckDB with the rules' own macro."""
    with duckdb.connect() as connection:
        connection.execute(dict(dataset().rules().prelude)["js_number"])
        yield connection


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_duckdb_prints_numbers_as_javascript_does(printing, value):
    assert printing.execute("SELECT js_number(?::DOUBLE)", [value]).fetchone() == (number_text(value),)
