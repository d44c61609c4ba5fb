"""Migrations: a folder with a history as Supabase's CLI keeps it, or a team's own command and all that it started."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nightly.migrate import MigrateSettings, MigrateStep
from nightly.settings import Origin, section
from nightly.step import Night, StepError
from nightly.watch import Watch
from restorer import Target
from snap.errors import Interrupted, TargetError, UsageError
from snap.progress import Silent
from snap.store import Snapshot, Store
from tests import toy
from tests.nightly.bed import NOW
from tests.postgres import execute

HISTORY = "SELECT version, name FROM supabase_migrations.schema_migrations ORDER BY 1"


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    store = Store(tmp_path)
    toy.publish(store, "v1")
    return store.resolve("v1")


@pytest.fixture
def night(snapshot: Snapshot, database: str) -> Night:
    target = Target(database)
    return Night(snapshot=snapshot, target=target, direct=target, now=NOW, progress=Silent(), stop=threading.Event())


def step(root: Path, **given: Any) -> MigrateStep:
    origin = Origin(file="snap.toml", folder=root, environment=os.environ)
    settings = section(MigrateSettings, given, "migrations", origin)
    return MigrateStep(settings=settings, root=root, environment=os.environ)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., MigrateStep]:
    """A step over files, given by name."""

    def write(**files: str) -> MigrateStep:
        (tmp_path / "migrations").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "migrations" / f"{name.removeprefix('v')}.sql").write_text(text)
        (tmp_path / "migrations" / "README.md").write_text("no migration")
        return step(tmp_path, folder="migrations")

    return write


def test_what_is_not_applied_yet_is_applied_in_order_and_noted(
    folder: Callable[..., MigrateStep], night: Night, database: str
) -> None:
    made = folder(v2_b="INSERT INTO t VALUES (2); -- the last\n", v1_a="CREATE TABLE t (v int); SELECT 1;")
    assert made.plan(night) == ("apply 2 of 2 migrations: 1_a.sql, 2_b.sql",)
    assert made.run(night).detail == "2 migrations applied, 0 were before"
    assert execute(database, HISTORY) == [("1", "a"), ("2", "b")]
    statements = execute(database, "SELECT statements FROM supabase_migrations.schema_migrations ORDER BY 1")
    assert statements == [(["CREATE TABLE t (v int)", "SELECT 1"],), (["INSERT INTO t VALUES (2)"],)]
    made = folder(v3_c="INSERT INTO t VALUES (3)")
    assert made.plan(night) == ("apply 1 of 3 migrations: 3_c.sql",)
    assert made.run(night).facts == {"applied": ["3_c.sql"], "before": 2}
    assert made.plan(night) == ("all 3 migrations are applied",)
    assert execute(database, "SELECT v FROM t ORDER BY 1") == [(2,), (3,)]


def test_a_history_that_supabases_own_cli_made_is_gone_on_with(
    folder: Callable[..., MigrateStep], night: Night, database: str
) -> None:
    execute(
        database,
        """CREATE SCHEMA supabase_migrations;
        CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);
        INSERT INTO supabase_migrations.schema_migrations VALUES ('1', '{SELECT 1}', 'a')""",
    )
    assert folder(v1_a="SELECT nothing", v2_b="SELECT 1").run(night).facts["applied"] == ["2_b.sql"]


def test_after_a_reset_the_history_begins_anew(folder: Callable[..., MigrateStep], night: Night, database: str) -> None:
    from dataclasses import replace

    made = folder(v1_a="CREATE TABLE t (v int)")
    made.run(night)
    execute(database, "DROP TABLE t")
    after = replace(night, done=("backup", "reset"))
    assert made.plan(after) == ("apply 1 of 1 migrations: 1_a.sql",)
    assert made.run(after).facts["applied"] == ["1_a.sql"]
    assert execute(database, HISTORY) == [("1", "a")]


def test_a_file_that_fails_is_undone_and_told_with_its_line(
    folder: Callable[..., MigrateStep], night: Night, database: str
) -> None:
    made = folder(
        v1_a="CREATE TABLE t (v int);",
        v2_b="-- about it\nINSERT INTO t VALUES (1);\n\n-- and then\nSELECT v,\n  nothing\nFROM t;",
    )
    with pytest.raises(TargetError) as failed:
        made.run(night)
    assert failed.value.message.startswith('migration 2_b.sql, line 6: column "nothing" does not exist; in: SELECT v,')
    assert execute(database, "SELECT * FROM t") == []
    assert execute(database, HISTORY) == [("1", "a")]


def test_what_can_run_in_no_transaction_runs_without_one(
    folder: Callable[..., MigrateStep], night: Night, database: str
) -> None:
    made = folder(
        v1_a="CREATE TABLE t (v int); INSERT INTO t VALUES (1)",
        v2_b="SET search_path = ''; CREATE INDEX CONCURRENTLY i ON public.t (v); VACUUM public.t",
        v3_c="BEGIN; INSERT INTO t VALUES (2); COMMIT; INSERT INTO t VALUES (3)",
    )
    made.run(night)
    assert execute(database, "SELECT v FROM t ORDER BY 1") == [(1,), (2,), (3,)]
    assert execute(database, "SELECT 1 FROM pg_class WHERE relname = 'i'") == [(1,)]
    assert len(execute(database, HISTORY)) == 3


def test_settings_of_one_file_do_not_reach_the_next(folder: Callable[..., MigrateStep], night: Night) -> None:
    folder(v1_a="SELECT set_config('search_path', '', false)", v2_b="CREATE TABLE t (v int)").run(night)


def test_a_lock_of_others_is_waited_for_and_then_told(
    tmp_path: Path, folder: Callable[..., MigrateStep], night: Night, database: str
) -> None:
    folder(v1_a="LOCK TABLE t")
    execute(database, "CREATE TABLE t (v int)")
    with Target(database).connect() as other:
        other.execute("LOCK TABLE t")
        with pytest.raises(TargetError, match="lock timeout"):
            step(tmp_path, folder="migrations", lock_timeout="200 ms").run(night)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no migrations"),
        ({"v1_a": "x", "v1_b": "x"}, "have the same version"),
        ({"v1_a": "\\connect other"}, r"1_a\.sql, line 1: \\connect is a command of psql"),
    ],
)
def test_files_that_cannot_be_are_refused(
    files: dict[str, str], message: str, folder: Callable[..., MigrateStep], night: Night
) -> None:
    made = folder(**files)
    for work in (made.plan, made.run):
        with pytest.raises(UsageError, match=message):
            work(night)


def test_what_is_not_utf8_or_not_there_is_refused(tmp_path: Path, night: Night) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_a.sql").write_bytes(b"SELECT '\xff'")
    with pytest.raises(UsageError, match="not UTF-8"):
        step(tmp_path, folder="migrations").plan(night)
    with pytest.raises(UsageError, match="no folder of migrations"):
        step(tmp_path, folder="elsewhere").plan(night)


# --- a command


def command(root: Path, code: str, **more: Any) -> MigrateStep:
    (root / "migrate.py").write_text(code)
    return step(root, command=f"{sys.executable} migrate.py", **more)


def test_a_command_is_run_where_the_database_is_named(tmp_path: Path, night: Night, database: str) -> None:
    made = command(
        tmp_path,
        "import os, psycopg\nwith psycopg.connect(os.environ['TEAM_URL']) as c: c.execute('CREATE TABLE made ()')\n"
        "print('made it')\nprint('in', os.getcwd())",
        url_variable="TEAM_URL",
    )
    assert made.plan(night)[0].startswith("run: ")
    done = made.run(night)
    assert done.log == ("made it", f"in {tmp_path}")
    assert execute(database, "SELECT * FROM made") == []


def test_the_exit_code_of_a_command_is_obeyed_and_its_output_kept(tmp_path: Path, night: Night) -> None:
    with pytest.raises(StepError, match="exit code 3: worse") as failed:
        command(tmp_path, "print('bad'); print('worse'); raise SystemExit(3)").run(night)
    assert failed.value.log == ("bad", "worse")


def test_a_password_that_a_command_prints_is_not_kept(tmp_path: Path, night: Night) -> None:
    from dataclasses import replace

    secret = "p%40ss"
    direct = Target(f"postgresql://me:{secret}@127.0.0.1:1/x")
    made = command(tmp_path, "import os; print(os.environ['DATABASE_URL'], 'p@ss', 'postgres://a:other@b/c')")
    log = " ".join(made.run(replace(night, direct=direct)).log)
    assert "p@ss" not in log
    assert secret not in log
    assert "other" not in log


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_command_that_is_stopped_leaves_nothing_running(
    tmp_path: Path, night: Night, monkeypatch: pytest.MonkeyPatch, stubborn: bool
) -> None:
    monkeypatch.setattr("nightly.migrate._GRACE_S", 0.5)
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else ""
    made = command(
        tmp_path,
        f"{ignore}import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\nprint('up', flush=True)\ntime.sleep(60)",
    )
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    with Watch(60) as watch, pytest.raises(Interrupted), watch.over("migrate", 60, night.stop):
        made.run(night)
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        deadline = time.monotonic() + 10
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"command": "no-such-program-of-anyone up"}, "there is no program no-such-program-of-anyone"),
        ({"command": "'open"}, "cannot be read"),
        ({"command": " "}, "is empty"),
        ({"command": "true", "directory": "gone"}, "is not there"),
        ({"command": "true", "folder": "x"}, "a folder and a command"),
    ],
)
def test_commands_that_cannot_be_are_refused(tmp_path: Path, night: Night, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        step(tmp_path, **given).plan(night)
