"""Test that a step waits for a lock within its limit, and that the lock's holder is named, or ended if configured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from snap.progress import Silent
from snap_ops.night.restore import RestoreSettings, RestoreStep
from snap_ops.night.run import run_night
from snap_ops.record import NightRecord
from snap_ops.step import StepResult
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.lock_holders import RESTORE_LOCK
from tests.ops.night.bed import NOW, Bed, Sql, states
from tests.postgres import execute

RESTORE = RestoreStep(settings=RestoreSettings(lock_timeout=timedelta(seconds=0.2)), guard=Guard(allowed=("*/*",)))


class Told(Silent):
    """A Progress that calls a function at each note that a step is tried again."""

    def __init__(self, then: Callable[[], Any]) -> None:
        self._then = then

    def note(self, message: str) -> None:
        if "trying again" in message:
            self._then()


@contextmanager
def held(bed: Bed, statement: str = "UPDATE crew SET name = name") -> Iterator[psycopg.Connection[Any]]:
    """Hold a lock in an idle transaction of an application while the block runs."""
    with psycopg.connect(bed.url, application_name="dashboard") as other:
        other.execute(statement.encode())
        yield other
        if not other.closed:
            other.rollback()


def night(bed: Bed, progress: Silent, *steps: Any, **changed: Any) -> NightRecord:
    return run_night(bed.pipeline(*steps, **changed), now=NOW, progress=progress)


@pytest.mark.slow
def test_a_lock_that_is_given_back_costs_a_night_nothing(bed: Bed) -> None:
    with held(bed) as other:
        record = night(bed, Told(other.rollback), bed.backup, RESTORE)
    assert states(record) == {"backup": "done", "restore": "done"}
    assert record.steps[1].warnings == ()


@pytest.mark.slow
def test_each_attempt_starts_anew(bed: Bed) -> None:
    """Rows that somebody changes between two attempts are restored, too."""
    with held(bed) as other:
        record = night(bed, Told(other.commit), bed.backup, RESTORE)
    assert record.ok
    assert execute(bed.url, "SELECT count(*) FROM crew WHERE name = 'changed by people'") == [(0,)]


@pytest.mark.slow
def test_a_lock_that_stays_is_told_with_table_session_application_and_time(bed: Bed) -> None:
    before = bed.prints()
    with held(bed) as other:
        record = bed.night(bed.backup, RESTORE, step_limits={"restore": 3.0})
        pid = other.info.backend_pid
    assert (states(record), record.code, record.rolled_back) == ({"backup": "done", "restore": "failed"}, 5, "")
    [_, failed] = record.steps
    for part in (f"session {pid} of postgres (dashboard), idle in transaction, for ", " s holds crew", "; tried "):
        assert part in failed.detail
    assert failed.seconds < 60
    assert bed.changes(before) == []


@pytest.mark.slow
def test_an_idle_holder_is_ended_where_that_is_configured(bed: Bed) -> None:
    with held(bed) as other:
        pid = other.info.backend_pid
        record = bed.night(bed.backup, RESTORE, end_idle_s=0.001)
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    assert states(record) == {"backup": "done", "restore": "warned"}
    [warning] = record.steps[1].warnings
    assert warning.startswith(f"a session that was idle with a lock was ended: session {pid} of postgres (dashboard)")


@pytest.mark.slow
def test_only_who_is_idle_for_so_long_is_ended(bed: Bed) -> None:
    with held(bed) as other:
        record = bed.night(bed.backup, RESTORE, end_idle_s=3600, step_limits={"restore": 3.0})
        assert other.execute("SELECT 1").fetchone() == (1,)
    assert states(record)["restore"] == "failed"


@pytest.mark.slow
def test_a_restore_of_somebody_else_is_never_ended(bed: Bed) -> None:
    with held(bed, f"SELECT pg_advisory_xact_lock({RESTORE_LOCK[0]}, {RESTORE_LOCK[1]})") as other:
        record = bed.night(bed.backup, RESTORE, end_idle_s=0.001, step_limits={"restore": 3.0})
        assert other.execute("SELECT 1").fetchone() == (1,)
    assert "another restore is still running" in record.steps[1].detail


@pytest.mark.slow
def test_a_step_that_cannot_be_repeated_is_not(bed: Bed) -> None:
    ran: list[None] = []

    def locked(context: Any) -> None:
        ran.append(None)
        RESTORE.run(context)

    step = Sql(name="after_restore", then=locked)
    with held(bed):
        record = bed.night(bed.backup, step)
    assert states(record)["after_restore"] == "failed"
    assert len(ran) == 1


@pytest.mark.slow
def test_a_migration_that_met_a_lock_goes_on_where_it_was(bed: Bed, tmp_path: Any) -> None:
    from snap_ops.migrations.step import MigrateStep, MigrationSettings

    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "1_one.sql").write_text("CREATE TABLE one (i int);")
    (folder / "2_two.sql").write_text("CREATE TABLE two (i int); ALTER TABLE crew ADD two int;")
    settings = MigrationSettings(folder=folder, lock_timeout=timedelta(seconds=0.2))
    migrate = MigrateStep(settings=settings, root=tmp_path, environment={}, after_reset=False)
    with held(bed) as other:
        record = night(bed, Told(other.rollback), bed.backup, migrate)
    assert states(record) == {"backup": "done", "migrate": "done"}
    assert record.steps[1].facts["applied"] == ["2_two.sql"]
    assert execute(bed.url, "SELECT count(*) FROM one, two") == [(0,)]
    with held(bed):
        (folder / "3_three.sql").write_text("ALTER TABLE crew ADD three int;")
        record = night(bed, Silent(), bed.backup, migrate, step_limits={"migrate": 2.0})
    assert states(record)["migrate"] == "failed"
    assert "3_three.sql:1: " in record.steps[1].detail
    assert "(dashboard), idle in transaction" in record.steps[1].detail


def test_a_result_is_what_the_step_returned(bed: Bed) -> None:
    outcome = StepResult(detail="well", warnings=("careful",))
    record = bed.night(replace(Sql(name="health"), outcome=outcome))
    assert record.steps[0].warnings == ("careful",)
