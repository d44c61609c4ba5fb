"""Test that a link in a checkout reveals nothing of a file outside: no text of it is in errors and reports."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from snap.errors import UsageError
from snap.store import Store
from snap_ops.health.settings import HealthSettings, read_questions
from snap_restorer.schemas.files import read_folder
from tests.cases import toy

SECRET = "localhost:5432:db:alice:hunter22"


def read_queries(folder: Path) -> object:
    store = Store(folder.parent / "project")
    toy.publish(store, "v1")
    return read_questions(store.resolve("v1").manifest, HealthSettings(queries=folder), {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pgpass").write_text(SECRET)
    (tmp_path / "sql").mkdir()
    return tmp_path / "sql"


@pytest.mark.parametrize("reads", [read_folder, read_queries])
@pytest.mark.parametrize("target", ["../pgpass", "../sql/../pgpass", "between"])
def test_a_link_out_of_its_folder_is_not_read(reads: Callable[[Path], object], target: str, folder: Path) -> None:
    (folder / "between").symlink_to("../pgpass")
    (folder / "1_leak.sql").symlink_to(target)
    with pytest.raises(UsageError, match="cannot be read: it leads outside its folder") as refused:
        reads(folder)
    assert "hunter22" not in str(refused.value)


def test_a_link_within_its_folder_is_read(folder: Path) -> None:
    (folder / "text").write_text("SELECT 1")
    (folder / "1_fine.sql").symlink_to("text")
    assert [migration.name for migration in read_folder(folder).migrations] == ["fine"]
    read_queries(folder)


def test_a_migration_whose_name_is_no_utf_8_is_a_usage_error(folder: Path) -> None:
    (folder / os.fsdecode(b"1_a\xff.sql")).write_text("SELECT 1")
    with pytest.raises(UsageError, match="is not UTF-8"):
        read_folder(folder)
