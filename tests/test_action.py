"""Test the GitHub Action in action/: its steps run against a Postgres as GitHub's runner would run them.

A small runner replaces GitHub's: it evaluates the expressions that the action uses, and gives each step its files.
Folders of the test replace the steps of other actions (Python, the cache).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from snap.store import Store
from tests.cases import toy
from tests.paths import ROOT
from tests.postgres import execute

ACTION = ROOT / "action"
DEFINITION: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = DEFINITION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
SNAP = "import sys; from snap.__main__ import main; sys.argv[0] = 'snap'; sys.exit(main())"


@dataclass
class Runner:
    """The folders of a job, and the outputs of its steps. `cached` is the cache of all jobs, by key."""

    folder: Path
    project: Path
    inputs: dict[str, str]
    cached: Path
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    said: str = ""

    def run(self) -> int:
        """Run the steps in order; return the exit code of the first that fails, else 0."""
        python = self._python()
        for step in STEPS:
            if "if" in step and not self._holds(step["if"]):
                continue
            self.ran.append(step.get("name") or step["uses"].partition("@")[0])
            if "uses" in step:
                given = {name: self._text(value) for name, value in step["with"].items()}
                self.outputs[step.get("id", "")] = self._other(step["uses"].partition("@")[0], given, python)
            elif code := self._shell(step):
                return code
        return 0

    def _shell(self, step: dict[str, Any]) -> int:
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        files["GITHUB_OUTPUT"].write_text("")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAP_", "GITHUB_", "PG"))}
        places = {"RUNNER_TEMP": str(self.folder), "GITHUB_ACTION_PATH": str(ACTION), "PYTHONPATH": str(ROOT)}
        variables = {name: self._text(value) for name, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.project,
            env=kept | places | {name: str(path) for name, path in files.items()} | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += done.stdout + done.stderr
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        return done.returncode

    def _python(self) -> Path:
        """Return a Python whose environments contain snap from this tree, so that nothing is installed."""
        snap = self.folder / "installed"
        snap.write_text(f"#!{sys.executable}\n{SNAP}\n")
        snap.chmod(0o755)
        python = self.folder / "python"
        python.write_text(
            f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] || exec {sys.executable} "$@"\n'
            f'mkdir -p "$3/bin" && cp {snap} "$3/bin/snap" && cp {self.folder}/pip "$3/bin/python"\n'
        )
        python.chmod(0o755)
        pip = self.folder / "pip"
        pip.write_text(f'#!/bin/sh\necho "$@" >{self.folder}/asked\n')
        pip.chmod(0o755)
        return python

    def _other(self, action: str, given: dict[str, str], python: Path) -> dict[str, str]:
        if action == "actions/setup-python":
            assert given["update-environment"] == "False"
            return {"python-path": str(python)}
        place = self.cached / given["key"]
        paths = [self.project / path for path in given["path"].split()]
        if action == "actions/cache/save":
            for number, path in enumerate(paths):
                (shutil.copytree if path.is_dir() else shutil.copy)(path, place.with_name(f"{given['key']}-{number}"))
            place.touch()
            return {}
        assert action == "actions/cache/restore"
        if not place.exists():
            return {"cache-hit": ""}
        for number, path in enumerate(paths):
            source = place.with_name(f"{given['key']}-{number}")
            (shutil.copytree if source.is_dir() else shutil.copy)(source, path)
        return {"cache-hit": "true"}

    def _text(self, value: object) -> str:
        return EXPRESSION.sub(lambda found: str(self._value(found[1])), str(value))

    def _holds(self, condition: str) -> bool:
        def compared(part: str) -> bool:
            left, operator, right = re.fullmatch(r"(\S+) (==|!=) '(.*)'", part.strip()).groups()  # type: ignore[union-attr]
            return (self._value(left) == right) is (operator == "==")

        return all(map(compared, condition.split("&&")))

    def _value(self, name: str) -> str:
        kind, *path = name.split(".")
        if kind == "inputs":
            return self.inputs[path[0]]
        assert kind == "steps"
        return self.outputs.get(path[0], {}).get(path[2], "")


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Runner]:
    """Return a function that makes a job in a project with the toy snapshot v1 and the action's defaults."""
    (tmp_path / "cache").mkdir()

    def new(project: Path, **inputs: str) -> Runner:
        folder = tmp_path / f"job{len(list(tmp_path.glob('job*')))}"
        folder.mkdir()
        defaults = {name: each.get("default", "") for name, each in DEFINITION["inputs"].items()}
        return Runner(folder=folder, project=project, inputs=defaults | inputs, cached=tmp_path / "cache")

    return new


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    toy.publish(Store(folder), "v1")
    return folder


