"""Test whole processes in unusual surroundings or killed: the same bytes everywhere, and nothing half-done."""

import contextlib
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from snap.store import Store
from snap.verify import require_intact
from tests.params import KILLS
from tests.paths import ROOT

pytestmark = pytest.mark.slow


def snap(*arguments: str, root: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snap", *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(ROOT), "SNAP_ROOT": str(root)} | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    """Return a project folder that holds the committed snapshots."""
    for name in ("manifests", "snapshots"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".*"))
    return tmp_path


SURROUNDINGS = {
    "one job": ([], {}),
    "two jobs": (["--jobs", "2"], {}),
    "Kathmandu, Turkish": ([], {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),
    "C locale": ([], {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "America/St_Johns"}),
    "no AVX-512": (
        ["--jobs", "2"],
        {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"},
    ),
    "another hash seed": ([], {"PYTHONHASHSEED": "4711"}),
}


@pytest.mark.parametrize(
    ("surroundings", "version"),
    [*((each, "v3") for each in SURROUNDINGS), ("two jobs", "v1"), ("Kathmandu, Turkish", "v2")],
)
def test_a_rebuild_reproduces_the_published_digest(copy, surroundings, version):
    flags, env = SURROUNDINGS[surroundings]
    done = snap("build", version, "--json", *flags, root=copy, env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["reproduced"] is True


def test_file_bytes_too_are_the_same_for_any_number_of_jobs(tmp_path):
    """Under one set of library versions; three times the staging volumes, so that tables have several parts."""
    hashes = []
    for jobs in ("1", "2", "3"):
        root = tmp_path / jobs
        for name in ("manifests", "snapshots"):
            (root / name).mkdir(parents=True)
        done = snap("build", "big", "--scale", "15", "--jobs", jobs, root=root)
        assert done.returncode == 0, done.stderr
        manifest = Store(root).resolve("big").manifest
        assert max(len(data.files) for data in manifest.tables) > 1
        hashes.append([(file.path, file.sha256) for file in manifest.files])
    assert hashes[0] == hashes[1] == hashes[2]


def test_killing_a_build_at_any_instant_leaves_no_visible_half(copy):
    """KILLS times kill -9, new versions and replacements in turn; each time the store is whole, and builds go on."""
    chooser = random.Random(5)
    store = Store(copy)
    started = time.monotonic()
    assert snap("build", "k", "--scale", "1/3", root=copy).returncode == 0
    length = time.monotonic() - started
    for attempt in range(KILLS):
        version, flags = ("k", ["--force", "--scale", "5/6"]) if attempt % 2 else (f"n{attempt}", ["--scale", "1/3"])
        before = store.resolve("k").manifest.digest
        process = subprocess.Popen(
            [sys.executable, "-m", "snap", "build", version, *flags],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chooser.uniform(0.3, 1.05) * length)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name in store.names():
            require_intact(store.resolve(name))
        if version != "k":
            assert store.resolve("k").manifest.digest == before
    assert snap("build", "after", "--scale", "1/3", root=copy).returncode == 0
    assert not [path for path in (copy / "snapshots").iterdir() if path.name.startswith((".stage", ".old"))]


POOLS = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def two():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
"""
# What makes a version, by whom the parts are made: commands, of which the last one publishes.
WAYS = {
    "an executor": [("build", "k", "--executor", "pools:two")],
    "shares": [*(("build", "k", "--parts", f"{share}/3") for share in (2, 1, 3)), ("publish", "k")],
}


@pytest.fixture
def ship(tmp_path):
    """Return a project with the toy as its own dataset, and an executor of two processes."""
    for name in ("manifests", "snapshots", "datasets"):
        (tmp_path / name).mkdir()
    shutil.copytree(ROOT / "tests" / "toy", tmp_path / "datasets" / "ship")
    (tmp_path / "pools.py").write_text(POOLS)
    return tmp_path


def lines(way, scale):
    """Return the commands of one way to build version `k` at a scale."""
    flags = ("--dataset", "ship", "--postgres", "none", "--scale", scale)
    return [
        (*command, "--force", *(flags[-2:] if "--parts" in command else flags[2:4] if "publish" in command else flags))
        for command in WAYS[way]
    ]


@pytest.mark.parametrize("way", WAYS)
def test_killing_a_build_of_several_processes_at_any_instant_leaves_the_old_or_the_new(ship, way):
    """KILLS times kill -9, without the workers of an executor: these go on while the next build of the version runs."""
    chooser, store, digests = random.Random(way), Store(ship), {}
    for scale in ("2000", "3000"):
        started = time.monotonic()
        for command in lines(way, scale):
            done = snap(*command, root=ship)
            assert done.returncode == 0, done.stderr
        length, digests[scale] = time.monotonic() - started, store.resolve("k").manifest.digest
    seen, groups = set(), []
    for attempt in range(KILLS):
        old, new = ("3000", "2000") if attempt % 2 == 0 else ("2000", "3000")
        script = " && ".join(shlex.join([sys.executable, "-m", "snap", *command]) for command in lines(way, new))
        process = subprocess.Popen(
            ["sh", "-c", script.replace(sys.executable, f"exec {sys.executable}") if way == "an executor" else script],
            cwd=ship,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        groups.append(process.pid)
        time.sleep(chooser.uniform(0.2, 1.05) * length)
        if way == "an executor":
            process.kill()  # and not the workers, which lose sight of it
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        state = store.resolve("k").manifest.digest
        require_intact(store.resolve("k"))
        assert state in digests.values()
        seen.add((state == digests[new], state == digests[old]))
        for command in lines(way, new):
            done = snap(*command, root=ship)
            published = "not there" in done.stderr and state == digests[new]  # the killed one had come to its end
            assert done.returncode == 0 or published, done.stderr
        assert store.resolve("k").manifest.digest == digests[new]
        require_intact(store.resolve("k"))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    assert (False, True) in seen
    assert not [path for path in (ship / "snapshots").iterdir() if path.name.startswith((".stage", ".old", ".parts"))]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", WAYS)
def test_an_interrupted_build_of_several_processes_ends_them_all(ship, way, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "snap", *lines(way, "60000")[0]],
        cwd=ship,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not list(ship.glob("snapshots/.*-k/**/*.parquet")):
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert errors.splitlines() == ["error: interrupted", "hint: run the command again"]
    deadline = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.05)
    left = {path.name for path in (ship / "snapshots").iterdir()}
    assert left == {".lock-k", *({".parts-k"} if way == "shares" else ())}
    assert not list(ship.glob("snapshots/**/.work-*/**/*.parquet"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_cleans_up_and_says_so(copy, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "snap", "build", "slow", "--scale", "40"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (copy / "snapshots/.stage-slow").exists():
        time.sleep(0.02)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert not (copy / "snapshots/.stage-slow").exists()
    assert "slow" not in Store(copy).names()


def test_a_flipped_byte_in_any_file_is_refused_before_postgres_is_touched(copy):
    """The target does not exist: had it been asked, the exit code would be 6."""
    chooser = random.Random(3)
    shutil.rmtree(copy / "snapshots/v1/media", ignore_errors=True)  # a restore reads no media
    files = [copy / "manifests/v1.json", *sorted(p for p in (copy / "snapshots/v1").rglob("*") if p.is_file())]
    for path in files:
        data = bytearray(path.read_bytes())
        data[chooser.randrange(len(data))] ^= 1 << chooser.randrange(8)
        original = path.read_bytes()
        path.write_bytes(data)
        done = snap("restore", "v1", "--db", "postgresql://nobody@127.0.0.1:1/none", "--json", root=copy)
        path.write_bytes(original)
        assert done.returncode == 3, (path, done.stdout, done.stderr)
        assert json.loads(done.stdout)["error"]["kind"] == "snapshot"
