"""The reset as a night's step: its plan reads only, it says what went, and a backup brings it back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from nightly.backup import BackupSettings, BackupStep
from nightly.migrate import MigrateStep, MigrationSettings
from nightly.reset import ResetSettings, ResetStep
from nightly.settings import Origin, section
from nightly.step import Night, Step
from restorer import Target
from snap.errors import TargetError, UsageError
from snap.progress import Silent
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute
from tests.restorer.backing import differences, hosted

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)
ALLOW = ("auth.users", "extra.*", "live")


def night(url: str, **given: Any) -> Night:
    target = Target(url)
    fixed = {"now": NOW, "progress": Silent(), "stop": threading.Event()}
    return Night(snapshot=cast(Any, None), target=target, direct=target, **{**fixed, **given})


def step(*, migrates: bool = False, **given: Any) -> ResetStep:
    return ResetStep(settings=ResetSettings(**given), migrates=migrates)


def test_settings_are_read(tmp_path):
    origin = Origin(file="snap.toml", folder=tmp_path, environment={})
    found = section(
        ResetSettings,
        {"schemas": ["public", "app"], "drop": ["old"], "allow_cascade": ["auth.users"], "lock_timeout": "3 s"},
        "reset",
        origin,
    )
    assert found.schemas == ("public", "app")
    assert found.lock_timeout.total_seconds() == 3
    assert section(ResetSettings, {}, "reset", origin).schemas == ("public",)


def test_a_plan_says_what_would_go_and_changes_nothing(any_database, any_pg):
    owner = hosted(any_database, any_pg)
    before = fingerprint(any_database)
    reset: Step = step(allow_cascade=ALLOW, drop=("extra",), schemas=("public", "nowhere"))
    lines = reset.plan(night(owner))
    assert lines[0].startswith("empty public, extra of postgresql://")
    assert "6 table" in lines[0]
    assert lines[1] == "drop extra themselves"
    assert "with them goes trigger on_user on auth.users" in lines
    assert lines[-1] == "schema nowhere is not there"
    assert changes(before, fingerprint(any_database)) == []


def test_a_plan_refuses_what_a_run_would(any_database, any_pg):
    owner = hosted(any_database, any_pg)
    for do in (step().plan, step().run):
        with pytest.raises(TargetError, match=r"trigger on_user on auth\.users"):
            do(night(owner))
    for do in (step(schemas=("auth",)).plan, step(schemas=("auth",)).run):
        with pytest.raises(UsageError, match="schema auth is Supabase's"):
            do(night(owner))


def test_a_run_says_what_went(any_database, any_pg):
    owner = hosted(any_database, any_pg)
    done = step(allow_cascade=ALLOW).run(night(owner))
    assert done.detail.startswith("public: dropped ")
    assert "view extra.seen stood outside, and went with the schemas" in done.warnings
    assert done.facts["dropped"]["table"] == 5
    assert "extra.seen" in done.facts["lost"]["view extra.seen"]


def test_a_protected_database_is_not_reset(any_database):
    guarded = ResetStep(settings=ResetSettings(), migrates=False, protected=("*/*",))
    with pytest.raises(TargetError, match="is protected"):
        guarded.run(night(any_database))
    listed = ResetStep(settings=ResetSettings(), migrates=False, allowed=("elsewhere/*",))
    with pytest.raises(TargetError, match="not among the databases"):
        listed.run(night(any_database))


def test_a_backup_undoes_a_reset_and_migrations_with_their_history(any_database, any_pg, tmp_path):
    owner = hosted(any_database, any_pg)
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "1_a.sql").write_text("CREATE TABLE public.a (id int)")
    migrating = MigrateStep(settings=MigrationSettings(folder=folder), root=tmp_path, environment={})
    migrating.run(night(owner))
    before = fingerprint(any_database)
    one = night(owner)
    backup = BackupStep(settings=BackupSettings(to="backups"), root=tmp_path, environment={})
    made = backup.run(one)
    resetting = step(migrates=True, allow_cascade=ALLOW)
    assert set(resetting.touched) == {"public", "supabase_migrations"}
    assert resetting.run(one).facts["migrations_forgotten"] == 1
    (folder / "2_b.sql").write_text("CREATE TABLE public.b (id int)")
    assert migrating.run(one).facts["applied"] == ["1_a.sql", "2_b.sql"]
    backup.put_back(one, made.facts["id"])
    assert differences(before, any_database) == []
    assert execute(any_database, "SELECT version FROM supabase_migrations.schema_migrations") == [("1",)]
