"""Test restarts of the server during a night: the night ends with the old rows or the new ones, and says which."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_restorer.local.embedded import Embedded
from tests.ops.buckets import S3
from tests.ops.killed import wait_for
from tests.ops.staging import ROOT, Staging, staging
from tests.postgres import embedded_home, execute, keep_port, programs_of

pytestmark = [pytest.mark.slow, pytest.mark.server]

SEED = 20261127
# Where the server stops, how, and for how long: a backend that is told to end, and one that is cut off.
INSTANTS = [
    ("backup", "immediate", 1.5),
    ("reset", "fast", 0.2),
    ("migrate", "immediate", 1.5),
    ("restore", "fast", 0.2),
    ("restore", "immediate", 1.5),
    ("health", "fast", 0.2),
]


@pytest.fixture(scope="module")
def embedded() -> Iterator[Embedded]:
    """Yield a server for this module only."""
    with embedded_home() as home:
        programs = programs_of("18")
        environment = dict(os.environ) | ({"SNAP_PG_BIN": str(programs)} if programs else {})
        made = Embedded(home=home, environment=environment)
        keep_port(made)
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def place(embedded: Embedded, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    root = tmp_path_factory.mktemp("staging")
    for name in ("manifests", "snapshots"):
        shutil.copytree(ROOT / name, root / name)
    subprocess.run([sys.executable, "-m", "snap", "build", "v3", "--media", "--root", root], check=True, cwd=ROOT)
    running = embedded.start().as_superuser()
    execute(running.url("postgres"), "CREATE DATABASE staging")
    with staging(root, running.url("staging"), running, None, s3) as made:
        made.change(nightly={"lease": "3 s", "wait": "60 s"})
        code, told, err = made.command()
        assert code == 0, (told, err)
        yield made


@pytest.mark.parametrize(("number", "step", "how", "away"), [(i, *instant) for i, instant in enumerate(INSTANTS)])
def test_a_restart_of_the_server_leaves_the_old_night_or_the_new_one(
    number: int, step: str, how: str, away: float, place: Staging, embedded: Embedded
) -> None:
    place.day()
    old = place.prints()
    night = place.process()
    said = wait_for(night, step, random.Random(SEED + number).uniform(0, 0.3))
    assert embedded._control("stop", "-m", how).returncode == 0
    time.sleep(away)
    started = embedded._control("restart", "-l", embedded.folder.log)  # with the options, and the port, of before
    assert started.returncode == 0, started.stderr
    out, err = night.communicate()
    told = json.loads(out)
    failed = [each for each in told["steps"] if each["state"] == "failed"]
    print(number, step, how, night.returncode, told["left"], [each["name"] for each in failed])
    assert night.returncode in {0, 1, 6}, (told, *said, err)
    if told["left"] == "refreshed":
        assert execute(place.url, "SELECT 1 FROM public.users WHERE bio = 'somebody was here'") == []
    else:
        assert told["left"] in {"kept", "put back"}, (told, err)
        # After a crash a sequence goes on behind the 32 values that were logged ahead.
        crashed = how == "immediate"
        assert [one for one in place.changes(old) if not (crashed and one.startswith("positions: "))] == []
        assert (told["rolled_back"] != "") == (told["left"] == "put back")
    if told["left"] == "put back":
        assert not any("nothing was changed" in each["hint"] for each in failed)
    assert execute(place.url, "SELECT count(*) FROM snap.night WHERE ended IS NULL") == [(0,)]
    kept, broken = place.backups()
    assert broken == ()
    assert kept
    assert "failed" in Path(told["report"]).read_text("utf-8").lower() or not failed
    if told["left"] != "refreshed":
        execute(place.direct, "DROP TABLE public.scratch")  # the next day makes it
