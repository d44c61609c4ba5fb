"""snap nightly, against a real Postgres: its JSON, its exit codes, what its options do, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snap_restorer import Target
from snap_restorer.pg import journal
from tests.cli.program import PROGRAM, environment
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute, name_of

SETTINGS = """
[target]
db = "env:STAGING"
direct_db = "env:STAGING_DIRECT"
allowed = ["*/*"]
[nightly]
version = "v1"
lease = "2 s"
"""
STEPS = ("backup", "diff", "restore", "health", "report")


@pytest.fixture
def staging(v1: Any, project: Path, database: str) -> str:
    (project / "snap.toml").write_text(SETTINGS)
    return database


@pytest.fixture
def nightly(snap: Callable[..., Any], staging: str) -> Callable[..., Any]:
    def run(*arguments: str) -> Any:
        return snap("nightly", *arguments, STAGING=staging, STAGING_DIRECT=staging)

    return run


def states(ran: Any) -> dict[str, str]:
    return {step["name"]: step["state"] for step in ran.document["steps"] if step["state"] != "skipped"}


def test_an_address_that_is_not_read_may_be_wrong(nightly: Callable[..., Any], project: Path, staging: str) -> None:
    (project / "snap.toml").write_text(SETTINGS.replace("env:STAGING", "no secret"))
    assert nightly("--dry-run").code == 2
    assert nightly("--dry-run", "--db", staging).code == 0


def test_a_night_in_json(nightly: Callable[..., Any], project: Path, staging: str) -> None:
    ran = nightly("--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert document.keys() == {"version", "ok", "steps", "rolled_back", "report", "seconds"}
    assert (document["version"], document["ok"], document["rolled_back"]) == ("v1", True, "")
    assert all(step.keys() == {"name", "ok", "state", "seconds", "detail"} for step in document["steps"])
    assert states(ran) == dict.fromkeys(STEPS, "done")
    report = Path(document["report"])
    assert report.parent == project / "reports"
    assert report.exists()
    assert execute(staging, "SELECT count(*) FROM crew") == [(10,)]
    assert len(list((project / "backups").glob("*.dump.zst"))) == 1


def test_a_night_for_people(nightly: Callable[..., Any]) -> None:
    ran = nightly()
    assert ran.code == 0, ran.err
    assert "the night went well: v1 in " in ran.out
    assert "note: restore …" in ran.err
    quiet = nightly("--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_a_dry_run_writes_nothing_anywhere(nightly: Callable[..., Any], project: Path, staging: str) -> None:
    before, files = fingerprint(staging), sorted(project.rglob("*"))
    ran = nightly("--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert [step["name"] for step in ran.document["steps"]] == [*STEPS, "notify"]
    assert "30 rows inserted" in next(s["detail"] for s in ran.document["steps"] if s["name"] == "restore")
    assert "nothing was changed" in nightly("--dry-run").out
    assert changes(before, fingerprint(staging)) == []
    assert sorted(project.rglob("*")) == files


def test_only_some_steps_and_all_but_some(nightly: Callable[..., Any], project: Path) -> None:
    assert states(nightly("--only", "restore", "--only", "backup", "--json")) == {"backup": "done", "restore": "done"}
    assert not (project / "reports").exists()
    ran = nightly("--skip", "diff", "--skip", "report", "--json")
    assert states(ran) == {"backup": "done", "restore": "done", "health": "done"}
    assert ran.document["report"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "sleep"), "a night has no step 'sleep'"),
        (("--skip", "sleep"), "a night has no step 'sleep'"),
        (("--only", "repair"), "a night has no step 'repair'"),
    ],
)
def test_a_step_that_nobody_knows_exits_2_with_the_names(
    nightly: Callable[..., Any], arguments: tuple[str, ...], message: str
) -> None:
    ran = nightly(*arguments, "--json")
    assert ran.code == 2
    assert message in ran.error["message"]
    assert "backup, diff, reset, migrate, restore, storage, health, report, notify" in ran.error["hint"]


def test_what_is_wrong_with_the_settings_exits_2(nightly: Callable[..., Any], project: Path) -> None:
    for text in ("[nightly]\nversion = 'v1'\ncolour = 1", "[reset]\nschemas = ['auth']\n[nightly]\nversion = 'v1'", ""):
        (project / "snap.toml").write_text(f"[target]\ndb = 'env:STAGING'\nallowed = ['*/*']\n{text}")
        ran = nightly("--json")
        assert (ran.code, ran.error["kind"]) == (2, "usage"), text


def test_a_database_that_is_not_on_the_list_exits_5_untouched(
    nightly: Callable[..., Any], project: Path, staging: str
) -> None:
    (project / "snap.toml").write_text(SETTINGS.replace('allowed = ["*/*"]', 'allowed = ["elsewhere/*"]'))
    before = fingerprint(staging)
    for more in ((), ("--dry-run",)):
        ran = nightly("--json", *more)
        assert (ran.code, ran.error["kind"]) == (5, "target")
        assert "not among the databases that snap.toml allows" in ran.error["message"]
    assert changes(before, fingerprint(staging)) == []


def test_another_night_that_is_under_way_exits_5_and_is_named(nightly: Callable[..., Any], staging: str) -> None:
    from snap.progress import Silent
    from snap_ops.night.lease import leased

    with leased(Target(staging), 2.0, Silent(), lambda: None):
        ran = nightly("--json")
    assert ran.code == 5
    assert f"process {os.getpid()}, since 20" in ran.error["message"]


@pytest.mark.slow
def test_it_exits_with_the_code_of_the_step_that_failed(
    nightly: Callable[..., Any], project: Path, staging: str
) -> None:
    assert nightly().code == 0
    (project / "snap.toml").write_text(SETTINGS + '[health]\nsize = "1 B"\n')
    unhealthy = nightly("--json")
    assert unhealthy.code == 1
    assert (unhealthy.document["ok"], unhealthy.document["rolled_back"]) == (False, "")
    assert states(unhealthy)["health"] == "failed"
    assert Path(unhealthy.document["report"]).exists()
    (project / "snap.toml").write_text(SETTINGS + '[migrations]\ncommand = "false"\n')
    failed = nightly("--json")
    assert failed.code == 6
    assert states(failed)["migrate"] == "failed"
    assert "the database is what backup" in failed.document["rolled_back"]
    assert "FAILED  migrate: false ended with exit code 1" in nightly().out
    execute(staging, "ALTER TABLE crew DROP COLUMN tags")
    (project / "snap.toml").write_text(SETTINGS)
    assert nightly("--json").code == 5


def test_a_night_that_was_cut_and_cannot_be_repaired_exits_3_until_it_is_let_go(
    nightly: Callable[..., Any], snap: Callable[..., Any], staging: str
) -> None:
    assert nightly().code == 0
    target = Target(staging)
    cut = journal.take(target, holder="gone, process 1", token="x", lease_s=0)
    assert isinstance(cut, int)
    journal.touch(target, cut, "x", "20200101T000000Z-000000000000")
    journal.leave(target, cut, "x")
    unhealthy = snap("health", "--json", STAGING=staging, STAGING_DIRECT=staging)
    assert unhealthy.code == 1
    assert "put back backup 20200101T000000Z-000000000000" in nightly("--dry-run").out
    assert nightly("--json").code == 3
    let_go = nightly("--skip", "repair", "--json")
    assert let_go.code == 0, let_go.out
    assert states(let_go) == {"repair": "warned"} | dict.fromkeys(STEPS, "done")
    assert snap("health", STAGING=staging, STAGING_DIRECT=staging).code == 0


def test_no_password_is_in_anything_that_it_says_or_leaves(
    snap: Callable[..., Any], staging: str, project: Path, pg: Any
) -> None:
    name = name_of(staging).replace(" ", "%20")
    password = pg.passfile.read_text().strip().rsplit(":", 1)[1]
    url = f"postgresql://postgres:{password}@127.0.0.1:{pg.port}/{name}"
    (project / "snap.toml").write_text(SETTINGS + '[migrations]\ncommand = "printenv DATABASE_URL"\n')
    ran = snap("nightly", STAGING=url, STAGING_DIRECT=url, SNAP_DEBUG="1")
    assert ran.code == 0, ran.err
    assert "postgresql://postgres:***@" in ran.err
    said = [ran.out, ran.err, *(p.read_text() for f in ("reports", "backups") for p in (project / f).glob("*.[jh]*"))]
    said.append(str(execute(staging, "SELECT * FROM snap.night")))
    assert not any(password in text for text in said)


def test_it_works_through_a_pooler_with_the_servers_own_address_beside_it(
    snap: Callable[..., Any], staging: str, bouncer_port: int
) -> None:
    name = name_of(staging).replace(" ", "%20")
    through = f"postgresql://postgres@127.0.0.1:{bouncer_port}/{name}"
    for _ in range(2):
        ran = snap("nightly", "--json", STAGING=through, STAGING_DIRECT=staging)
        assert ran.code == 0, ran.err
        assert states(ran) == dict.fromkeys(STEPS, "done")
    refused = snap("nightly", "--json", STAGING=through, STAGING_DIRECT=through)
    assert refused.code == 5
    assert "pooler" in refused.document["steps"][0]["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_puts_the_database_back_and_the_report_is_written(
    nightly: Callable[..., Any], project: Path, staging: str, number: int
) -> None:
    assert nightly().code == 0
    before = fingerprint(staging)
    (project / "snap.toml").write_text(SETTINGS + '[migrations]\ncommand = "./slow"\n')
    slow = project / "slow"
    slow.write_text("#!/bin/sh\ntouch begun\nexec sleep 60\n")
    slow.chmod(0o755)
    reports = set((project / "reports").glob("2*.html"))
    time.sleep(1)  # two nights of one second share a report
    process = subprocess.Popen(
        [*PROGRAM, "nightly", "--json"],
        cwd=project,
        env=environment(STAGING=staging, STAGING_DIRECT=staging),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not (project / "begun").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert b'"rolled_back": "the database is what backup' in out
    assert [one for one in changes(before, fingerprint(staging)) if "snap.night" not in one] == []
    assert len(set((project / "reports").glob("2*.html")) - reports) == 1
