"""Test restores over several connections, ended at each instant: the rows are old or new, and messages say which."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import Interrupted, ServiceError, SnapError, TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.ledger import last_entry
from snap_restorer.request import Request
from tests.cases import toy
from tests.cases.indexed import SQL, A, B, described
from tests.cases.snapshots import snapshot
from tests.cases.unfinished import run_to
from tests.paths import ROOT
from tests.postgres import Servers, execute, fresh_databases
from tests.threads import at_once

# The steps after which a restore over two connections can end, and whether `a` and `b` are new then.
INSTANTS = [
    ("loading", 1, {"old"}),
    ("locked", 1, {"old"}),
    ("loaded", 1, {"old"}),
    ("committed", 1, {"old", "new"}),
    ("committed", 2, {"new"}),
    ("bound", 1, {"new"}),
]
OLD_A, OLD_B = [(1, "old", 5)], [(1, 1, None), (2, 1, 1)]
NEW_A = [(i, f"c{i}", i % 7) for i in range(3, 60)]
NEW_B = [(i, 3 + i % 50, i - 1 if i > 5 else None) for i in range(5, 90)]
SESSIONS = (
    "FROM pg_stat_activity WHERE application_name = 'snap' AND datname = current_database() AND pid <> pg_backend_pid()"
)
UNDONE = "the rows and the foreign keys are as they were"


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(A, NEW_A), (B, NEW_B)], SQL, version="v2")


def begun(url: str, tmp_path: Path) -> list[Any]:
    """Restore the old rows, and return the indexes, constraints and other objects of the tables."""
    restore(snapshot(tmp_path / "old", [(A, OLD_A), (B, OLD_B)], SQL), Target(url))
    return described(url)


def held(url: str) -> tuple[str, str]:
    """Return for each table whether it holds exactly the old rows or exactly the new ones."""
    a, b = execute(url, "TABLE a ORDER BY 1"), execute(url, 'TABLE "Other one".b ORDER BY 1')
    return {str(OLD_A): "old", str(NEW_A): "new"}[str(a)], {str(OLD_B): "old", str(NEW_B): "new"}[str(b)]


def finished(made: Snapshot, url: str, before: list[Any], jobs: int) -> None:
    """Run the restore again, and check that it completes."""
    restore(made, Target(url), Request(jobs=jobs))
    assert (held(url), described(url)) == (("new", "new"), before)
    assert last_entry(Target(url)).state == "done"  # type: ignore[union-attr]


CHILD = """
import os, pickle, sys
from tests.cases.unfinished import run_to
made, url, step, number = pickle.loads(bytes.fromhex(sys.argv[1]))
run_to(made, url, step, number)
os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("version", [pytest.param("18"), pytest.param("15", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("step", "number", "tables"), INSTANTS)
def test_a_kill_at_any_instant_leaves_whole_tables_and_loading(
    made: Snapshot, all_servers: Servers, tmp_path: Path, version: str, step: str, number: int, tables: set[str]
) -> None:
    server = all_servers.get(version)
    if server is None:
        pytest.skip(f"no Postgres {version} on this machine (.ci/run says how to install it)")
    with fresh_databases(server) as fresh:
        url = fresh()
        before = begun(url, tmp_path)
        task = pickle.dumps((made, url, step, number)).hex()
        killed = subprocess.run(
            [sys.executable, "-c", CHILD, task], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False
        )
        assert killed.returncode == -9
        while execute(url, f"SELECT {SESSIONS}"):
            pass
        assert set(held(url)) == tables
        entry = last_entry(Target(url))
        assert entry is not None
        assert (entry.version, entry.state) == ("v2", "loading")
        finished(made, url, before, jobs=1 + number)


@pytest.mark.slow
@pytest.mark.parametrize(("step", "number", "tables"), INSTANTS)
def test_an_interruption_says_what_is_there(
    made: Snapshot, database: str, tmp_path: Path, step: str, number: int, tables: set[str]
) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, step, number)
    with pytest.raises(Interrupted) as stopped:
        steps.throw(Interrupted(2))
    assert set(held(database)) == tables
    state = stopped.value.state
    entry = last_entry(Target(database))
    assert entry is not None
    if tables == {"old"}:
        assert (state, described(database)) == (UNDONE, before)
        assert (entry.version, entry.state) == ("v1", "done")
    else:
        said = "all rows are new; " if tables == {"new"} else "only these tables hold the new rows: "
        assert state.startswith(said)
        assert "these foreign keys are missing: " in state
        assert "the database is marked as loading; run the same command again" in state
        assert (entry.version, entry.state) == ("v2", "loading")
    finished(made, database, before, jobs=2)


@pytest.mark.slow
@pytest.mark.parametrize(("step", "number", "tables"), INSTANTS)
def test_a_lost_connection_says_what_is_there(
    made: Snapshot, database: str, tmp_path: Path, step: str, number: int, tables: set[str]
) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, step, number)
    execute(database, f"SELECT pg_terminate_backend(pid, 5000) {SESSIONS}")
    with pytest.raises(ServiceError) as lost:
        list(steps)
    assert set(held(database)) == tables
    state = lost.value.state  # the session that keeps others out is lost too, so nothing is put back
    rows = {"old": "the rows are as they were; ", "new": "all rows are new; "}
    assert state.startswith(rows[min(tables)] if len(tables) == 1 else "only these tables hold the new rows: ")
    finished(made, database, before, jobs=2)


