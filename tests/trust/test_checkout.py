"""Test a checkout with a hostile author: it changes nothing outside, never hangs, and lists only its own files."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from snap import config, duck
from snap.errors import SnapError, SnapshotError, UsageError
from snap.manifest_json import to_json
from snap.store import Store
from snap.verify import require_intact
from snap_ops.health.settings import HealthSettings, read_questions
from snap_ops.report import history
from tests.cases import toy

NEVER = 8  # seconds, after which it hangs


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "project")
    toy.publish(store, "v1")
    return store


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Return a folder beside the project with media, a snapshot and a manifest of somebody else."""
    folder = tmp_path / "outside"
    (folder / "media").mkdir(parents=True)
    (folder / "v1").mkdir()
    for name in ("media/precious", "v1/precious", "v1.json", "v2.json", "precious"):
        (folder / name).write_text("precious")
    return folder


def untouched(folder: Path) -> bool:
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    return texts == dict.fromkeys(("media/precious", "v1/precious", "v1.json", "v2.json", "precious"), "precious")


@contextmanager
def soon() -> Iterator[None]:
    """Fail a test that blocks."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(NEVER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "precious")


def _fifo(path: Path, _outside: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path, _outside: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("plant", [_link, _fifo, _folder])
@pytest.mark.parametrize("writes", [toy.publish, Store.remove])
def test_a_planted_lock_is_refused(
    store: Store,
    tmp_path: Path,
    outside: Path,
    plant: Callable[[Path, Path], None],
    writes: Callable[[Store, str], object],
) -> None:
    lock = tmp_path / "project/snapshots/.lock-v1"
    lock.unlink()
    plant(lock, outside)
    with (
        soon(),
        pytest.raises(SnapshotError, match=r"snapshots/\.lock-v1 cannot be (opened|read): it is (a link|no file)"),
    ):
        writes(store, "v1")
    assert untouched(outside)
    require_intact(store.resolve("v1"))


def test_a_committed_journal_installs_nothing(store: Store, tmp_path: Path) -> None:
    original = store.resolve("v1").manifest
    forged = to_json(replace(original, schema_sql="CREATE TABLE planted (i int);\n"))
    (tmp_path / "project/manifests/.v1.json.next").write_text(forged)
    (tmp_path / "project/manifests/.v2.json.next").write_text(forged)
    assert store.resolve("v1").manifest == original
    assert store.names() == ("v1",)
    with store.stage("v2"):
        pass
    assert store.names() == ("v1",)


def test_a_committed_stage_or_old_folder_changes_nothing_of_a_snapshot(store: Store, tmp_path: Path) -> None:
    snapshots = tmp_path / "project/snapshots"
    for name in (".old-v1", ".stage-v1", ".old-", ".old-..", ".stage-", ".stage-.", ".stage-..", ".stage-a b"):
        (snapshots / name).mkdir()
    require_intact(store.resolve("v1"))
    toy.publish(store, "v2")
    require_intact(store.resolve("v1"))
    require_intact(toy.publish(store, "v1"))


def test_a_committed_old_folder_takes_no_snapshots_place(store: Store, tmp_path: Path, outside: Path) -> None:
    """Media, and data that are too large for git, would be lost with the folder."""
    project = tmp_path / "project"
    current = hashlib.sha256((project / "manifests/v1.json").read_bytes()).hexdigest()
    for plant in (Path.mkdir, lambda path: path.symlink_to(outside)):
        plant(project / f"snapshots/.old-v1-{current}")
        require_intact(store.resolve("v1"))
        require_intact(toy.publish(store, "v2"))
        require_intact(store.resolve("v1"))
    assert untouched(outside)


@pytest.mark.parametrize("name", [".stage-v1", ".stage-v2", ".old-v1", f".old-v1-{'0' * 64}", f".old-v2-{'0' * 64}"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_planted_links_of_a_build_are_not_followed(
    store: Store, tmp_path: Path, outside: Path, name: str, version: str
) -> None:
    (tmp_path / "project/snapshots" / name).symlink_to(outside)
    require_intact(toy.publish(store, version))
    assert untouched(outside)


def test_what_looks_like_half_a_manifest_is_removed_whatever_it_is(store: Store, tmp_path: Path, outside: Path) -> None:
    manifests = tmp_path / "project/manifests"
    (manifests / ".v1.json.1.partial").mkdir()
    (manifests / ".v1.json.2.partial").symlink_to(outside)
    (manifests / f".v1.json.{os.getpid()}.partial").symlink_to(outside / "precious")
    require_intact(toy.publish(store, "v1"))
    assert [path.name for path in manifests.iterdir()] == ["v1.json"]
    assert untouched(outside)


@pytest.mark.parametrize("dangling", [False, True])
def test_a_snapshot_that_is_a_link_is_replaced_and_not_followed(
    store: Store, tmp_path: Path, outside: Path, dangling: bool
) -> None:
    folder = tmp_path / "project/snapshots/v1"
    folder.rename(folder.with_name("gone"))
    folder.symlink_to("nowhere" if dangling else outside)
    require_intact(toy.publish(store, "v1"))
    assert untouched(outside)


def test_media_are_not_installed_through_a_link(store: Store, tmp_path: Path, outside: Path) -> None:
    with store.stage("v1") as stage:
        folder = tmp_path / "project/snapshots/v1"
        folder.rename(folder.with_name("gone"))
        folder.symlink_to(outside)
        (stage.folder / "media").mkdir()
        with pytest.raises(SnapshotError, match="snapshots/v1 is a link"):
            store.install_media(stage)
    assert untouched(outside)


@pytest.mark.parametrize("name", ["manifests", "snapshots"])
def test_the_projects_folders_are_no_links(store: Store, tmp_path: Path, outside: Path, name: str) -> None:
    folder = tmp_path / "project" / name
    folder.rename(folder.with_name("gone"))
    folder.symlink_to(outside)
    for uses in (Store.all, lambda s: toy.publish(s, "v1"), lambda s: toy.publish(s, "v2"), lambda s: s.remove("v1")):
        with pytest.raises(SnapshotError, match=f"{name} is a link"):
            uses(store)  # type: ignore[operator]
    assert untouched(outside)


@pytest.mark.slow
def test_checks_put_what_memory_does_not_hold_nowhere_in_the_project(
    store: Store, tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB's own choice is .tmp in the working directory."""
    (tmp_path / "project/.tmp").symlink_to(outside)
    monkeypatch.chdir(tmp_path / "project")
    before = outside.stat().st_mtime_ns
    made = store.resolve("v1")
    with duck.open_views(made.manifest.tables, made.folder, memory=60_000_000) as views:
        views.execute(
            "CREATE TABLE large AS SELECT i, hash(i)::text || repeat('x', 40) AS t FROM range(2000000) AS r(i)"
        )
        assert views.query("SELECT count(*) FROM large").rows == ((2_000_000,),)
    assert outside.stat().st_mtime_ns == before


