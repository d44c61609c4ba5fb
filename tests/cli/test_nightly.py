"""Test snap nightly against a real Postgres: its JSON, its exit codes, its options, and how it ends."""

from __future__ import annotations

import json
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
STEPS = ("backup", "diff", "survey", "restore", "losses", "health", "drill", "report")


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


@pytest.mark.slow
def test_a_night_in_json(nightly: Callable[..., Any], project: Path, staging: str) -> None:
    ran = nightly("--json")
    assert ran.code == 0, ran.err
    document = ran.document
    page = document["report"]
    written = json.loads(Path(page).with_suffix(".json").read_text("utf-8"))
    assert document.keys() == {*written, "report"}
    apart = {"steps": None, "report": None, "seconds": None}
    assert document | apart == written | apart
    assert document["steps"][: len(written["steps"])] == written["steps"]
    assert (document["db"], document["urls"]) == (Target(staging).redacted, [Target(staging).redacted])
    assert (document["version"], document["ok"], document["rolled_back"]) == ("v1", True, "")
    health = next(step for step in document["steps"] if step["name"] == "health")
    assert {check["name"] for check in health["checks"]} >= {"ledger", "rows.crew"}
    assert states(ran) == dict.fromkeys(STEPS, "done")
    report = Path(document["report"])
    assert report.parent == project / "reports"
    assert report.exists()
    assert execute(staging, "SELECT count(*) FROM crew") == [(10,)]
    assert len(list((project / "backups").glob("*.dump.zst"))) == 1


