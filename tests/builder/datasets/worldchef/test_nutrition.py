"""Test that the cache's key is the Edge Function's, character by character, and that the list of keys is consistent."""

import csv
import hashlib
import json
import math

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import dict_row

from snap_builder import bundled
from snap_builder.datasets.worldchef import likely, nutrition
from snap_builder.datasets.worldchef.choosing import choice
from snap_builder.datasets.worldchef.nutrition import canonical_string, number_text
from snap_builder.datasets.worldchef.vocabulary import MACROS, foods
from snap_builder.engine.streams import Seeds
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


@pytest.mark.slow
@given(st.integers(1, 15_000), st.integers(1, 15_000))
def test_a_smaller_cache_is_a_prefix_of_a_larger_one(one, other):
    small, large = nutrition.keys(min(one, other)), nutrition.keys(max(one, other))
    for column in ("food", "quantity", "unit"):
        assert np.array_equal(getattr(small, column), getattr(large, column)[: min(one, other)])


def test_a_key_is_as_likely_as_all_lines_that_fold_to_it(monkeypatch):
    book = nutrition.kitchen()
    water, salt = (next(i for i, food in enumerate(book.foods) if food.name == name) for name in ("water", "salt"))
    ml, liters, tsp = map(book.units.index, ("ml", "l", "tsp"))
    lines = {(water, 100_000, ml): 3, (water, 100, liters): 4, (salt, 100, tsp): 6}
    monkeypatch.setattr(nutrition, "likely_lines", lambda: lines)
    ranked = nutrition._likely.__wrapped__()
    assert nutrition.key_texts(ranked) == ["water|1000|ml", "salt|4.92892|ml"]
    assert (ranked.quantity[0], ranked.unit[0]) == (100, liters)


def test_keys_are_unique_far_beyond_what_dishes_ask_for():
    keys = nutrition.keys(40_000)
    book = nutrition.kitchen()
    rows = zip(keys.food.tolist(), keys.quantity.tolist(), keys.unit.tolist(), strict=True)
    texts = {canonical_string(book.foods[f].name, q / 100, book.units[u]) for f, q, u in rows}
    assert len(texts) == 40_000
    assert all(book.milligrams[keys.food, keys.unit] > 0)


AS_OF = 1_793_491_200_000_000
DAY = 86_400_000_000


class Rows:
    """The rows of a table in the form of snap.dataset."""

    NULL = int(np.iinfo(np.int64).min)
    as_of = AS_OF

    def __init__(self, start, stop):
        self.start, self.stop = start, stop
        self.numbers = np.arange(start, stop)

    def bits(self, purpose):
        return Seeds(7, "nutrition").bits(purpose, self.start, self.stop)


@pytest.fixture(scope="module")
def cache():
    return nutrition.cache_rows(Rows(0, 2_000))


def test_rows_are_the_same_however_they_are_cut(cache):
    some = nutrition.cache_rows(Rows(380, 420))
    for name, values in some.items():
        assert pa.array(values).equals(pa.array(cache[name])[380:420]), name


def test_the_columns_are_those_of_the_table(cache):
    assert tuple(cache) == ("ingredient_hash", *nutrition.COLUMNS)
    assert cache["ingredient_hash"].to_pylist() == [
        hashlib.sha256(text.encode()).hexdigest() for text in cache["canonical_string"].to_pylist()
    ]


def test_macros_are_those_that_the_function_sums_in_the_order_of_jsonb(cache):
    names = list(json.loads(cache["macros"][0].as_py()))
    assert names == list(MACROS) == sorted(names, key=lambda name: (len(name), name))
    assert set(names) >= {"protein_g", "fat_g", "carbs_g", "calories", "fiber_g", "sugar_g", "sodium_mg"}
    values = [json.loads(text).values() for text in cache["macros"].to_pylist()]
    assert all(isinstance(value, int | float) for row in values for value in row)


def test_macros_are_the_foods_for_the_quantity(cache):
    one = dict(zip(cache["canonical_string"].to_pylist(), cache["macros"].to_pylist(), strict=True))
    egg = json.loads(one["egg|2|piece"])
    assert (egg["calories"], egg["protein_g"], egg["sodium_mg"]) == (143, 12.6, 142)


