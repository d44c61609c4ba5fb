"""Test that every night is reported: recipients and the dead man's switch are told, whatever is wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snap.progress import Silent
from snap_ops.night.lease import leased
from snap_restorer import Target
from tests.cli.program import PROGRAM, environment
from tests.ops.servers import PATH, Server, serving

pytestmark = pytest.mark.server

SETTINGS = """
[target]
db = "env:STAGING"
direct_db = "env:STAGING_DIRECT"
allowed = ["*/*"]
[nightly]
version = "v1"
lease = "2 s"
[notify]
slack = "env:HOOK"
ping = "env:PING"
timeout = "5 s"
"""
OK = (200, "ok", {})


@pytest.fixture
def slack() -> Iterator[Server]:
    with serving(OK) as server:
        yield server


@pytest.fixture
def monitor() -> Iterator[Server]:
    with serving(OK) as server:
        yield server


@pytest.fixture
def variables(database: str, slack: Server, monitor: Server) -> dict[str, str]:
    return {"STAGING": database, "STAGING_DIRECT": database, "HOOK": slack.url, "PING": monitor.url}


@pytest.fixture
def night(v1: Any, project: Path, snap: Callable[..., Any], variables: dict[str, str]) -> Callable[..., Any]:
    """Return a function that runs `snap nightly --json` with a given text as its settings file."""

    def run(text: str = SETTINGS, *arguments: str, **changed: str) -> Any:
        (project / "snap.toml").write_text(text)
        return snap("nightly", "--json", *arguments, **{**variables, **changed})

    return run


def pings(monitor: Server) -> list[str]:
    return [path.removeprefix(PATH) for path in monitor.paths]


def record(project: Path) -> Any:
    """Return the record of the newest night in the folder of reports."""
    return json.loads(max((project / "reports").glob("2*.json")).read_text())


def without(name: str) -> str:
    return "".join(line for line in SETTINGS.splitlines(keepends=True) if not line.startswith(name))


BROKEN = {
    "a secret that is not set": (SETTINGS, {"STAGING": ""}, 2, "$STAGING is not set"),
    "an unknown setting": (SETTINGS.replace("lease", "laese"), {}, 2, "nightly.laese"),
    "an unknown setting of its own": (SETTINGS + 'chanel = "x"\n', {}, 2, "notify.chanel"),
    "a wrong value of its own": (SETTINGS.replace('"5 s"', '"soon"'), {}, 2, "notify.timeout"),
    "an unknown section": (SETTINGS + "[nigthly]\n", {}, 2, "nigthly"),
    "no TOML": (SETTINGS.replace('lease = "2 s"', "lease = 2 s"), {}, 2, "cannot be read"),
    "no TOML below": (SETTINGS + "[report]\nkeep_days = seven\n", {}, 2, "cannot be read"),
    "no TOML in its own section": (SETTINGS.replace('"5 s"', "5 s"), {}, 2, "cannot be read"),
    "no version": (without("version"), {}, 2, "nightly.version"),
    "a version that is gone": (SETTINGS.replace("v1", "v9"), {}, 3, "v9"),
    "a database that is not allowed": (SETTINGS.replace('"*/*"', '"elsewhere/*"'), {}, 5, "allows"),
    "a misspelt section of its own": (SETTINGS.replace("[notify]", "[notfy]"), {}, 2, "notfy"),
    "a misspelt setting of its own": (SETTINGS.replace("slack =", "slak ="), {}, 2, "notify.slak"),
    "a list of steps that is none": (SETTINGS.replace('lease = "2 s"', "skip = [{a = 1}, []]"), {}, 2, "nightly.skip"),
    "a report that makes no sense": (SETTINGS + "[report]\nkeep_days = 0\n", {}, 2, "keep_days"),
    "no time to tell anybody": (SETTINGS.replace('"5 s"', '"0 s"'), {}, 2, "timeout"),
    "a pattern that is none": (SETTINGS.replace('"*/*"', '"*"'), {}, 2, "target.allowed"),
}


@pytest.mark.parametrize(("text", "changed", "code", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_night_that_cannot_begin_is_told_and_reported(
    night: Callable[..., Any], project: Path, slack: Server, monitor: Server, text: str, changed: Any, code: int,
    words: str,
) -> None:  # fmt: skip
    ran = night(text, **changed)
    assert ran.code == code, ran.out
    assert pings(monitor) == ["/start", "/fail"]
    (told,) = slack.got
    assert "Failed at start" in told["text"]
    assert words in json.dumps(told)
    (step,) = (step for step in record(project)["steps"] if step["name"] == "start")
    assert words in step["detail"]
    assert (step["code"], step["state"]) == (code, "failed")
    assert words in (project / "reports" / "latest.html").read_text().replace("<wbr>", "")


@pytest.mark.slow
def test_another_night_that_is_under_way_is_told(
    night: Callable[..., Any], slack: Server, monitor: Server, database: str
) -> None:
    with leased(Target(database), 2.0, Silent(), lambda _: None):
        assert night().code == 5
    assert pings(monitor) == ["/start", "/fail"]
    assert "process" in json.dumps(slack.got)


@pytest.mark.slow
def test_a_night_that_goes_well_and_one_that_fails_are_heard(night: Callable[..., Any], monitor: Server) -> None:
    assert night().code == 0
    assert pings(monitor) == ["/start", ""]
    assert night(SETTINGS + '[health]\nsize = "1 B"\n').code == 1
    assert pings(monitor)[2:] == ["/start", "/fail"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--dry-run",), SETTINGS),
        (("--dry-run",), SETTINGS.replace("lease", "laese")),
        (("--only", "restore"), SETTINGS),
        (("--skip", "notify"), SETTINGS.replace("lease", "laese")),
        ((), SETTINGS.replace('lease = "2 s"', 'skip = ["notify"]\nlaese = 2')),
    ],
)
def test_where_nobody_is_to_be_told_nobody_is(
    night: Callable[..., Any], slack: Server, monitor: Server, arguments: tuple[str, ...], text: str
) -> None:
    night(text, *arguments)
    assert (slack.got, monitor.paths) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "[target]\nallowed = ['*/*']\n", "[build]\njobs = 2\n"])
def test_a_project_without_nights_gets_no_report_of_one(
    night: Callable[..., Any], home: Path, project: Path, text: str
) -> None:
    assert night(text, SNAP_DATA_DIR=str(home)).code == 2
    assert not (project / "reports").exists()


@pytest.mark.slow
def test_a_night_that_is_killed_says_that_it_began_and_never_that_it_ended(
    v1: Any, project: Path, variables: dict[str, str], slack: Server, monitor: Server
) -> None:
    (project / "snap.toml").write_text(SETTINGS + '[migrations]\ncommand = "./slow"\n')
    slow = project / "slow"
    slow.write_text("#!/bin/sh\ntouch begun\nexec sleep 60\n")
    slow.chmod(0o755)
    process = subprocess.Popen(
        [*PROGRAM, "nightly"],
        cwd=project,
        env=environment(**variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not (project / "begun").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert (pings(monitor), slack.got) == (["/start"], [])


@pytest.mark.slow
def test_a_report_that_cannot_be_written_is_said_everywhere(
    night: Callable[..., Any], project: Path, slack: Server, monitor: Server
) -> None:
    (project / "reports").write_text("a file in its place")
    ran = night()
    assert (ran.code, ran.document["ok"], ran.document["report"]) == (6, False, None)
    (step,) = (step for step in ran.document["steps"] if step["name"] == "report")
    assert step["state"] == "failed"
    assert "cannot be written" in step["detail"]
    assert "the report cannot be written" in json.dumps(slack.got)
    assert "Failed at report" in slack.got[0]["text"]
    assert pings(monitor) == ["/start", "/fail"]


@pytest.mark.slow
def test_where_no_message_arrives_the_switch_hears_of_a_failure(night: Callable[..., Any], monitor: Server) -> None:
    with serving((404, "no_service", {})) as dead:
        assert night(HOOK=dead.url).code == 0
    assert night(HOOK="").code == 0
    assert pings(monitor) == ["/start", "/fail"] * 2


@pytest.mark.slow
def test_a_switch_that_does_not_answer_is_a_warning(night: Callable[..., Any], project: Path) -> None:
    with serving((404, "not found", {})) as gone:
        ran = night(PING=gone.url)
    assert (ran.code, ran.document["ok"]) == (0, True)
    assert ran.err.count("the dead man's switch ($PING) was not notified") == 2
    (step,) = (step for step in record(project)["steps"] if step["name"] == "notify")
    assert (step["state"], len(step["warnings"])) == ("warned", 2)
    assert PATH not in ran.out + ran.err + json.dumps(record(project))
