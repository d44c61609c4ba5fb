"""Test what ends a step, and what that means for the night: a time limit, or an error with an unknown outcome."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import pytest

from snap.errors import ServiceError, SnapError, TargetError
from snap_ops.night import watch
from snap_ops.night.watch import Watch
from snap_ops.step import StepContext
from tests.ops.night.bed import Bed, Doubtful, Sql, drops, states
from tests.postgres import execute


def sleeps(_: StepContext) -> None:
    time.sleep(60)


def limited(bed: Bed, *steps: Any, **limits: float) -> Any:
    return bed.night(*steps, step_limits=limits)


def test_a_time_limit_ends_a_step_that_waits_for_its_own_end() -> None:
    for number in range(30):
        stop = threading.Event()
        with Watch(60) as watching, pytest.raises(ServiceError, match=r"storage took longer than 0\.00"):  # noqa: SIM117
            with watching.limited("storage", 0.002 + number * 3e-5, stop):
                while True:
                    stop.wait(1e-5)
        assert stop.wait(2), number


def test_an_alarm_of_the_step_before_ends_nothing() -> None:
    began = time.monotonic()
    with Watch(60) as watching, pytest.raises(ServiceError, match=r"health took longer than 0\.1 s"):  # noqa: SIM117
        with watching.limited("health", 0.1, threading.Event()):
            signal.raise_signal(signal.SIGALRM)
            time.sleep(60)
    assert time.monotonic() - began >= 0.1


@pytest.mark.slow
def test_storage_that_takes_too_long_is_reported_and_not_put_back(bed: Bed) -> None:
    record = limited(bed, bed.backup, bed.restore, Sql(name="storage", then=sleeps), Sql(name="health"), storage=0.5)
    assert states(record) == {"backup": "done", "restore": "done", "storage": "failed", "health": "done"}
    assert record.steps[2].detail == "storage took longer than 0.5 s"
    assert (record.code, record.rolled_back) == (6, "")
    assert execute(bed.url, "SELECT outcome FROM snap.night ORDER BY id DESC LIMIT 1") == [("done",)]


@pytest.mark.slow
def test_a_difference_that_takes_too_long_is_a_warning(bed: Bed) -> None:
    record = limited(bed, bed.backup, Sql(name="diff", then=sleeps), bed.restore, diff=0.5)
    assert record.ok
    assert states(record) == {"backup": "done", "diff": "warned", "restore": "done"}


@pytest.mark.slow
def test_a_night_that_takes_too_long_ends_in_whatever_step(bed: Bed) -> None:
    before = bed.prints()
    record = bed.night(bed.backup, drops("SELECT 1"), Sql(name="storage", then=sleeps), bed.restore, night_s=3.0)
    assert states(record) == {"backup": "done", "migrate": "done", "storage": "failed", "put back": "done",
                              "restore": "skipped"}  # fmt: skip
    assert [s.detail for s in record.steps if s.name == "storage"] == ["the night took longer than 3 s"]
    assert bed.changes(before) == []


@pytest.mark.slow
def test_a_night_that_takes_too_long_after_its_restore_undoes_nothing(bed: Bed) -> None:
    record = bed.night(bed.backup, bed.restore, Sql(name="storage", then=sleeps), Sql(name="health"), night_s=3.0)
    assert states(record) == {"backup": "done", "restore": "done", "storage": "failed", "health": "skipped"}
    assert record.rolled_back == ""
    assert bed.unsettled() is None


@pytest.mark.slow
def test_a_step_that_tries_again_after_every_error_is_ended_once_more(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_GRACE_S", 0.5)
    tries: list[SnapError] = []

    def stubborn(_: StepContext) -> None:
        while True:
            try:
                time.sleep(60)
            except ServiceError as error:
                tries.append(error)
                if len(tries) == 3:
                    raise

    record = limited(bed, bed.backup, Sql(name="storage", then=stubborn), storage=0.3)
    assert len(tries) == 3
    assert states(record) == {"backup": "done", "storage": "failed"}


def test_what_a_step_cleans_up_with_is_not_ended_by_a_second_signal(bed: Bed) -> None:
    cleaned: list[bool] = []

    def careful(_: StepContext) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.2)
            cleaned.append(True)

    record = bed.night(bed.backup, Sql(name="storage", then=careful))
    assert cleaned == [True]
    assert record.code == 143


@pytest.mark.slow
def test_of_a_restore_whose_commit_is_not_known_of_the_ledger_tells(bed: Bed) -> None:
    before = bed.prints()

    def lose(_: StepContext) -> None:
        raise ServiceError("lost in the commit")

    record = bed.night(bed.backup, Sql(name="restore", then=lose))
    assert states(record) == {"backup": "done", "restore": "failed", "put back": "done"}
    assert bed.changes(before) == []
    record = bed.night(bed.backup, Doubtful(step=bed.restore, error=ServiceError("lost in the commit")))
    assert states(record) == {"backup": "done", "restore": "failed", "put back": "skipped"}
    assert "verified and committed" in record.steps[-1].detail
    assert record.left == "refreshed"
    assert bed.unsettled() is None
    assert execute(bed.url, "SELECT 1 FROM crew WHERE name = 'changed by people'") == []


@pytest.mark.slow
def test_without_a_backup_such_a_restore_has_left_the_old_rows_or_the_new(bed: Bed) -> None:
    record = bed.night(Doubtful(step=bed.restore, error=ServiceError("lost in the commit")))
    assert states(record) == {"restore": "failed"}
    assert bed.unsettled() is None


@pytest.mark.slow
def test_a_reset_whose_commit_is_not_known_of_is_left_to_health_where_there_is_no_backup(bed: Bed) -> None:
    reset = Sql(name="reset", sql=("TRUNCATE crew CASCADE",))
    record = bed.night(Doubtful(step=reset, error=ServiceError("lost in the commit")), bed.restore)
    assert states(record) == {"reset": "failed", "put back": "failed", "restore": "skipped"}
    assert bed.unsettled() is not None
    again = bed.night(bed.restore)
    assert states(again) == {"repair": "warned", "restore": "done"}
    assert "no backup to put back" in again.steps[0].warnings[0]
    assert bed.unsettled() is None


@pytest.mark.slow
def test_a_reset_that_is_refused_has_changed_nothing(bed: Bed) -> None:
    def refuse(_: StepContext) -> None:
        raise TargetError("a view depends on it")

    record = bed.night(bed.backup, Sql(name="reset", then=refuse), bed.restore)
    assert states(record) == {"backup": "done", "reset": "failed", "restore": "skipped"}
    assert (record.code, record.rolled_back) == (5, "")


@pytest.mark.slow
def test_a_night_that_does_not_begin_lets_the_next_one_begin_at_once(bed: Bed) -> None:
    def bug() -> Any:
        raise KeyError("a bug of ours")

    record = bed.night(bed.backup, resolve=bug, lease_s=600.0)
    assert (states(record), record.code) == ({"start": "failed"}, 70)
    assert bed.night(bed.backup, lease_s=600.0).ok