@pytest.mark.parametrize("rows", [667, 2_000, 12_000])
def test_some_rows_have_expired_and_some_expire_within_a_week_none_of_them_likely(rows):
    made = nutrition.cache_rows(Rows(0, rows))
    expires = made["expires_at"]
    expired, expiring = expires <= AS_OF, (expires > AS_OF) & (expires <= AS_OF + 7 * DAY)
    assert 0.01 <= expired.mean() <= 0.05
    assert 0.01 <= expiring.mean() <= 0.05
    assert np.flatnonzero(expired | expiring)[0] >= nutrition.STAY_FRESH
    assert (expires[: nutrition.STAY_FRESH] >= AS_OF + 60 * DAY).all()
    assert (made["updated_at"] <= AS_OF - DAY).all()
    assert (expires - made["updated_at"] == 90 * DAY).all()


def test_a_food_has_one_id_or_none_and_no_real_food_has_it(cache):
    ids = cache["fdc_id"]
    none = ids == Rows.NULL
    assert 0.01 <= none.mean() <= 0.2
    assert ids[~none].min() >= nutrition.FDC_BASE
    foods = [text.split("|")[0] for text in cache["canonical_string"].to_pylist()]
    assert len(set(foods)) == len(set(zip(foods, ids.tolist(), strict=True)))


def test_foods_without_an_id_are_foods():
    assert {food.name for food in foods()} >= nutrition._NOT_IN_FDC


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "low", "high"), [(667, 0.90, 1.0), (2_000, 0.92, 0.99)])
def test_the_likeliest_keys_cover_nearly_all_lines_of_recipes(rows, low, high):
    made = nutrition.cache_rows(Rows(0, rows))
    fresh = {t for t, e in zip(made["canonical_string"].to_pylist(), made["expires_at"], strict=True) if e > AS_OF}
    recipes = choice(likely._Sample(2))
    lines = zip(
        *(values[recipes.line].tolist() for values in (recipes.food, recipes.quantity, recipes.unit)), strict=True
    )
    texts = [nutrition._text(nutrition.kitchen(), *line) for line in lines]
    assert low <= sum(text in fresh for text in texts) / len(texts) <= high


def test_postgres_makes_the_same_keys(database):
    made = bundled("worldchef")
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
            "INSERT INTO nutrition_cache SELECT hash, '', %s, NULL, now(), now() + '1 day'"
            " FROM unnest(%s::text[]) AS hash",
            ['{"protein_g": 1, "fat_g": 0, "carbs_g": 2.5}', list({row["ingredient_hash"] for row in rows})],
        )
        asked = _asked(connection)
        # Fresh, so its SHA-256 is the golden one too.
        assert [(row["key"], row["cached"], row["fresh"], row["summed"]) for row in asked] == [
            (row["canonical_string"], True, True, True) for row in rows
        ]
        for macros in ('{"protein_g": 1, "fat_g": 0}', '{"protein_g": 1, "fat_g": 0, "carbs_g": "2"}', "{}"):
            connection.execute("UPDATE nutrition SET macros = %s", [macros])
            assert {(row["fresh"], row["summed"]) for row in _asked(connection)} == {(True, False)}
        connection.execute("DELETE FROM nutrition")
        assert {(row["cached"], row["fresh"], row["summed"]) for row in _asked(connection)} == {(False, False, False)}


def _asked(connection):
    cursor = psycopg.RawCursor(connection, row_factory=dict_row)
    sql = (bundled("worldchef").postgres / "cache.sql").read_text("utf-8")
    return cursor.execute(sql.encode(), [5, "2000-01-01"]).fetchall()


@pytest.fixture(scope="module")
def printing():
    """Yield a DuckDB connection with the rules' own macro."""
    with duckdb.connect() as connection:
        connection.execute(next(s.sql for s in bundled("worldchef").rules().prelude if s.name == "js_number"))
        yield connection


@pytest.mark.slow
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_duckdb_prints_numbers_as_javascript_does(printing, value):
    assert printing.execute("SELECT js_number(?::DOUBLE)", [value]).fetchone() == (number_text(value),)
