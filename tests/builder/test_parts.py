"""Test parts made by other processes: the same files whoever makes them and whoever dies, or a clear error."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import ServiceError, UsageError
from snap.manifest import Finding, Manifest
from snap.progress import Silent
from snap.store import Store
from snap_builder import build, bundled, parts
from tests.cases.projects import make_project, toy_request

pytestmark = pytest.mark.process


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "pools", raising=False)  # of another test's project
    monkeypatch.setattr(parts, "PART_ROWS", 16)  # 7 and 13 parts; a worker is told where its part begins and ends
    return make_project(tmp_path)


def made(project: Path, version: str, workers: str | None = None) -> Manifest:
    return build(Store(project), toy_request(project, version, workers=workers), Silent()).manifest


def found(manifest: Manifest) -> list[Finding]:
    """Return a manifest's findings except the size of all files, because one file contains the version's name."""
    return [finding for finding in manifest.checks if finding.name != "snapshot_bytes"]


@pytest.mark.slow
def test_workers_of_other_processes_write_the_files_that_threads_write(project: Path) -> None:
    one = made(project, "one")
    many = made(project, "many", "pools:pool")
    assert many.digest == one.digest
    assert found(many) == found(one)
    assert [data.files for data in many.tables] == [data.files for data in one.tables]
    assert sum(len(data.files) for data in many.tables) == 20
    for data in one.tables:
        for file in data.files:
            assert Store(project).resolve("many").path(file).read_bytes() == (
                Store(project).resolve("one").path(file).read_bytes()
            )
    left = {path.name for path in (project / "snapshots").iterdir()}
    assert left == {"one", "many", ".lock-one", ".lock-many"}
    assert sorted(path.name for path in (project / "snapshots/many").iterdir()) == sorted(
        path.name for path in (project / "snapshots/one").iterdir()
    )


def test_any_executor_serves_and_a_published_version_is_reproduced_by_it(project: Path) -> None:
    made(project, "one")
    built = build(Store(project), toy_request(project, "one", workers="pools:threads"), Silent())
    assert built.reproduced is True


@pytest.mark.slow
def test_each_process_reads_the_declaration_once(project: Path) -> None:
    declaration = project / "datasets/toy/dataset.py"
    read = project / "read"
    declaration.write_text(
        declaration.read_text() + f"\nwith open({str(read)!r}, 'a') as _file:\n    _file.write('x')\n"
    )
    request = toy_request(project, workers="pools:pool")
    read.unlink()
    build(Store(project), request, Silent())
    assert 1 <= read.stat().st_size <= 2  # 20 parts, of two processes


@pytest.mark.slow
def test_what_dying_workers_leave_undone_is_made_by_others(project: Path) -> None:
    one = made(project, "one")
    again = made(project, "many", "pools:dying_at_first")
    assert (project / "opened").read_text() == "xx"
    assert again.digest == one.digest


@pytest.mark.slow
def test_workers_that_die_without_a_part_end_the_build(project: Path) -> None:
    with pytest.raises(
        ServiceError, match="workers died 3 times without making a part, such as part 0 of crew"
    ) as failed:
        made(project, "t", "pools:dying")
    assert failed.value.hint == "look into their logs; they may have too little memory"
    assert (project / "opened").read_text() == "xxx"
    assert Store(project).names() == ()
    assert [path.name for path in (project / "snapshots").iterdir()] == [".lock-t"]


@pytest.mark.slow
def test_a_part_that_lies_on_another_disk_is_an_error(project: Path) -> None:
    with pytest.raises(
        ServiceError, match=r"a worker wrote part \d+ of (crew|ship\.Log book), but the file is not in"
    ) as failed:
        made(project, "t", "pools:Elsewhere")
    assert failed.value.hint == "mount the project's folder on every worker, under the same path"
    assert Store(project).names() == ()


def test_workers_that_cannot_run_snap_are_an_error_of_the_executor(project: Path) -> None:
    wrong = "pools:Bare did not make a part: ModuleNotFoundError: No module named 'no_such_library'"
    with pytest.raises(ServiceError, match=wrong) as failed:
        made(project, "t", "pools:Bare")
    assert "the same versions" in failed.value.hint


@pytest.mark.slow
def test_an_error_of_a_worker_is_the_error_of_the_build_and_ends_the_others(project: Path) -> None:
    request = toy_request(project, workers="pools:pool")
    declaration = project / "datasets/toy/dataset.py"
    declaration.write_text(declaration.read_text().replace("none=15", "none=16"))
    with pytest.raises(
        UsageError,
        match=r"worker \S+ has revision [0-9a-f]{12} of dataset toy, but the build needs revision [0-9a-f]{12}",
    ):
        build(Store(project), request, Silent())
    declaration.write_text("import nothing_like_it\n")
    with pytest.raises(
        UsageError, match=r"dataset\.py, line 1: ModuleNotFoundError: No module named 'nothing_like_it'"
    ):
        build(Store(project), request, Silent())


@pytest.mark.slow
def test_what_comes_with_snap_is_made_by_others_too(tmp_path: Path) -> None:
    request = toy_request(make_project(tmp_path), workers="pools:pool")
    worldchef = bundled("worldchef")
    parameters = replace(worldchef.default_parameters, scale="1/3")
    of_one = replace(request, dataset=worldchef, parameters=parameters, version="one", workers=None)
    one = build(Store(tmp_path), of_one, Silent()).manifest
    many = build(Store(tmp_path), replace(of_one, version="many", workers=request.workers), Silent()).manifest
    assert many.digest == one.digest
    assert found(many) == found(one)  # also those over what workers have extracted of documents