@pytest.mark.slow
def test_a_night_for_people(nightly: Callable[..., Any]) -> None:
    ran = nightly()
    assert ran.code == 0, ran.err
    assert "the night went well: v1 in " in ran.out
    assert "note: restore …" in ran.err
    quiet = nightly("--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.slow
def test_a_dry_run_writes_nothing_anywhere(nightly: Callable[..., Any], project: Path, staging: str) -> None:
    before, files = fingerprint(staging), sorted(project.rglob("*"))
    ran = nightly("--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert [step["name"] for step in ran.document["steps"] if step["state"] == "planned"] == [*STEPS, "notify"]
    assert {step["state"] for step in ran.document["steps"]} == {"planned", "skipped"}
    assert "would insert 30 rows" in next(s["detail"] for s in ran.document["steps"] if s["name"] == "restore")
    assert "nothing was changed" in nightly("--dry-run").out
    assert changes(before, fingerprint(staging)) == []
    assert sorted(project.rglob("*")) == files


@pytest.mark.slow
def test_only_some_steps_and_all_but_some(nightly: Callable[..., Any], project: Path) -> None:
    assert states(nightly("--only", "restore", "--only", "backup", "--json")) == {"backup": "done", "restore": "done"}
    assert not (project / "reports").exists()
    ran = nightly("--skip", "diff", "--skip", "report", "--json")
    ran_steps = ("backup", "survey", "restore", "losses", "health", "drill")
    assert states(ran) == dict.fromkeys(ran_steps, "done")
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
    assert (
        "backup, diff, survey, reset, migrate, restore, after_restore, losses, storage, health, drill, report, notify"
        in ran.error["hint"]
    )


def test_what_is_wrong_with_the_settings_exits_2(nightly: Callable[..., Any], project: Path) -> None:
    night = "[nightly]\nversion = 'v1'\n"
    for text in (f"{night}colour = 1", f"[reset]\nschemas = ['pg_catalog']\n{night}", ""):
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


@pytest.mark.slow
def test_a_wrong_secret_changes_neither_database(
    snap: Callable[..., Any], project: Path, staging: str, databases: Callable[[], str]
) -> None:
    other = databases()
    execute(other, "CREATE TABLE customers AS SELECT generate_series(1, 50) AS id")
    before = [fingerprint(url) for url in (staging, other)]
    for secrets in ({"STAGING": other, "STAGING_DIRECT": staging}, {"STAGING": staging, "STAGING_DIRECT": other}):
        ran = snap("nightly", "--json", **secrets)
        assert ran.code == 5
        assert "are two databases" in ran.document["steps"][0]["detail"]
        assert "are two databases" in snap("nightly", "--dry-run", "--json", **secrets).error["message"]
    for was, url in zip(before, (staging, other), strict=True):
        assert changes(was, fingerprint(url)) == []
    page = Path(ran.document["report"]).read_text("utf-8")
    for url in (staging, other):
        assert name_of(url).replace(" ", "%20") in page


@pytest.mark.slow
@pytest.mark.parametrize("query", ["SELEC 1", "-- query\nSELECT 1", "SELECT 1; COMMIT"])
def test_a_malformed_query_is_found_before_anything_is_touched(
    nightly: Callable[..., Any], project: Path, staging: str, query: str
) -> None:
    assert nightly("--json").code == 0
    execute(staging, "CREATE TABLE ours AS SELECT 1 AS x")
    (project / "health").mkdir()
    (project / "health" / "slow.sql").write_text(query)
    (project / "snap.toml").write_text(
        f'{SETTINGS}[reset]\nschemas = ["public"]\ndrop = ["ship"]\n[health]\nqueries = "health"\n'
    )
    before, files = fingerprint(staging, ledger=False), sorted((project / "backups").iterdir())
    for more in ((), ("--dry-run",)):
        ran = nightly("--json", *more)
        assert ran.code == 2
        assert "slow" in (ran.error["message"] if more else ran.document["steps"][0]["detail"])
    assert changes(before, fingerprint(staging, ledger=False)) == []
    assert sorted((project / "backups").iterdir()) == files
    (project / "health" / "slow.sql").write_text("SELECT count(*) FROM crew")
    ran = nightly("--json")
    assert ran.code == 0, ran.out


@pytest.mark.slow
def test_a_marked_database_is_on_no_list(
    nightly: Callable[..., Any], snap: Callable[..., Any], project: Path, staging: str
) -> None:
    (project / "snap.toml").write_text(SETTINGS.replace('allowed = ["*/*"]', ""))
    assert nightly("--json").code == 5
    assert snap("db", "allow", "--yes", STAGING=staging, STAGING_DIRECT=staging).code == 0
    assert nightly("--json").code == 0


def test_another_night_that_is_under_way_exits_5_and_is_named(nightly: Callable[..., Any], staging: str) -> None:
    from snap.progress import Silent
    from snap_ops.night.lease import leased

    with leased(Target(staging), 2.0, Silent(), lambda _: None):
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_repair_alone_puts_back_what_a_night_that_was_cut_left_and_finishes_one_that_was_done(
    nightly: Callable[..., Any], snap: Callable[..., Any], project: Path, staging: str
) -> None:
    nothing = nightly("repair", "--json")
    assert (nothing.code, states(nothing), nothing.document["rolled_back"]) == (0, {"repair": "done"}, "")
    assert nightly().code == 0
    (backup,) = (path.name.partition(".")[0] for path in (project / "backups").glob("*.json"))
    target = Target(staging)
    cut = journal.take(target, holder="gone, process 1", token="x", lease_s=0)
    assert isinstance(cut, int)
    journal.touch(target, cut, "x", backup)
    journal.leave(target, cut, "x")
    execute(staging, "DROP TABLE crew CASCADE")
    ran = nightly("--json", "repair")
    assert (ran.code, states(ran), ran.document["report"]) == (0, {"repair": "done"}, None), ran.err
    assert f"is what backup {backup} holds, proved" in ran.document["rolled_back"]
    assert "what was there before is in safety backup " in ran.document["rolled_back"]
    listed = snap("backup", "list", "--json").document["backups"]
    assert sorted(each["safety"] for each in listed) == [False, True]
    assert "no night was cut" in nightly("repair").out


@pytest.mark.slow
def test_a_repair_of_a_night_without_a_backup_exits_5_and_of_one_whose_backup_is_gone_3(
    nightly: Callable[..., Any], staging: str
) -> None:
    target = Target(staging)
    for backup, code in ((None, 5), ("20200101T000000Z-000000000000", 3)):
        cut = journal.take(target, holder="gone, process 1", token="x", lease_s=0)
        assert isinstance(cut, int)
        journal.touch(target, cut, "x", backup)
        journal.leave(target, cut, "x")
        for _ in range(2):  # it stays in the journal
            ran = nightly("repair", "--json")
            assert (ran.code, states(ran)) == (code, {"repair": "failed"})
            assert "FAILED  repair" in nightly("repair").out
        journal.end_unended(target, journal.unended(target), "by the test")
    refused = nightly("repair", "--only", "backup", "--json")
    assert (refused.code, refused.error["kind"]) == (2, "usage")


@pytest.mark.slow
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


@pytest.mark.slow
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
    assert "pooler in transaction mode" in refused.document["steps"][0]["detail"]


@pytest.mark.slow
def test_a_pooler_in_session_mode_is_the_only_address_that_a_night_needs(
    snap: Callable[..., Any], project: Path, staging: str, session_port: int
) -> None:
    settings = SETTINGS.replace('direct_db = "env:STAGING_DIRECT"\n', "")
    resets = '[reset]\nschemas = ["public"]\ndrop = ["ship"]\n[migrations]\nfolder = "migrations"\n'
    (project / "snap.toml").write_text(settings + resets)
    (project / "migrations").mkdir()
    (project / "migrations" / "1_more.sql").write_text("CREATE TABLE more (id int);")
    through = f"postgresql://postgres@127.0.0.1:{session_port}/{name_of(staging).replace(' ', '%20')}"
    for _ in range(2):
        ran = snap("nightly", "--json", STAGING=through)
        assert ran.code == 0, ran.err
        assert list(states(ran)) == ["backup", "diff", "survey", "reset", "migrate", *STEPS[3:]], ran.document
    execute(staging, "INSERT INTO more VALUES (7)")
    before = fingerprint(staging, ledger=False)
    (project / "migrations" / "2_bad.sql").write_text("DROP TABLE more; VACUUM; SELECT 1 / 0;")
    ran = snap("nightly", "--json", STAGING=through)
    assert ran.code == 5, ran.err
    assert ran.document["rolled_back"]
    assert changes(before, fingerprint(staging, ledger=False)) == []
    assert execute(staging, "SELECT id FROM more") == [(7,)]


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
