"""Health of the published data set in a real Postgres: well as it was restored, and each thing that is not is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nightly.endpoints import answers, endpoint
from nightly.health import Health, HealthSettings, Promises, is_wrong, look
from nightly.settings import Origin, section
from restorer import Target, nights, restore
from snap.cli.health import promises_of
from snap.errors import TargetError, UsageError
from snap.manifest import Finding
from snap.store import Snapshot, Store
from tests.nightly.servers import TOKEN, Web, served
from tests.postgres import execute
from tests.restorer.snapshots import snapshot as made
from tests.restorer.snapshots import table

ROOT = Path(__file__).parents[2]


@pytest.fixture
def web() -> Iterator[Web]:
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def v3() -> Snapshot:
    return Store(ROOT).resolve("v3")


@pytest.fixture
def loaded(database: str, v3: Snapshot) -> str:
    restore(v3, Target(database))
    return database


def settings(**given: Any) -> HealthSettings:
    environment = {**os.environ, "TOKEN": TOKEN}
    quick = {"runs": 2, "warmup": 0} if "runs" not in given else {}
    origin = Origin(file="snap.toml", folder=ROOT, environment=environment)
    return section(HealthSettings, {**quick, **given}, "health", origin)


def looked(url: str, snapshot: Snapshot, **given: Any) -> Health:
    return look(Target(url), snapshot, promises_of(snapshot), settings(**given))


def failed(health: Health) -> dict[str, Finding]:
    return {finding.name: finding for finding in health.findings if not finding.ok}


def test_a_database_is_well_as_it_was_restored(loaded: str, v3: Snapshot) -> None:
    found = looked(loaded, v3, runs=50, warmup=5)
    assert found.healthy, failed(found)
    names = [finding.name for finding in found.findings]
    assert names[0] == "ledger"
    assert {"rows.recipes", "keys", "references", "counters_likes", "cache_hits", "database_bytes"} <= set(names)
    assert {timing.name for timing in found.timings} == {"feed", "profile", "recipe", "search"}
    assert all(timing.runs == 50 and timing.rows > 0 for timing in found.timings if timing.name != "feed")
    assert execute(loaded, "SELECT 1 FROM pg_proc WHERE proname = 'cache_key'") == []  # it left nothing


LIKES = "DELETE FROM recipe_likes WHERE ctid = (SELECT min(ctid) FROM recipe_likes)"
FAULTS: dict[str, tuple[str, dict[str, int | str]]] = {
    "a row that is gone": (LIKES, {"rows.recipe_likes": 2_499}),
    "a row too many": (
        "INSERT INTO recipe_collections (user_id, name) SELECT id, 'mine' FROM users LIMIT 1",
        {"rows.recipe_collections": 101},
    ),
    "a reference to nothing": (
        "SET session_replication_role = replica; UPDATE recipe_ratings SET user_id = gen_random_uuid() WHERE id = 1",
        {"references": 1},
    ),
    "a counter off by one": (
        "SET session_replication_role = replica; UPDATE recipes SET likes_count = likes_count + 1 WHERE ctid = "
        "(SELECT min(ctid) FROM recipes)",
        {"counters_likes": 1},
    ),
    "a key twice": (
        "SET session_replication_role = replica; ALTER TABLE recipe_likes DROP CONSTRAINT recipe_likes_pkey;"
        "INSERT INTO recipe_likes SELECT * FROM recipe_likes WHERE ctid = (SELECT min(ctid) FROM recipe_likes)",
        {"rows.recipe_likes": 2_501, "keys": 1, "counters_likes": 1},
    ),
    "a table that is gone": (
        "DROP TABLE user_follows CASCADE", {"rows.user_follows": "no table", "p95.profile": "failed"}
    ),
    "a cache that is empty": ("TRUNCATE nutrition", {"rows.nutrition": 0, "cache_hits": 0.0}),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_the_data_is_found(fault: str, loaded: str, v3: Snapshot) -> None:
    sql, expected = FAULTS[fault]
    execute(loaded, sql)
    found = failed(looked(loaded, v3))
    assert {name: finding.value for name, finding in found.items()} == expected
    assert any(map(is_wrong, found.values()))


def test_what_is_slow_large_or_cold_makes_no_data_wrong(loaded: str, v3: Snapshot, tmp_path: Path, web: Web) -> None:
    (tmp_path / "slow.sql").write_text("-- about: slow\nSELECT pg_sleep(0.02)")
    found = looked(
        loaded, v3, queries=str(tmp_path), p95="10 ms", database_bytes="1 MB", endpoints=[f"{web.url}/gone"],
        nutrition_url=f"{web.url}/nutrition",
    )  # fmt: skip
    names = failed(found)
    assert {"p95.slow", "database_bytes", f"http.{web.url}/gone", "cache_hits_http"} <= set(names)
    assert not any(map(is_wrong, names.values()))
    assert names["p95.slow"].value >= 20


def test_a_restore_that_is_under_way_is_not_healthy(loaded: str, v3: Snapshot) -> None:
    execute(loaded, "INSERT INTO snap.ledger SELECT id + 1, version, digest, 0, mode, 'loading', rows FROM snap.ledger"
            .replace("rows FROM", "rows, now(), '0', NULL FROM"))  # fmt: skip
    assert failed(looked(loaded, v3))["ledger"].value == "loading"


def test_a_night_that_was_cut_is_not_healthy_and_ones_own_is(loaded: str, v3: Snapshot) -> None:
    night = nights.take(Target(loaded), holder="gone, process 1", token="x", lease_s=1)
    assert isinstance(night, int)
    assert looked(loaded, v3).healthy
    nights.touch(Target(loaded), night, "x", "20261123T030000Z-x")
    found = failed(looked(loaded, v3))
    assert list(found) == ["night"]
    assert "gone, process 1" in found["night"].detail
    assert look(Target(loaded), v3, Promises(), settings(), night=night).healthy


def test_another_version_than_was_restored_is_told(loaded: str) -> None:
    found = failed(looked(loaded, Store(ROOT).resolve("v2")))
    assert found["ledger"].value == "v3"
    assert found["rows.users"].limit == 250


def test_a_role_that_row_security_binds_is_told_and_never_counts_short(loaded: str, v3: Snapshot, pg: Any) -> None:
    execute(loaded, "CREATE ROLE shy LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO shy")
    name = Target(loaded).parameters()["dbname"]
    with pytest.raises(TargetError, match="row-level security"):
        looked(f"host={pg.socket} port={pg.port} user=shy dbname='{name}'", v3)


def test_a_snapshot_of_any_shape_is_examined(database: str, tmp_path: Path) -> None:
    tables = [
        (table('Odd "one"', ("a b", "integer"), ("c", "text")), [(1, "x"), (2, None)]),
        (table("none", schema="x.y"), []),
    ]
    snapshot = made(
        tmp_path,
        tables,
        'CREATE SCHEMA "x.y"; CREATE TABLE "x.y"."none" (); CREATE TABLE "Odd ""one""" ("a b" int, c text)',
    )
    restore(snapshot, Target(database))
    assert looked(database, snapshot).healthy
    execute(database, 'DELETE FROM "Odd ""one"""')
    assert list(failed(looked(database, snapshot))) == ['rows."Odd ""one"""']


