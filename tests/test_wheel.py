"""Test the wheel: complete with its data, and usable in an environment and a project without this tree."""

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from snap.store import Store
from snap_cli.datasets import DATASETS
from tests.paths import ROOT
from tests.postgres import embedded_home

pytestmark = pytest.mark.slow

PACKAGES = {
    "snap": "snap",
    "snap_builder": "builder/snap_builder",
    "snap_restorer": "restorer/snap_restorer",
    "snap_cli": "cli/snap_cli",
    "snap_ops": "ops/snap_ops",
}
THEIRS = ("builder", "restorer", "cli", "ops", "nightly")  # names that people's own packages have


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and its dependencies, and a user's project beside it."""

    programs: Path
    project: Path
    environment: dict[str, str]

    def run(self, program: str, *words: str, folder: Path | None = None) -> str:
        done = self._done(program, *words, folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, program: str, *words: str, folder: Path | None = None) -> str:
        """Return the error text of a usage error (exit code 2, or 1 for a program other than snap)."""
        done = self._done(program, *words, folder=folder)
        assert done.returncode == (2 if program == "snap" else 1), done.stdout + done.stderr
        return done.stderr

    def _done(self, program: str, *words: str, folder: Path | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / program), *words],
            cwd=folder or self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    for name in THEIRS:
        (project / name).mkdir()
        (project / name / "__init__.py").write_text("OWNER = 'project'\n")
    for name in ("snapshots", "manifests"):
        (project / name).mkdir()
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SNAP_", "VIRTUAL_ENV", "PYTHON"))}
    with embedded_home() as home:
        kept |= {"SNAP_DATA_DIR": str(home)}
        locked = ["--require-hashes", "-r", str(ROOT / "requirements.lock")]
        for words in (locked, ["--no-deps", "--no-index", str(wheel)]):
            subprocess.run([*pip, *words], env=kept, check=True, capture_output=True)
        one = Installed(programs=environment / "bin", project=project, environment=kept)
        try:
            yield one
        finally:
            one.run("snap", "db", "stop")


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
def test_the_wheel_is_called_snapgres_and_brings_its_licence(wheel, name):
    assert wheel.name.startswith("snapgres-")
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = [path for path in archive.namelist() if path.endswith(f"dist-info/licenses/{name}")]
        assert archive.read(licence) == (ROOT / name).read_bytes()


