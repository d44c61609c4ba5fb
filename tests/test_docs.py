"""Test that every command in the README runs, in the reader's order."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE_DATABASE = "postgresql://localhost/app"


def commands() -> list[str]:
    """Return every line of every shell block, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = (re.sub(r"\s+#.*", "", line).strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


@pytest.mark.slow
def test_every_snap_command_of_the_readme_runs(tmp_path, database, home):
    for name in ("manifests", "snapshots"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".*"))
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    given = [line for line in commands() if line.startswith(("snap ", "cp "))]
    assert len(given) >= 14
    env = {key: value for key, value in os.environ.items() if not key.startswith("SNAP_")}
    env |= {"PYTHONPATH": str(ROOT), "SNAP_DATA_DIR": str(home)}
    for line in given:
        if "--profile poc2" in line or "--media" in line:
            continue  # slow tests run these: they take seconds
        if line.startswith("cp "):
            subprocess.run(shlex.split(line), cwd=tmp_path, check=True)
            continue
        words = [database if word == EXAMPLE_DATABASE else word for word in shlex.split(line)[1:]]
        done = subprocess.run(
            [sys.executable, "-m", "snap", *words],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        fine = (0, 1) if words[0] == "diff" else (0,)  # 1: there are differences
        assert done.returncode in fine, (line, done.stdout, done.stderr)


@pytest.mark.slow
def test_the_load_test_profile_builds(tmp_path):
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    assert "snap build load --profile poc2" in commands()
    done = subprocess.run(
        [sys.executable, "-m", "snap", "build", "load", "--profile", "poc2"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_demo_runs_in_a_fresh_clone(tmp_path, home):
    """With nothing but python3, make and git: no variable of ours, no environment, an empty home."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SNAP_", "VIRTUAL_ENV", "PYTHON"))}
    env = kept | {"SNAP_DATA_DIR": str(home)}
    done = subprocess.run(["make", "demo"], cwd=clone, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "postgresql://" in done.stdout


def test_ci_runs_what_the_readme_promises():
    assert {line for line in commands() if line.startswith("make")} == {"make demo", "make test"}
    script = (ROOT / ".ci" / "run").read_text()
    assert "make test" in script
    assert "make slow" in script


def test_no_path_of_a_machine_and_no_registry_is_in_the_tree():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in files.split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.suffix not in {".parquet", ".png", ".jpg", ".webp"}:
            text = path.read_text("utf-8")
            assert "files.python" + "hosted" not in text, name
            assert "pypi" + ".org" not in text, name
