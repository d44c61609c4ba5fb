"""Test that a project that another user put into a parent folder is not taken for one's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from snap.errors import UsageError
from snap.project import find_root

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
OTHER, MINE = 54321, 0


@pytest.fixture
def below(tmp_path: Path) -> Path:
    """Return a user's own folder in a folder that everybody may write to, such as /tmp."""
    tmp_path.chmod(0o1777)
    folder = tmp_path / "mine/deep"
    folder.mkdir(parents=True)
    return folder


def plant(folder: Path, name: str, owner: int) -> None:
    if name.endswith(".toml"):
        (folder / name).write_text("[migrations]\ncommand = \"sh -c 'id > taken'\"\n")
    else:
        (folder / name).mkdir(exist_ok=True)
    os.chown(folder / name, owner, owner)


@pytest.mark.parametrize("marks", [("snap.toml",), ("manifests", "snapshots")], ids=" and ".join)
def test_what_another_user_planted_above_is_refused(marks: tuple[str, ...], below: Path, tmp_path: Path) -> None:
    for name in marks:
        plant(tmp_path, name, OTHER)
    for start in (below, tmp_path):
        with pytest.raises(UsageError, match=f"{tmp_path}/{marks[0]} belongs to another user") as refused:
            find_root(None, {}, start)
        assert refused.value.option == "root"
    assert find_root(tmp_path, {}, below) == find_root(None, {"SNAP_ROOT": str(tmp_path)}, below) == tmp_path


def test_settings_planted_into_ones_own_project_are_refused(below: Path, tmp_path: Path) -> None:
    for name in ("manifests", "snapshots"):
        plant(tmp_path, name, MINE)
    assert find_root(None, {}, below) == tmp_path
    plant(tmp_path, "snap.toml", OTHER)
    with pytest.raises(UsageError, match=r"snap\.toml belongs to another user"):
        find_root(None, {}, below)


def test_a_link_is_as_trustworthy_as_who_made_it(below: Path, tmp_path: Path) -> None:
    (below / "own.toml").touch()
    (tmp_path / "snap.toml").symlink_to(below / "own.toml")
    os.chown(tmp_path / "snap.toml", OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(UsageError, match="belongs to another user"):
        find_root(None, {}, below)


def test_the_project_of_a_folder_where_one_works_is_found_whoever_owns_it(tmp_path: Path) -> None:
    """Root in a container, in a checkout of the user outside; who changes into a folder trusts its owner."""
    folder = tmp_path / "project/sub"
    folder.mkdir(parents=True)
    plant(tmp_path / "project", "snap.toml", OTHER)
    for path in (folder, tmp_path / "project"):
        os.chown(path, OTHER, OTHER)
    assert find_root(None, {}, folder) == find_root(None, {}, folder.parent) == folder.parent
