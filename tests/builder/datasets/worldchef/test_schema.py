"""Test schema.sql in a real Postgres: its triggers, views and policies work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from snap_builder import bundled
from tests.postgres import execute

DATASET = bundled("worldchef")
SQL, TABLES = DATASET.sql, DATASET.tables
Run = Callable[..., list[tuple[Any, ...]]]
JANE, JOHN, SOUP = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))
SHELF = "00000000-0000-0000-0000-000000000009"


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    """Yield a transaction with two users and Jane's published recipe; it is rolled back at the end."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            INSERT INTO users (id, email, display_name, role, region, location, created_at, updated_at) VALUES
                (%(jane)s, 'jane@mail.example', 'Jane', 'creator', 'europe', 'Oslo', '2025-01-01', '2025-01-01'),
                (%(john)s, 'john@mail.example', 'John', 'standard', 'europe', 'Oslo', '2025-01-01', '2025-01-01')
            """,
            {"jane": JANE, "john": JOHN},
        )
        connection.execute(
            """
            INSERT INTO recipes (
                id, author_id, title, slug, description, ingredients, instructions, prep_duration, cook_duration,
                servings, difficulty, cuisine_type, meal_type, nutrition, status, published_at, created_at, updated_at
            ) VALUES (
                %s, %s, 'Onion Soup', 'onion-soup', 'It simmers for hours.', '[]', '[]', '5 min', '1 h', 4, 'easy',
                'french', 'dinner', '{"calories": 100}', 'published', '2025-02-01', '2025-02-01', '2025-02-01'
            )
            """,
            [SOUP, JANE],
        )
        yield connection
        connection.rollback()


@pytest.fixture
def run(connection: psycopg.Connection) -> Run:
    """Run one statement in the transaction and return its rows."""

    def run(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        cursor = connection.execute(statement.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    return run


def recipe(run: Run) -> tuple[Any, ...]:
    return run("SELECT likes_count, ratings_count, rating_average, collections_count FROM recipes")[0]


def times(run: Run, table: str, column: str) -> str:
    return str(run(f"SELECT ({column} AT TIME ZONE 'UTC')::date FROM {table} ORDER BY id LIMIT 1")[0][0])


class TestCounters:
    def test_likes_are_counted(self, run: Run) -> None:
        run("INSERT INTO recipe_likes VALUES (%s, %s, '2025-03-01'), (%s, %s, '2025-03-02')", JANE, SOUP, JOHN, SOUP)
        assert recipe(run)[0] == 2
        run("DELETE FROM recipe_likes WHERE user_id = %s", JOHN)
        assert recipe(run)[0] == 1

    def test_ratings_are_counted_and_averaged(self, run: Run) -> None:
        run(
            "INSERT INTO recipe_ratings (user_id, recipe_id, rating) VALUES (%s, %s, 5), (%s, %s, 4)",
            JANE,
            SOUP,
            JOHN,
            SOUP,
        )
        assert [str(value) for value in recipe(run)[1:3]] == ["2", "4.50"]
        run("UPDATE recipe_ratings SET rating = 2 WHERE user_id = %s", JOHN)
        assert str(recipe(run)[2]) == "3.50"
        run("DELETE FROM recipe_ratings")
        assert recipe(run)[1:3] == (0, None)

    def test_items_are_counted_on_both_sides(self, run: Run) -> None:
        run("INSERT INTO recipe_collections (id, user_id, name) VALUES (%s, %s, 'Soups')", SHELF, JOHN)
        run("INSERT INTO recipe_collection_items VALUES (%s, %s, 1)", SHELF, SOUP)
        assert recipe(run)[3] == 1
        assert run("SELECT items_count FROM recipe_collections") == [(1,)]
        run("DELETE FROM recipe_collections")
        assert recipe(run)[3] == 0

    def test_a_moved_like_is_counted_where_it_went(self, run: Run) -> None:
        run("INSERT INTO recipe_likes VALUES (%s, %s)", JOHN, SOUP)
        (recipes,) = (table for table in TABLES if table.label == "recipes")
        named = [column.name for column in recipes.stored if column.name not in {"id", "slug", "likes_count"}]
        columns = ", ".join(named)
        other = run(f"INSERT INTO recipes (slug, {columns}) SELECT 'other', {columns} FROM recipes RETURNING id")[0][0]
        run("UPDATE recipe_likes SET recipe_id = %s", other)
        assert run("SELECT id = %s, likes_count FROM recipes ORDER BY 1", other) == [(False, 0), (True, 1)]

    def test_a_wrong_counter_is_mended_by_the_next_event(self, run: Run) -> None:
        run("UPDATE recipes SET likes_count = 41")
        run("INSERT INTO recipe_likes VALUES (%s, %s)", JOHN, SOUP)
        assert recipe(run)[0] == 1

    def test_counting_does_not_touch_updated_at(self, run: Run) -> None:
        run("INSERT INTO recipe_likes VALUES (%s, %s)", JOHN, SOUP)
        run("INSERT INTO recipe_ratings (user_id, recipe_id, rating) VALUES (%s, %s, 5)", JOHN, SOUP)
        run(
            "INSERT INTO recipe_collections (id, user_id, name, created_at, updated_at) "
            "VALUES (%s, %s, 'Soups', '2025-03-01', '2025-03-01')",
            SHELF,
            JOHN,
        )
        run("INSERT INTO recipe_collection_items VALUES (%s, %s, 1)", SHELF, SOUP)
        assert times(run, "recipes", "updated_at") == "2025-02-01"
        assert times(run, "users", "updated_at") == "2025-01-01"
        assert times(run, "recipe_collections", "updated_at") == "2025-03-01"

    def test_two_likes_at_once_are_both_counted(self, databases: Callable[[], str]) -> None:
        url = databases()
        execute(url, SQL)
        execute(
            url,
            f"""
            INSERT INTO users (id, email, display_name, region, location) VALUES
                ('{JANE}', 'jane@mail.example', 'Jane', 'europe', ''),
                ('{JOHN}', 'john@mail.example', 'John', 'europe', '');
            INSERT INTO recipes (id, author_id, title, slug, ingredients, instructions, prep_duration,
                cook_duration, servings, difficulty, cuisine_type, meal_type, nutrition)
            VALUES ('{SOUP}', '{JANE}', 'Soup', 'soup', '[]', '[]', '0', '0', 1, 'easy', 'thai', 'snack',
                '{{"calories": 1}}');
            """,
        )
        like = "INSERT INTO recipe_likes VALUES (%s, %s)"
        with psycopg.connect(url) as first, psycopg.connect(url) as second:
            first.execute(like, [JANE, SOUP])
            pid = second.info.backend_pid
            waiting = threading.Thread(target=lambda: second.execute(like, [JOHN, SOUP]))
            waiting.start()
            while not execute(url, f"SELECT 1 FROM pg_locks WHERE pid = {pid} AND NOT granted"):
                pass
            first.commit()
            waiting.join()
            second.commit()
        assert execute(url, "SELECT likes_count FROM recipes") == [(2,)]


class TestMoments:
    def test_an_edit_touches_updated_at(self, run: Run) -> None:
        run("UPDATE recipes SET title = 'French Onion Soup'")
        assert run("SELECT updated_at = now() FROM recipes") == [(True,)]

    def test_an_update_that_changes_nothing_does_not(self, run: Run) -> None:
        run("UPDATE recipes SET title = title, likes_count = likes_count")
        run("UPDATE users SET bio = bio")
        assert times(run, "recipes", "updated_at") == "2025-02-01"
        assert times(run, "users", "updated_at") == "2025-01-01"

    def test_a_statement_that_sets_updated_at_has_its_way(self, run: Run) -> None:
        run("UPDATE recipes SET title = 'Soup', updated_at = '2025-06-01'")
        assert times(run, "recipes", "updated_at") == "2025-06-01"

    def test_last_active_at_begins_with_the_account(self, run: Run) -> None:
        run("DELETE FROM recipes")
        run(
            "INSERT INTO users (email, display_name, region, location, created_at, updated_at) "
            "VALUES ('x@mail.example', 'X', 'europe', '', '2025-01-05', '2025-01-06')"
        )
        found = run("SELECT (last_active_at AT TIME ZONE 'UTC')::date::text FROM users WHERE email = 'x@mail.example'")
        assert found == [("2025-01-05",)]

    @pytest.mark.parametrize(
        "deed",
        [
            "INSERT INTO recipe_likes VALUES (%(john)s, %(soup)s, '2025-05-05')",
            "INSERT INTO recipe_ratings (user_id, recipe_id, rating, created_at, updated_at) "
            "VALUES (%(john)s, %(soup)s, 3, '2025-05-01', '2025-05-05')",
            "INSERT INTO user_follows VALUES (%(john)s, %(jane)s, '2025-05-05')",
            "INSERT INTO recipe_collections (user_id, name, created_at, updated_at) "
            "VALUES (%(john)s, 'Soups', '2025-05-05', '2025-05-05')",
            "WITH shelf AS (INSERT INTO recipe_collections (id, user_id, name, created_at, updated_at) "
            "VALUES (%(shelf)s, %(john)s, 'Soups', '2025-05-01', '2025-05-01')) "
            "INSERT INTO recipe_collection_items VALUES (%(shelf)s, %(soup)s, 1, '2025-05-05')",
            "UPDATE recipes SET author_id = %(john)s, updated_at = '2025-05-05'",
        ],
    )
    def test_last_active_at_follows_what_a_user_does(self, connection: psycopg.Connection, deed: str) -> None:
        names = {"john": JOHN, "jane": JANE, "soup": SOUP, "shelf": SHELF}
        connection.execute(deed.encode(), names)
        query = (
            "SELECT (last_active_at AT TIME ZONE 'UTC')::date::text, updated_at < '2025-01-02' FROM users WHERE id = %s"
        )
        assert connection.execute(query, [JOHN]).fetchall() == [("2025-05-05", True)]

    def test_a_draft_that_is_to_be_published_later_says_nothing_of_its_author(self, run: Run) -> None:
        copied = "author_id, title, ingredients, instructions, prep_duration, cook_duration, servings, difficulty"
        copied += ", cuisine_type, meal_type, nutrition, created_at, updated_at"
        active = "SELECT (last_active_at AT TIME ZONE 'UTC')::date::text FROM users WHERE display_name = 'Jane'"
        for status, day in (("draft", "2025-02-01"), ("published", "2030-01-01")):
            run(
                f"INSERT INTO recipes (slug, status, published_at, {copied})"
                f" SELECT '{status}', '{status}', '2030-01-01', {copied} FROM recipes WHERE slug = 'onion-soup'"
            )
            assert run(active) == [(day,)]

    def test_last_active_at_never_moves_back(self, run: Run) -> None:
        run("UPDATE users SET last_active_at = '2026-01-01'")
        run("INSERT INTO recipe_likes VALUES (%s, %s, '2025-05-05')", JOHN, SOUP)
        assert times(run, "users", "last_active_at") == "2026-01-01"


class TestSearch:
    def test_titles_and_descriptions_are_found_by_their_stems(self, run: Run) -> None:
        assert run("SELECT title FROM active_recipes WHERE search @@ to_tsquery('english', 'onions & simmering')") == [
            ("Onion Soup",)
        ]


ROW = "(ingredient_hash, canonical_string, macros, fdc_id, updated_at, expires_at)"
EGG = "a" * 64


class TestNutritionCache:
    """Tests of what the Edge Function reads and writes: a view that shows the table under another name."""

    def test_it_has_the_columns_that_the_function_selects(self, run: Run) -> None:
        run(f"INSERT INTO nutrition {ROW} VALUES (%s, 'egg|1|piece', '{{}}', 7, '2026-01-01', '2026-04-01')", EGG)
        selected = "ingredient_hash, canonical_string, macros, fdc_id, (expires_at - updated_at)::text"
        assert run(f"SELECT {selected} FROM nutrition_cache") == [(EGG, "egg|1|piece", {}, 7, "90 days")]
        assert run("SELECT * FROM nutrition_cache") == run("SELECT * FROM nutrition")

    def test_an_upsert_adds_a_row_and_then_changes_it(self, run: Run) -> None:
        upsert = f"""
            INSERT INTO nutrition_cache {ROW} VALUES (%s, 'egg|1|piece', %s, %s, '2026-01-01', '2026-04-01')
            ON CONFLICT (ingredient_hash) DO UPDATE SET macros = EXCLUDED.macros, fdc_id = EXCLUDED.fdc_id
        """
        run(upsert, EGG, '{"protein_g": 6}', 7)
        run(upsert, EGG, '{"protein_g": 6.3}', None)
        assert run("SELECT macros, fdc_id FROM nutrition") == [({"protein_g": 6.3}, None)]
        run("DELETE FROM nutrition_cache")
        assert run("SELECT 1 FROM nutrition") == []

    def test_the_time_of_writing_has_the_default_of_the_table(self, run: Run) -> None:
        run("INSERT INTO nutrition_cache VALUES (%s, 'egg|1|piece', '{}', NULL, DEFAULT, 'infinity')", EGG)
        columns = "(ingredient_hash, canonical_string, macros, expires_at)"
        run(f"INSERT INTO nutrition_cache {columns} VALUES (%s, 'egg|2|piece', '{{}}', 'infinity')", "b" * 64)
        assert run("SELECT DISTINCT updated_at = now() FROM nutrition") == [(True,)]

    def test_its_rows_are_checked_as_the_tables(self, run: Run) -> None:
        with pytest.raises(psycopg.errors.CheckViolation):
            run(f"INSERT INTO nutrition_cache {ROW} VALUES ('egg', '', '{{}}', NULL, now(), 'infinity')")

    def test_it_takes_what_postgrest_sends_to_merge_duplicates(self, run: Run) -> None:
        body = (
            '[{{"ingredient_hash": "{}", "canonical_string": "egg|1|piece", "macros": {}, "expires_at": "infinity"}}]'
        )
        names = ("ingredient_hash", "canonical_string", "macros", "expires_at")
        listed, sent = (", ".join(f'{start}"{name}"' for name in names) for start in ("", "sent."))
        changed = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in names)
        upsert = f"""
            WITH source AS (
                INSERT INTO "public"."nutrition_cache" ({listed})
                SELECT {sent} FROM (SELECT %s::json AS body) AS payload, LATERAL (
                    SELECT {listed} FROM json_to_recordset(payload.body) AS _ (
                        "ingredient_hash" text, "canonical_string" text, "macros" jsonb, "expires_at" timestamptz)
                ) AS sent
                ON CONFLICT ("ingredient_hash") DO UPDATE SET {changed}
                RETURNING "public"."nutrition_cache".*
            )
            SELECT macros FROM source
        """
        assert run(upsert, body.format(EGG, '{"fat_g": 4}')) == [({"fat_g": 4},)]
        assert run(upsert, body.format(EGG, '{"fat_g": 5}')) == [({"fat_g": 5},)]
        assert run("SELECT macros FROM nutrition") == [({"fat_g": 5},)]

    def test_everybody_reads_it_and_who_is_bound_by_policies_writes_nothing(self, run: Run) -> None:
        upsert = f"INSERT INTO nutrition_cache {ROW} VALUES (%s, 'egg|1|piece', '{{}}', NULL, now(), 'infinity')"
        upsert += " ON CONFLICT (ingredient_hash) DO UPDATE SET updated_at = EXCLUDED.updated_at"
        run("CREATE ROLE visitor")
        run("CREATE ROLE service BYPASSRLS")
        run("GRANT SELECT, INSERT, UPDATE ON nutrition, nutrition_cache TO visitor, service")
        run("SET LOCAL ROLE service")
        run(upsert, EGG)
        run(upsert, EGG)
        run("SET LOCAL ROLE visitor")
        assert run("SELECT canonical_string FROM nutrition_cache") == [("egg|1|piece",)]
        assert run("UPDATE nutrition_cache SET fdc_id = 1 RETURNING 1") == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            run(upsert, "b" * 64)

    def test_who_may_not_read_the_table_does_not_read_it_through_the_view(self, run: Run) -> None:
        run("CREATE ROLE visitor")
        run("GRANT SELECT ON nutrition_cache TO visitor")
        run("SET LOCAL ROLE visitor")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="nutrition"):
            run("SELECT 1 FROM nutrition_cache")


class TestPolicies:
    @pytest.fixture
    def john(self, run: Run) -> Run:
        """Return a function that runs statements as John through a role that owns nothing, as PostgREST does."""
        run("CREATE ROLE visitor")
        run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO visitor")
        run("SET LOCAL ROLE visitor")
        run(f"SET LOCAL request.jwt.claim.sub = '{JOHN}'")
        return run

    def test_nobody_sees_the_drafts_of_others(self, run: Run) -> None:
        run("UPDATE recipes SET status = 'draft', published_at = NULL")
        run("CREATE ROLE visitor")
        run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO visitor")
        run("SET LOCAL ROLE visitor")
        assert run("SELECT 1 FROM recipes") == []
        assert run("SELECT 1 FROM active_recipes") == []
        run(f'SET LOCAL request.jwt.claims = \'{{"sub": "{JANE}"}}\'')
        assert len(run("SELECT 1 FROM active_recipes")) == 1

    def test_a_like_counts_though_its_user_may_not_update_the_recipe(self, john: Run) -> None:
        john("INSERT INTO recipe_likes VALUES (%s, %s)", JOHN, SOUP)
        assert john("SELECT likes_count FROM recipes") == [(1,)]
        assert john("UPDATE recipes SET likes_count = 100 RETURNING 1") == []

    def test_nobody_likes_for_another(self, john: Run) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            john("INSERT INTO recipe_likes VALUES (%s, %s)", JANE, SOUP)

    def test_nobody_edits_another(self, john: Run) -> None:
        assert john("UPDATE users SET bio = 'me' RETURNING id::text") == [(JOHN,)]

    def test_private_collections_and_their_items_are_the_owners_alone(self, john: Run) -> None:
        john(
            "INSERT INTO recipe_collections (id, user_id, name, is_public) VALUES (%s, %s, 'Mine', false)", SHELF, JOHN
        )
        john("INSERT INTO recipe_collection_items VALUES (%s, %s, 1)", SHELF, SOUP)
        assert len(john("SELECT 1 FROM recipe_collection_items")) == 1
        john(f"SET LOCAL request.jwt.claim.sub = '{JANE}'")
        assert john("SELECT 1 FROM recipe_collections") == []
        assert john("SELECT 1 FROM recipe_collection_items") == []

    def test_counting_functions_are_not_for_everybody(self, john: Run) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            john("SELECT public.count_likes(ARRAY[%s]::uuid[])", SOUP)