@pytest.mark.slow
def test_githubs_schema_takes_the_action_and_its_example() -> None:
    pytest.importorskip("check_jsonschema")
    for schema, path in (
        ("vendor.github-actions", ACTION / "action.yml"),
        ("vendor.github-workflows", ROOT / "docs" / "ci" / "github-actions.yml"),
    ):
        command = [sys.executable, "-W", "ignore", "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    used = re.findall(r"uses: *(.*)", (ACTION / "action.yml").read_text("utf-8"))
    assert len(used) == 3
    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_no_script_holds_an_expression() -> None:
    """What a caller or a branch's name says reaches a shell through the environment alone, where it runs nothing."""
    assert [step["run"] for step in STEPS if EXPRESSION.search(step.get("run", ""))] == []
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)


def test_the_example_and_the_page_give_inputs_that_there_are() -> None:
    [job] = yaml.safe_load((ROOT / "docs" / "ci" / "github-actions.yml").read_text("utf-8"))["jobs"].values()
    [step] = [step for step in job["steps"] if "/action@" in step.get("uses", "")]
    assert step["with"].keys() <= DEFINITION["inputs"].keys()
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    assert {name for name in DEFINITION["inputs"] if f"`{name}`" not in page} == set()
    assert {name for name in DEFINITION["outputs"] if f"`{name}`" not in page} == set()


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.process
def test_a_version_with_its_files_is_restored_and_told(job, project: Path, database: str) -> None:
    runner = job(project, version="v1", db=database)
    assert runner.run() == 0, runner.said
    digest = Store(project).resolve("v1").manifest.digest
    assert execute(database, "SELECT version, digest FROM snap.ledger") == [("v1", digest)]
    assert runner.outputs["snapshot"] == {"digest": digest, "missing": "false"}
    assert runner.outputs["restore"] == {"rows": "30"}
    told = "restored v1: 30 rows in 2 tables, full verified"
    assert told in runner.said
    assert (runner.folder / "GITHUB_STEP_SUMMARY").read_text() == f"snap {told}\n"
    assert not any(name.startswith("actions/cache") for name in runner.ran)
    assert (runner.folder / "asked").read_text().endswith(f" {ACTION}/..\n")
    assert (runner.folder / "GITHUB_PATH").read_text() == f"{runner.folder}/snap-bin\n"
    assert (runner.folder / "snap-bin" / "snap").exists()
    assert [path.name for path in (runner.folder / "snap-bin").iterdir()] == ["snap"]  # not the job's python


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.process
def test_options_reach_snap_and_its_error_fails_the_job(job, project: Path, database: str) -> None:
    options = {"mode": "missing", "as-of": "2026-12-24", "trust-code": "true", "requirement": "snapgres==0.1.0"}
    runner = job(project, version="v1", db=database, **options)
    assert runner.run() == 0, runner.said
    assert (runner.folder / "asked").read_text().endswith(" snapgres==0.1.0\n")
    assert json.loads((runner.folder / "snap-restored.json").read_text())["shift_days"] == 32
    failed = job(project, version="v1", db="postgresql://me:geheim@127.0.0.1:1/none")
    assert failed.run() == 6
    assert '"kind": "service"' in failed.said
    assert "geheim" not in failed.said
    wrong = job(project, version="v1", db=database, mode="sideways")
    assert wrong.run() == 2


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.process
def test_files_that_are_not_committed_are_made_once_and_come_from_the_cache_later(job, tmp_path, database) -> None:
    def checkout(name: str) -> Path:
        folder = tmp_path / name
        (folder / "manifests").mkdir(parents=True)
        shutil.copy(ROOT / "manifests" / "v1.json", folder / "manifests")
        return folder

    runner = job(checkout("first"), version="v1", db=database)
    assert runner.run() == 0, runner.said
    assert "Make the version anew" in runner.ran
    assert runner.ran[-2:] == ["actions/cache/save", "Restore it"]
    later = job(checkout("second"), version="v1", db=database)
    assert later.run() == 0, later.said
    assert later.outputs["cache"] == {"cache-hit": "true"}
    assert "Make the version anew" not in later.ran
    assert later.outputs["restore"] == runner.outputs["restore"]
    # What somebody else put into the cache is not believed.
    [manifest] = (tmp_path / "cache").glob("*-1")
    manifest.write_text(manifest.read_text().replace(runner.outputs["snapshot"]["digest"], "0" * 64))
    poisoned = job(checkout("third"), version="v1", db=database)
    assert poisoned.run() == 1
    assert "was made anew with digest 000" in poisoned.said
    assert "Restore it" not in poisoned.ran


