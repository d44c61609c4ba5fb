"""Test `snap build --media`, and the lines about media that `snap check` and `snap show` print."""

import pytest

from snap_cli import datasets
from snap_cli.forms.snapshots import BuildForm
from tests.cli import toys


@pytest.fixture
def built(snap):
    assert snap("build", "v1", "--dataset", "album").code == 0
    return snap


def test_build_makes_the_media_of_a_published_version_and_says_where(built, project):
    ran = built("build", "v1", "--media")
    assert ran.code == 0
    assert "reproduced v1" in ran.out
    assert "media in snapshots/v1/media: 2 files, 44 B" in ran.out
    assert (project / "snapshots/v1/media/ship.png").read_bytes() == toys.painted("ship.png")
    assert "media in" not in built("build", "v1").out
    assert built("build", "v1", "--media", "--json").document.keys() == BuildForm.__annotations__.keys()


@pytest.mark.slow
def test_media_that_are_not_reproduced_exit_4(built, monkeypatch, project):
    monkeypatch.setattr(datasets, "DATASETS", {"album": lambda: toys.album(toys.smudged)})
    ran = built("build", "v1", "--media", "--json")
    assert ran.code == 4
    assert ran.error["kind"] == "check"
    assert "media/ship.png" in ran.error["message"]
    assert not (project / "snapshots/v1/media").exists()


def test_a_dataset_without_media_exits_2(snap):
    assert snap("build", "v1", "--dataset", "toy", "--media").code == 2


@pytest.mark.slow
def test_check_says_what_is_not_here_and_how_to_make_it(built, project):
    ran = built("check", "v1")
    assert ran.code == 0
    assert "2 of 2 media files not here" in ran.out
    assert "snap build v1 --media" in ran.out
    files = {file["path"]: file for file in built("check", "v1", "--json").document["files"]}
    assert files["media/ship.png"]["ok"] is True
    how = "is not here, and need not be; to make it, run: snap build v1 --media"
    assert files["media/ship.png"]["detail"] == how
    built("build", "v1", "--media")
    assert "not here" not in built("check", "v1").out
    (project / "snapshots/v1/media/ship.png").unlink()
    assert "1 of 2 media files not here" in built("check", "v1").out


@pytest.mark.slow
def test_check_finds_an_altered_picture_which_is_made_again(built, project):
    built("build", "v1", "--media")
    (project / "snapshots/v1/media/ship.png").write_text("mud")
    ran = built("check", "v1")
    assert ran.code == 3
    assert "CORRUPT media/ship.png" in ran.out
    assert "hint: a build makes a version's media again; to make them, run: snap build v1 --media" in ran.err
    assert built("build", "v1", "--media").code == 0
    assert built("check", "v1").code == 0


@pytest.mark.slow
def test_show_counts_the_media(built, project):
    assert "of that media 2 files, 44 B (not here; to make them: snap build v1 --media)" in built("show", "v1").out
    built("build", "v1", "--media")
    assert "of that media 2 files, 44 B (here)" in built("show", "v1").out
    (project / "snapshots/v1/media/ship.png").unlink()
    assert "(1 of them here; to make them: " in built("show", "v1").out