@pytest.mark.slow
@pytest.mark.parametrize(("step", "tables"), [("locked", {"old"}), ("loaded", {"old"}), ("committed", {"old", "new"})])
def test_one_lost_session_undoes_all_or_says_which_tables_are_new(
    made: Snapshot, database: str, tmp_path: Path, step: str, tables: set[str]
) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, step)
    locks = f"pid IN (SELECT pid {SESSIONS}) AND mode = 'AccessExclusiveLock' AND locktype = 'relation'"
    execute(
        database,
        f"SELECT pg_terminate_backend(pid, 5000) FROM (SELECT max(pid) AS pid FROM pg_locks WHERE {locks}) AS worker",
    )
    with pytest.raises(ServiceError) as lost:
        list(steps)
    assert set(held(database)) == tables
    state = lost.value.state
    assert state == UNDONE if tables == {"old"} else state.startswith("only these tables hold the new rows: ")
    if tables == {"old"}:
        assert described(database) == before
    finished(made, database, before, jobs=2)


@pytest.mark.slow
def test_a_cancelled_statement_of_one_session_undoes_all(made: Snapshot, database: str, tmp_path: Path) -> None:
    before = begun(database, tmp_path)

    class Cancels:
        """A Progress that cancels the COPY of a table, as a timeout does."""

        def start(self, name: str, total: int) -> None: ...
        def advance(self, name: str, amount: int) -> None:
            execute(database, f"SELECT pg_cancel_backend(pid) {SESSIONS} AND query LIKE 'COPY%'")

        def note(self, message: str) -> None: ...
        def warn(self, message: str) -> None: ...

    with pytest.raises(ServiceError, match="cancel") as cancelled:
        restore(made, Target(database), Request(jobs=2, guard=Guard(yes=True)), progress=Cancels())
    assert (cancelled.value.state, held(database), described(database)) == (UNDONE, ("old", "old"), before)
    finished(made, database, before, jobs=2)


@pytest.mark.slow
def test_readers_never_see_half_a_table(made: Snapshot, database: str, tmp_path: Path) -> None:
    begun(database, tmp_path)
    old = snapshot(tmp_path / "again", [(A, OLD_A), (B, OLD_B)], SQL)
    seen, over = set[tuple[str, str]](), threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.add(held(database))  # which knows whole tables only

    def write() -> None:
        try:
            for version in (made, old, made):
                restore(version, Target(database), Request(jobs=2))
        finally:
            over.set()

    assert at_once([read, write]) == []
    assert {("old", "old"), ("new", "new")} <= seen


@pytest.mark.slow
def test_a_session_that_uses_a_table_is_waited_for_and_then_all_is_put_back(
    made: Snapshot, database: str, tmp_path: Path
) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, "loading", lock_timeout_s=0.2)
    with psycopg.connect(database) as other:
        other.execute('SELECT FROM "Other one".b')
        with pytest.raises(TargetError, match="lock held: another session uses the tables") as refused:
            list(steps)
        assert (refused.value.unchanged, refused.value.state) == (False, UNDONE)
        assert refused.value.message.endswith("holds Other one.b")
        assert "holds a" not in refused.value.message
    finished(made, database, before, jobs=2)


