"""Test that backups are found by name and pruned under a shifted clock, and that other files are never touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from snap.errors import SnapshotError, UsageError
from snap_ops.backup.create import create_backup
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.retention import Pruned, find_backup, list_backups, prune_backups
from snap_restorer import Target
from tests.postgres import execute

WEEK = Keep(within_days=7)
NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.slow
def test_there_is_no_backup_to_find(any_repository, small):
    with pytest.raises(SnapshotError, match="there is no backup in"):
        find_backup(any_repository, "latest")
    for hours in (0, 1):
        create_backup(any_repository, Target(small), now=NOW + timedelta(hours=hours))
    with pytest.raises(SnapshotError, match="there is no backup '2025'"):
        find_backup(any_repository, "2025")
    with pytest.raises(UsageError, match="beginning of 2"):
        find_backup(any_repository, "2026")
    assert find_backup(any_repository, "latest").started == NOW + timedelta(hours=1)


@pytest.mark.slow
def test_the_last_seven_days_are_kept_and_three_for_ever(any_repository, small):
    made = [create_backup(any_repository, Target(small), now=NOW + DAY * i).id for i in range(10)]
    pruned = prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 9)
    assert pruned == Pruned(removed=(made[0],), kept=9)
    assert prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 9) == Pruned(removed=(), kept=9)
    # Nobody backed up for a year; then the clock went back.
    assert prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 365) == Pruned(removed=(), kept=9)
    assert prune_backups(any_repository, keep=WEEK, now=NOW - DAY * 365) == Pruned(removed=(), kept=9)
    # Two nights after a year: the time is right.
    made += [create_backup(any_repository, Target(small), now=NOW + DAY * (365 + i)).id for i in range(2)]
    assert prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 366).removed == tuple(made[1:9])
    assert [one.id for one in list_backups(any_repository)[0]] == made[9:]
    assert len(any_repository.sizes()) == 6


@pytest.mark.slow
def test_one_night_forty_days_ahead_removes_nothing(tmp_path, small):
    folder = FolderRepository(tmp_path / "backups")
    for day in (0, 1, 2, 3, 43):
        create_backup(folder, Target(small), now=NOW + DAY * day)
    assert prune_backups(folder, keep=Keep(last=1), now=NOW + DAY * 43) == Pruned(removed=(), kept=5)
    # What cannot be read, for want of its key say, is no older.
    for name in [name for name in folder.sizes() if name.endswith(".json")]:
        folder.put(name, b"{}")
    assert prune_backups(folder, keep=Keep(last=1), now=NOW + DAY * 43).removed == ()


@pytest.mark.slow
def test_each_database_and_each_kind_counts_for_itself(tmp_path, small, databases):
    folder, other = FolderRepository(tmp_path / "backups"), databases()
    execute(other, "CREATE TABLE u (id int)")
    old = create_backup(folder, Target(other), now=NOW - DAY * 300).id
    saved = create_backup(folder, Target(small), now=NOW - DAY * 200, safety=True).id
    night = [create_backup(folder, Target(small), now=NOW + DAY * day).id for day in (0, 20, 40)]
    assert prune_backups(folder, keep=Keep(last=1), now=NOW + DAY * 40).removed == (night[0],)
    assert [backup.id for backup in list_backups(folder)[0]] == [old, saved, *night[1:]]


def test_what_dead_runs_left_goes_after_a_day_and_other_files_never(any_repository, small):
    made = create_backup(any_repository, Target(small), now=NOW)
    ours = (
        "20261123T020000Z-0123456789ab.dump.zst",
        "20261123T020000Z-0123456789ab.json",
        "20261123T020000Z-aaaaaaaaaaaa.dump.zst",
    )
    others = ("notes.txt", "20261123.dump", "20261123T020000Z-0123456789ab.txt", "99999999T999999Z-0123456789ab.json")
    for name in (*ours[1:], *others):
        any_repository.put(name, b"{}")
    assert list_backups(any_repository) == ((made,), ())
    assert prune_backups(any_repository, keep=WEEK, now=NOW + timedelta(hours=20)).removed == ()
    assert prune_backups(any_repository, keep=WEEK, now=NOW + timedelta(hours=30)).removed == tuple(ours[1:])
    assert set(any_repository.sizes()) == {f"{made.id}.dump.zst", f"{made.id}.json", *others}
    # Without its file a record is no backup; without its record a file is none.
    any_repository.remove(f"{made.id}.json")
    assert list_backups(any_repository) == ((), ())


@pytest.mark.slow
def test_temporary_files_of_dead_runs_go_too(tmp_path, small):
    folder = FolderRepository(tmp_path / "backups")
    create_backup(folder, Target(small), now=NOW)
    (tmp_path / "backups" / ".20261123T030000Z.abcd1234.partial").write_bytes(b"x")
    (tmp_path / "backups" / ".20261123T030000Z-0123456789ab.json.abcd1234.partial").write_bytes(b"x")
    assert prune_backups(folder, keep=WEEK, now=NOW + timedelta(hours=20)).removed == ()
    assert len(prune_backups(folder, keep=WEEK, now=NOW + timedelta(hours=25)).removed) == 2
    assert len(folder.sizes()) == 2


@pytest.mark.slow
def test_a_record_that_was_changed_is_named_and_hides_no_other(any_repository, small):
    first = create_backup(any_repository, Target(small), now=NOW)
    second = create_backup(any_repository, Target(small), now=NOW + DAY)
    text = b"".join(any_repository.read(f"{first.id}.json"))
    for changed in (text.replace(b'"t"', b'"u"'), text[:-20], b"[]", b"\xff", b'{"seal": 1}'):
        any_repository.put(f"{first.id}.json", changed)
        assert list_backups(any_repository) == ((second,), (f"{first.id}.json",))
    # It may be saved by hand, so it stays as long as a backup.
    assert prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 3).removed == ()
    assert prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 8).removed == ()
    later = [create_backup(any_repository, Target(small), now=NOW + DAY * day) for day in (8, 9)]
    assert len(prune_backups(any_repository, keep=WEEK, now=NOW + DAY * 9).removed) == 2
    assert list_backups(any_repository) == ((second, *later), ())
