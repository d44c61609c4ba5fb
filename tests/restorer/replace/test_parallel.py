"""Restores over several connections: the same rows, and `loading` until all is back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import CheckError, ServiceError, TargetError, UsageError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.replace.pool import Task, run_tasks
from snap_restorer.request import Request
from tests.cases.indexed import A_ROWS, B_ROWS, SQL, A, B, described
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute

GUARDED = (
    SQL
    + """
ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE a FORCE ROW LEVEL SECURITY;
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER "no Thing" BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION no();
CREATE TRIGGER always BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION no();
CREATE TRIGGER off BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION no();
ALTER TABLE a ENABLE ALWAYS TRIGGER always; ALTER TABLE a DISABLE TRIGGER off;
"""
)
STATES = """SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT relname, relforcerowsecurity::text FROM pg_class WHERE relname IN ('a', 'b') ORDER BY 1"""


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(A, A_ROWS), (B, B_ROWS)], SQL)


def rows(url: str) -> list[Any]:
    return [execute(url, "TABLE a ORDER BY 1"), execute(url, 'TABLE "Other one".b ORDER BY 1')]


def ledger(url: str) -> list[Any]:
    return execute(url, "SELECT state, unfinished IS NULL FROM snap.ledger ORDER BY id")


class Stops:
    """Fails in the middle: when the named table's rows come."""

    def __init__(self, error: BaseException, at: str) -> None:
        self.error, self.at = error, at

    def start(self, name: str, total: int) -> None: ...
    def advance(self, name: str, amount: int) -> None:
        if name == self.at:
            raise self.error

    def note(self, message: str) -> None: ...
    def warn(self, message: str) -> None: ...


def test_the_rows_are_the_same_and_the_ledger_tells_both_steps(made: Snapshot, database: str) -> None:
    result = restore(made, Target(database), Request(jobs=3))
    assert result.schema_created
    assert rows(database) == [A_ROWS, B_ROWS]
    assert ledger(database) == [("loading", False), ("done", True)]
    assert [(t.name, t.inserted, t.deleted) for t in restore(made, Target(database), Request(jobs=2)).tables] == [
        ("a", 60, 60),
        ("Other one.b", 90, 90),
    ]


@pytest.mark.parametrize("again", [1, 2])
@pytest.mark.parametrize("at", ["a", "Other one.b"])
def test_what_is_left_loading_is_redone_whole(made: Snapshot, database: str, at: str, again: int) -> None:
    execute(database, GUARDED)
    before, states = described(database), execute(database, STATES)
    with pytest.raises(CheckError, match="stop") as stopped:
        restore(made, Target(database), Request(jobs=2), progress=Stops(CheckError("stop"), at))
    assert "run the same command again" in stopped.value.hint
    assert ledger(database) == [("loading", False)]
    assert described(database) != before
    assert execute(database, STATES) != states
    restore(made, Target(database), Request(jobs=again))
    assert rows(database) == [A_ROWS, B_ROWS]
    assert described(database) == before
    assert execute(database, STATES) == states
    assert ledger(database)[-1] == ("done", True)


def test_an_unfinished_restore_is_not_hidden_by_one_of_fewer_tables(
    made: Snapshot, database: str, tmp_path: Path
) -> None:
    execute(database, SQL)
    with pytest.raises(CheckError):
        restore(made, Target(database), Request(jobs=2), progress=Stops(CheckError("stop"), "a"))
    other = snapshot(tmp_path, [(A, A_ROWS)], SQL, version="v2")
    with pytest.raises(
        TargetError, match="of v1 over several connections did not finish here, and v2 does not hold all"
    ) as refused:
        restore(other, Target(database), Request(guard=Guard(yes=True)))
    assert refused.value.hint == "restore v1 again first"


def test_without_a_ledger_it_is_refused_and_nothing_is_touched(made: Snapshot, database: str) -> None:
    execute(
        database,
        """CREATE SCHEMA snap; CREATE TABLE snap.ledger (other int); CREATE FUNCTION snap.no() RETURNS event_trigger
        LANGUAGE plpgsql AS $$ BEGIN END $$; ALTER TABLE snap.ledger ADD id text NOT NULL""",
    )
    with pytest.raises(TargetError, match="several connections commit in steps, and this role may not write"):
        restore(made, Target(database), Request(jobs=2))
    assert execute(database, "SELECT FROM pg_class WHERE relname = 'a'") == []