# --- queries


def test_queries_run_under_the_applications_role_and_settings_and_write_nothing(
    loaded: str, v3: Snapshot, tmp_path: Path
) -> None:
    execute(loaded, "CREATE ROLE app; GRANT SELECT ON ALL TABLES IN SCHEMA public TO app")
    (tmp_path / "who.sql").write_text(
        "-- parameters: SELECT 'app', 'john'\n"
        "SELECT 1 / (current_user = $1 AND current_setting('request.sub') = $2)::int"
    )
    (tmp_path / "write.sql").write_text("DELETE FROM users")
    found = looked(loaded, v3, queries=str(tmp_path), role="app", settings=["request.sub=john"])
    assert list(failed(found)) == ["p95.write"]
    assert "read-only transaction" in failed(found)["p95.write"].detail


def test_each_run_has_other_parameters(loaded: str, v3: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "some.sql").write_text("-- parameters: VALUES (1), (0)\nSELECT 1 / $1::int")
    assert "division by zero" in failed(looked(loaded, v3, queries=str(tmp_path)))["p95.some"].detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("SELECT nothing", 'column "nothing" does not exist'),
        ("-- parameters: SELECT nothing\nSELECT $1", "its parameters:"),
        ("-- parameters: SELECT 1 WHERE false\nSELECT $1", "no rows to take its parameters from"),
        ("SELECT pg_sleep(5)", "statement timeout"),
    ],
)
def test_a_query_that_cannot_run_is_told(text: str, detail: str, loaded: str, v3: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "own.sql").write_text(text)
    found = failed(looked(loaded, v3, queries=str(tmp_path), timeout="300 ms"))
    assert list(found) == ["p95.own"]
    assert detail in found["p95.own"].detail


def test_a_role_that_is_not_there_is_an_error(loaded: str, v3: Snapshot) -> None:
    with pytest.raises(TargetError, match='role "nobody" does not exist'):
        looked(loaded, v3, role="nobody")


# --- HTTP


