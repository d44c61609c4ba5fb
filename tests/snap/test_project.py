"""Test finding the folder of a project."""

import os
from pathlib import Path

import pytest

from snap.errors import UsageError
from snap.project import find_root


def test_the_root_is_found_upwards_or_by_name(tmp_path):
    (tmp_path / "manifests").mkdir()
    (tmp_path / "snapshots").mkdir()
    deep = tmp_path / "a/b"
    deep.mkdir(parents=True)
    assert find_root(None, {}, deep) == tmp_path
    assert find_root(None, {"SNAP_ROOT": str(deep)}, tmp_path) == deep
    assert find_root(tmp_path, {"SNAP_ROOT": str(deep)}, deep) == tmp_path
    with pytest.raises(UsageError, match="not a folder"):
        find_root(tmp_path / "none", {}, deep)
    with pytest.raises(UsageError, match="no snapshots here"):
        find_root(None, {}, Path("/"))


def test_a_project_whose_folder_has_no_name_in_utf_8_is_refused(tmp_path):
    """With such a folder, DuckDB, Arrow and Postgres' programs each failed in their own way."""
    folder = tmp_path / os.fsdecode(b"a\xff")
    folder.mkdir()
    for given, start in ((folder, tmp_path), (None, folder)):
        (folder / "snap.toml").touch()
        with pytest.raises(UsageError, match="is not UTF-8"):
            find_root(given, {}, start)
