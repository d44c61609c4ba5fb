"""Test the rules' own arithmetic: DuckDB computes the same cache keys as the Edge Function."""

from __future__ import annotations

import csv

import duckdb
import pytest

from snap_builder import bundled
from snap_builder.datasets.worldchef.references import references
from tests.paths import GOLDEN

CACHE_KEYS = GOLDEN / "cache_keys.csv"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    wanted = {"js_number", "metric", "folded_name", "cache_key"}
    for statement in bundled("worldchef").rules().prelude:
        if statement.name in wanted:
            connection.execute(statement.sql)
    return connection


@pytest.mark.slow
def test_keys_are_those_of_the_golden_table(connection: duckdb.DuckDBPyConnection) -> None:
    with CACHE_KEYS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        found = connection.execute(
            "SELECT cache_key(l.name, l.quantity, l.unit, m.factor, m.canonical) AS key, sha256(key) "
            "FROM (SELECT ? AS name, ?::DOUBLE AS quantity, ? AS unit) AS l "
            "LEFT JOIN metric AS m ON m.unit = lower(trim(l.unit))",
            [row["name"], float(row["quantity"]), row["unit"]],
        ).fetchone()
        assert found == (row["canonical_string"], row["ingredient_hash"])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (2.0, "2"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (29.5736, "29.5736"),
        (1e-4, "0.0001"),
        (1.25e-5, "0.0000125"),
        (1e-6, "0.000001"),
        (-1.5e-6, "-0.0000015"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (1e16, "10000000000000000"),
        (123456789012345680.0, "123456789012345680"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
    ],
)
def test_numbers_are_printed_as_javascript_prints_them(
    connection: duckdb.DuckDBPyConnection, number: float, text: str
) -> None:
    assert connection.execute("SELECT js_number(?::DOUBLE)", [number]).fetchone() == (text,)


def test_every_food_of_a_dish_has_its_units() -> None:
    tables = references()
    known = set(tables["food_units"]["food"].to_pylist())
    assert set(tables["dish_foods"]["food"].to_pylist()) <= known == set(tables["foods"]["name"].to_pylist())


def test_every_rule_says_what_it_is_about_or_its_name_does() -> None:
    rules = bundled("worldchef").rules().rules
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.about or rule.name.startswith(("diet_", "counters_", "no_own_")) for rule in rules)


def _found(name: str, *tables: str) -> list[tuple[object, ...]]:
    """Return the rows of a rule's statement over tables that the given statements make."""
    connection = duckdb.connect()
    for table in tables:
        connection.execute(f"CREATE TABLE {table}")
    rule = next(rule for rule in bundled("worldchef").rules().rules if rule.name == name)
    return connection.execute(rule.sql).fetchall()


@pytest.mark.parametrize(
    ("food", "optional", "named"), [("squid", False, True), ("squid", True, False), ("egg", False, False)]
)
def test_a_japanese_title_names_a_food_even_if_another_word_begins_before_it(
    food: str, optional: bool, named: bool
) -> None:
    """In シンプルないか, ない (not) comes before いか (squid)."""
    found = _found(
        "title_names_food",
        "cookbook AS SELECT 1 AS id, 'シンプルないかのお好み焼き' AS title",
        "told (id INTEGER, in_title BOOLEAN, sure BOOLEAN)",
        "recipe_languages AS SELECT 1 AS recipe_id, 'ja' AS language",
        f"lines AS SELECT 1 AS recipe_id, '{food}' AS name, {optional} AS optional",
        "words AS FROM (VALUES ('squid', true, 'いか'), ('egg', true, '卵')) AS w (food, joined, word)",
        "free_titles (title VARCHAR)",
    )
    assert (found == []) is named


@pytest.mark.parametrize(
    ("most", "likes", "holds"),
    [
        (200, 50_000, True),
        (199, 50_000, False),
        (2_000, 500_000, True),
        (1_999, 500_000, False),
        (2_000, 50_000_000, True),
        (1_999, 50_000_000, False),
        (5_000_000, 50_000_000, True),
        (5_000_001, 50_000_000, False),
        (5_001, 50_000, False),
    ],
)
def test_the_most_liked_recipe_stands_out_at_every_scale(most: int, likes: int, holds: bool) -> None:
    rest = likes - most  # shared by recipes with 100 likes each, and one with fewer
    rows = (
        f"recipes AS SELECT {most} AS likes_count UNION ALL SELECT {rest % 100} "
        f"UNION ALL SELECT 100 FROM range({rest // 100})"
    )
    (share,) = _found("most_liked", rows)[0]
    assert (0.004 <= share <= 0.1) is holds
