"""Test restores over several connections: the same rows, and the state `loading` until everything is recreated."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from snap.errors import CheckError, TargetError, UsageError
from snap.schema import ForeignKey
from snap.store import Snapshot
from snap_restorer import Server, Target, restore
from snap_restorer.pg import transaction
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.ledger import write_entry
from snap_restorer.replace import steps
from snap_restorer.replace.parallel import replace_steps
from snap_restorer.replace.replacement import prepare_replacement
from snap_restorer.request import Request
from snap_restorer.restore_job import RestoreJob
from tests.cases.indexed import A_ROWS, B_ROWS, SQL, A, B, described
from tests.cases.snapshots import snapshot, table
from tests.cases.unfinished import cut_at
from tests.postgres import execute, name_of

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
    """A Progress that raises `error` when the rows of table `at` are copied."""

    def __init__(self, error: BaseException, at: str) -> None:
        self.error, self.at = error, at

    def start(self, name: str, total: int) -> None: ...
    def advance(self, name: str, amount: int) -> None:
        if name == f"copy {self.at}":
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


@pytest.mark.slow
@pytest.mark.parametrize("at", ["a", "Other one.b"])
def test_an_error_in_any_session_leaves_all_as_it_was(made: Snapshot, database: str, at: str) -> None:
    execute(database, GUARDED)
    before, states = described(database), execute(database, STATES)
    with pytest.raises(CheckError, match="stop") as stopped:
        restore(made, Target(database), Request(jobs=2), progress=Stops(CheckError("stop"), at))
    assert stopped.value.state == "the rows and the foreign keys are as they were"
    assert (ledger(database), rows(database), described(database)) == ([], [[], []], before)
    assert execute(database, STATES) == states
    restore(made, Target(database), Request(jobs=2))
    assert (rows(database), described(database)) == ([A_ROWS, B_ROWS], before)
    assert execute(database, STATES) == states


@pytest.mark.slow
@pytest.mark.parametrize("again", [1, 2])
def test_what_an_older_snap_took_off_comes_back_too(made: Snapshot, database: str, again: int) -> None:
    execute(database, GUARDED)
    before, states = described(database), execute(database, STATES)
    with Target(database).connect() as connection:
        job = RestoreJob(
            snapshot=made,
            target=Target(database),
            request=Request(jobs=2),
            shift_days=0,
            progress=Stops(KeyError(), ""),
        )
        settings = transaction.begin(connection, 10)
        ready = prepare_replacement(connection, settings, job)
        plan = ready.plan
        taken = {
            "definitions": [asdict(definition) for definition in plan.definitions if definition.stays is None],
            "triggers": [asdict(trigger) for trigger in plan.triggers],
            "forced": [list(name) for name in plan.forced],
        }
        write_entry(connection, replace(job.entry("loading"), unfinished=taken))
        steps.clear(connection, replace(plan, dropped=tuple(d for d in plan.definitions if d.stays is None)))
        connection.commit()
    assert described(database) != before
    assert execute(database, STATES) != states
    steps_taken = replace_steps(job)
    next(steps_taken)
    steps_taken.close()  # killed once more, and this snap has to remember what that one took off
    restore(made, Target(database), Request(jobs=again))
    assert (rows(database), described(database)) == ([A_ROWS, B_ROWS], before)
    assert execute(database, STATES) == states
    assert ledger(database)[-1] == ("done", True)


@pytest.mark.slow
def test_an_unfinished_restore_is_not_hidden_by_one_of_fewer_tables(
    made: Snapshot, database: str, tmp_path: Path
) -> None:
    restore(made, Target(database), Request(jobs=2), progress=Stops(KeyError(), ""))
    cut_at(made, database, "committed")
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
    with pytest.raises(
        TargetError,
        match=r"several connections commit in steps, which the table snap\.ledger has to record, but this role may not",
    ):
        restore(made, Target(database), Request(jobs=2))
    assert execute(database, "SELECT FROM pg_class WHERE relname = 'a'") == []


@pytest.mark.slow
def test_tables_that_foreign_keys_tie_together_which_stay_are_one_sessions(tmp_path: Path, database: str) -> None:
    parent, child = table("parent", ("id", "integer")), table("child", ("id", "integer"), ("up", "integer"))
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
    execute(
        database,
        """DROP TABLE child, parent; CREATE TABLE parent (id int PRIMARY KEY);
        CREATE TABLE child (id int PRIMARY KEY, up int); CREATE TABLE part (LIKE child) PARTITION BY LIST (up);
        ALTER TABLE child ADD CONSTRAINT own FOREIGN KEY (up) REFERENCES child;
        ALTER TABLE child DISABLE TRIGGER ALL""",
    )
    for _ in range(2):
        restore(made, Target(database), Request(jobs=2))
    assert execute(database, "SELECT count(*) FROM child") == [(500,)]


@pytest.mark.parametrize("stop", [False, True])
def test_an_owner_whom_row_security_binds_restores_and_undoes(
    tmp_path: Path, pg: Server, database: str, stop: bool
) -> None:
    made = snapshot(tmp_path, [(A, A_ROWS), (B, B_ROWS)], SQL)
    execute(database, SQL + "INSERT INTO a VALUES (1, 'old', 1)")
    execute(
        database,
        f"""CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE "{name_of(database)}" TO plain;
        ALTER SCHEMA "Other one" OWNER TO plain; ALTER TABLE a OWNER TO plain; ALTER TABLE "Other one".b OWNER TO plain;
        ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE a FORCE ROW LEVEL SECURITY;
        ALTER TABLE "Other one".b ENABLE ROW LEVEL SECURITY; ALTER TABLE "Other one".b FORCE ROW LEVEL SECURITY""",
    )
    before, states = described(database), execute(database, STATES)
    owner = Target(f"host={pg.socket} port={pg.port} user=plain dbname='{name_of(database)}'")
    request = Request(jobs=2, guard=Guard(yes=True))
    if stop:
        with pytest.raises(CheckError, match="the test stops it"):
            restore(made, owner, request, progress=Stops(CheckError("the test stops it"), "Other one.b"))
        assert execute(database, "TABLE a") == [(1, "old", 1)]
    else:
        restore(made, owner, request)
        assert len(rows(database)[0]) == len(A_ROWS)
    assert (described(database), execute(database, STATES)) == (before, states)


def test_rows_that_break_a_key_of_the_target_alone_leave_all_as_it_was(tmp_path: Path, database: str) -> None:
    parent, child = table("parent", ("id", "integer")), table("child", ("id", "integer"), ("up", "integer"))
    schema = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int, up int);"
    made = snapshot(tmp_path, [(child, [(i, i % 9) for i in range(2500)]), (parent, [(i,) for i in range(5)])], schema)
    execute(database, f"{schema} ALTER TABLE child ADD CONSTRAINT own FOREIGN KEY (up) REFERENCES parent")
    execute(database, "INSERT INTO parent VALUES (77)")
    with pytest.raises(TargetError, match="own"):
        restore(made, Target(database), Request(jobs=2, guard=Guard(yes=True)))
    assert execute(database, "TABLE parent") == [(77,)]
    assert execute(database, "SELECT conname FROM pg_constraint WHERE contype = 'f'") == [("own",)]


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


@pytest.mark.slow
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
    deadline = time.monotonic() + 10  # a server notices a moment later that a client has gone
    while execute(database, others) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    restore(made, Target(database))
    assert rows(database) == [A_ROWS, B_ROWS]


@pytest.mark.slow
def test_hundreds_of_tables_take_about_as_long_as_over_one_connection(tmp_path: Path, database: str) -> None:
    columns = (("id", "integer"), ("a", "text"), ("b", "integer"), ("p", "integer"))
    tables = [table("t0", *columns)] + [
        replace(
            table(f"t{i}", *columns), foreign_keys=(ForeignKey(columns=("p",), references=f"t{i - 1}", to=("id",)),)
        )
        for i in range(1, 400)
    ]
    sql = "".join(
        f"CREATE TABLE t{i} (id int PRIMARY KEY, a text, b int, p int {f'REFERENCES t{i - 1}' if i else ''});"
        + "".join(f"CREATE INDEX ON t{i} ({column}, id);" for column in ("a", "b", "p", "a"))
        for i in range(400)
    )
    made = snapshot(tmp_path, [(each, [(1, "a", 1, 1)]) for each in tables], sql)
    restore(made, Target(database))

    def seconds(jobs: int) -> float:
        return restore(made, Target(database), Request(jobs=jobs)).seconds

    alone = min(seconds(1) for _ in range(2))
    assert min(seconds(2) for _ in range(2)) < 2 * alone + 1


def test_jobs_are_a_number_of_one_or_more(made: Snapshot, database: str) -> None:
    with pytest.raises(UsageError, match="jobs is 0"):
        restore(made, Target(database), Request(jobs=0))
