"""Test the examples in the docs of nightly: known settings, an example that runs unchanged, readable schedules."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from snap.config import Origin, section
from snap_ops.backup.step import BackupSettings
from snap_ops.health.settings import HealthSettings
from snap_ops.migrations.after_restore import AfterRestoreSettings
from snap_ops.migrations.step import MigrationSettings
from snap_ops.night.configure import STEPS, NightlySettings, StepLimits
from snap_ops.night.reset import ResetSettings
from snap_ops.night.restore import RestoreSettings
from snap_ops.notify import NotifySettings
from snap_ops.report import ReportSettings
from snap_ops.storage import StorageSettings
from snap_restorer.pg.guard import Guard
from tests.ops.supabase import conninfo, host, missing
from tests.paths import ROOT
from tests.postgres import execute

DOCS = ROOT / "docs" / "nightly"
SCHEDULE = DOCS / "schedule"
KINDS: dict[str, type[Any]] = {
    "nightly": NightlySettings,
    "backup": BackupSettings,
    "reset": ResetSettings,
    "migrations": MigrationSettings,
    "restore": RestoreSettings,
    "after_restore": AfterRestoreSettings,
    "storage": StorageSettings,
    "health": HealthSettings,
    "report": ReportSettings,
    "notify": NotifySettings,
}
COMMENTED = re.compile(r"^# ([a-z_0-9]+ = |\[|\")", re.MULTILINE)


def snippets() -> list[tuple[str, str]]:
    """Return every TOML text of the docs, with its commented lines made active."""
    found = [("snap.toml", (DOCS / "snap.toml").read_text("utf-8"))]
    for page in sorted(DOCS.glob("*.md")):
        texts = re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        found.extend((page.name, text) for text in texts)
    return found


def bodies() -> list[tuple[str, dict[str, Any]]]:
    made = []
    for name, text in snippets():
        whole = COMMENTED.sub(r"\1", text)
        if len(re.findall(r"^to = ", whole, re.MULTILINE)) > 1:  # two places, one of them commented out
            whole = re.sub(r'^to = "backups"\n', "", whole, flags=re.MULTILINE)
        made.extend((name, tomllib.loads(one)) for one in (text, whole))
    return made


def test_the_example_allows_no_pooler_that_projects_share_without_a_user() -> None:
    lists = [whole["target"]["allowed"] for name, whole in bodies() if "allowed" in whole.get("target", {})]
    assert lists
    guards = [Guard(allowed=tuple(patterns)) for patterns in lists]
    for user, standing in (("postgres.project", "allowed"), ("postgres.another", "unlisted"), ("postgres", "unlisted")):
        for guard in guards:
            assert guard.judge("aws-0-eu-central-1.pooler.supabase.com", "postgres", user=user) == standing


def test_every_setting_that_the_docs_show_is_known() -> None:
    shown: dict[str, set[str]] = {}
    for name, body in bodies():
        for part, values in body.items():
            if part == "target":
                assert values.keys() <= {"db", "direct_db", "allowed", "protected"}
                continue
            section(KINDS[part], values, part, Origin(file=name, folder=ROOT, environment={}))
            shown.setdefault(part, set()).update(values)
    for part, kind in KINDS.items():
        missing = set(kind.__dataclass_fields__) - shown[part]
        assert not missing, (part, missing)


def test_every_step_that_the_docs_show_is_one() -> None:
    table = re.findall(r"^\| (\w+) \| .* \|$", (DOCS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert tuple(dict.fromkeys(name for name in table if name in STEPS)) == STEPS
    assert set(StepLimits.__dataclass_fields__) | {"report", "notify"} == set(STEPS)


def snap(folder: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SNAP_", "PG"))}
    return subprocess.run(
        [sys.executable, "-m", "snap", *words],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT), "SNAP_DATA_DIR": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_example_works_as_it_stands_on_the_embedded_postgres(tmp_path: Path, home: Path) -> None:
    for name in ("manifests", "snapshots"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(DOCS / "snap.toml", tmp_path)
    planned = snap(tmp_path, home, "nightly", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert not (tmp_path / "backups").exists()
    for _ in range(2):
        ran = snap(tmp_path, home, "nightly", "--json")
        assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    states = {step["name"]: step["state"] for step in told["steps"]}
    assert states == dict.fromkeys(
        ("backup", "diff", "survey", "reset", "restore", "losses", "health", "drill", "report"), "done"
    ) | dict.fromkeys(("migrate", "after_restore", "storage"), "skipped")
    assert Path(told["report"]).exists()
    checked = snap(tmp_path, home, "health", "--json")
    assert json.loads(checked.stdout)["healthy"]


def workflow() -> Any:
    return yaml.safe_load((SCHEDULE / "github-actions.yml").read_text("utf-8"))


@pytest.mark.slow
def test_the_workflow_is_what_github_reads() -> None:
    pytest.importorskip("check_jsonschema")
    checked = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"),
            str(SCHEDULE / "github-actions.yml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_workflow_hands_on_every_secret_that_a_setting_may_name() -> None:
    named = {name for _, text in snippets() for name in re.findall(r'"env:(\w+)"', text)}
    assert len(named) > 8
    [job] = workflow()["jobs"].values()
    [night] = [step for step in job["steps"] if "snap nightly" in step.get("run", "")]
    handed = {**workflow()["env"], **night["env"]}
    assert handed.keys() - {"ARGUMENTS"} == named
    assert {value for name, value in handed.items() if name != "ARGUMENTS"} == {
        f"${{{{ secrets.{name} }}}}" for name in named
    }


def test_the_workflow_works_in_a_repository_that_is_not_snaps() -> None:
    text = (SCHEDULE / "github-actions.yml").read_text("utf-8")
    [job] = workflow()["jobs"].values()
    [install] = [step for step in job["steps"] if "pip install" in step.get("run", "")]
    assert "SNAP_REQUIREMENT" in install["run"]
    assert install["env"] == {"SNAP_REQUIREMENT": "${{ vars.SNAP_REQUIREMENT }}"}
    assert not re.search(r"-e \.|requirements\.lock|cache-dependency-path", text)
    assert not re.search(r"\bv\d\b(?!\.)", text), "a version of the snapshot that snap.toml does not name"


def test_the_workflow_installs_snap_as_a_tool_and_says_what_to_set(tmp_path: Path) -> None:
    [job] = workflow()["jobs"].values()
    [install] = [step for step in job["steps"] if "pip install" in step.get("run", "")]
    python = tmp_path / "python"  # makes an environment that writes down what it is asked for
    inner = '#!/bin/sh\\necho "$@"\\n'
    python.write_text(
        f'#!/bin/sh\nmkdir -p "$3/bin" && printf \'{inner}\' >"$3/bin/python" && chmod 755 "$3/bin/python"\n'
    )
    python.chmod(0o755)
    files = {"RUNNER_TEMP": str(tmp_path), "GITHUB_PATH": str(tmp_path / "path")}
    for requirement, code in (("", 1), ("snapgres[s3]==0.1.0", 0)):
        ran = subprocess.run(
            ["bash", "-e", "-c", install["run"]],
            env={**os.environ, **files, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SNAP_REQUIREMENT": requirement},
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(ran.returncode) is bool(code)
        assert ("set the variable SNAP_REQUIREMENT of this repository" in ran.stderr) is bool(code)
    assert ran.stdout == "-m pip install snapgres[s3]==0.1.0\n"
    assert (tmp_path / "path").read_text() == f"{tmp_path}/snap-bin\n"
    assert (tmp_path / "snap-bin" / "snap").readlink() == tmp_path / "snap" / "bin" / "snap"


def test_the_workflow_takes_the_version_from_the_settings(tmp_path: Path) -> None:
    [job] = workflow()["jobs"].values()
    [images] = [step for step in job["steps"] if "--media" in step.get("run", "")]
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "snap").write_text('#!/bin/sh\necho "$@"\n')
    for program in (python, tmp_path / "snap"):
        program.chmod(0o755)
    for storage, said in (("[storage]\nbucket = 'b'\n", "build capture-7 --media\n"), ("", "")):
        (tmp_path / "snap.toml").write_text(f"[nightly]\nversion = 'capture-7'\n{storage}")
        ran = subprocess.run(
            ["bash", "-e", "-c", images["run"]],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout == said


def test_no_schedule_is_a_full_hour_or_by_day() -> None:
    [cron] = workflow()[True]["schedule"]  # YAML 1.1 takes the key "on" for true
    calendar = re.findall(r"OnCalendar=(.*)", (SCHEDULE / "snap-nightly.timer").read_text("utf-8"))
    job = [line for line in (SCHEDULE / "crontab").read_text("utf-8").splitlines() if re.match(r"\d", line)]
    assert cron["cron"] == " ".join(job[0].split()[:5]) == "17 3 * * *"
    assert calendar == ["*-*-* 03:17:00 UTC"]


@pytest.mark.parametrize(("hour", "runs"), [("01", False), ("02", True), ("03", True), ("05", True), ("06", False),
                                            ("08", False), ("09", False), ("23", False)])  # fmt: skip
def test_a_night_that_is_late_does_not_run_by_day(tmp_path: Path, hour: str, runs: bool) -> None:
    date = tmp_path / "date"
    date.write_text(f"#!/bin/sh\necho {hour}\n")
    date.chmod(0o755)
    unit = (SCHEDULE / "snap-nightly.service").read_text("utf-8")
    [condition] = re.findall(r"^ExecCondition=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
    [job] = workflow()["jobs"].values()
    first = job["steps"][0]
    assert first["if"] == "github.event_name == 'schedule'"
    path = f"{tmp_path}:{os.environ['PATH']}"
    commands = {"sh": condition.replace("%%", "%"), "bash": first["run"]}
    for shell, command in commands.items():
        ran = subprocess.run([shell, "-e", "-c", command], env={"PATH": path}, capture_output=True, check=False)
        early = shell == "bash" and hour == "01"  # GitHub starts no run before its time
        assert early or (ran.returncode == 0) is runs, (shell, ran)


def test_actionlint_has_nothing_to_say_of_the_workflow() -> None:
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("no actionlint on this machine: its wheel fetches it from another place")
    checked = subprocess.run([program, SCHEDULE / "github-actions.yml"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


UNITS = ("snap-nightly.timer", "snap-nightly.service", "snap-nightly-failed.service")


def test_the_units_are_what_systemd_reads(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    for name in UNITS:
        text = (SCHEDULE / name).read_text("utf-8").replace("/srv/snap/.venv/bin/python", str(python))
        (tmp_path / name).write_text(text)
    checked = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "snap-nightly" not in checked.stderr, checked.stderr
    moment = re.findall(r"OnCalendar=(.*)", (SCHEDULE / "snap-nightly.timer").read_text("utf-8"))
    read = subprocess.run([program, "calendar", *moment], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr
    assert "03:17:00" in read.stdout


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SCHEDULE / name)
    return parser


def test_no_unit_starts_a_night_when_the_machine_boots() -> None:
    assert unit("snap-nightly.timer")["Timer"]["Persistent"] == "false"
    assert unit("snap-nightly.timer")["Install"]["WantedBy"] == "timers.target"
    assert "Install" not in unit("snap-nightly.service")
    assert "Install" not in unit("snap-nightly-failed.service")


def test_a_unit_that_fails_starts_one_that_tells_of_it(tmp_path: Path) -> None:
    assert unit("snap-nightly.service")["Unit"]["OnFailure"] in UNITS
    service = unit("snap-nightly-failed.service")["Service"]
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nfor last; do :; done; echo "$last"\n')
    curl.chmod(0o755)
    command = service["ExecStart"].removeprefix("/bin/sh -c '").removesuffix("'")
    command = command.replace("%%", "%").replace("$$", "$").replace("\\\\", "\\")  # as systemd.service(5) unquotes it
    for url in ("https://ping.example.com/u", "https://ping.example.com/u?create=1"):
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PING_URL": url}
        ran = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout == "https://ping.example.com/u/fail\n"
    condition = service["ExecCondition"].removeprefix("/bin/sh -c '").removesuffix("'")
    assert subprocess.run(["sh", "-c", condition], env={"PATH": os.environ["PATH"]}, check=False).returncode == 1


def test_the_crontab_is_what_cron_reads() -> None:
    lines = [
        line
        for line in (SCHEDULE / "crontab").read_text("utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    settings = [line for line in lines if re.match(r"\w+=", line)]
    [job] = [line for line in lines if line not in settings]
    *moment, command = job.split(maxsplit=5)
    assert moment == ["17", "3", "*", "*", "*"]
    assert "CRON_TZ=UTC" in settings
    assert "%" not in command  # which cron would take for a newline
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


def test_the_log_that_cron_writes_is_rotated(tmp_path: Path) -> None:
    text = (SCHEDULE / "logrotate").read_text("utf-8")
    folder, log = "/srv/snap", "nightly.log"
    assert f"cd {folder} &&" in (SCHEDULE / "crontab").read_text("utf-8")
    assert f">>{log}" in (SCHEDULE / "crontab").read_text("utf-8")
    assert re.search(rf"^{folder}/{log} {{\n(?:    .+\n)+}}\n$", text, re.MULTILINE)
    assert {"missingok", "notifempty", "compress", "weekly"} <= set(text.split())
    program = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is not None:
        (tmp_path / "rule").write_text(text.replace(folder, str(tmp_path)).replace("    su snap snap\n", ""))
        (tmp_path / log).write_text("said\n")
        rule = [program, "--debug", "--force", "--state", str(tmp_path / "state"), str(tmp_path / "rule")]
        checked = subprocess.run(rule, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


def test_every_shipped_schedule_is_named_in_the_docs_and_the_distribution_by_its_name() -> None:
    page = (DOCS / "schedule.md").read_text("utf-8")
    assert {path.name for path in SCHEDULE.iterdir()} == set(re.findall(r"\(schedule/([\w.-]+)\)", page))
    name = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    texts = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(SCHEDULE.iterdir())]
    installed = {
        (path.name, word)
        for path in texts
        if "decisions" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        for word in re.findall(r"pip install (?:-\S+ )*['\"`]*([A-Za-z][\w-]*)", line)
    }
    assert {word for _, word in installed} <= {name}, installed
    assert f"{name}==" in (SCHEDULE / "github-actions.yml").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(missing() != "", reason=missing() or "all is there")
def test_jobs_of_pg_cron_are_paused_while_a_command_runs_and_active_again_however_it_ends() -> None:
    active = "SELECT jobname, active FROM cron.job ORDER BY jobname"
    with host() as running:
        url = conninfo(running, "postgres")
        execute(url, "SELECT cron.schedule(name, '* * * * *', 'SELECT 1') FROM unnest('{a,b,off}'::text[]) AS name")
        execute(url, "SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE jobname = 'off'")
        before = execute(url, active)
        look = ["psql", "-XqAt", url, "-c", active]
        for command, code in ((look, 0), (["sh", "-c", "exit 5"], 5), (["sh", "-c", "kill -TERM $PPID"], 143)):
            done = subprocess.run(
                ["sh", SCHEDULE / "cron-paused.sh", *command],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, "STAGING_DIRECT_URL": url},
            )
            assert done.returncode == code, done.stderr
            assert done.stdout.split() == (["a|f", "b|f", "off|f"] if command == look else [])
            assert execute(url, active) == before == [("a", True), ("b", True), ("off", False)]
