"""Test a night with real and simulated steps: their order, the state after a failure, and the next night."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import pytest

from snap.errors import ServiceError, SnapError, SnapshotError, TargetError
from snap.progress import Silent
from snap_ops.night.lease import BusyError, leased
from snap_ops.night.pipeline import NotAllowedError, plan_night
from snap_ops.step import StepContext, StepResult
from snap_restorer import PutBack, Target
from snap_restorer.pg import journal
from snap_restorer.pg.guard import Guard
from tests.fingerprint import changes, fingerprint
from tests.ops.night.bed import GOOD, LEASE_S, NOW, RESET, SLOW, WRONG, Bed, Sql, drops, states
from tests.postgres import execute, name_of


def test_a_good_night_does_every_step_in_order_and_gives_the_lease_back(bed: Bed) -> None:
    seen: list[tuple[str, ...]] = []
    health = Sql(
        name="health", then=lambda night: seen.append(night.done), outcome=StepResult(detail="", findings=(GOOD,))
    )
    record = bed.night(bed.backup, bed.restore, Sql(name="storage"), health)
    assert states(record) == dict.fromkeys(("backup", "restore", "storage", "health"), "done")
    assert seen == [("backup", "restore", "storage")]
    assert (record.ok, record.code, record.rolled_back) == (True, 0, "")
    assert record.digest == bed.store.resolve("v1").manifest.digest
    assert execute(bed.url, "SELECT 1 FROM crew WHERE name = 'changed by people'") == []
    assert bed.unsettled() is None
    assert execute(bed.url, "SELECT outcome FROM snap.night ORDER BY id") == [("done",), ("done",)]


@pytest.mark.slow
def test_without_a_reset_dates_stay_where_the_last_restore_put_them(bed: Bed) -> None:
    record = bed.night(bed.restore, now=NOW.replace(day=25))
    assert record.steps[0].facts["mode"] == "sync"
    assert record.steps[0].facts["updated"] == 1
    after = bed.night(RESET, bed.restore, now=NOW.replace(day=25))
    assert after.steps[1].facts["mode"] == "replace"
    assert after.steps[1].facts["shift_days"] == record.steps[0].facts["shift_days"] + 2


@pytest.mark.slow
def test_a_backup_that_fails_stops_the_night_before_anything_is_touched(bed: Bed) -> None:
    before = bed.prints()
    (bed.root / "backups").write_text("a file, no folder")
    record = bed.night(bed.backup, RESET, bed.restore, Sql(name="health"))
    assert states(record) == {"backup": "failed", "reset": "skipped", "restore": "skipped", "health": "skipped"}
    assert record.code == ServiceError.code
    assert bed.changes(before) == []


@pytest.mark.slow
@pytest.mark.parametrize("after", [(), (RESET,)])
def test_a_migration_that_fails_is_put_back_to_tonights_backup(bed: Bed, after: tuple[Sql, ...]) -> None:
    before = bed.prints()
    record = bed.night(bed.backup, *after, drops(), bed.restore, Sql(name="storage"))
    assert states(record)["migrate"] == "failed"
    assert states(record)["restore"] == states(record)["storage"] == "skipped"
    assert states(record)["put back"] == "done"
    assert record.code == TargetError.code
    assert record.steps[0].facts["id"] in record.rolled_back
    assert bed.changes(before) == []
    assert bed.unsettled() is None


@pytest.mark.slow
def test_a_restore_that_is_refused_has_changed_nothing_and_is_not_put_back(bed: Bed) -> None:
    execute(bed.url, "ALTER TABLE crew DROP COLUMN tags")
    record = bed.night(bed.backup, bed.restore)
    assert states(record) == {"backup": "done", "restore": "failed"}
    assert record.rolled_back == ""
    assert bed.unsettled() is None


@pytest.mark.slow
def test_data_that_are_wrong_are_put_back_and_what_is_slow_is_not(bed: Bed) -> None:
    before = bed.prints()
    health = Sql(name="health", outcome=StepResult(detail="1 of 2 failed", findings=(GOOD, WRONG)))
    record = bed.night(bed.backup, bed.restore, health)
    assert (record.code, states(record)["health"], states(record)["put back"]) == (1, "failed", "done")
    assert bed.changes(before) == []
    health = Sql(name="health", outcome=StepResult(detail="1 of 2 failed", findings=(GOOD, SLOW)))
    record = bed.night(bed.backup, bed.restore, health)
    assert (record.code, states(record)["health"], record.rolled_back) == (1, "failed", "")
    assert bed.changes(before) != []


@pytest.mark.slow
def test_storage_that_fails_is_reported_and_the_rest_goes_on(bed: Bed) -> None:
    def fail(_: StepContext) -> None:
        raise ServiceError("the bucket is away", "wait")

    record = bed.night(bed.backup, bed.restore, Sql(name="storage", then=fail), Sql(name="health"))
    assert states(record) == {"backup": "done", "restore": "done", "storage": "failed", "health": "done"}
    assert (record.code, record.steps[2].detail, record.steps[2].hint) == (6, "the bucket is away", "wait")
    assert record.rolled_back == ""


@pytest.mark.slow
def test_a_difference_that_cannot_be_told_is_a_warning(bed: Bed) -> None:
    def fail(_: StepContext) -> None:
        raise SnapshotError("v0 is gone")

    record = bed.night(bed.backup, Sql(name="diff", then=fail), bed.restore)
    assert (record.ok, states(record)["diff"]) == (True, "warned")
    assert record.steps[1].warnings == ("v0 is gone",)


@pytest.mark.slow
def test_without_a_backup_it_is_said_that_nothing_was_put_back(bed: Bed) -> None:
    record = bed.night(drops(), bed.restore)
    assert states(record) == {"migrate": "failed", "put back": "failed", "restore": "skipped"}
    assert "no backup" in record.steps[1].detail or "no backup" in record.steps[2].detail


@pytest.mark.slow
def test_what_cannot_be_put_back_is_refused_by_health_and_put_back_by_the_next_night(bed: Bed) -> None:
    before = bed.prints()

    def broken(_night: StepContext, _backup: str) -> PutBack:
        raise ServiceError("the bucket is away")

    record = bed.night(bed.backup, drops(), put_back=broken)
    failed = next(step for step in record.steps if step.name == "put back")
    assert (failed.state, record.rolled_back) == ("failed", "")
    assert record.steps[0].facts["id"] in failed.hint
    assert bed.unsettled().backup == record.steps[0].facts["id"]
    time.sleep(LEASE_S)
    again = bed.night(bed.backup, drops(), put_back=broken)
    assert (states(again)["repair"], again.code) == ("failed", 6)
    assert bed.unsettled() is not None
    repaired = bed.night()
    assert states(repaired) == {"repair": "done"}
    assert bed.changes(before) == []
    assert bed.unsettled() is None


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{"step_limits": {"migrate": 1.0}}, {"night_s": 4.0}])
def test_a_step_that_takes_too_long_ends_and_is_put_back(bed: Bed, limits: Mapping[str, Any]) -> None:
    before = bed.prints()
    record = bed.night(bed.backup, drops("SELECT pg_sleep(60)"), bed.restore, **limits)
    failed = next(step for step in record.steps if not step.ok)
    assert failed.name == "migrate"
    assert "took longer than" in failed.detail
    assert record.code == ServiceError.code
    assert record.rolled_back
    assert bed.changes(before) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_step_and_the_night_is_put_back(bed: Bed, number: int, code: int) -> None:
    before = bed.prints()

    def interrupted(night: StepContext) -> None:
        threading.Timer(0.2, os.kill, (os.getpid(), number)).start()
        with night.direct.connect() as connection:
            connection.execute("SELECT pg_sleep(60)")

    migrate = Sql(name="migrate", sql=('DROP TABLE ship."Log book"',), then=interrupted)
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    record = bed.night(bed.backup, migrate, bed.restore, Sql(name="health"))
    assert states(record) == {"backup": "done", "migrate": "failed", "put back": "done", "restore": "skipped",
                              "health": "skipped"}  # fmt: skip
    assert record.code == code
    assert bed.changes(before) == []
    assert bed.unsettled() is None
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers


@pytest.mark.slow
def test_a_signal_while_it_is_put_back_waits_until_that_is_done(bed: Bed) -> None:
    before = bed.prints()

    def put_back(night: StepContext, backup: str) -> PutBack:
        os.kill(os.getpid(), signal.SIGTERM)
        return bed.put_back(night, backup)

    record = bed.night(bed.backup, drops(), put_back=put_back)
    assert states(record)["put back"] == "done"
    assert bed.changes(before) == []


@pytest.mark.slow
def test_a_signal_in_a_step_that_ends_all_the_same_stops_the_next_one(bed: Bed) -> None:
    def swallow(_: StepContext) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        except SnapError:
            pass

    record = bed.night(bed.backup, Sql(name="storage", then=swallow), Sql(name="health"))
    assert states(record) == {"backup": "done", "storage": "done", "health": "failed"}
    assert record.code == 143


@pytest.mark.slow
def test_two_nights_at_once_the_second_one_is_refused(bed: Bed) -> None:
    with leased(Target(bed.url), LEASE_S, Silent(), lambda _: None):
        with pytest.raises(BusyError, match=r"another night .* is under way"):
            bed.night(bed.backup, bed.restore)
        shown = plan_night(bed.pipeline(bed.restore), now=NOW, progress=Silent())
        assert "seems to be under way" in shown[0][1][0]


@pytest.mark.slow
def test_a_lease_of_the_dead_is_taken_over(bed: Bed) -> None:
    journal.take(Target(bed.url), holder="gone, process 1", token="x", lease_s=LEASE_S)
    record = bed.night(bed.restore)
    assert record.ok
    assert execute(bed.url, "SELECT outcome FROM snap.night ORDER BY id DESC LIMIT 2") == [("done",), ("cut",)]


@pytest.mark.slow
def test_a_night_that_was_cut_is_put_back_before_the_next_one_begins(bed: Bed) -> None:
    before = bed.prints()
    target = Target(bed.url)
    made = bed.night(bed.backup).steps[0].facts["id"]
    cut = journal.take(target, holder="gone, process 1", token="x", lease_s=LEASE_S)
    assert isinstance(cut, int)
    journal.touch(target, cut, "x", made)
    execute(bed.url, 'DROP TABLE ship."Log book"; DELETE FROM crew')
    assert bed.unsettled().backup == made
    time.sleep(LEASE_S)
    shown = plan_night(bed.pipeline(bed.restore), now=NOW, progress=Silent())
    assert shown[0][1][0].startswith(f"make a safety backup, then put back backup {made}")
    record = bed.night()
    assert states(record) == {"repair": "done"}
    assert made in record.steps[0].detail
    assert bed.changes(before) == []


@pytest.mark.slow
def test_a_lease_that_was_lost_ends_the_night_which_puts_nothing_back(bed: Bed) -> None:
    migrate = Sql(
        name="migrate", sql=("UPDATE snap.night SET token = 'other' WHERE ended IS NULL", "SELECT pg_sleep(60)")
    )
    record = bed.night(bed.backup, migrate, bed.restore)
    assert states(record) == {"backup": "done", "migrate": "failed", "restore": "skipped"}
    assert "taken this database over" in record.steps[1].detail
    assert record.code == TargetError.code


@pytest.mark.slow
def test_a_role_that_may_not_keep_the_journal_is_told_so(bed: Bed, databases: Callable[[], str], pg: Any) -> None:
    other = databases()
    execute(other, "CREATE ROLE poor LOGIN; GRANT ALL ON SCHEMA public TO poor")
    name = name_of(other)
    target = Target(f"host={pg.socket} port={pg.port} user=poor dbname='{name}'")
    record = bed.night(bed.restore, target=target, direct=target)
    assert (states(record), record.code) == ({"start": "failed"}, 5)
    assert "CREATE SCHEMA IF NOT EXISTS snap" in record.steps[0].hint


@pytest.mark.slow
@pytest.mark.parametrize("cut", [False, True], ids=["", "after one that was cut"])
def test_a_database_that_is_read_only_is_left_before_anything_is_copied_or_noted(bed: Bed, cut: bool) -> None:
    if cut:
        night = journal.take(Target(bed.url), holder="gone", token="x", lease_s=0)
        assert isinstance(night, int)
        journal.touch(Target(bed.url), night, "x", None)
        journal.leave(Target(bed.url), night, "x")
    name = name_of(bed.url)
    execute(bed.url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    before, nights = bed.prints(), execute(bed.url, "TABLE snap.night")
    record = bed.night(bed.backup, RESET, bed.restore)
    assert (states(record), record.code) == ({"start": "failed"}, 5)
    assert "default_transaction_read_only" in record.steps[0].detail
    assert "RESET the setting" in record.steps[0].hint
    assert not (bed.root / "backups").exists()
    assert bed.changes(before) == []
    assert execute(bed.url, "TABLE snap.night") == nights


@pytest.mark.slow
def test_a_server_that_is_not_there_is_a_night_that_failed(bed: Bed) -> None:
    nowhere = Target("host=127.0.0.1 port=1 user=x dbname=x connect_timeout=2")
    record = bed.night(bed.restore, target=nowhere, direct=nowhere)
    assert (states(record), record.code) == ({"start": "failed"}, 6)


@pytest.mark.slow
def test_a_database_that_is_not_allowed_is_not_touched(bed: Bed) -> None:
    before = bed.prints()
    for allowed in (None, (), ("elsewhere/*",)):
        with pytest.raises(NotAllowedError, match="not among the databases"):
            bed.night(bed.backup, bed.restore, guard=Guard(allowed=allowed))
    record = bed.night(bed.backup, bed.restore, guard=Guard(protected=("*/*",)))
    assert (states(record), record.code) == ({"start": "failed"}, 5)
    assert "protected" in record.steps[0].detail
    assert not (bed.root / "backups").exists()
    assert bed.night(bed.backup, guard=Guard()).ok  # which changes no row
    assert bed.changes(before) == []


@pytest.mark.slow
def test_a_plan_changes_nothing_and_knows_what_went_before(bed: Bed, databases: Callable[[], str]) -> None:
    empty = databases()
    before = fingerprint(empty)
    steps = (bed.backup, RESET, bed.restore, Sql(name="storage"))
    shown = plan_night(bed.pipeline(*steps, target=Target(empty), direct=Target(empty)), now=NOW, progress=Silent())
    assert [name for name, _ in shown] == ["backup", "reset", "restore", "storage"]
    assert shown[1][1] == ("would, after backup",)
    assert shown[3][1] == ("would, after backup, reset, restore",)
    assert changes(before, fingerprint(empty)) == []
    assert not (bed.root / "backups").exists()


@pytest.mark.slow
def test_a_snapshot_that_is_corrupt_is_found_before_anything_is_touched(bed: Bed) -> None:
    before = bed.prints()

    def corrupt() -> Any:
        raise SnapshotError("v1 is corrupt")

    record = bed.night(bed.backup, bed.restore, resolve=corrupt)
    assert (states(record), record.code, record.digest) == ({"start": "failed"}, 3, "")
    assert bed.changes(before) == []
    assert bed.unsettled() is None


@pytest.mark.slow
def test_the_heartbeat_keeps_a_lease_through_a_long_step(bed: Bed) -> None:
    slow = Sql(name="storage", sql=(f"SELECT pg_sleep({LEASE_S * 1.5})",))
    found: list[Any] = []

    def other(_: StepContext) -> None:
        found.append(journal.take(Target(bed.url), holder="other", token="y", lease_s=LEASE_S))

    assert bed.night(slow, Sql(name="health", then=other)).ok
    assert isinstance(found[0], journal.UnendedNight)


@pytest.mark.slow
def test_a_step_that_breaks_is_a_bug_and_still_put_back(bed: Bed) -> None:
    before = bed.prints()

    def bug(_: StepContext) -> None:
        raise KeyError("a bug of ours")

    record = bed.night(bed.backup, Sql(name="migrate", sql=("UPDATE crew SET tags = NULL",), then=bug))
    assert states(record)["put back"] == "done"
    assert record.code == SnapError.code
    assert bed.changes(before) == []


@pytest.mark.slow
def test_errors_of_drivers_are_told_too(bed: Bed) -> None:
    def fail(_: StepContext) -> None:
        with psycopg.connect(bed.url) as connection:
            connection.execute("SELECT nothing")

    record = bed.night(bed.backup, Sql(name="health", then=fail))
    assert (record.code, states(record)["health"]) == (70, "failed")
