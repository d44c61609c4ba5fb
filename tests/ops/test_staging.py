"""Whole nights over a database like a team's staging: they go well, fail in each step, are killed, and all is right."""

from __future__ import annotations

import json
import os
import random
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
from tests.ops.buckets import S3, s3_server
from tests.ops.staging import ROOT, Staging, staging
from tests.postgres import Server, bouncer, bouncer_program, execute, fresh_databases, session

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("staging")]

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = timedelta(days=1)
EVERY = ("backup", "diff", "reset", "migrate", "restore", "storage", "health", "report", "notify")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with v3 and its images."""
    root = tmp_path_factory.mktemp("drawn")
    subprocess.run(["cp", "-r", ROOT / "manifests", ROOT / "snapshots", root], check=True)
    subprocess.run([sys.executable, "-m", "snap", "build", "v3", "--media", "--root", root], check=True, cwd=ROOT)
    return root


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, drawn: Path, pg: Server, s3: S3) -> Iterator[Staging]:
    """A staging database behind a pooler, which the first night has filled and people have used for a day."""
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
    # The trigger outside goes with the reset, as is allowed, and the migrations make it again.
    assert states(told["steps"]) == dict.fromkeys(EVERY, "done") | {"reset": "warned"}
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
    [*_, message] = place.slack.got
    assert "v3" in json.dumps(message)
    everything = json.dumps(told) + err + page + json.dumps(message)
    assert not [one for one in ("test-secret-of-nobody", "topSECRET", "token-of-nobody") if one in everything]
    print(f"a whole night over staging volumes took {took:.1f} s")


def test_what_people_changed_is_told(place: Staging) -> None:
    ended = place.night(NOW)
    assert ended.record.changes is not None
    assert ended.record.changes["recipe_likes"]["removed"] == 5
    assert ended.record.changes["users"]["changed"] == 3


# --- each step fails


def failing(place: Staging, name: str) -> str:
    """Make one step fail; give the step in whose record that stands."""
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
    """Somebody deletes a row between the restore and the look."""
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


def test_a_dead_webhook_and_a_report_that_cannot_be_written_are_warnings(place: Staging) -> None:
    place.slack.answers[:] = [(404, "no_service", {})]
    (place.root / "reports").rename(place.root / "elsewhere")
    (place.root / "reports").write_text("a file")
    code, told, err = place.command()
    assert code == 0, told
    assert states(told["steps"])["report"] == states(told["steps"])["notify"] == "warned"
    assert "no_service" in err


# --- killed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("step", ["backup", "reset", "migrate", "restore", "storage"])
def test_a_signal_in_any_step_leaves_the_old_night_or_the_new_one(step: str, number: int, place: Staging) -> None:
    before = place.prints()
    process = place.process()
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"note: {step} "):
            process.send_signal(number)
            break
    out, err = process.communicate()
    told = json.loads(out)
    assert process.returncode == 128 + number, (told, err)
    late = step == "storage"  # the images of the night may be there already, for no row of the old one names others
    assert place.changes(before) == [] or (late and not told["rolled_back"])
    assert execute(place.url, "SELECT count(*) FROM snap.night WHERE ended IS NULL") == [(0,)]


def test_twenty_kills_at_random_instants_leave_the_old_night_or_the_new_one(place: Staging) -> None:
    began = time.monotonic()
    assert place.command()[0] == 0
    took = time.monotonic() - began
    new = place.prints()
    place.day()
    old = place.prints()
    drawn = random.Random(20_261_123)
    seen = set()
    for _ in range(20):
        process = place.process()
        time.sleep(drawn.uniform(0.3, took))
        process.kill()
        process.communicate()
        code, told, err = place.command("--only", "diff")
        assert code == 0, (told, err)
        if place.changes(old) == []:
            seen.add("old")
        else:
            assert place.changes(new) == []
            seen.add("new")
            place.day()
            old = place.prints()
        seen |= {step["name"] for step in told["steps"] if step["name"] == "repair"}
        assert execute(place.url, "SELECT count(*) FROM snap.night WHERE ended IS NULL") == [(0,)]
    assert "old" in seen
    assert "repair" in seen
    code, told, err = place.command()
    assert code == 0, (told, err)


def test_after_a_kill_health_refuses_until_the_next_night_has_put_it_back(place: Staging) -> None:
    before = place.prints()
    process = place.process()
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("note: restore "):
            process.kill()
            break
    process.communicate()
    (place.root / "snap.toml").touch()
    checked = subprocess.run(
        [sys.executable, "-m", "snap", "health", "--json"],
        cwd=place.root, env=place.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode in {1, 5, 6}, checked.stdout
    code, told, err = place.command("--only", "diff")
    assert code == 0, (told, err)
    assert states(told["steps"])["repair"] == "done"
    assert place.changes(before) == []


def test_two_nights_at_once_the_second_exits_5(place: Staging) -> None:
    place.change(reset={"lock_timeout": "60 s"})
    with session(place.url) as reader:
        reader.execute("SELECT FROM public.recipes LIMIT 1")  # the first night waits for this transaction
        first = place.process()
        assert first.stderr is not None
        for line in first.stderr:
            if line.startswith("note: backup "):
                break
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
    assert all(last - day <= 7 * DAY for day in kept)
    assert len(kept) == 8  # those of seven days, and the newest
    pages = sorted(path.name for path in (place.root / "reports").glob("2*.html"))
    assert pages[-1].startswith("20261130")
    assert len(pages) == 8
    shifts = execute(place.url, "SELECT as_of_shift_days FROM snap.ledger ORDER BY id DESC LIMIT 1")
    assert shifts == [((last - datetime(2026, 11, 1, 3, tzinfo=UTC)).days,)]
