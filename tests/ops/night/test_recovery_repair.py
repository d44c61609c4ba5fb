"""Test the repair after an interrupted night.

If the night's restore was committed, the night is closed. Otherwise the database is put back. Nothing is lost.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from snap.errors import ServiceError, TargetError
from snap_ops.backup.create import StoredBackup
from snap_ops.backup.retention import find_backup, list_backups
from snap_ops.night.diff import DiffStep
from snap_ops.step import StepContext, StepResult
from snap_restorer import PutBack, Target
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.pg.guard import Guard
from tests.ops.night.bed import RESET, WRONG, Bed, Sql, drops, states
from tests.params import few
from tests.postgres import execute

DAY = "UPDATE crew SET name = 'a day of work' WHERE id = (SELECT max(id::text)::uuid FROM crew)"
WORK = "SELECT count(*) FROM crew WHERE name = 'a day of work'"


def backed_up(bed: Bed) -> str:
    return str(bed.night(bed.backup).steps[0].facts["id"])


def safety(bed: Bed) -> list[str]:
    backups, _ = list_backups(bed.backup.settings.open(bed.root))
    return [backup.id for backup in backups if backup.safety]


def worked(bed: Bed) -> int:
    ((rows,),) = execute(bed.url, WORK)
    return int(rows)


def put_there(bed: Bed, name: str) -> None:
    """Restore a backup as a user does by hand."""
    repository = bed.backup.settings.open(bed.root)
    stored = StoredBackup(repository=repository, backup=find_backup(repository, name))
    put_back(Target(bed.url), stored, PutBackRequest(lose=True, guard=Guard(yes=True)))


@pytest.mark.slow
def test_a_night_whose_restore_was_committed_is_finished_and_the_day_after_it_is_kept(bed: Bed) -> None:
    old = backed_up(bed)
    bed.cut(old, RESET, bed.restore)
    assert bed.unsettled() is None  # so health takes the database for what it is
    execute(bed.url, DAY)
    record = bed.night(bed.backup, DiffStep(resolve=bed.store.resolve), bed.restore)
    assert states(record) == {"repair": "done", "backup": "done", "diff": "done", "restore": "done"}
    said = f"after its restore was verified and committed: nothing is put back; what it removed is in backup {old}"
    assert said in record.steps[0].detail
    assert record.changes == {"crew": {"added": 0, "removed": 0, "changed": 1}}
    assert record.rolled_back == ""
    assert safety(bed) == []
    assert worked(bed) == 0
    put_there(bed, record.steps[1].facts["id"])
    assert worked(bed) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", few(["backup", "diff", "health", "storage"], 1))
def test_a_step_that_only_reads_repairs_nothing_and_says_who_does(bed: Bed, name: str) -> None:
    bed.cut(backed_up(bed), RESET)
    execute(bed.url, "CREATE TABLE made_since (v int)")
    before = bed.prints()
    step = bed.backup if name == "backup" else Sql(name=name)
    record = bed.night(step)
    assert states(record) == {"repair": "warned", name: "done"}
    assert "run snap nightly repair" in record.steps[0].warnings[0]
    assert bed.changes(before) == []
    assert bed.unsettled() is not None


@pytest.mark.slow
def test_the_repair_alone_puts_back_after_a_safety_backup_that_it_names(bed: Bed) -> None:
    old, before = backed_up(bed), bed.prints()
    bed.cut(old, RESET)
    execute(bed.url, "CREATE TABLE made_since AS SELECT 7 AS v")
    record = bed.night()
    assert states(record) == {"repair": "done"}
    [saved] = safety(bed)
    assert f"what was there before is in safety backup {saved}" in record.steps[0].detail
    assert bed.changes(before) == []
    assert find_backup(bed.backup.settings.open(bed.root), "latest").id == old
    put_there(bed, saved)
    assert execute(bed.url, "SELECT v FROM made_since") == [(7,)]


@pytest.mark.slow
def test_a_repair_of_nothing_says_so_and_one_of_a_finished_night_what_may_be_left_to_run(bed: Bed) -> None:
    assert bed.night().steps[0].detail == "no night was cut while it changed this database"
    bed.cut(backed_up(bed), bed.restore)
    execute(bed.url, DAY)
    record = bed.night()
    assert "snap nightly --only STEP runs one" in record.steps[0].detail
    assert worked(bed) == 1
    assert execute(bed.url, "SELECT 1 FROM snap.night WHERE ended IS NULL") == []


@pytest.mark.slow
def test_what_another_night_left_is_not_replaced_without_a_safety_backup(bed: Bed) -> None:
    bed.cut(backed_up(bed), RESET)
    execute(bed.url, "CREATE TABLE made_since (v int)")
    before = bed.prints()

    def full(*_: Any) -> str:
        raise TargetError("the disk of the backups is full", unchanged=True)

    record = bed.night(bed.backup, bed.restore, save=full)
    assert (states(record), record.code) == ({"repair": "failed"}, 5)
    assert "the disk of the backups is full" in record.steps[0].detail
    assert "nothing was changed" not in record.steps[0].hint
    assert bed.changes(before) == []
    assert bed.unsettled() is not None


@pytest.mark.slow
def test_a_night_s_own_half_work_has_a_safety_backup_too_and_is_undone_without_one(bed: Bed) -> None:
    before = bed.prints()
    record = bed.night(bed.backup, drops(), bed.restore)
    [saved] = safety(bed)
    assert f"what was there before is in safety backup {saved}" in record.rolled_back
    assert bed.changes(before) == []

    def full(*_: Any) -> str:
        raise ServiceError("the disk of the backups is full")

    record = bed.night(bed.backup, drops(), bed.restore, save=full)
    undone = next(step for step in record.steps if step.name == "put back")
    assert (undone.state, undone.warnings) == ("warned", ("the disk of the backups is full",))
    assert bed.changes(before) == []


@pytest.mark.slow
def test_a_night_that_found_its_data_wrong_is_undone_although_its_restore_was_committed(bed: Bed) -> None:
    """If a night cannot put the database back, the next night does so."""
    before = bed.prints()

    def gone(_night: StepContext, _backup: str) -> PutBack:
        raise ServiceError("the server is away")

    health = Sql(name="health", outcome=StepResult(detail="1 of 1 failed", findings=(WRONG,)))
    record = bed.night(bed.backup, bed.restore, health, put_back=gone)
    assert states(record)["put back"] == "failed"
    assert bed.unsettled() is not None
    assert states(bed.night()) == {"repair": "done"}
    assert bed.changes(before) == []


class GoneError(BaseException):
    """Raised in place of a kill, to end the night."""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["after_restore", "health"])
def test_a_night_that_changes_more_after_its_restore_is_finished_once_that_is_done(where: str, bed: Bed) -> None:
    def die(_: StepContext) -> None:
        raise GoneError

    before = bed.prints()
    hook = Sql(name="after_restore", sql=(DAY,))
    health = Sql(name="health", then=die)
    steps = (hook, health) if where == "health" else (replace(hook, then=die), health)
    with pytest.raises(GoneError):
        bed.night(bed.backup, bed.restore, *steps)
    execute(bed.url, "UPDATE snap.night SET heartbeat = 'epoch' WHERE ended IS NULL")
    assert states(bed.night()) == {"repair": "done"}
    assert (worked(bed) > 0) == (where == "health")
    assert (bed.changes(before) == []) == (where == "after_restore")
    assert len(safety(bed)) == (where == "after_restore")


@pytest.mark.slow
def test_a_signal_after_the_restore_undoes_nothing(bed: Bed) -> None:
    def told(_: StepContext) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)

    record = bed.night(bed.backup, bed.restore, Sql(name="storage", then=told), Sql(name="health"))
    assert states(record) == {"backup": "done", "restore": "done", "storage": "failed", "health": "skipped"}
    assert (record.code, record.rolled_back) == (143, "")
    assert execute(bed.url, "SELECT 1 FROM crew WHERE name = 'changed by people'") == []
    assert bed.unsettled() is None


@pytest.mark.slow
def test_a_ledger_that_is_not_snap_s_proves_no_restore(bed: Bed) -> None:
    bed.cut(backed_up(bed), RESET, bed.restore)
    execute(bed.url, "UPDATE snap.ledger SET rows = '[1]'")
    assert bed.unsettled() is not None
    record = bed.night()
    assert states(record) == {"repair": "failed"}
    assert "snap.ledger has values that snap does not write" in record.steps[0].detail
    execute(bed.url, "DROP TABLE snap.ledger")
    assert states(bed.night()) == {"repair": "done"}