def test_the_edge_function_is_asked_about_a_fixed_sample(loaded: str, v3: Snapshot, web: Web) -> None:
    given = {
        "nutrition_url": f"{web.url}/functions/v1/nutrition_enrichment",
        "nutrition_token": "env:TOKEN",
        "sample": 5,
    }
    first = looked(loaded, v3, **given)
    asked = list(web.asked)
    assert first.healthy
    assert len(asked) == 5
    web.asked.clear()
    looked(loaded, v3, **given)
    assert web.asked == asked
    web.misses = frozenset(line["name"] for body in asked for line in body["ingredients"])
    found = failed(looked(loaded, v3, **given))
    assert found["cache_hits_http"].value == 0.0


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ((500, "boom"), "boom"),
        ((200, "<html>"), "no cache_performance"),
        ((200, '{"cache_performance": {"hits": "many"}}'), "no cache_performance"),
        ((200, "[]"), "no cache_performance"),
        ((200, '{"cache_performance": {"hits": 0, "misses": 0}}'), "neither hits nor misses"),
    ],
)
def test_an_edge_function_that_does_not_keep_its_contract_is_told(
    answer: tuple[int, str], detail: str, loaded: str, v3: Snapshot, web: Web
) -> None:
    web.answers["/n"] = answer
    found = failed(looked(loaded, v3, nutrition_url=f"{web.url}/n", nutrition_token="env:TOKEN"))
    assert detail in found["cache_hits_http"].detail
    assert TOKEN not in str(found)


def asked(web: Web, *texts: str, timeout_s: float = 5) -> list[Finding]:
    return list(answers([endpoint(text.format(web.url)) for text in texts], timeout_s))


def test_endpoints_answer_with_the_status_that_is_wanted(web: Web) -> None:
    web.answers |= {"/ok": (200, ""), "/moved": (302, ""), "/private": (401, ""), "/broken": (500, "")}
    found = asked(web, "{}/ok", "{}/moved", "{}/private 401", "{}/ok 204", "{}/broken", "{}/ok?key=secret")
    assert [one.ok for one in found] == [True, True, True, False, False, True]
    assert found[3].limit == 204
    assert "secret" not in str(found)


def test_endpoints_that_are_slow_or_away_are_told(web: Web) -> None:
    web.slow_s = 1
    [slow] = asked(web, "{}/ok", timeout_s=0.1)
    [away] = list(answers([endpoint("http://127.0.0.1:1/x")], 1))
    assert (slow.ok, slow.value, away.ok, away.value) == (False, "no answer", False, "no answer")
    assert slow.detail
    assert away.detail


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"endpoints": ["localhost/health"]}, "is no address"),
        ({"endpoints": ["https://me:secret@host/"]}, "is no address"),
        ({"endpoints": ["https://host/ soon"]}, "is no address"),
        ({"nutrition_url": "ftp://x"}, "is no address"),
        ({"nutrition_url": "https://x", "nutrition_token": "env:GONE"}, r"\$GONE is not set"),
        ({"settings": ["novalue"]}, "is not NAME=VALUE"),
        ({"queries": "no/such/folder"}, "no folder of queries"),
        ({"runs": 0}, "runs in .* is 0"),
        ({"p95": "0 ms"}, "have to be some time"),
    ],
)
def test_settings_that_cannot_be_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        settings(**given).require_possible()
    assert "secret" not in refused.value.message


def test_a_query_without_sql_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.sql").write_text("-- about: nothing\n")
    with pytest.raises(UsageError, match=r"query empty\.sql holds no SQL"):
        settings(queries=str(tmp_path)).require_possible()


# --- the command


def snap(folder: Path, *words: str, **env: str) -> tuple[int, Any, str]:
    import subprocess
    import sys

    kept = {key: value for key, value in os.environ.items() if not key.startswith("SNAP_")}
    ran = subprocess.run(
        [sys.executable, "-m", "snap", "health", *words],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT)} | env,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, json.loads(ran.stdout) if "--json" in words else ran.stdout, ran.stderr


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "manifests").symlink_to(ROOT / "manifests")
    (tmp_path / "snapshots").symlink_to(ROOT / "snapshots")
    return lambda *words, **env: snap(tmp_path, *words, **env)


def test_the_command_says_whether_it_is_well(loaded: str, project: Callable[..., Any]) -> None:
    code, document, _ = project("--json", "--db", loaded)
    assert (code, document["healthy"], document["version"]) == (0, True, "v3")
    assert set(document["checks"][0]) == {"name", "ok", "value", "limit", "detail"}
    execute(loaded, LIKES)
    code, text, _ = project(SNAP_DB_URL=loaded)
    assert code == 1
    assert "FAILED  rows.recipe_likes" in text
    assert "not healthy as v3: 1 of 22 checks failed" in text


def test_a_database_without_a_ledger_has_to_be_told_which_version(database: str, project: Callable[..., Any]) -> None:
    code, document, _ = project("--json", "--db", database)
    assert (code, document["error"]["hint"]) == (5, "say it: --version VERSION")
    code, document, _ = project("--json", "--db", database, "--version", "v1")
    assert (code, document["healthy"]) == (1, False)
    code, document, _ = project("--json", "--db", database, "--version", "v9")
    assert code == 3
