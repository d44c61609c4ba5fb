"""Test that files with real data stay out of git, whatever rules the checkout has."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap import durable
from snap.store import Store
from tests.cases import toy
from tests.git import untracked


@pytest.mark.parametrize("rules", ["/staging.json\n!*.json\n", "!*\n", "/staging.json\n!staging.json", "*.json\n!/*\n"])
def test_a_manifest_of_a_capture_is_ignored_over_rules_that_allow_it(tmp_path: Path, rules: str) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/.gitignore").write_text(rules)
    for _ in range(2):
        toy.publish(Store(tmp_path), "staging", private=True)
        assert "manifests/staging.json" not in untracked(tmp_path)
    written = (tmp_path / "manifests/.gitignore").read_text()
    toy.publish(Store(tmp_path), "staging", private=True)
    assert (tmp_path / "manifests/.gitignore").read_text() == written


@pytest.mark.parametrize("kept", [".gitkeep", ".keep"])
def test_a_folder_that_git_keeps_empty_is_ignored_once_data_come(tmp_path: Path, kept: str) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / kept).touch()
    durable.make_ignored(folder)
    (folder / "20261123T030000Z-1a2b3c4d5e6f.dump.zst").touch()
    assert "backups/20261123T030000Z-1a2b3c4d5e6f.dump.zst" not in untracked(tmp_path)


def test_who_removed_the_rule_commits_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    durable.make_ignored(folder)
    (folder / ".gitignore").unlink()
    (folder / "dump").touch()
    durable.make_ignored(folder)
    assert untracked(tmp_path) == ["backups/dump"]


@pytest.mark.parametrize("rules", ["/staging.json\n!*.json\n", "!*\n"])
def test_a_version_that_is_removed_leaves_no_line(tmp_path: Path, rules: str) -> None:
    (tmp_path / "manifests").mkdir()
    toy.publish(Store(tmp_path), "staging", private=True)
    (tmp_path / "manifests/.gitignore").write_text(rules)
    Store(tmp_path).remove("staging")
    assert "/staging.json" not in (tmp_path / "manifests/.gitignore").read_text()
