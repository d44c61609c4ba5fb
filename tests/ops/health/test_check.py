"""Test that every fault of a restored database becomes a finding with a name of its own, and never an error."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from snap.manifest import Finding
from snap.progress import Silent
from snap.units import measured
from snap_cli.datasets import DATASETS
from snap_ops.health.check import Health, check_health, is_integrity
from snap_ops.health.settings import read_questions
from snap_restorer import Target
from snap_restorer.pg import journal
from tests.ops.health.checked import NOW, V1, failed, health, settings
from tests.params import few
from tests.postgres import execute

RULES = ["likes_count", "ratings_count", "rating_average", "collections_count", "items_count", "last_active_at"]


@pytest.fixture
def without_triggers(url: str) -> str:
    for table in ("recipe_likes", "recipes", "users", "recipe_collections", "recipe_collection_items"):
        execute(url, f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return url


def test_a_restored_database_is_healthy_and_the_facts_say_how(url):
    found = health(url)
    assert failed(found) == {}
    names = [finding.name for finding in found.findings]
    assert names[0] == "ledger"
    assert {f"rows.{data.table.label}" for data in V1.manifest.tables} <= set(names)
    assert sum(name.startswith("references.") for name in names) == 10
    assert [name for name in names if name.startswith("derived.")] == [f"derived.{rule}" for rule in RULES]
    assert found.facts["p95"].keys() == {"feed", "following", "profile", "recipe", "search"}
    for times in found.facts["p95"].values():
        assert times["p50"] <= times["p95"] <= times["max"]
        assert times["runs"] == 50
    assert found.facts["rows"]["users"] == 100
    assert found.facts["cache"]["sql"]["hits"] > 0
    assert json.loads(json.dumps(found.facts)) == found.facts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "name", "value"),
    few(
        [
            ("DELETE FROM recipe_ratings WHERE id = (SELECT min(id) FROM recipe_ratings)", "rows.recipe_ratings", None),
            (
                "UPDATE recipes SET likes_count = 99 WHERE slug = (SELECT min(slug) FROM recipes)",
                "derived.likes_count",
                1,
            ),
            ("UPDATE recipes SET ratings_count = ratings_count + 1", "derived.ratings_count", 200),
            ("UPDATE recipes SET rating_average = 1.01", "derived.rating_average", None),
            ("UPDATE recipes SET collections_count = 99", "derived.collections_count", 200),
            ("UPDATE recipe_collections SET items_count = 99", "derived.items_count", None),
            ("UPDATE users SET last_active_at = '2000-01-01'", "derived.last_active_at", None),
            ("UPDATE snap.ledger SET state = 'loading'", "ledger", "loading"),
            ("UPDATE snap.ledger SET version = 'v2'", "ledger", "v2"),
            ("UPDATE snap.ledger SET digest = 'other'", "ledger", "v1"),
            ("ALTER TABLE nutrition RENAME TO food", "rows.nutrition", "no table"),
        ],
        4,
    ),
)  # fmt: skip
def test_each_fault_of_the_data_is_found_by_its_name_and_is_one_of_integrity(without_triggers, statement, name, value):
    execute(without_triggers, statement)
    found = failed(health(without_triggers))
    assert name in found
    assert is_integrity(found[name])
    if value is not None:
        assert found[name].value == value


@pytest.mark.slow
def test_a_night_that_was_cut_is_not_healthy_and_ones_own_is(url):
    target = Target(url)
    night = journal.take(target, holder="gone, process 1", token="x", lease_s=1)
    assert failed(health(url)) == {}
    journal.touch(target, night, "x", "20261123T030000Z-x")
    [(name, finding)] = failed(health(url)).items()
    assert (name, is_integrity(finding)) == ("ledger.night", True)
    assert "gone, process 1" in finding.detail
    wanted = settings()
    asked = read_questions(V1.manifest, wanted, DATASETS)
    own = check_health(target, V1.manifest, wanted, asked, now=NOW, progress=Silent(), night=night)
    assert own.healthy


@pytest.mark.slow
def test_a_reference_that_leads_nowhere(url):
    execute(url, "ALTER TABLE recipe_likes DROP CONSTRAINT recipe_likes_user_id_fkey, DISABLE TRIGGER USER")
    one = "(SELECT min(user_id::text)::uuid FROM recipe_likes)"
    ((lost,),) = execute(url, f"SELECT count(*) FROM recipe_likes WHERE user_id = {one}")
    execute(url, f"UPDATE recipe_likes SET user_id = gen_random_uuid() WHERE user_id = {one}")
    (finding,) = failed(health(url)).values()
    assert finding.name == "references.recipe_likes.user_id"
    assert finding.value == lost
    assert len(finding.detail.split("; ")) == min(lost, 3)
    assert is_integrity(finding)


@pytest.mark.slow
def test_a_rule_whose_columns_are_gone_is_unknown_and_says_why(url):
    execute(url, "ALTER TABLE recipe_collections DROP COLUMN items_count CASCADE")
    found = failed(health(url))
    assert found["derived.items_count"].value == "unknown"
    assert "does not exist" in found["derived.items_count"].detail
    assert "p95.profile" in found


@pytest.mark.slow
def test_a_database_without_a_ledger_is_said_to_have_none(url):
    execute(url, "DROP SCHEMA snap CASCADE")
    found = health(url)
    assert failed(found) == {}
    assert found.findings[0].value == "none"


@pytest.mark.slow
def test_the_size_has_a_limit_which_media_count_to(url):
    media = sum(file.bytes for file in V1.manifest.media)
    found = failed(health(url, size="1 MB"))
    assert found["size.snapshot"].value > media > 0
    assert not is_integrity(found["size.snapshot"])
    assert failed(health(url, size="30 MB")) == {}


@pytest.mark.slow
def test_a_snapshot_that_is_larger_by_itself_is_not_held_to_a_limit_that_nobody_gave(url):
    large = replace(V1.manifest, estimated_db_bytes=10**9)
    (found,) = (one for one in health(url, large).findings if one.name == "size.snapshot")
    assert found.ok
    assert failed(health(url, large, size="1 MB")).keys() == {"size.snapshot"}


def sizes(found: Health) -> dict[str, Finding]:
    return {one.name: one for one in found.findings if one.name.startswith("size.")}


@pytest.mark.slow
def test_the_database_has_a_size_of_its_own_with_the_snapshots_share_beside_it(url):
    before = sizes(health(url))
    execute(url, "CREATE TABLE other AS SELECT repeat(md5(i::text), 30) AS v FROM generate_series(1, 20000) i")
    found = sizes(health(url))
    assert found["size.database"].value - before["size.database"].value > 19_000_000
    assert found["size.snapshot"] == before["size.snapshot"]
    share = sum(health(url).facts["bytes"].values())
    assert measured("bytes", share) in found["size.database"].detail
    assert (found["size.database"].ok, found["size.database"].limit) == (True, "not set")
    assert failed(health(url, database_size="20 MB")).keys() == {"size.database"}
    assert failed(health(url, database_size="500 MB")) == {}
    assert health(url).facts["database_bytes"] == found["size.database"].value
    assert not is_integrity(found["size.database"])


@pytest.mark.slow
def test_storage_is_what_the_platform_lists_else_the_media(url):
    media = sum(file.bytes for file in V1.manifest.media)
    assert sizes(health(url))["size.storage"].value == media
    execute(
        url,
        "CREATE SCHEMA storage; CREATE TABLE storage.objects (name text, metadata jsonb);"
        """INSERT INTO storage.objects VALUES ('a', '{"size": 700000000}'), ('b', '{"size": 400000000.0}'), ('c', NULL),
        ('d', '{"size": "x"}'), ('e', '[]')""",
    )
    found = failed(health(url, storage_size="1 GB"))
    assert (found["size.storage"].value, found["size.storage"].limit) == (1_100_000_000, 10**9)
    assert found["size.storage"].detail == "5 objects of all buckets"
    assert health(url).facts["storage_bytes"] == 1_100_000_000
    for other in ("DROP COLUMN metadata", "ADD metadata text"):
        execute(url, f"ALTER TABLE storage.objects {other}")
        assert sizes(health(url))["size.storage"].value == media


@pytest.mark.slow
def test_misses_and_expired_rows_of_the_cache(url):
    found = failed(health(url, now=NOW + timedelta(days=365)))["cache.sql"]
    assert found.value == 0
    assert "have expired (restore the snapshot as of now)" in found.detail
    assert not is_integrity(found)
    execute(url, "DELETE FROM nutrition WHERE ingredient_hash > '8'")
    assert failed(health(url))["cache.sql"].value < 0.9


@pytest.mark.slow
def test_a_cache_that_is_not_there_is_unknown(url):
    execute(url, "DROP VIEW nutrition_cache")
    found = failed(health(url))["cache.sql"]
    assert (found.value, found.detail) == ("unknown", 'relation "public.nutrition_cache" does not exist')


@pytest.mark.slow
@pytest.mark.parametrize(
    "macros",
    ["macros - 'protein_g'", """macros || '{"fat_g": null}'""", """macros || '{"carbs_g": "3"}'""", "'{}'"],
)
def test_a_row_without_a_macro_that_is_summed_leaves_its_recipes_without_totals(url, macros):
    execute(url, f"UPDATE nutrition SET macros = {macros} WHERE canonical_string LIKE 'salt|%'")
    found = health(url)
    (finding,) = failed(found).values()
    assert (finding.name, is_integrity(finding)) == ("cache.sql", False)
    assert finding.value > 0.9  # hits it has
    assert "of 50 recipes have no total of protein, fat or carbs" in finding.detail
    assert 0 < found.facts["cache"]["sql"]["without_totals"] <= 50


@pytest.mark.slow
def test_an_expired_row_is_summed_by_nobody(url):
    before = health(url).facts["cache"]["sql"]
    assert before["without_totals"] == 0
    execute(
        url,
        "UPDATE nutrition SET macros = '{}', updated_at = '2026-01-01', expires_at = '2026-11-01'"
        " WHERE ingredient_hash < '1'",
    )
    found = health(url)
    assert failed(found).keys() <= {"cache.sql"}
    facts = found.facts["cache"]["sql"]
    assert facts["without_totals"] == 0
    assert facts["expired"] > before["expired"]


@pytest.mark.slow
def test_a_slow_query_and_one_that_times_out(url, tmp_path):
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "slow.sql").write_text("SELECT pg_sleep(0.02)")
    (tmp_path / "q" / "stuck.sql").write_text("SELECT pg_sleep(60)")
    given = settings(tmp_path, queries="q", p95="10 ms", query_timeout="300 ms")
    asked = read_questions(V1.manifest, given, {})
    found = check_health(Target(url), V1.manifest, given, asked, now=NOW, progress=Silent())
    assert failed(found).keys() == {"p95.slow", "p95.stuck"}
    assert failed(found)["p95.slow"].value >= 20
    assert failed(found)["p95.stuck"].detail == "canceling statement due to statement timeout"
    assert found.facts["p95"]["slow"]["runs"] == 50
    assert not any(map(is_integrity, failed(found).values()))


def test_the_team_s_queries_come_beside_the_dataset_s_and_may_replace_one(tmp_path):
    (tmp_path / "feed.sql").write_text("SELECT 'ours'")
    (tmp_path / "zeta.sql").write_text("SELECT 2")
    (tmp_path / "notes.md").write_text("no query")
    asked = read_questions(V1.manifest, settings(queries=str(tmp_path)), DATASETS)
    assert [query.name for query in asked.queries] == ["feed", "following", "profile", "recipe", "search", "zeta"]
    assert asked.queries[0].sql == "SELECT 'ours'"


@pytest.mark.slow
def test_the_dataset_s_queries_hold_under_the_application_s_role_and_its_row_security(url):
    execute(url, "CREATE ROLE authenticated; GRANT SELECT ON ALL TABLES IN SCHEMA public TO authenticated")
    execute(url, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO authenticated")
    (sub,) = execute(url, "SELECT min(id::text) FROM users WHERE deleted_at IS NULL")[0]
    assert failed(health(url, role="authenticated", settings={"request.jwt.claims": json.dumps({"sub": sub})})) == {}
    found = failed(health(url, role="nobody"))
    assert len(found) == 5
    assert 'role "nobody" does not exist' in found["p95.feed"].detail


@pytest.mark.slow
def test_a_captured_snapshot_is_held_to_a_dataset_where_one_is_named(url):
    captured = replace(V1.manifest, parameters=None)
    plain = health(url, captured)
    assert failed(plain) == {}
    assert not any(finding.name.startswith(("derived.", "cache.", "p95.")) for finding in plain.findings)
    assert len(health(url, captured, dataset="worldchef").findings) == len(health(url).findings)
