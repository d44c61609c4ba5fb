"""Test whole nights over a database like a team's staging: they succeed, fail in each step, or are killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from snap.store import Store
from snap_ops.step import StepContext, StepResult
from snap_ops.storage import StorageStep
from tests.ops.buckets import S3
from tests.ops.killed import instants, require_old_or_new, seconds_of, wait_for
from tests.ops.staging import Staging, staging
from tests.params import KILLS
from tests.postgres import Server, bouncer, bouncer_program, execute, fresh_databases, session

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = timedelta(days=1)
EVERY = (
    *("backup", "diff", "survey", "reset", "migrate", "restore", "losses", "storage", "health", "drill"),
    *("report", "notify"),
)


@pytest.fixture
def place(tmp_path: Path, drawn: Path, pg: Server, s3: S3) -> Iterator[Staging]:
    """Yield a staging database behind a pooler, filled by a first night and used by people for a day."""
    for name in ("manifests", "snapshots"):
        shutil.copytree(drawn / name, tmp_path / name, copy_function=os.link)
    with fresh_databases(pg) as fresh:
        url = fresh()
        if bouncer_program() is None:
            with staging(tmp_path, url, pg, None, s3) as made:
                yield used(made)
        else:
            with bouncer(pg, "plain") as port, staging(tmp_path, url, pg, port, s3) as made:
                yield used(made)


def used(made: Staging) -> Staging:
    first = made.night(NOW - DAY)
    assert first.record.ok, first.record.document()
    made.day()
    return made


def states(steps: Any) -> dict[str, str]:
    return {step["name"]: step["state"] for step in steps}


def recorded(page: str) -> dict[str, Any]:
    """Return the steps of the record beside a page, by name."""
    record = json.loads(Path(page).with_suffix(".json").read_text("utf-8"))
    return {step["name"]: step for step in record["steps"]}


def media(place: Staging) -> set[str]:
    manifest = Store(place.root).resolve("v3").manifest
    return {file.path.removeprefix("media/") for file in manifest.media}


def test_a_whole_night_goes_well_and_says_so(place: Staging) -> None:
    client = place.s3.client()
    client.put_object(Bucket=place.bucket, Key="images/uploaded by a tester.jpg", Body=b"x")
    client.put_object(Bucket=place.bucket, Key="beside.jpg", Body=b"x")
    began = time.monotonic()
    code, told, err = place.command()
    took = time.monotonic() - began
    assert code == 0, (told, err)
    # The trigger outside goes with the reset, as is allowed, and the migrations make it again: no warning.
    assert states(told["steps"]) == dict.fromkeys(EVERY, "done") | {"after_restore": "skipped"}
    assert execute(place.url, "SELECT 1 FROM public.users WHERE bio = 'somebody was here'") == []
    assert execute(place.url, "SELECT to_regclass('public.scratch')") == [(None,)]
    forced = "SELECT count(*) FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace"
    assert execute(place.url, forced) == [(8,)]
    assert execute(place.url, "SELECT tgname FROM pg_trigger WHERE tgrelid = 'auth.users'::regclass") == [
        ("on_signup",)
    ]
    assert execute(place.url, "SELECT count(*) FROM auth.users") == [(20,)]
    assert place.images() == media(place)
    assert "beside.jpg" in place.s3.keys(place.bucket)
    assert len([key for key in place.s3.keys(place.bucket) if key.endswith(".dump.zst")]) == 2
    page = Path(told["report"]).read_text("utf-8")
    assert "recipe_likes" in page
    # What people made beside the snapshot is gone, and told with the backup that holds it.
    facts = recorded(told["report"])["losses"]["facts"]
    assert facts["lost"] == {
        "public": {
            "notes": {"before": 2, "after": 0, "lost": 2},
            "scratch": {"before": 1, "after": None, "lost": 1},
        }
    }
    assert facts["gone"] == {"public": ["table public.scratch"]}
    assert facts["missing"] == facts["changed"] == {}
    assert f"Backup {facts['backup']} holds what is gone." in page
    assert "public.scratch" in json.dumps(place.slack.got[-1])
    [*_, message] = place.slack.got
    assert "v3" in json.dumps(message)
    everything = json.dumps(told) + err + page + json.dumps(message)
    assert not [one for one in ("test-secret-of-nobody", "topSECRET", "token-of-nobody") if one in everything]
    print(f"a whole night over staging volumes took {took:.1f} s")


def test_what_the_migrations_do_not_bring_back_fails_the_night_by_name(place: Staging) -> None:
    execute(place.direct, "CREATE POLICY by_hand ON public.notes USING (true); GRANT INSERT ON public.notes TO PUBLIC")
    execute(place.url, "ALTER PUBLICATION supabase_realtime ADD TABLE public.recipes")
    place.change(reset={"allow_cascade": ["auth.users", "supabase_realtime"]})
    (place.root / "migrations" / "20260301000000_signup.sql").write_text(
        "CREATE TABLE public.notes (id serial, t text)"
    )
    place.migration("20260401000000_late", "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    code, told, err = place.command()
    assert code == 1, (told, err)
    assert told["rolled_back"] == ""
    losses = recorded(told["report"])["losses"]
    missing = losses["facts"]["missing"]
    assert missing["triggers"] == ["trigger on_signup on auth.users"]
    assert missing["publications"] == ["publication relation public.recipes in publication supabase_realtime"]
    assert missing["policies"] == ["policy by_hand on public.notes"]
    assert "INSERT for PUBLIC on table public.notes" in missing["grants"]
    assert "trigger on_signup on auth.users" in json.dumps(place.slack.got[-1])
    # The late default privileges of that night hold for the functions that the next one makes.
    code, told, err = place.command("--skip", "health")
    assert code == 1, (told, err)
    missing = recorded(told["report"])["losses"]["facts"]["missing"]
    assert missing.keys() == {"grants"}
    assert {name.partition(" public.")[0] for name in missing["grants"]} == {"EXECUTE for PUBLIC on function"}
    code, told, err = place.command("--skip", "health")
    assert code == 0, (told, err)  # each is told once


def test_what_people_changed_is_told(place: Staging) -> None:
    ended = place.night(NOW)
    assert ended.record.changes is not None
    assert ended.record.changes["recipe_likes"]["removed"] == 5
    assert ended.record.changes["users"]["changed"] == 3


# --- each step fails


def failing(place: Staging, name: str) -> str:
    """Make one step fail. Return the name of the step whose record reports the failure."""
    if name == "backup":
        place.change(backup={"to": "s3://nobody-made-this/x"})
    elif name == "reset":
        execute(place.url, "CREATE VIEW auth.seen AS SELECT id FROM public.recipes")
    elif name == "migrate":
        place.migration("20260401000000_broken", "CREATE TABLE public.half (v int); SELECT nothing")
    elif name == "restore":
        place.migration("20260401000000_drift", "ALTER TABLE public.recipes DROP COLUMN slug CASCADE")
    elif name == "storage":
        place.change(storage={"bucket": "nobody-made-this"})
    elif name == "http":
        place.web.answers["/health"] = (503, "down")
        return "health"
    elif name == "slow":
        (place.root / "queries").mkdir()
        (place.root / "queries" / "slow.sql").write_text("SELECT pg_sleep(0.05)")
        place.change(health={"queries": "queries", "p95": "20 ms"})
        return "health"
    return name


CODES = {"backup": 6, "reset": 5, "migrate": 5, "restore": 5, "storage": 6, "http": 1, "slow": 1}


@pytest.mark.parametrize("name", CODES)
def test_a_step_that_fails_leaves_all_as_it_should(name: str, place: Staging) -> None:
    failed = failing(place, name)
    before, images = place.prints(), place.images()
    code, told, err = place.command()
    assert code == CODES[name], (told, err)
    assert states(told["steps"])[failed] == "failed"
    if name in {"backup", "reset", "migrate", "restore"}:
        assert place.changes(before) == []
        assert place.images() == images
        assert bool(told["rolled_back"]) == (name in {"migrate", "restore"})
        assert {"storage", "health"} <= {step["name"] for step in told["steps"] if step["state"] == "skipped"}
    else:
        assert told["rolled_back"] == ""
        assert execute(place.url, "SELECT 1 FROM public.users WHERE bio = 'somebody was here'") == []
        assert place.images() == media(place)
    page = Path(told["report"]).read_text("utf-8")
    assert "failed" in page.lower()
    assert len(place.slack.got) == 2
    healthy = execute(place.url, "SELECT count(*) FROM snap.night WHERE ended IS NULL")
    assert healthy == [(0,)]


def test_data_that_are_wrong_are_put_back_from_the_backup(place: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody deletes a row between the restore and the health checks."""
    before = place.prints()
    step = StorageStep.run

    def meddled(self: StorageStep, night: StepContext) -> StepResult:
        execute(
            place.direct, "DELETE FROM public.recipe_likes WHERE ctid = (SELECT min(ctid) FROM public.recipe_likes)"
        )
        return step(self, night)

    monkeypatch.setattr(StorageStep, "run", meddled)
    ended = place.night(NOW)
    assert ended.record.code == 1
    assert ended.record.rolled_back
    assert place.changes(before) == []
    assert place.images() == media(place)


