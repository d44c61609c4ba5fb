"""Provide a project in a temporary folder, and `snap` in it: in this process, as a process, and on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snap.store import Store
from snap_cli import datasets, main
from tests.cases import toy
from tests.cli import toys
from tests.cli.json_schemas import require_declared
from tests.cli.program import PROGRAM, Ran, environment, ran_in


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def store(project: Path) -> Store:
    return Store(project)


@pytest.fixture
def v1(store: Store) -> Store:
    toy.publish(store, "v1")
    return store


@pytest.fixture
def snap(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Return a function that runs a command line in this process."""
    monkeypatch.setattr(datasets, "DATASETS", {**datasets.DATASETS, **toys.DATASETS})

    def run(*arguments: str, **env: str) -> Ran:
        capfdbinary.readouterr()
        code = main(arguments, environment(**env))
        out, err = capfdbinary.readouterr()
        require_declared(arguments, out.decode())
        return Ran(code, out.decode(), err.decode())

    return run


@pytest.fixture
def program(project: Path) -> Callable[..., Ran]:
    """Return a function that runs a command line as a process."""

    def run(*arguments: str, **env: str) -> Ran:
        ran = ran_in(project, [*PROGRAM, *arguments], **env)
        require_declared(arguments, ran.out)
        return ran

    return run


@pytest.fixture
def terminal(project: Path) -> Callable[..., Ran]:
    """Return a function that runs a command line on a terminal. `out` is all that the terminal shows."""

    def run(*arguments: str, types: str = "", **env: str) -> Ran:
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [*PROGRAM, *arguments], cwd=project, env=environment(**env), stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        if types:
            os.write(ours, types.encode())
        shown = b"".join(_until_closed(ours))
        os.close(ours)
        return Ran(child.wait(), shown.decode().replace("\r\n", "\n"), "")

    return run


def _until_closed(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            return
        if not chunk:
            return
        yield chunk


@pytest.fixture
def init(snap: Callable[..., Ran], home: Path) -> Callable[..., Ran]:
    def init(*arguments: str) -> Ran:
        return snap(*arguments, SNAP_DATA_DIR=str(home))

    return init