@pytest.mark.parametrize("plant", [_link, _fifo, _folder])
def test_a_record_of_a_night_is_a_file(tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]) -> None:
    plant(tmp_path / "20261108T030000Z-12345678.json", outside)
    with soon():
        (night,) = history.read_folder(tmp_path)
    assert "cannot be read: it is" in night.trouble


def test_a_query_of_health_is_a_file(store: Store, tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    os.mkfifo(queries / "slow.sql")
    with soon(), pytest.raises(UsageError, match=r"slow\.sql cannot be read: it is no file"):
        read_questions(store.resolve("v1").manifest, HealthSettings(queries=queries), {})


@pytest.mark.parametrize("plant", [_link, _fifo, _folder])
def test_a_manifest_is_a_file(store: Store, tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]) -> None:
    plant(tmp_path / "project/manifests/v9.json", outside)
    with (
        soon(),
        pytest.raises(SnapshotError, match=r"manifests/v9\.json cannot be (opened|read): it is (a link|no file)"),
    ):
        store.all()
    require_intact(store.resolve("v1"))


@pytest.mark.parametrize("name", ["manifests/v1.json", "snap.toml"])
def test_a_file_of_gigabytes_is_not_read(store: Store, tmp_path: Path, name: str) -> None:
    """Git packs 20 GB of zeros into 20 MB."""
    path = tmp_path / "project" / name
    path.touch()
    os.truncate(path, 20 << 30)
    limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, limit[1]))
    try:
        with pytest.raises(SnapError, match=f"{path.name} cannot be read: .*[Ff]ile too large"):
            if name == "snap.toml":
                config.read(path, {})
            else:
                store.resolve("v1")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)
