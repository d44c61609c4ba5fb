"""Test second copies of backups: complete, read back, completed after a failure, and usable without the originals."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from snap.config import Origin, section
from snap.errors import UsageError
from snap.progress import Silent
from snap_ops.backup.copies import make_copies
from snap_ops.backup.create import create_backup, restore_backup
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.retention import find_backup, list_backups
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.step import StepContext, StepResult
from snap_restorer import Target
from tests.postgres import execute
from tests.progress import Recorded

NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def settings(folder: Path, *copies: dict[str, Any], **more: Any) -> BackupSettings:
    origin = Origin(file="snap.toml", folder=folder, environment={"KEY": "k", "SECRET": "s"})
    return section(BackupSettings, {"copies": list(copies), **more}, "backup", origin)


def night(folder: Path, url: str, given: BackupSettings, day: int = 0) -> StepResult:
    context = StepContext(
        snapshot=None,  # type: ignore[arg-type]  # a backup does not look at it
        target=Target(url),
        direct=Target(url),
        now=NOW + DAY * day,
        progress=Silent(),
        stop=threading.Event(),
    )
    return BackupStep(settings=given, root=folder, environment=os.environ).run(context)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("2*")}


@pytest.mark.slow
def test_a_copy_is_complete_and_can_be_put_back_alone(tmp_path: Path, small: str) -> None:
    given = settings(tmp_path, {"to": "second"}, {"to": "third"})
    ran = night(tmp_path, small, given)
    assert ran.warnings == ()
    assert ran.facts["copies"] == [str(tmp_path / "second"), str(tmp_path / "third")]
    assert names(tmp_path / "second") == names(tmp_path / "third") == names(tmp_path / "backups")
    shutil.rmtree(tmp_path / "backups")
    execute(small, "DELETE FROM t")
    second = FolderRepository(tmp_path / "second")
    restore_backup(second, find_backup(second, "latest"), Target(small))
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]


@pytest.mark.slow
def test_a_bucket_is_a_copy_with_keys_of_its_own(tmp_path: Path, small: str, s3: Any) -> None:
    bucket = s3.bucket()
    keys = {"endpoint": s3.url, "region": "eu-central-1", "access_key": "env:KEY", "secret_key": "env:SECRET"}
    assert night(tmp_path, small, settings(tmp_path, {"to": f"s3://{bucket}/copy", **keys})).warnings == ()
    assert {key.removeprefix("copy/") for key in s3.keys(bucket)} == names(tmp_path / "backups")


@pytest.mark.slow
def test_a_copy_that_fails_is_a_warning_and_catches_up(tmp_path: Path, small: str) -> None:
    given = settings(tmp_path, {"to": "second"}, {"to": "third"})
    (tmp_path / "second").write_text("no folder")
    (warned,) = night(tmp_path, small, given).warnings
    assert warned.startswith(f"the copy in {tmp_path / 'second'} is not complete: ")
    assert names(tmp_path / "third") == names(tmp_path / "backups")
    (tmp_path / "second").unlink()
    assert night(tmp_path, small, given, 1).warnings == ()
    assert names(tmp_path / "second") == names(tmp_path / "backups")
    assert len(names(tmp_path / "second")) == 4


@pytest.mark.slow
def test_what_is_corrupt_is_not_copied(tmp_path: Path, small: str) -> None:
    one = night(tmp_path, small, settings(tmp_path)).facts["id"]
    file = tmp_path / "backups" / f"{one}.dump.zst"
    file.write_bytes(bytes(file.stat().st_size))
    (warned,) = night(tmp_path, small, settings(tmp_path, {"to": "second"}), 1).warnings
    assert f"backup {one} in {tmp_path / 'backups'} is corrupt" in warned
    (copied,) = list_backups(FolderRepository(tmp_path / "second"))[0]
    assert copied.id != one


@pytest.mark.slow
def test_copies_are_pruned_by_the_same_rules(tmp_path: Path, small: str) -> None:
    given = settings(tmp_path, {"to": "second"}, keep_days=1, keep_last=1)
    for day in (0, 10, 20, 30):
        night(tmp_path, small, given, day)
    assert names(tmp_path / "second") == names(tmp_path / "backups")
    assert len(names(tmp_path / "second")) == 4


@pytest.mark.slow
def test_what_no_rule_keeps_is_not_brought(tmp_path: Path, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, copy = FolderRepository(tmp_path / "backups"), FolderRepository(tmp_path / "second")
    ids = [create_backup(repository, Target(small), now=NOW + DAY * day).id for day in (0, 30, 60)]
    brought: list[str] = []
    publish = FolderRepository.publish
    monkeypatch.setattr(FolderRepository, "publish", lambda *given: (brought.append(given[2]), publish(*given)))
    keep = Keep(last=1, within_days=1)
    noted = Recorded()
    assert make_copies(repository, [copy], keep=keep, now=NOW + DAY * 60, stop=threading.Event(), progress=noted) == ()
    assert noted.left == {f"upload {ids[2]}": 0, f"upload {ids[1]}": 0}
    files = [name for name in brought if ".dump" in name]
    assert files == [f"{ids[2]}.dump.zst", f"{ids[1]}.dump.zst"]  # days count from the newest but one
    assert len(list_backups(repository)[0]) == 3


@pytest.mark.parametrize(
    ("copies", "message"),
    [
        ([{"to": "backups"}], "the backups themselves"),
        ([{"to": "a"}, {"to": "./a"}], "twice"),
        ([{}], "copies"),
        ([{"to": "gs://x"}], "neither a folder nor"),
        ([{"to": "a", "access_key": "plain"}], "access_key is not written as env:NAME"),
    ],
)
def test_copies_that_make_no_sense_are_refused(tmp_path: Path, small: str, copies: list[Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        night(tmp_path, small, settings(tmp_path, *copies))
    assert not (tmp_path / "backups").exists()