@pytest.mark.process
@pytest.mark.parametrize(
    ("version", "text", "said"),
    [
        ("v9", None, "::error::there is no manifests/v9.json: commit the version's manifest"),
        ("../v1", None, "::error::'../v1' is no version's name"),
        ("v2", "{", "::error::manifests/v2.json cannot be read: "),
        ("v2", "[]", "::error::manifests/v2.json cannot be read: "),
        (
            "v2",
            '{"digest": "a\\nmissing=false", "tables": [], "files": []}',
            "::error::manifests/v2.json has no digest",
        ),
    ],
)
def test_a_version_that_cannot_be_is_named_before_anything_is_installed(
    job, project: Path, version: str, text: str | None, said: str
) -> None:
    if text is not None:
        (project / "manifests" / "v2.json").write_text(text)
    runner = job(project, version=version)
    assert runner.run() == 1
    assert said in runner.said
    assert runner.ran == ["actions/setup-python", "Read the version's digest"]


@pytest.mark.slow
@pytest.mark.process
def test_what_the_action_installs_runs_without_this_tree(tmp_path: Path) -> None:
    """The step runs with GitHub's copy of the repository. Its environment sees the test's libraries, as pip is offline.

    A path in a .pth file adds the libraries alone: the editable installation of this tree stays unseen.
    """
    clone, libraries = tmp_path / "clone", sysconfig.get_paths()["purelib"]
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh -e\n{sys.executable} "$@"\necho {libraries} >"$(echo "$3"/lib/python3.*/site-packages)/test.pth"\n'
    )
    python.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAP_", "PYTHON", "PIP_"))}
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
    }  # 0 is pip's spelling of the flag
    files = {"RUNNER_TEMP": tmp_path, "GITHUB_ACTION_PATH": clone / "action", "GITHUB_PATH": tmp_path / "path"}
    variables = {**kept, **offline, **{name: str(path) for name, path in files.items()}}
    [step] = [step for step in STEPS if step.get("name") == "Install snap"]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env=variables | {"PYTHON": str(python), "REQUIREMENT": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(clone)
    snap = Path((tmp_path / "path").read_text().strip()) / "snap"
    said = subprocess.run(
        [snap, "--version"], cwd=tmp_path, env=kept, capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("snap ")
    code = (
        "import snap, snap_builder, snap_cli, snap_ops, snap_restorer as r; print(snap.__file__, r.__file__, sep='\\n')"
    )
    own = tmp_path / "snap"
    found = subprocess.run(
        [own / "bin/python", "-c", code], cwd=tmp_path, env=kept, capture_output=True, text=True, check=True
    )
    assert all(Path(line).is_relative_to(own) for line in found.stdout.splitlines())
