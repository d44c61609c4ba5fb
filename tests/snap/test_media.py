"""Test media in a published snapshot: checked if they are present, and not required if they are not."""

import hashlib

import pytest

from snap.errors import SnapshotError
from snap.manifest import DataFile
from snap.media import media_files, require_media
from snap.store import Store
from snap.verify import require_intact, verify
from tests.cases import toy

KEYS = {
    "recipes/00.jpg": "image/jpeg",
    "a.PNG": "image/png",
    "b.webp": "image/webp",
    "c.bin": "application/octet-stream",
}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def snapshot(store):
    """Return a snapshot of one table with its media on disk."""
    with store.stage("v1") as stage:
        table = toy.write_table(stage.folder, toy.CREW, [toy.crew(4)], "crew")
        media = []
        for key in KEYS:
            path = stage.folder / "media" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(key)
            digest = hashlib.sha256(key.encode()).hexdigest()
            media.append(DataFile(path=f"media/{key}", bytes=len(key), sha256=digest, role="media"))
        return store.publish(stage, toy.manifest("v1", (table,), tuple(media)))


def test_media_files_say_all_that_an_upload_needs(snapshot):
    found = require_media(snapshot)
    assert found == media_files(snapshot)
    assert {file.key: file.content_type for file in found} == KEYS
    for file in found:
        assert file.path.read_text() == file.key
        assert (file.bytes, file.sha256) == (len(file.key), hashlib.sha256(file.key.encode()).hexdigest())


def test_media_that_are_missing_or_altered_are_named_with_what_to_do(snapshot):
    files = media_files(snapshot)
    files[0].path.unlink()
    files[1].path.write_text("A.PNG")
    assert media_files(snapshot) == files
    with pytest.raises(SnapshotError) as error:
        require_media(snapshot)
    assert "\n- media/recipes/00.jpg is missing\n- media/a.PNG was altered" in error.value.message
    assert error.value.option == "media"


def test_verify_says_what_is_absent(store, snapshot):
    media_files(snapshot)[0].path.unlink()
    (finding,) = [finding for finding in verify(snapshot) if finding.absent]
    assert finding.ok
    assert finding.path == "media/recipes/00.jpg"
    assert finding.detail == "is not here, and need not be"


def test_verify_finds_altered_and_unlisted_media_and_a_restore_does_not_mind(store, snapshot):
    media_files(snapshot)[0].path.write_text("x")
    (snapshot.folder / "media/more.jpg").write_text("x")
    bad = {finding.path: finding.detail for finding in verify(snapshot) if not finding.ok}
    assert bad == {"media/recipes/00.jpg": "has 1 bytes, not 14", "media/more.jpg": "is not in the manifest"}
    require_intact(snapshot)


def test_media_that_lead_elsewhere_are_refused(store, snapshot, tmp_path):
    path = media_files(snapshot)[0].path
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    assert [f.detail for f in verify(snapshot) if not f.ok] == ["leads outside the snapshot's folder"]
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    assert [f.detail for f in verify(snapshot) if not f.ok] == ["is missing"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_restore_does_not_mind_what_lies_in_the_place_of_media(store, snapshot, tmp_path, kind):
    place = snapshot.folder / "media"
    place.rename(tmp_path / "media")
    place.write_text("x") if kind == "file" else place.symlink_to(tmp_path / "media")
    assert not all(finding.ok for finding in verify(snapshot))
    require_intact(snapshot)


def test_a_table_called_media_is_verified_like_any(store):
    with store.stage("v1") as stage:
        table = toy.write_table(stage.folder, toy.CREW, [toy.crew(4)], "media")
        snapshot = store.publish(stage, toy.manifest("v1", (table,)))
    (snapshot.folder / "media/stray").write_text("x")
    with pytest.raises(SnapshotError, match="media/stray is not in the manifest"):
        require_intact(snapshot)
    (snapshot.folder / "media/stray").unlink()
    (snapshot.folder / "media/part-0000.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"media/part-0000\.parquet is missing"):
        require_intact(snapshot)
    assert media_files(snapshot) == ()
