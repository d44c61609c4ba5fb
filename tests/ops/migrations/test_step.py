"""Test the step "migrate": a folder, or a command whose output, exit code and end the night takes over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from snap.config import Origin, section
from snap.errors import Interrupted, ServiceError, TargetError, UsageError
from snap_ops.migrations import commands
from snap_ops.migrations.step import MigrateStep, MigrationSettings
from snap_ops.migrations.team_command import target_url
from snap_restorer import Target
from tests.ops.migrations.steps import ENVIRONMENT, NOWHERE, step
from tests.ops.steps import night
from tests.paths import ROOT
from tests.postgres import execute
from tests.progress import Recorded

pytestmark = pytest.mark.process


def python(text: str) -> str:
    return f'"{sys.executable}" -c "{text}"'


def test_settings_are_read(tmp_path):
    origin = Origin(file="snap.toml", folder=tmp_path, environment={})
    found = section(MigrationSettings, {"folder": "supabase/migrations", "grace": "2 s"}, "migrations", origin)
    assert found.folder == tmp_path / "supabase/migrations"
    assert found.configured
    assert not section(MigrationSettings, {}, "migrations", origin).configured


def test_a_folder_is_planned_applied_and_reported(any_database, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in ("1_a", "2_b", "9_z"):
        (folder / f"{name}.sql").write_text(f"CREATE TABLE t{name} (id int)")
    (folder / "notes.sql").write_text("x")
    one = step(tmp_path, folder=folder)
    assert one.plan(night(any_database)) == (
        f"apply 3 migrations of {folder}: 1_a.sql … 9_z.sql; 0 applied before",
        "notes.sql is no migration: its name is not VERSION_NAME.sql",
    )
    done = one.run(night(any_database))
    assert done.facts["applied"] == ["1_a.sql", "2_b.sql", "9_z.sql"]
    (folder / "3_c.sql").write_text("SELECT 1")
    (folder / "2_b.sql").unlink()
    assert one.plan(night(any_database))[0] == f"apply 1 migration of {folder}: 3_c.sql; 2 applied before"
    assert one.plan(night(any_database))[2:] == (
        "3_c.sql comes before migrations that were applied",
        "migration 2 was applied to the database, but is not in the folder",
    )
    again = one.run(night(any_database))
    assert (again.facts["applied"], again.facts["skipped"]) == (["3_c.sql"], 2)
    assert one.plan(night(any_database))[0] == f"apply nothing of {folder}: 3 migrations applied before"
    assert "apply 3 migrations" in step(tmp_path, folder=folder, after_reset=True).plan(night(any_database))[0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"folder": Path("/nowhere/at/all")}, "cannot be read: No such file"),
        ({"folder": Path("/nowhere"), "command": "true"}, "both a folder and a command"),
        ({"command": "no-such-program --now"}, "there is no program no-such-program"),
        ({"command": "./no-such-script"}, "there is no program ./no-such-script"),
        ({"command": "echo 'x"}, "cannot be read: No closing quotation"),
        ({"command": " "}, "the command is empty"),
        ({"command": "true", "cwd": Path("/nowhere")}, "/nowhere, in which true is to run, is no folder"),
        ({"command": "true", "url_variable": "a-b"}, "'a-b' names no variable"),
    ],
)
def test_what_cannot_run_is_refused_by_plan_and_run(tmp_path, settings, said):
    one = step(tmp_path, **settings)
    for do in (one.plan, one.run):
        with pytest.raises(UsageError, match=said):
            do(night(NOWHERE))


@pytest.mark.slow
def test_a_command_finds_the_database_and_its_output_is_kept(any_database, tmp_path):
    program = tmp_path / "migrate.py"
    program.write_text(
        "import os, psycopg, sys\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as c: c.execute('CREATE TABLE made (id int)')\n"
        "print('made it'); print('\\x1b[31mwarned\\x1b[0m', file=sys.stderr); print(os.getcwd())\n"
    )
    noted = Recorded()
    one = step(tmp_path, command=f'"{sys.executable}" migrate.py')
    assert "in $DATABASE_URL" in one.plan(night(any_database))[0]
    done = one.run(night(any_database, progress=noted))
    assert execute(any_database, "SELECT count(*) FROM made") == [(0,)]
    assert sorted(done.log) == sorted(["made it", "warned", str(tmp_path)])
    assert noted.notes == list(done.log)
    assert done.facts["exit"] == 0


@pytest.mark.slow
def test_its_exit_code_is_obeyed_and_its_last_words_told(tmp_path):
    one = step(tmp_path, command="sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done; exit 3'")
    with pytest.raises(ServiceError) as failed:
        one.run(night(NOWHERE))
    assert "ended with exit code 3" in failed.value.message
    assert "- line 12" in failed.value.message
    assert "- line 2\n" not in failed.value.message
    with pytest.raises(ServiceError, match="was ended by signal 9"):
        step(tmp_path, command="sh -c 'kill -9 $$'").run(night(NOWHERE))


def test_no_secret_shows(tmp_path):
    text = "echo $DATABASE_URL; echo $API_TOKEN; echo $OTHER_URL; echo it is se cret; exit 1"
    noted = Recorded()
    with pytest.raises(ServiceError) as failed:
        step(tmp_path, command=f"sh -c '{text} # tok-123456'").run(night(NOWHERE, progress=noted))
    shown = "\n".join([failed.value.message, *noted.notes])
    for secret in ("se%20cret", "se cret", "tok-123456", "hush-hush"):
        assert secret not in shown
    assert "nowhere.invalid/db" in shown
    assert shown.count("***") >= 5
    assert "tok" not in repr(commands.redactor(ENVIRONMENT))


def test_the_inherited_variable_never_reaches_the_command(tmp_path):
    one = MigrateStep(
        settings=MigrationSettings(command="sh -c 'echo $DATABASE_URL'"),
        root=tmp_path,
        environment={**ENVIRONMENT, "DATABASE_URL": "postgresql://production.example.com/app"},
    )
    assert one.run(night(NOWHERE)).log == ("postgresql://me:***@nowhere.invalid/db",)


@pytest.mark.parametrize("ignores", [False, True])
def test_stopping_ends_the_whole_group(tmp_path, ignores):
    """The command starts another process, and may ignore SIGTERM."""
    child = tmp_path / "child"
    trap = "trap '' TERM; " if ignores else ""
    script = tmp_path / "run.sh"
    script.write_text(f"{trap}sh -c '{trap}echo $$ > {child}; while true; do sleep 1; done' & wait; sleep 100\n")
    stop = threading.Event()

    def when_running() -> None:
        while not child.exists() or not child.read_text().strip():
            time.sleep(0.02)
        stop.set()

    threading.Thread(target=when_running, daemon=True).start()
    with pytest.raises(Interrupted):
        step(tmp_path, command="sh run.sh", grace=timedelta(seconds=0.5)).run(night(NOWHERE, stop=stop))
    _wait_until_gone(int(child.read_text()))


def test_what_a_command_leaves_running_is_ended(tmp_path):
    child = tmp_path / "child"
    text = f"sleep 100 & echo $! > {child}; echo done"
    done = step(tmp_path, command=f"sh -c '{text}'").run(night(NOWHERE))
    assert done.log == ("done",)
    _wait_until_gone(int(child.read_text()))


def test_an_error_while_it_runs_ends_it(tmp_path):
    child = tmp_path / "child"

    class Broken(Recorded):
        def note(self, message: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step(tmp_path, command=f"sh -c 'echo $$ > {child}; echo x; sleep 100'", grace=timedelta(seconds=0.2)).run(
            night(NOWHERE, progress=Broken())
        )
    _wait_until_gone(int(child.read_text()))


@pytest.mark.slow
def test_a_command_does_not_outlive_a_night_that_is_killed(tmp_path):
    (tmp_path / "run.sh").write_text("sh -c 'echo $$; while true; do sleep 1; done' & wait\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ops.migrations.steps", tmp_path], cwd=ROOT, stdout=subprocess.PIPE
    )
    with process, process.stdout as said:
        child = int(said.readline())
        process.kill()
    _wait_until_gone(child)


@pytest.mark.slow
def test_a_lot_of_output_is_read_and_its_end_kept(tmp_path):
    noted = Recorded()
    done = step(tmp_path, command=python("print('x' * 3000); [print(i) for i in range(5000)]")).run(
        night(NOWHERE, progress=noted)
    )
    assert len(noted.notes) == 5001
    assert len(noted.notes[0]) == 1000
    assert done.log[-1] == "4999"
    assert len(done.log) == 200


@pytest.mark.slow
def test_what_a_command_said_is_passed_on_also_to_who_is_slower_than_it(tmp_path, monkeypatch):
    class Slow(Recorded):
        def note(self, message):
            time.sleep(0.002)
            super().note(message)

    monkeypatch.setattr(commands, "_DRAIN_S", 0.1)
    noted = Slow()
    step(tmp_path, command=python("[print(i) for i in range(300)]")).run(night(NOWHERE, progress=noted))
    assert noted.notes == [str(i) for i in range(300)]


def test_a_program_that_does_not_start_is_named(tmp_path):
    (tmp_path / "broken").write_text("#!/no/such/interpreter\n")
    (tmp_path / "broken").chmod(0o755)
    with pytest.raises(ServiceError, match=r"\./broken does not run"):
        step(tmp_path, command="./broken").run(night(NOWHERE))


@pytest.mark.parametrize(
    ("conninfo", "wanted"),
    [
        ("postgresql://a:b@h/d?sslmode=require", "postgresql://a:b@h/d?sslmode=require"),
        ("host=h user='a b' password='p@/:x' dbname='d d' port=5", "postgresql://a%20b:p%40%2F%3Ax@h:5/d%20d"),
        ("host=/run/x port=7 user=a dbname=d", "postgresql://a@/d?host=%2Frun%2Fx&port=7"),
        ("host=::1 dbname=d", "postgresql://[::1]/d"),
        ("host=a,b port=1,2 dbname=d sslmode=disable", "postgresql:///d?host=a%2Cb&port=1%2C2&sslmode=disable"),
    ],
)
def test_a_target_becomes_a_url_that_means_the_same(conninfo, wanted):
    assert target_url(Target(conninfo)) == wanted
    assert Target(wanted).parameters() == Target(conninfo).parameters()


def test_a_failing_migration_fails_the_step(any_database, tmp_path):
    (tmp_path / "1_a.sql").write_text("SELECT nothing")
    with pytest.raises(TargetError, match=r"1_a\.sql:1: column"):
        step(tmp_path, folder=tmp_path).run(night(any_database))


def test_no_secret_of_the_environment_shows_in_what_sql_says(any_database, tmp_path):
    (tmp_path / "1_a.sql").write_text("DO $$ begin raise notice 'tok-123456'; end $$")
    done = step(tmp_path, folder=tmp_path).run(night(any_database))
    assert done.log == ("1_a.sql: NOTICE: ***",)
    (tmp_path / "2_b.sql").write_text("SELECT 'tok-123456'::int")
    with pytest.raises(TargetError) as failed:
        step(tmp_path, folder=tmp_path).run(night(any_database))
    assert "tok-123456" not in failed.value.message
    assert failed.value.message.count("***") == 2


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return  # ended, and nobody here reaps orphans
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(f"process {pid} still runs")