@pytest.mark.slow
def test_rows_that_are_written_before_the_locks_are_not_lost_unseen(
    made: Snapshot, database: str, tmp_path: Path
) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, "loading", guard=Guard())
    execute(database, "INSERT INTO a VALUES (2, 'more', 1)")
    with pytest.raises(TargetError, match="other sessions wrote rows while the restore began") as refused:
        list(steps)
    assert (refused.value.state, described(database)) == (UNDONE, before)
    assert execute(database, "SELECT id FROM a ORDER BY 1") == [(1,), (2,)]


@pytest.mark.slow
def test_a_write_that_slips_in_before_the_foreign_keys_is_named(made: Snapshot, database: str, tmp_path: Path) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, "committed", 2)
    execute(database, 'INSERT INTO "Other one".b VALUES (1000, 777, NULL)')
    with pytest.raises(TargetError) as named:
        list(steps)
    assert named.value.message == (
        'insert or update on table "b" violates foreign key constraint "to A" '
        '(Key (a)=(777) is not present in table "a".)'
    )
    assert "a row that was written during the restore references a row that is not in the snapshot" in named.value.hint
    assert named.value.state.startswith("all rows are new; these foreign keys are missing: ")
    finished(made, database, before, jobs=2)


@pytest.mark.slow
def test_a_table_that_others_add_meanwhile_stays(made: Snapshot, database: str, tmp_path: Path) -> None:
    begun(database, tmp_path)
    steps = run_to(made, database, "committed", 2)
    execute(database, "CREATE TABLE outside (id int REFERENCES a); INSERT INTO outside VALUES (3)")
    list(steps)
    assert held(database) == ("new", "new")
    assert execute(database, "TABLE outside") == [(3,)]


@pytest.mark.slow
def test_a_table_that_others_add_before_the_rows_undoes_all(made: Snapshot, database: str, tmp_path: Path) -> None:
    before = begun(database, tmp_path)
    steps = run_to(made, database, "loading")
    execute(database, "CREATE TABLE outside (id int REFERENCES a); INSERT INTO outside VALUES (1)")
    with pytest.raises(TargetError, match=r"outside") as refused:
        list(steps)
    assert (refused.value.state, held(database)) == (UNDONE, ("old", "old"))
    assert [row for row in described(database) if "outside" not in row[1]] == before


@pytest.mark.slow
def test_a_schema_that_was_created_is_there_and_said_to_be_empty(made: Snapshot, database: str) -> None:
    steps = run_to(made, database, "locked")
    with pytest.raises(Interrupted) as stopped:
        steps.throw(Interrupted(15))
    assert stopped.value.state.startswith("the tables were created and are empty")
    assert execute(database, "SELECT FROM a") == []
    restore(made, Target(database), Request(jobs=2))
    assert held(database) == ("new", "new")


def test_before_the_first_commit_nothing_is_said_to_be_changed(made: Snapshot, database: str, tmp_path: Path) -> None:
    before = begun(database, tmp_path)
    with pytest.raises(TargetError, match="rows were changed since") as refused:
        execute(database, "INSERT INTO a VALUES (2, 'more', 1)")
        restore(made, Target(database), Request(jobs=2))
    assert (refused.value.state, described(database)) == ("", before)
    assert isinstance(refused.value, SnapError)


CTRL_C = """
import os, signal, sys
from snap_cli.main import main
from snap_restorer.replace import steps
steps.bind = lambda *_: os.kill(os.getpid(), signal.SIGINT)
sys.exit(main(["restore", "v1", "--root", sys.argv[1], "--db", sys.argv[2], "--jobs", "2"]))
"""


@pytest.mark.slow
@pytest.mark.process
def test_ctrl_c_on_the_command_line_says_what_the_database_holds(tmp_path: Path, database: str) -> None:
    for folder in ("manifests", "snapshots"):
        (tmp_path / folder).mkdir()
    toy.publish(Store(tmp_path), "v1")
    ended = subprocess.run(
        [sys.executable, "-c", CTRL_C, str(tmp_path), database],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 130, ended.stderr
    error, hint = ended.stderr.splitlines()[-2:]
    assert error == "error: interrupted"
    assert hint.startswith("hint: run the command again; all rows are new; ")
    assert "the database is marked as loading" in hint
