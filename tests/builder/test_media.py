"""Test media: listed in every manifest, copied on request, compared, and installed completely or not at all."""

import contextlib
import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from snap.errors import CheckError, UsageError
from snap.manifest import Parameters
from snap.progress import Silent
from snap.store import Store
from snap.verify import require_intact, verify
from snap_builder import BuildRequest, build, prove
from tests.cli import toys
from tests.cuts import Cut, cut_before
from tests.params import few

ALBUM = toys.album()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def make(store, version="v1", *, using=ALBUM, media=True, force=False):
    request = BuildRequest(
        version=version,
        dataset=using,
        parameters=Parameters(dataset=using.name, profile="staging", scale="1", sets=(), seed=7, as_of="2026-11-01"),
        created="2026-11-22T00:00:00Z",
        jobs=2,
        force=force,
        media=media,
    )
    return build(store, request, Silent())


def there(store, version="v1"):
    """Return those media files of a version that exist on disk."""
    folder = store.resolve(version).folder / "media"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WHOLE = {key: toys.painted(key) for key in ("crew/0.jpg", "ship.png")}


def test_a_build_without_media_lists_them_and_makes_none(store):
    manifest = make(store, media=False).manifest
    assert [file.path for file in manifest.media] == ["media/crew/0.jpg", "media/ship.png"]
    assert there(store) == {}
    assert all(finding.ok for finding in verify(store.resolve("v1")))


@pytest.mark.slow
def test_the_list_and_the_digest_are_the_same_with_and_without(store):
    assert make(store, "v1").manifest == replace(
        make(store, "v2", media=False).manifest, version="v1", extra_files=make(store, "v1").manifest.extra_files
    )
    assert there(store, "v1") == WHOLE


@pytest.mark.slow
def test_a_published_version_gets_its_media_and_nothing_else_moves(store, tmp_path):
    make(store, media=False)
    before = {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and ".lock" not in path.name
    }
    assert make(store).reproduced is True
    assert there(store) == WHOLE
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert all(finding.ok and not finding.absent for finding in verify(store.resolve("v1")))


@pytest.mark.slow
@pytest.mark.parametrize("harm", few(["altered", "stray", "missing", "file", "link"], 2))
def test_harmed_media_are_made_again(store, tmp_path, harm):
    make(store)
    folder = store.resolve("v1").folder / "media"
    if harm == "altered":
        (folder / "ship.png").write_text("mud")
    elif harm == "missing":
        (folder / "ship.png").unlink()
    elif harm == "stray":
        (folder / "ship.gif").write_text("x")
    else:
        shutil.move(folder, tmp_path / "elsewhere")
        folder.write_text("x") if harm == "file" else folder.symlink_to(tmp_path / "elsewhere")
    make(store)
    assert there(store) == WHOLE
    assert not folder.is_symlink()


@pytest.mark.slow
@pytest.mark.parametrize("harm", few([toys.smudged, toys.lost], 1))
def test_an_altered_installation_is_told_and_changes_nothing(store, harm):
    make(store)
    with pytest.raises(CheckError, match=r"not reproduced: the dataset's own media/ship\.png are missing") as error:
        make(store, using=toys.album(harm))
    assert "install snap again" in error.value.hint
    assert error.value.unchanged
    assert there(store) == WHOLE


def test_a_new_version_whose_media_are_altered_is_not_published(store):
    with pytest.raises(CheckError, match="not reproduced"):
        make(store, using=toys.album(toys.smudged))
    assert store.names() == ()


@pytest.mark.slow
def test_media_wait_until_the_values_are_reproduced(store):
    make(store, media=False)
    drifted = replace(toys.drifted(), name="album", media=ALBUM.media)
    assert make(store, using=drifted).reproduced is False
    assert there(store) == {}


@pytest.mark.slow
def test_media_that_were_others_when_a_version_was_published_are_told(store):
    make(store)
    media = ALBUM.media()
    files = (media.files[0], replace(media.files[1], sha256="0" * 64))
    with pytest.raises(CheckError, match=r"v1 were not reproduced: media/ship\.png differ from the manif") as error:
        make(store, using=replace(ALBUM, media=lambda: replace(media, files=files)))
    assert "the dataset's media have changed since v1" in error.value.hint
    assert there(store) == WHOLE


@pytest.mark.slow
def test_the_budget_counts_media_whether_they_are_here_or_not(store):
    def size():
        found = {finding.name: finding.value for finding in prove(store.resolve("v1"), None)}
        return found["snapshot_bytes"]

    manifest = make(store, media=False).manifest
    assert size() == manifest.bytes
    assert manifest.bytes > sum(file.bytes for file in manifest.media) > 0
    make(store)
    assert size() == manifest.bytes


def test_a_dataset_without_media_refuses_to_make_them(store):
    with pytest.raises(UsageError, match="dataset toy has no media"):
        make(store, using=toys.TOY)
    assert store.names() == ()


@pytest.mark.slow
def test_a_version_published_before_its_dataset_had_media_is_not_changed(store):
    make(store, using=replace(toys.TOY, name="album"), media=False)
    with pytest.raises(UsageError, match="v1 was published without media"):
        make(store)
    make(store, force=True)
    assert there(store) == WHOLE


@pytest.mark.slow
@pytest.mark.parametrize("existing", [False, True])
def test_installing_cut_at_any_step_leaves_the_old_the_new_or_none(store, monkeypatch, existing):
    """Stop before the n-th rename or removal, as a power cut would, then look and go on."""
    outcomes = set()
    make(store, media=False)
    for step in count():
        folder = store.resolve("v1").folder / "media"
        shutil.rmtree(folder, ignore_errors=True)
        if existing:
            folder.mkdir()
            (folder / "ship.png").write_text("old")
        whole = False
        with monkeypatch.context() as patch:
            cut_before(step, patch, (Path, "rename"), (shutil, "rmtree"))
            with contextlib.suppress(Cut):
                make(store)
                whole = True
        found = there(store)
        assert found in ({}, WHOLE, {"ship.png": b"old"} if existing else {})
        outcomes.add(len(found))
        require_intact(store.resolve("v1"))
        make(store)
        assert there(store) == WHOLE
        if whole:
            break
    assert outcomes == ({0, 1, 2} if existing else {0, 2})
