"""The backup step of a night, and section [backup] of snap.toml."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from snap.config import Origin, section
from snap.errors import UsageError
from snap.progress import Silent
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


def test_the_step_backs_up_prunes_and_puts_back(tmp_path, small):
    step = BackupStep(settings=BackupSettings(), root=tmp_path, environment=os.environ)
    assert step.name == "backup"
    plan = step.plan(night(small))
    assert plan[0].startswith("back up public of postgresql://")
    assert plan[0].endswith(f"to {tmp_path / 'backups'}")
    assert not (tmp_path / "backups").exists()
    outcome = step.run(night(small))
    assert "100 rows of 1 tables" in outcome.detail
    assert outcome.facts["rows"] == {"t": 100}
    assert outcome.facts["kept"] == 1
    execute(small, "DELETE FROM t; CREATE TABLE u (id int)")
    done = step.put_back(night(small), outcome.facts["id"])
    assert done.tables == {"t": 100}
    assert execute(small, "SELECT count(*), to_regclass('u') IS NULL FROM t") == [(100, True)]
    later = step.run(night(small, now=NOW + DAY * 8))
    assert later.facts["removed"] == [outcome.facts["id"]]


def test_the_step_warns_of_what_no_backup_can_hold(tmp_path, small):
    execute(small, "CREATE SCHEMA other; CREATE FUNCTION other.f(public.t) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    step = BackupStep(settings=BackupSettings(schemas=("public",)), root=tmp_path, environment=os.environ)
    assert step.run(night(small)).warnings == (
        "function other.f(public.t) depends on the schemas that were backed up, and could not be made again",
    )


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
