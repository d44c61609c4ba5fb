"""Test snap health against a real Postgres."""

import re
from datetime import UTC, datetime

import pytest

from snap.store import Store
from snap_restorer import Target, restore
from snap_restorer.request import Request
from tests.paths import ROOT
from tests.postgres import execute, name_of


@pytest.fixture
def restored(v1, database):
    restore(v1.resolve("v1"), Target(database))
    return database


def test_a_restored_database_is_healthy_and_its_ledger_says_of_what(snap, restored):
    ran = snap("health", "--db", restored, "--json")
    assert ran.code == 0, ran.err
    assert ran.document.keys() == {"version", "db", "healthy", "checks", "seconds"}
    assert (ran.document["version"], ran.document["healthy"]) == ("v1", True)
    assert [one["name"] for one in ran.document["checks"]] == [
        "ledger",
        "rows.crew",
        "rows.ship.Log book",
        "references.ship.Log book.author",
        "size.snapshot",
        "size.database",
    ]
    assert ran.document["checks"][1].keys() == {"name", "ok", "value", "limit", "unit", "detail"}
    assert [check["unit"] for check in ran.document["checks"]] == [None, "rows", "rows", None, "bytes", "bytes"]
    assert "v1 is healthy: 6 checks passed" in snap("health", "--db", restored).out


@pytest.mark.slow
def test_an_unhealthy_one_exits_1_and_says_what_is_wrong(snap, restored):
    execute(restored, "DELETE FROM ship.\"Log book\" WHERE n = 3; UPDATE snap.ledger SET state = 'loading'")
    ran = snap("health", "--db", restored)
    assert ran.code == 1
    assert "FAILED  rows.ship.Log book: 19, limit 20" in ran.out
    assert "a restore of v1 was not finished" in ran.out
    assert "v1 is unhealthy: 2 of 6 checks failed" in ran.out
    assert ran.err == ""
    ran = snap("health", "--db", restored, "--json", "--quiet")
    assert (ran.code, ran.document["healthy"]) == (1, False)


@pytest.mark.slow
def test_the_version_is_the_flag_s_else_the_ledger_s_else_unknown(snap, restored, project):
    execute(restored, "UPDATE snap.ledger SET version = 'other'")
    assert snap("health", "--db", restored, "--json").code == 3
    ran = snap("health", "--db", restored, "--version", "v1", "--json")
    assert ran.code == 1
    assert [one["name"] for one in ran.document["checks"] if not one["ok"]] == ["ledger"]
    execute(restored, "DROP SCHEMA snap CASCADE")
    ran = snap("health", "--db", restored, "--json")
    assert ran.code == 2
    assert "no ledger" in ran.error["message"]
    assert "--version v3" in ran.error["hint"]
    (project / "snap.toml").write_text('[target]\ndb = "no secret"\n[nightly]\nlease = 3\n')
    assert snap("health", "--db", restored, "--json").error == ran.error
    (project / "snap.toml").write_text('[nightly]\nlease = 3\nversion = "v1"\nlimits = "none"\n')
    assert snap("health", "--db", restored, "--json").document["version"] == "v1"
    ran = snap("health", "--db", restored, "--version", "v1")
    assert ran.code == 0
    assert "ledger: skipped: the database has no ledger" in ran.out


def test_snap_toml_names_the_database_and_the_team_s_queries(snap, restored, project):
    (project / "sql").mkdir()
    (project / "sql" / "count.sql").write_text("SELECT count(*) FROM crew")
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n[health]\nqueries = "sql"\nsize = "1 kB"\n')
    ran = snap("health", STAGING=restored)
    assert ran.code == 1
    assert "FAILED  size.snapshot" in ran.out
    assert re.search(r"^count( +[\d.]+ ms){3} +50$", ran.out, re.MULTILINE)
    (project / "snap.toml").write_text('[health]\nquerys = "sql"\n')
    ran = snap("health", "--db", restored, "--json")
    assert ran.code == 2
    assert "unknown setting health.querys" in ran.error["message"]


def test_rows_that_are_hidden_exit_5_and_no_server_exits_6(snap, restored, pg):
    execute(restored, "CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA ship TO plain")
    name = name_of(restored)
    plain = f"host={pg.socket} port={pg.port} user=plain dbname='{name}'"
    assert snap("health", "--db", plain, "--version", "v1").code == 5
    assert snap("health", "--db", "postgresql://127.0.0.1:1/x", "--version", "v1").code == 6


@pytest.mark.slow
def test_the_committed_snapshot_is_healthy_as_of_now(snap, database):
    restore(Store(ROOT).resolve("v3"), Target(database), Request(as_of=datetime.now(UTC).date()))
    ran = snap("health", "--db", database, "--root", str(ROOT), "--json")
    assert ran.code == 0, ran.out
    assert {one["name"] for one in ran.document["checks"]} >= {"cache.sql", "p95.search", "derived.likes_count"}