def test_a_dead_webhook_is_a_warning_and_a_report_that_cannot_be_written_fails_the_night(place: Staging) -> None:
    place.slack.answers[:] = [(404, "no_service", {})]
    (place.root / "reports").rename(place.root / "elsewhere")
    (place.root / "reports").write_text("a file")
    code, told, err = place.command()
    assert code == 6, told
    assert (states(told["steps"])["report"], states(told["steps"])["notify"]) == ("failed", "warned")
    assert told["rolled_back"] == ""
    assert "no_service" in err


# --- killed


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("backup", signal.SIGTERM),
        ("reset", signal.SIGINT),
        ("migrate", signal.SIGTERM),
        ("restore", signal.SIGINT),
        ("storage", signal.SIGTERM),
    ],
)
def test_a_signal_in_any_step_leaves_the_old_night_or_the_new_one(step: str, number: int, place: Staging) -> None:
    before = place.prints()
    process = place.process()
    wait_for(process, step, 0)
    process.send_signal(number)
    out, err = process.communicate()
    told = json.loads(out)
    assert process.returncode == 128 + number, (told, err)
    late = step in {"restore", "storage"}  # the restore may be committed when the signal comes
    assert place.changes(before) == [] or (late and told["left"] == "refreshed" and not told["rolled_back"])
    assert execute(place.url, "SELECT count(*) FROM snap.night WHERE ended IS NULL") == [(0,)]


