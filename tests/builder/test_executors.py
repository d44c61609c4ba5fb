"""Test finding executors by their names, and the errors for names that stand for no executor."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from snap.errors import ServiceError, UsageError
from snap_builder import workers_of
from snap_builder.executors import Workers
from tests.cases.projects import make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "pools", raising=False)
    return make_project(tmp_path)


def refusal(name: str, project: Path) -> str:
    workers = Workers(name=name, project=project)
    with pytest.raises(UsageError) as refused, workers.opened():
        pass
    return f"{refused.value} ({refused.value.hint})"


@pytest.mark.parametrize("name", ["", "x", ":", "x:", ":y", "dask:"])
def test_a_name_has_two_sides(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not the name of an executor") as refused:
        workers_of(name, tmp_path)
    assert refused.value.hint.startswith("write dask:tcp://HOST:8786, or MODULE:FACTORY")
    assert workers_of(None, tmp_path) is None


def test_a_module_of_the_project_gives_the_executor(project: Path) -> None:
    before = list(sys.path)
    with Workers(name="pools:threads", project=project).opened() as executor:
        assert executor.submit(pow, 2, 3).result() == 8
    assert sys.path == before


def test_what_gives_no_executor_is_named(project: Path) -> None:
    assert refusal("nowhere:f", project) == (
        "there is no module 'nowhere' for executor nowhere:f "
        f"(install it, put it into {project}, or name its folder in $PYTHONPATH)"
    )
    assert "there is no module 'nowhere.at.all'" in refusal("nowhere.at.all:f", project)
    assert refusal("pools:absent", project).startswith("module pools has no function absent")
    assert refusal("pools:nothing", project).startswith("module pools has no function nothing")
    assert refusal("pools:number", project).startswith(
        "pools:number returns a int, which is not a concurrent.futures.Executor"
    )
    assert refusal("pools:failing", project).startswith("pools:failing returns no executor: OSError: no")


def test_a_module_that_cannot_be_imported_is_named(project: Path) -> None:
    (project / "broken_pools.py").write_text("1 / 0")
    (project / "lacking_pools.py").write_text("import nowhere_at_all")
    assert refusal("broken_pools:f", project).startswith(
        "module broken_pools cannot be imported: ZeroDivisionError: division by zero"
    )
    assert refusal("lacking_pools:f", project).startswith(
        "module lacking_pools cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"
    )


def test_a_file_of_the_project_takes_the_place_of_no_installed_module(project: Path) -> None:
    (project / "concurrent").mkdir()
    (project / "zipfile.py").write_text("raise AssertionError")
    assert refusal("zipfile:f", project).startswith("module zipfile has no function f")


def test_without_dask_it_is_said_what_to_install(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert refusal("dask:tcp://h:1", project) == (
        "dask is not installed, and dask:tcp://h:1 needs it (pip install 'snapgres[dask]')"
    )


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "no such host:1"])
def test_an_address_that_nobody_answers_at_is_named(project: Path, address: str) -> None:
    with (
        pytest.raises(ServiceError, match=f"no dask scheduler answers at {address}") as failed,
        Workers(name=f"dask:{address}", project=project).opened(),
    ):
        pass
    assert "tcp://HOST:8786" in failed.value.hint