def test_foreign_keys_that_must_stay_order_the_loads_or_are_refused(tmp_path: Path, database: str) -> None:
    parent, child = table("parent", ("id", "integer")), table("child", ("id", "integer"), ("up", "integer"))
    sql = """CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, up int);
        CREATE TABLE part (LIKE child) PARTITION BY LIST (up)"""
    made = snapshot(
        tmp_path,
        [(child, [(i, i % 9) for i in range(500)]), (parent, [(i,) for i in range(9)])],
        "CREATE TABLE parent (id int PRIMARY KEY);"
        "CREATE TABLE child (id int, up int REFERENCES parent) PARTITION BY LIST (up);"
        "CREATE TABLE part PARTITION OF child DEFAULT",
    )
    for _ in range(2):
        restore(made, Target(database), Request(jobs=3))
    assert execute(database, "SELECT count(*) FROM part") == [(500,)]
    execute(database, "DROP TABLE child, parent;" + sql)
    execute(
        database,
        """ALTER TABLE child ADD CONSTRAINT own FOREIGN KEY (up) REFERENCES child;
        ALTER TABLE child DISABLE TRIGGER ALL""",
    )
    with pytest.raises(TargetError, match="dropped meanwhile, and they cannot be: own"):
        restore(made, Target(database), Request(jobs=2))


def test_another_restore_waits_although_nothing_is_locked_in_between(made: Snapshot, database: str) -> None:
    seen: list[str] = []

    class Meets(Stops):
        def advance(self, name: str, amount: int) -> None:
            if not seen:
                with pytest.raises(TargetError, match="lock held: another restore"):
                    restore(made, Target(database), Request(lock_timeout_s=0.1))
                seen.append(name)

    restore(made, Target(database), Request(jobs=2), progress=Meets(KeyError(), ""))
    assert seen
    assert rows(database) == [A_ROWS, B_ROWS]


def test_an_interruption_ends_all_connections(made: Snapshot, database: str) -> None:
    restore(made, Target(database))
    main = threading.main_thread().ident
    assert main is not None

    class Interrupts(Stops):
        def advance(self, name: str, amount: int) -> None:
            import ctypes

            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(KeyboardInterrupt))
            execute(database, "SELECT pg_sleep(0.3)")

    with pytest.raises(KeyboardInterrupt):
        restore(made, Target(database), Request(jobs=2), progress=Interrupts(KeyError(), ""))
    others = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'snap' AND pid <> pg_backend_pid()"
    assert execute(database, others) == [(0,)]
    restore(made, Target(database))
    assert rows(database) == [A_ROWS, B_ROWS]


def test_a_session_that_is_lost_between_the_commits_says_that_the_database_is_loading(
    made: Snapshot, database: str
) -> None:
    restore(made, Target(database))
    idle = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"

    class Ends(Stops):
        def advance(self, name: str, amount: int) -> None:
            execute(database, f"{idle} AND datname = current_database()")

    with pytest.raises(ServiceError) as lost:
        restore(made, Target(database), Request(jobs=2), progress=Ends(KeyError(), ""))
    assert not lost.value.unchanged
    assert "the database is marked as loading; run the same command again" in lost.value.hint
    assert ledger(database)[-1] == ("loading", False)
    restore(made, Target(database))
    assert rows(database) == [A_ROWS, B_ROWS]


def test_jobs_are_a_number_of_one_or_more(made: Snapshot, database: str) -> None:
    with pytest.raises(UsageError, match="jobs is 0"):
        restore(made, Target(database), Request(jobs=0))


def test_tasks_wait_for_what_they_need_and_the_first_error_counts(database: str) -> None:
    order: list[str] = []

    def task(name: str, *after: str, fails: bool = False) -> Task:
        def do(connection: psycopg.Connection[Any]) -> None:
            connection.execute("SELECT pg_sleep(0.01)")
            order.append(name)
            if fails:
                raise CheckError("no")

        return Task(name=name, run=do, after=frozenset(after))

    tasks = [task("c", "a", "b"), task("b", "a"), task("a"), task("a"), task("d", "c")]
    run_tasks(Target(database), tasks, jobs=3, begin=lambda connection: None)
    assert order == ["a", "a", "b", "c", "d"]
    order.clear()
    with pytest.raises(CheckError, match="no"):
        run_tasks(Target(database), [task("a", fails=True), task("b", "a")], jobs=2, begin=lambda connection: None)
    assert order == ["a"]
