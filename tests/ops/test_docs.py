"""What the nightly's docs show is true: settings are known, the example runs as it stands, schedules can be read."""

from __future__ import annotations

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

from snap.config import Origin, section
from snap_ops.backup.step import BackupSettings
from snap_ops.health.settings import HealthSettings
from snap_ops.migrations.step import MigrationSettings
from snap_ops.night.configure import STEPS, NightlySettings, StepLimits
from snap_ops.night.reset import ResetSettings
from snap_ops.night.restore import RestoreSettings
from snap_ops.notify import NotifySettings
from snap_ops.report import ReportSettings
from snap_ops.storage import StorageSettings
from tests.paths import ROOT

DOCS = ROOT / "docs" / "nightly"
SCHEDULE = DOCS / "schedule"
KINDS: dict[str, type[Any]] = {
    "nightly": NightlySettings,
    "backup": BackupSettings,
    "reset": ResetSettings,
    "migrations": MigrationSettings,
    "restore": RestoreSettings,
    "storage": StorageSettings,
    "health": HealthSettings,
    "report": ReportSettings,
    "notify": NotifySettings,
}
COMMENTED = re.compile(r"^# ([a-z_0-9]+ = |\[|\")", re.MULTILINE)


def snippets() -> list[tuple[str, str]]:
    """Every TOML text of the docs, what is commented out being there too."""
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
    assert states == dict.fromkeys(("backup", "diff", "reset", "restore", "health", "report"), "done") | dict.fromkeys(
        ("migrate", "storage"), "skipped"
    )
    assert Path(told["report"]).exists()
    checked = snap(tmp_path, home, "health", "--json")
    assert json.loads(checked.stdout)["healthy"]


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
    text = (SCHEDULE / "github-actions.yml").read_text("utf-8")
    assert re.findall(r"cron: \"(.*)\"", text) == ["0 3 * * *"]
    named = set(re.findall(r"secrets\.(\w+)", text))
    assert named <= set(re.findall(r"env:(\w+)", (DOCS / "snap.toml").read_text("utf-8")))


def test_actionlint_has_nothing_to_say_of_the_workflow() -> None:
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("no actionlint on this machine: its wheel fetches it from another place")
    checked = subprocess.run([program, SCHEDULE / "github-actions.yml"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_units_are_what_systemd_reads(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    for name in ("snap-nightly.service", "snap-nightly.timer"):
        text = (SCHEDULE / name).read_text("utf-8").replace("/srv/snap/.venv/bin/python", str(python))
        (tmp_path / name).write_text(text)
    checked = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / "snap-nightly.timer"), str(tmp_path / "snap-nightly.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "snap-nightly" not in checked.stderr, checked.stderr
    moment = re.findall(r"OnCalendar=(.*)", (SCHEDULE / "snap-nightly.timer").read_text("utf-8"))
    read = subprocess.run([program, "calendar", *moment], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr
    assert "03:00:00" in read.stdout


def test_the_crontab_is_what_cron_reads() -> None:
    lines = [
        line
        for line in (SCHEDULE / "crontab").read_text("utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    settings = [line for line in lines if re.match(r"\w+=", line)]
    [job] = [line for line in lines if line not in settings]
    *moment, command = job.split(maxsplit=5)
    assert moment == ["0", "3", "*", "*", "*"]
    assert "%" not in command  # which cron would take for a newline
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
