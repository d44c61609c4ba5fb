"""Test snap status against a real Postgres."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snap.store import Store
from snap_cli import datasets
from snap_restorer import Embedded, Target, restore
from snap_restorer.request import Request
from tests.cases import toy
from tests.postgres import execute

NOWHERE = "postgresql://me:hunter2@127.0.0.1:1/x"


@pytest.fixture
def restored(v1: Store, database: str) -> str:
    restore(v1.resolve("v1"), Target(database))
    return database


@pytest.fixture
def status(snap: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Return `snap status` where no embedded server was ever started."""
    return lambda *words, **env: snap("status", *words, **{"SNAP_DATA_DIR": str(tmp_path / "none"), **env})


def test_without_a_server_it_says_so_and_starts_none(
    status: Callable[..., Any], project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = status(SNAP_DATA_DIR=str(home))
    assert (ran.code, ran.err) == (0, "")
    assert "versions  none yet" in ran.out
    assert "target    no database runs here" in ran.out
    assert "does not run, data in " in ran.out
    document = status("--json", SNAP_DATA_DIR=str(home)).document
    assert document["versions"] == []
    assert (document["newest"], document["target"], document["root"]) == (None, None, str(project))
    assert document["embedded"].items() >= {"running": False, "port": None}.items()
    assert not home.exists()
    ran = status(SNAP_PG_BIN=str(project / "nothing"))
    assert ran.code == 0
    assert "embedded  there is none on this machine" in ran.out


@pytest.mark.slow
def test_it_says_what_the_ledger_tells_and_since_when(status: Callable[..., Any], v1: Store, restored: str) -> None:
    toy.publish(v1, "v2", rows=1000)
    ran = status("--db", restored)
    assert (ran.code, ran.err) == (0, "")
    assert "versions  v1, v2\n" in ran.out
    assert "newest    v2: 3,000 rows, " in ran.out
    assert "holds     v1 since 20" in ran.out
    assert "drift     none: 2 tables with the numbers of rows in the ledger" in ran.out
    document = status("--json", SNAP_DB_URL=restored).document
    assert document["newest"] == "v2"
    ((moment,),) = execute(restored, "SELECT loaded_at FROM snap.ledger")
    held = document["target"]["holds"]
    assert (held["version"], held["published"], held["finished"], held["mode"]) == ("v1", True, True, "replace")
    assert held["since"].startswith(moment.isoformat(timespec="seconds")[:10])
    assert (document["target"]["drifted"], document["target"]["unread"]) == ([], [])


@pytest.mark.slow
def test_it_names_the_tables_that_have_drifted(status: Callable[..., Any], v1: Store, restored: str) -> None:
    execute(restored, "DELETE FROM ship.\"Log book\" WHERE n = 3; UPDATE snap.ledger SET state = 'loading'")
    execute(restored, "CREATE TABLE kept AS TABLE crew; DROP TABLE crew CASCADE")
    ran = status("--db", restored)
    assert ran.code == 0
    assert ", restore not finished" in ran.out
    assert "drift     crew is gone; the ledger records 10 rows\n" in ran.out
    assert "          ship.Log book has 19 rows, 1 fewer than restored\n" in ran.out
    assert status("--db", restored, "--json").document["target"]["drifted"] == [
        {"name": "crew", "ledger": 10, "database": None},
        {"name": "ship.Log book", "ledger": 20, "database": 19},
    ]


@pytest.mark.slow
def test_a_version_that_is_another_one_here_or_none_is_said(
    status: Callable[..., Any], v1: Store, restored: str
) -> None:
    execute(restored, "UPDATE snap.ledger SET digest = repeat('0', 64)")
    assert "its digest differs from that of the v1 published here" in status("--db", restored).out
    assert status("--db", restored, "--json").document["target"]["holds"]["published"] is False
    execute(restored, "UPDATE snap.ledger SET version = 'other'")
    assert "there is no version other here" in status("--db", restored).out
    execute(restored, "DROP SCHEMA snap CASCADE")
    ran = status("--db", restored)
    assert (ran.code, ran.err) == (0, "")
    assert "holds     nothing that a ledger records" in ran.out


@pytest.mark.slow
def test_snap_toml_names_the_database_as_for_diff(
    status: Callable[..., Any], v1: Store, restored: str, project: Path
) -> None:
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    ran = status("--json", STAGING=restored)
    assert ran.document["target"]["holds"]["version"] == "v1"
    assert Target(restored).redacted == ran.document["target"]["db"]


def test_a_database_that_cannot_be_reached_does_not_hide_the_rest(status: Callable[..., Any], v1: Store) -> None:
    ran = status("--db", NOWHERE)
    assert ran.code == 6
    assert "versions  v1" in ran.out
    assert "error: postgresql://me@127.0.0.1:1/x: " in ran.err
    assert "hunter2" not in ran.out + ran.err
    document = status("--db", NOWHERE, "--json").document
    assert document["target"]["holds"] is None
    assert document["error"]["kind"] == "service"


def test_settings_that_cannot_be_read_do_not_hide_the_rest_and_a_wrong_flag_is_an_error_alone(
    status: Callable[..., Any], v1: Store, project: Path
) -> None:
    for text, said in (
        ('[target]\ndb = "env:STAGING"\n', "STAGING"),
        ('[target]\nallowed = "*/x"\n', "target.allowed"),
    ):
        (project / "snap.toml").write_text(text)
        ran = status()
        assert ran.code == 2
        assert "versions  v1" in ran.out
        assert said in ran.err
        assert f"target    not known: {ran.err.splitlines()[0].removeprefix('error: ')}\n" in ran.out
    ran = status("--db", "mysql://localhost/x")
    assert (ran.code, ran.out) == (2, "")


def test_a_corrupt_manifest_does_not_hide_the_rest(status: Callable[..., Any], v1: Store, project: Path) -> None:
    (project / "manifests" / "v0.json").write_text("{}")
    ran = status()
    assert ran.code == 3
    assert "versions  v1" in ran.out
    assert "error: manifests/v0.json is not a manifest" in ran.err


@pytest.mark.slow
def test_the_embedded_server_is_the_target_where_it_runs(
    status: Callable[..., Any], v1: Store, home: Path, project: Path
) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    ran = status(SNAP_DATA_DIR=str(home))
    assert "target    the embedded Postgres has no database worldchef yet" in ran.out
    assert f"runs on port {server.port}, data in {server.data}" in ran.out
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    ran = status(SNAP_DATA_DIR=str(home))
    assert ran.code == 2
    assert "target    not known: $STAGING is not set" in ran.out
    (project / "snap.toml").unlink()
    embedded.ensure_database("app")
    ran = status(SNAP_DATA_DIR=str(home))
    assert "target    the embedded Postgres has no database worldchef yet" in ran.out
    assert f"runs on port {server.port} with app, data in {server.data}" in ran.out
    embedded.ensure_database(datasets.DEFAULT)
    embedded.ensure_database("lent")
    execute(server.as_superuser().url("postgres"), "COMMENT ON DATABASE lent IS 'snap copy for tests: v1'")
    restore(v1.resolve("v1"), Target(server.url(datasets.DEFAULT)), Request())
    document = status("--json", SNAP_DATA_DIR=str(home)).document
    assert document["target"]["holds"]["version"] == "v1"
    assert document["embedded"].items() >= {"running": True, "port": server.port, "data": str(server.data)}.items()
    assert document["embedded"]["databases"] == ["app", datasets.DEFAULT]