def test_kills_at_random_instants_leave_the_old_night_or_the_new_one(place: Staging) -> None:
    code, first, err = place.command()
    assert code == 0, (first, err)
    new = place.prints()
    place.day()
    old = place.prints()
    left = set()
    for step, delay in instants(KILLS, seconds_of(first), 20_261_123):
        process = place.process()
        wait_for(process, step, delay)
        process.kill()
        process.communicate()
        code, told, err = place.command("repair")
        assert code == 0, (told, err)
        left.add(require_old_or_new(place, told, old, new, place.changes))
        assert place.images() == media(place)
        if place.changes(old):
            place.day()
            old = place.prints()
    assert {"old", "put back"} <= left
    code, told, err = place.command()
    assert code == 0, (told, err)
    assert (told["left"], told["rolled_back"]) == ("refreshed", "")
    assert Path(told["report"]).exists()


def test_after_a_kill_health_refuses_until_the_next_night_has_put_it_back(place: Staging) -> None:
    before = place.prints()
    process = place.process()
    wait_for(process, "restore", 0)
    process.kill()
    process.communicate()
    (place.root / "snap.toml").touch()
    checked = subprocess.run(
        [sys.executable, "-m", "snap", "health", "--json"],
        cwd=place.root, env=place.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode in {1, 5, 6}, checked.stdout
    code, told, err = place.command("repair")
    assert code == 0, (told, err)
    assert states(told["steps"]) == {"repair": "done"}
    assert place.changes(before) == []


def test_two_nights_at_once_the_second_exits_5(place: Staging) -> None:
    place.change(reset={"lock_timeout": "60 s"})
    with session(place.url) as reader:
        reader.execute("SELECT FROM public.recipes LIMIT 1")  # the first night waits for this transaction
        first = place.process()
        wait_for(first, "backup", 0)
        code, told, _ = place.command()
        reader.rollback()
    first.communicate()
    assert code == 5
    assert "another night" in told["error"]["message"]
    assert first.returncode == 0


# --- many nights


def test_eight_nights_keep_seven_days_of_backups_and_reports(place: Staging) -> None:
    for number in range(8):
        ended = place.night(NOW + number * DAY, skip=("health",))
        assert ended.record.ok, ended.record.document()
        place.day()
    last = NOW + 7 * DAY
    dumps = sorted(key for key in place.s3.keys(place.bucket) if key.endswith(".dump.zst"))
    days = [re.search(r"/(\d{8})T", key) for key in dumps]
    kept = [datetime.strptime(day[1], "%Y%m%d").replace(tzinfo=UTC, hour=3) for day in days if day]
    assert len(kept) == len(dumps)
    # Ages count from the newest backup but one, so that no single clock decides.
    assert all(last - day <= 8 * DAY for day in kept)
    assert len(kept) == 9  # those of seven days before the newest but one, that one, and the newest
    pages = sorted(path.name for path in (place.root / "reports").glob("2*.html"))
    assert pages[-1].startswith("20261130")
    assert len(pages) == 8
    shifts = execute(place.url, "SELECT as_of_shift_days FROM snap.ledger ORDER BY id DESC LIMIT 1")
    assert shifts == [((last - datetime(2026, 11, 1, 3, tzinfo=UTC)).days,)]
