"""Test the folder of an embedded server and its preferred port: each project has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.errors import ServiceError
from snap_restorer.local.folder import PORTS, ServerFolder, default_home, find_folder

NOTHING: dict[str, str] = {}


def test_a_project_names_its_folder_by_its_path_and_a_folder_that_is_named_counts_before_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    (tmp_path / "link").symlink_to(one)
    found = find_folder(NOTHING, None, one, 18)
    assert found.base.parent.parent == default_home(NOTHING)
    assert find_folder(NOTHING, None, other, 18).base != found.base
    assert find_folder(NOTHING, None, tmp_path / "link", 18).base == found.base
    assert find_folder(NOTHING, None, None, 18).base == default_home(NOTHING) / "18"
    assert find_folder({"SNAP_DATA_DIR": str(tmp_path)}, None, one, 18).base == tmp_path / "18"
    assert find_folder({"SNAP_DATA_DIR": "/nowhere"}, tmp_path, one, 18).base == tmp_path / "18"


def test_the_port_follows_from_the_folder(tmp_path: Path) -> None:
    bases = [tmp_path / str(number) / "18" for number in range(200)]
    ports = [ServerFolder(home=tmp_path, base=base, project=None).first_port for base in bases]
    assert ports == [ServerFolder(home=tmp_path, base=base, project=None).first_port for base in bases]
    assert set(ports) <= set(PORTS)
    assert len(set(ports)) > len(PORTS) // 2


def test_the_data_that_all_projects_shared_are_still_known(tmp_path: Path) -> None:
    own = ServerFolder(home=tmp_path, base=tmp_path / "0123" / "18", project=tmp_path)
    assert own.shared is None
    (tmp_path / "18" / "data").mkdir(parents=True)
    assert own.shared == tmp_path / "18" / "data"
    assert ServerFolder(home=tmp_path, base=tmp_path / "18", project=None).shared is None
    assert ServerFolder(home=tmp_path, base=tmp_path / "0123" / "17", project=None).shared is None


def test_a_folder_says_whose_it_is_and_is_emptied_but_for_its_lock(tmp_path: Path) -> None:
    own = ServerFolder(home=tmp_path / "home", base=tmp_path / "home" / "0123" / "18", project=tmp_path)
    own.create()
    assert (own.base.parent / "project").read_text() == f"{tmp_path}\n"
    assert not own.clear()
    with own.locked(1):
        own.log.write_text("said")
        own.data.mkdir()
        (own.data / "x").write_text("12345")
        assert own.bytes() == 9
        assert own.clear()
    assert [path.name for path in own.base.iterdir()] == [".lock"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="cannot keep its data in"):
        ServerFolder(home=tmp_path / "file" / "x", base=tmp_path / "file" / "x" / "18", project=None).create()
