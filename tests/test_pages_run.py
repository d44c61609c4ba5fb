"""Test that the examples on the site's pages run in the reader's order, and that quoted messages exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.paths import ROOT
from tests.postgres import programs_of

EXAMPLE_DATABASE = "postgresql://localhost/app"
REPLICA = "postgresql://replica/app"
SHOP = ("snap init --dataset shop", "snap build v1")
# What a reader of each page has done before.
GIVEN = {
    "tutorial": (),
    "settings": SHOP[:1],
    "python": (*SHOP, "snap restore v1"),
    "masking": (*SHOP, f"snap restore v1 --db {EXAMPLE_DATABASE}"),
    "datasets": ("echo 'CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE)' > schema.sql",),
    "statistics": (
        f"psql {EXAMPLE_DATABASE} --command 'CREATE TABLE users (id int PRIMARY KEY, age int NOT NULL)'"
        " --command 'INSERT INTO users SELECT i, i % 60 FROM generate_series(1, 500) i' --command ANALYZE",
    ),
    "leaving": (*SHOP, "snap restore v1", "printf '[backup]\\nto = \"backups\"\\n' >> snap.toml", "snap backup create"),
}
BLOCK = re.compile(r"^```(sh|toml|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ENGINES = ("snap", "builder/snap_builder", "restorer/snap_restorer", "cli/snap_cli", "ops/snap_ops")


def text(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.process
@pytest.mark.parametrize("page", GIVEN)
def test_what_a_page_shows_runs(page: str, tmp_path: Path, home: Path, database: str) -> None:
    if page == "leaving" and shutil.which("zstd") is None:
        pytest.skip("no zstd on this machine")
    project, programs = tmp_path / "project", tmp_path / "bin"
    project.mkdir()
    programs.mkdir()
    snap = programs / "snap"
    snap.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -P -m snap "$@"\n')
    snap.chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SNAP_")}
    found = f"{programs}:{programs_of('18')}:{os.environ['PATH']}"
    env = kept | {"PATH": found, "SNAP_DATA_DIR": str(home), "PYTHONPATH": str(ROOT)}

    printed = []

    def run(*words: str, allowed: tuple[int, ...] = (0,)) -> None:
        done = subprocess.run(words, cwd=project, env=env, capture_output=True, text=True, check=False)
        assert done.returncode in allowed, (words, done.stdout, done.stderr)
        printed.append(done.stdout)

    def shell(line: str) -> None:
        differs = "exit code 1" in line or re.match(r"snap diff \w+ \w+", line)
        for example in (EXAMPLE_DATABASE, REPLICA):
            line = line.replace(example, shlex.quote(database))
        run("bash", "-euo", "pipefail", "-c", line, allowed=(1,) if differs else (0,))

    for line in GIVEN[page]:
        shell(line)
    blocks = BLOCK.findall(text(page))
    if page == "datasets":  # tests/cli/test_datasets_example.py reads its Python
        blocks = [block for block in blocks if block[0] == "sh"]
    assert blocks
    for language, code in blocks:
        if language == "toml":
            with (project / "snap.toml").open("a") as file:
                file.write(f"\n{code}")
        elif language == "python":
            run(sys.executable, "-c", code)
        else:
            for line in code.splitlines():
                shell(line)
    if page == "tutorial":
        shown = re.findall(r"^```text\n(.*?)^```", text(page), re.DOTALL | re.MULTILINE)
        assert shown
        for output in shown:
            assert output.strip() in "".join(printed)


def test_every_page_with_commands_is_run_by_a_test() -> None:
    """The others are named here with the test that runs what they show."""
    elsewhere = {
        "ci": "tests/test_action.py",
        "install": "tests/test_wheel.py",
        "testing": "tests/test_recipes.py",
        "nightly/README": "tests/ops/test_docs.py",
        "nightly/backup": "tests/ops/backup/test_create_by_hand.py",
        "nightly/reset": "tests/ops/test_docs.py",
        "nightly/schedule": "tests/ops/test_docs.py",
        "image": "tests/cli/test_image.py",  # and docker, which no test has
        "scale": "tests/test_wheel.py",  # and tests/cli/test_publish.py
    }
    for test in elsewhere.values():
        assert (ROOT / test).exists()
    shown = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for path in (ROOT / "docs").rglob("*.md")
        if "```sh\n" in path.read_text("utf-8") and path.parent.name != "decisions"
    }
    assert shown - GIVEN.keys() - elsewhere.keys() == set()


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.process
def test_the_job_for_gitlab_restores(database: str) -> None:
    [shown] = re.findall(r"^```yaml\n(test:.*?)^```", text("ci"), re.DOTALL | re.MULTILINE)
    job = yaml.safe_load(shown)["test"]
    commands = [line for line in job["script"] if line.startswith("snap ")]
    assert len(commands) == 2
    assert "--as-of now" in commands[0]  # health judges the cache by today's date, and v3's rows expire
    env = os.environ | {"SNAP_DB_URL": database}
    for line in commands:
        done = subprocess.run(
            [sys.executable, "-P", "-m", *shlex.split(line, comments=True)],
            cwd=ROOT,
            env=env | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_messages_that_the_page_of_errors_quotes_stand_in_the_code() -> None:
    source = " ".join(path.read_text("utf-8") for folder in ENGINES for path in (ROOT / folder).rglob("*.py"))
    source = re.sub(r'"\s+f?"', "", source)  # a text that goes on in the next line
    quoted = re.findall(r"^\| `(?!snap )([^`]+)` \|", text("troubleshooting"), re.MULTILINE)
    assert len(quoted) > 15
    for message in quoted:
        for part in message.split(" … "):
            assert part.strip(" ,") in source, message


def test_the_page_of_python_names_every_function() -> None:
    import snap

    named = set(re.findall(r"^\.\. autofunction:: snap\.(\w+)$", text("python"), re.MULTILINE))
    assert named == set(snap.__all__) - {"__version__", "errors"}


def test_the_page_of_errors_has_every_exit_code() -> None:
    from snap import errors

    kinds = {
        (kind.code, kind.kind)
        for kind in (errors.SnapError, *errors.SnapError.__subclasses__())
        if kind is not errors.Interrupted
    }
    listed = {
        (int(code), kind) for code, kind in re.findall(r"^\| (\d+) \| (\w+) \|", text("troubleshooting"), re.MULTILINE)
    }
    assert listed == kinds


def test_the_page_of_settings_names_every_section() -> None:
    from snap_ops.night.configure import SETTINGS

    assert set(re.findall(r"`\[(\w+)\]`", text("settings").partition("## In an editor")[0])) == set(SETTINGS)