@pytest.mark.parametrize(("package", "folder"), PACKAGES.items())
def test_the_wheel_holds_every_file_of_a_package_and_says_that_it_is_typed(wheel, package, folder):
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, check=True).stdout
    files = {name.removeprefix(folder) for name in listed.decode().split("\0") if name and (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix(package) for name in archive.namelist() if name.startswith(f"{package}/")}
        assert files - packed == set()
        assert "/py.typed" in packed


def test_the_wheel_holds_nothing_beside_its_packages(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_what_is_installed_has_the_dependencies_that_it_names(installed):
    installed.run("python", "-m", "pip", "check")


def test_a_project_keeps_its_own_packages_of_the_same_names(installed):
    """The working folder comes first on the path, as under `python -m pytest` in that project."""
    installed.run(
        "python",
        "-c",
        f"""
import importlib, pathlib, sys
project = pathlib.Path.cwd()
for name in {THEIRS}:
    assert importlib.import_module(name).OWNER == "project", name
for name in {tuple(PACKAGES)}:
    at = pathlib.Path(importlib.import_module(name).__file__)
    assert at.is_relative_to(sys.prefix), at
""",
    )


def test_a_version_is_built_checked_and_restored_from_the_project(installed):
    assert installed.run("snap", "--version").startswith("snap ")
    assert "published tiny" in installed.run("snap", "build", "tiny", "--scale", "1/6", "--media")
    checked = installed.run("snap", "check", "tiny")
    assert "checks passed" in checked
    assert "not here" not in checked
    installed.run("python", "-c", "import snap; assert all(finding.ok for finding in snap.check('tiny'))")
    assert "tiny" in installed.run("python", "-m", "snap", "restore", "tiny")
    assert installed.run("snap", "db", "psql", "--", "-Atc", "SELECT count(*) FROM users").strip() == "50"


def test_a_project_tests_with_the_plugin_and_xdist(installed, tmp_path):
    """Three tests beside packages of the project's own; its warnings are errors, and pytest rewrites snap's modules."""
    locked = (ROOT / "requirements-dev.lock").read_text()
    pins = re.findall(r"^(?:pytest|pytest-xdist|execnet|iniconfig)==[^\n]*(?:\n    [^\n]*)*", locked, re.MULTILINE)
    assert len(pins) == 4
    (tmp_path / "pins.txt").write_text("\n".join(pins))
    installed.run(
        "python", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", tmp_path / "pins.txt"
    )
    installed.run("snap", "build", "mine", "--scale", "1/6")
    (installed.project / "pytest.ini").write_text("[pytest]\nsnap_version = mine\nfilterwarnings = error\n")
    (installed.project / "test_mine.py").write_text(
        """
import psycopg
import pytest
import builder

@pytest.mark.parametrize("turn", range(3))
def test_it(snap_db, turn):
    assert builder.OWNER == "project"
    with psycopg.connect(snap_db) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (50,)
        connection.execute("TRUNCATE users CASCADE")
"""
    )
    options = ("-m", "pytest", "-q", "--strict-markers", "-n")
    for workers in ("2", "0"):
        assert "3 passed" in installed.run("python", *options, workers)


def test_image_service_completion_and_status_need_nothing_of_this_tree(installed):
    digest = json.loads(installed.run("snap", "build", "boxed", "--scale", "1/6", "--json"))["digest"]
    installed.run("snap", "image", "boxed")
    assert digest in (installed.project / "images/boxed/Dockerfile").read_text()
    assert "boxed" in installed.run("snap", "compose", "boxed")
    bash = installed.run("snap", "completion", "bash")
    subprocess.run(["bash", "-n", "-c", bash], check=True)
    assert "COMP_WORDS" in bash
    installed.run("snap", "restore", "boxed")
    held = json.loads(installed.run("snap", "status", "--json"))["target"]["holds"]
    assert (held["version"], held["digest"]) == ("boxed", digest)


@pytest.mark.parametrize("name", DATASETS)
def test_an_empty_folder_becomes_a_project_that_builds_a_dataset_that_comes_with_snap(installed, tmp_path, name):
    installed.run("snap", "init", "--dataset", name, folder=tmp_path)
    built = json.loads(installed.run("snap", "build", "v1", "--json", folder=tmp_path))
    assert built["dataset"] == name
    for version, known in DATASETS[name]().versions.items():
        built = json.loads(installed.run("snap", "build", version, "--json", folder=tmp_path))
        assert built["digest"] == known.digest == Store(ROOT).resolve(version).manifest.digest
    installed.run("snap", "check", "v1", folder=tmp_path)


@pytest.mark.parametrize(
    ("words", "library", "extra"),
    [
        (("snap", "backup", "list"), "boto3", "s3"),
        (("snap", "build", "v1", "--executor", "dask:tcp://h:1"), "dask", "dask"),
        (("python", "-m", "snap_builder.words.add", "city"), "faker", "words"),
    ],
)
def test_what_an_extra_is_needed_for_names_the_extra(installed, tmp_path, words, library, extra):
    installed.run("snap", "init", "--dataset", "shop", folder=tmp_path)
    (tmp_path / "snap.toml").write_text('[backup]\nto = "s3://team/staging"\n')
    said = installed.refused(*words, folder=tmp_path)
    assert f"error: {library} is not installed, and " in said
    assert f"hint: pip install 'snapgres[{extra}]'" in said


def test_a_service_that_cannot_be_told_without_its_extra_is_named(installed):
    code = "from snap_ops.notify import recipients as r; print(r._send_service('ntfy://x', None, 0).trouble)"
    assert installed.run("python", "-c", code) == "apprise is not installed: pip install 'snapgres[notify]'\n"


@dataclass(frozen=True)
class Tool:
    """A program that installs tools: how it installs one, adds an extra, removes it, and runs it once, if it can."""

    extra: str
    install: tuple[str, ...]
    remove: tuple[str, ...]
    once: tuple[str, ...] | None = None


TOOLS = {
    "uv": Tool(
        "uv tool install",
        ("uv", "tool", "install", "--quiet", "--python", sys.executable, "--constraints", "PINS", "WHEEL"),
        ("uv", "tool", "uninstall", "snapgres"),
        ("uvx", "--quiet", "--python", sys.executable, "--constraints", "PINS", "--from", "WHEEL", "snap", "--version"),
    ),
    "pipx": Tool(
        "pipx install --force",
        ("pipx", "install", "--python", sys.executable, "--pip-args=--constraint PINS", "WHEEL"),
        ("pipx", "uninstall", "snapgres"),
    ),
}


@pytest.mark.server
@pytest.mark.parametrize("name", TOOLS)
def test_it_is_a_tool_of_its_own_beside_a_project(wheel, tmp_path, name):
    programs = Path(sys.executable).parent
    if not (programs / name).exists():
        pytest.skip(f"{name} is not installed here: it comes with the test extra")
    tool, folder = TOOLS[name], tmp_path / "tools"
    pins = tmp_path / "pins.txt"
    locked = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins.write_text("\n".join(line.rstrip("\\ ") for line in locked if "==" in line))
    project = tmp_path / "project"
    for theirs in ("builder", "cli"):
        (project / theirs).mkdir(parents=True)
        (project / theirs / "__init__.py").write_text("raise AssertionError('the project was imported')\n")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SNAP_", "VIRTUAL_ENV", "PYTHON"))}
    with embedded_home() as home:
        places = {"UV_TOOL_DIR": "own", "UV_TOOL_BIN_DIR": "bin", "PIPX_HOME": "own", "PIPX_BIN_DIR": "bin"}
        environment = kept | {key: str(folder / place) for key, place in places.items()} | {"SNAP_DATA_DIR": str(home)}

        def run(*words: str, code: int = 0) -> str:
            words = tuple(word.replace("PINS", str(pins)).replace("WHEEL", str(wheel)) for word in words)
            done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == code, done.stdout + done.stderr
            return done.stderr if code else done.stdout

        run(str(programs / tool.install[0]), *tool.install[1:])
        snap = str(folder / "bin" / "snap")
        assert run(snap, "--version").startswith("snap ")
        run(snap, "init", "--dataset", "shop")
        assert "published v1" in run(snap, "build", "v1")
        (project / "snap.toml").write_text('[backup]\nto = "s3://team/staging"\n')
        assert f"hint: {tool.extra} 'snapgres[s3]'" in run(snap, "backup", "list", code=2)
        try:
            run(snap, "restore", "v1")
        finally:
            run(snap, "db", "stop")
        if tool.once:
            assert run(str(programs / tool.once[0]), *tool.once[1:]).startswith("snap ")
        run(str(programs / tool.remove[0]), *tool.remove[1:])
        assert not Path(snap).exists()
        assert (project / "manifests" / "v1.json").exists()
