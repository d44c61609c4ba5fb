"""Test the step "backup" and section [backup] of snap.toml."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from snap.config import Origin, section
from snap.errors import UsageError
from snap.progress import Silent
from snap_ops.backup.keeping import Keep
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.step import StepContext
from snap_restorer import Target
from tests.postgres import execute

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def night(url: str, *, now: datetime = NOW) -> StepContext:
    return StepContext(
        snapshot=None,  # type: ignore[arg-type]  # a backup does not look at it
        target=Target(url),
        direct=Target(url),
        now=now,
        progress=Silent(),
        stop=threading.Event(),
    )


@pytest.mark.slow
def test_the_step_backs_up_prunes_and_puts_back(tmp_path, small):
    step = BackupStep(settings=BackupSettings(), root=tmp_path, environment=os.environ)
    assert step.name == "backup"
    plan = step.plan(night(small))
    assert plan[0].startswith("back up public of postgresql://")
    assert plan[0].endswith(f"to {tmp_path / 'backups'}")
    assert not (tmp_path / "backups").exists()
    outcome = step.run(night(small))
    assert "100 rows of 1 table" in outcome.detail
    assert outcome.facts["rows"] == {"t": 100}
    assert outcome.facts["kept"] == 1
    execute(small, "DELETE FROM t; CREATE TABLE u (id int)")
    done = step.put_back(night(small), outcome.facts["id"])
    assert done.tables == {"t": 100}
    assert execute(small, "SELECT count(*), to_regclass('u') IS NULL FROM t") == [(100, True)]
    assert step.run(night(small, now=NOW + DAY * 8)).facts["removed"] == []
    step = replace(step, settings=BackupSettings(keep_last=1, keep_days=1))
    assert step.run(night(small, now=NOW + DAY * 9)).facts["removed"] == [outcome.facts["id"]]


@pytest.mark.slow
def test_a_clock_that_is_wrong_dates_no_backup_and_removes_none(tmp_path, small, monkeypatch):
    monkeypatch.undo()  # the server's own clock
    step = BackupStep(settings=BackupSettings(keep_last=1, keep_days=1), root=tmp_path, environment=os.environ)
    now = datetime.now(UTC)
    for days, word in ((0, None), (40, "ahead of"), (-40, "behind")):
        ran = step.run(night(small, now=now + DAY * days))
        assert ran.facts["id"][:8] == f"{now:%Y%m%d}"
        assert ran.facts["removed"] == []
        warned = [text for text in ran.warnings if "the clock of this machine is" in text]
        assert len(warned) == (word is not None)
        assert word is None or f"{word} that of the server" in warned[0]


@pytest.mark.slow
def test_a_backup_from_the_future_is_named(tmp_path, small):
    step = BackupStep(settings=BackupSettings(), root=tmp_path, environment=os.environ)
    wrong = step.run(night(small, now=NOW + DAY * 40)).facts["id"]
    (warned,) = step.run(night(small)).warnings
    assert warned.startswith(f"backup {wrong} is dated")


def test_settings_are_named_as_restic_names_them(tmp_path):
    origin = Origin(file="snap.toml", folder=tmp_path, environment={})
    given = {"keep_last": 2, "keep_daily": 7, "keep_weekly": 5, "keep_monthly": 12, "keep_yearly": 75}
    assert section(BackupSettings, given, "backup", origin).keep() == Keep(
        last=2, daily=7, weekly=5, monthly=12, yearly=75, within_days=7
    )
    for name, value in (("keep_last", 0), ("keep_daily", -1), ("keep_yearly", -3)):
        with pytest.raises(UsageError, match=rf"{name} in \[backup\] is {value}"):
            section(BackupSettings, {name: value}, "backup", origin).open(tmp_path)


@pytest.mark.slow
def test_the_step_warns_of_what_no_backup_can_hold(tmp_path, small):
    execute(small, "CREATE SCHEMA other; CREATE FUNCTION other.f(public.t) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    step = BackupStep(settings=BackupSettings(schemas=("public",)), root=tmp_path, environment=os.environ)
    assert step.run(night(small)).warnings == (
        "function other.f(public.t) depends on the schemas that were backed up, and could not be created again",
    )


@pytest.mark.slow
def test_the_section_of_snap_toml(tmp_path, s3):
    origin = Origin(file="snap.toml", folder=tmp_path, environment={"KEY": "k", "SECRET": "s"})
    values = {
        "to": "s3://b/p",
        "endpoint": s3.url,
        "region": "eu-central-1",
        "access_key": "env:KEY",
        "secret_key": "env:SECRET",
        "keep_days": 14,
        "schemas": ["public"],
        "exclude": ["x*"],
        "lock_timeout": "1 min",
    }
    settings = section(BackupSettings, values, "backup", origin)
    found = settings.open(tmp_path)
    assert (found.bucket.access_key, found.bucket.secret_key, found.shown) == ("k", "s", "s3://b/p")
    with pytest.raises(UsageError, match="keep_days"):
        replace(settings, keep_days=0).open(tmp_path)
    with pytest.raises(UsageError, match="access_key is not written as env:NAME"):
        section(BackupSettings, {"access_key": "plain"}, "backup", origin)
