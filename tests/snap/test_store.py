"""Test that publishing is all or nothing, at whatever instant it is interrupted."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from snap import writer
from snap.errors import ServiceError, SnapshotError, TargetError, UsageError
from snap.store import Store
from snap.verify import require_intact
from tests.cases import toy
from tests.cuts import Cut, cut_before


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_a_published_snapshot_is_resolved_and_intact(store):
    toy.publish(store, "v1")
    snapshot = store.resolve("v1")
    require_intact(snapshot)
    assert store.names() == ("v1",)
    assert snapshot.manifest.rows_total == 30


def test_a_build_that_fails_leaves_nothing(store, tmp_path):
    with pytest.raises(ZeroDivisionError), store.stage("v1") as stage:
        (stage.folder / "half").write_text("x")
        raise ZeroDivisionError
    assert store.names() == ()
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [".lock-v1"]


def test_what_a_process_left_that_died_while_it_wrote_a_manifest_is_removed(store, tmp_path):
    toy.publish(store, "v1")
    left = tmp_path / "manifests" / ".v1.json.99999.partial"
    left.write_text("{")
    toy.publish(store, "v1")
    assert not left.exists()
    assert [path.name for path in (tmp_path / "manifests").iterdir()] == ["v1.json"]


@pytest.mark.slow
@pytest.mark.parametrize("existing", [False, True])
def test_publishing_cut_at_any_step_leaves_the_old_or_the_new(store, tmp_path, monkeypatch, existing):
    """Stop before the n-th rename, unlink or removal, as a power cut would, then look and go on."""
    outcomes = set()
    for step in range(12):
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        if existing:
            toy.publish(store, "v1", rows=4)
        with monkeypatch.context() as patch, pytest.raises(Cut) if step < 4 else _nothing(Cut):
            cut_before(step, patch, (Path, "rename"), (shutil, "rmtree"), (Path, "unlink"))
            toy.publish(store, "v1", rows=6)
        if "v1" in store.names():
            snapshot = store.resolve("v1")
            require_intact(snapshot)
            outcomes.add(snapshot.manifest.tables[0].rows)
        else:
            assert not existing
            outcomes.add(None)
        assert toy.publish(store, "v1", rows=8).manifest.tables[0].rows == 8
        require_intact(store.resolve("v1"))
    assert outcomes == ({4, 6} if existing else {None, 6})


@pytest.mark.slow
@pytest.mark.parametrize("existing", [False, True])
def test_a_project_that_was_copied_after_a_cut_recovers_too(tmp_path, monkeypatch, existing):
    """Recovery needs no journal outside the project, only the folders and the manifest."""
    outcomes = set()
    for step in range(8):
        store, copy = Store(tmp_path / f"{step}"), tmp_path / f"copy-{step}"
        if existing:
            toy.publish(store, "v1", rows=4)
        with monkeypatch.context() as patch, _nothing(Cut):
            cut_before(step, patch, (Path, "rename"), (Path, "replace"), (shutil, "rmtree"))
            toy.publish(store, "v1", rows=6)
        if not (tmp_path / f"{step}").exists():
            continue
        shutil.copytree(tmp_path / f"{step}", copy)
        moved = Store(copy)
        if "v1" in moved.names():
            require_intact(moved.resolve("v1"))
            outcomes.add(moved.resolve("v1").manifest.tables[0].rows)
        with moved.stage("v2"):
            left = {path.name for path in (copy / "snapshots").iterdir() if not path.name.startswith(".lock-")}
            assert left == {".stage-v2", *moved.names()}
    assert outcomes == ({4, 6} if existing else {6})


@pytest.mark.slow
def test_a_version_that_gets_one_more_file_has_it_with_its_manifest_or_neither(store, tmp_path, monkeypatch):
    outcomes = set()
    for step in range(12):
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        before = toy.publish(store, "v1", rows=4)
        (before.folder / ".keep").write_text("mine")
        with monkeypatch.context() as patch, _nothing(Cut):
            cut_before(step, patch, (Path, "rename"), (Path, "replace"), (shutil, "rmtree"), (Path, "unlink"))
            _add_statistics(store)
        snapshot = store.resolve("v1")
        require_intact(snapshot)
        assert snapshot.manifest.digest == before.manifest.digest
        assert (snapshot.folder / ".keep").read_text() == "mine"
        outcomes.add(snapshot.manifest.planner_statistics is not None)
        with store.stage("v2"):
            pass
        require_intact(store.resolve("v1"))
    assert outcomes == {False, True}


def _add_statistics(store):
    with store.stage("v1") as stage:
        (stage.folder / "crew").mkdir()
        (stage.folder / "crew/part-0007.parquet").write_text("of a rebuild that was cut otherwise")
        store.publish_more(stage, writer.with_statistics(stage, store.resolve("v1").manifest, "{}"))


class _nothing:  # noqa: N801
    """Suppress an error that may or may not be raised."""

    def __init__(self, *kinds):
        self._kinds = kinds

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        return kind is not None and issubclass(kind, self._kinds)


def test_a_killed_build_is_cleaned_up_by_the_next_of_any_version(store, tmp_path):
    toy.publish(store, "v1")
    (tmp_path / "snapshots/.stage-v2/crew").mkdir(parents=True)
    with store.stage("v3"):
        assert not (tmp_path / "snapshots/.stage-v2").exists()


def test_parts_that_several_processes_make_stay_until_they_are_removed(store, tmp_path):
    with store.sharing("v2") as folder, store.sharing("v2") as again:
        assert folder == again == store.shared("v2")
        (folder / "part").write_text("x")
        with pytest.raises(TargetError, match="another process is writing snapshot 'v2'"), store.stage("v2"):
            pass
        with pytest.raises(TargetError):
            store.remove_shared("v2")
    toy.publish(store, "v1")
    with store.stage("v2"), pytest.raises(TargetError), store.sharing("v2"):
        pass
    assert (folder / "part").read_text() == "x"
    assert store.names() == ("v1",)
    store.remove_shared("v2")
    store.remove_shared("v2")
    assert [path.name for path in (tmp_path / "snapshots").iterdir() if not path.name.startswith(".lock")] == ["v1"]
    with pytest.raises(UsageError, match="only in upper and lower case"), store.sharing("V1"):
        pass


def test_two_builds_of_one_version_at_once_are_refused(store):
    with store.stage("v1"), pytest.raises(TargetError, match="another process is writing"), store.stage("v1"):
        pass


def test_removal_leaves_nothing(store, tmp_path):
    toy.publish(store, "v1")
    store.remove("v1")
    assert store.names() == ()
    assert not (tmp_path / "snapshots/v1").exists()
    with pytest.raises(SnapshotError, match="no snapshot 'v1'"):
        store.remove("v1")


@pytest.mark.parametrize("name", ["", ".v1", "-v1", "a/b", "../v1", "v 1", "é"])
def test_bad_version_names_are_refused(store, name):
    with pytest.raises(UsageError, match="not a version name"):
        store.resolve(name)


def test_a_version_name_has_at_most_100_characters(store):
    with pytest.raises(UsageError, match="has 101 characters"):
        store.resolve("v" * 101)
    with pytest.raises(SnapshotError, match="there is no snapshot"):
        store.resolve("v" * 100)


def test_names_are_unique_ignoring_case_and_matched_exactly(store):
    toy.publish(store, "v1")
    with pytest.raises(UsageError, match="only in upper and lower case"), store.stage("V1"):
        pass
    with pytest.raises(SnapshotError) as error:
        store.resolve("V1")
    assert error.value.hint == "these are published: v1"


def test_an_unknown_format_version_is_named(store, tmp_path):
    toy.publish(store, "v1")
    path = tmp_path / "manifests/v1.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 99', 1))
    with pytest.raises(SnapshotError, match="format version 99; this snap reads versions 1 and 2"):
        store.resolve("v1")


def test_a_renamed_manifest_is_refused(store, tmp_path):
    toy.publish(store, "v1")
    shutil.copy(tmp_path / "manifests/v1.json", tmp_path / "manifests/v2.json")
    with pytest.raises(SnapshotError, match="is the manifest of 'v1'"):
        store.resolve("v2")


def test_manifests_that_cannot_be_listed_are_not_called_none(store, tmp_path):
    assert store.names() == ()
    (tmp_path / "manifests").write_text("")
    with pytest.raises(ServiceError, match="manifests: Not a directory") as failed:
        store.names()
    assert failed.value.hint == "replace it with a folder"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_manifests_of_another_user_are_not_called_none():
    with tempfile.TemporaryDirectory() as folder:  # whose parents others may pass through
        root = Path(folder)
        root.chmod(0o755)
        (root / "manifests").mkdir(mode=0o700)
        os.seteuid(65534)
        try:
            with pytest.raises(ServiceError, match="manifests: Permission denied") as failed:
                Store(root).names()
        finally:
            os.seteuid(0)
    assert failed.value.hint == "allow this user to read and write there"


def test_a_full_disk_names_the_folder_that_is_written(store, tmp_path):
    with (
        pytest.raises(OSError, match="No space left") as failed,
        store.stage("v1"),
        Path("/dev/full").open("wb") as full,
    ):
        full.write(b"x")
        full.flush()
    assert failed.value.filename == str(tmp_path / "snapshots" / ".stage-v1")
