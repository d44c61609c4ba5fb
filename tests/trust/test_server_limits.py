"""Test that a server without free connections, or with a deadlock, is quoted, and that the target is unchanged."""

from __future__ import annotations

import re
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from snap.errors import ServiceError, TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.indexed import A_ROWS, B_ROWS, SQL, A, B
from tests.cases.snapshots import snapshot
from tests.cases.unfinished import restoring, run_to
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute, name_of, server

WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'relation'"


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(A, A_ROWS), (B, B_ROWS)], SQL)


@pytest.mark.server
@pytest.mark.slow
def test_a_server_without_a_free_connection_says_so_and_nothing_is_begun(made: Snapshot) -> None:
    with server(settings=("max_connections = 8",)) as small:
        execute(small.url("postgres"), "CREATE DATABASE app")
        url = small.url("app")
        restore(made, Target(url))
        before = fingerprint(url)
        for jobs, free in ((1, 0), (2, 1), (2, 2), (2, 3)):
            with ExitStack() as stack:
                for _ in range(8 - free):
                    stack.enter_context(psycopg.connect(url))
                with pytest.raises(ServiceError) as raised:
                    restore(made, Target(url), Request(jobs=jobs))
            assert "sorry, too many clients already" in raised.value.message
            assert raised.value.hint.startswith("the server has no free connection")
            assert raised.value.state == ""
        assert changes(before, fingerprint(url)) == []
        for free in (1, 2):
            with ExitStack() as stack:
                for _ in range(8 - free):
                    stack.enter_context(psycopg.connect(small.url("postgres")))
                with pytest.raises(ServiceError, match="sorry, too many clients already"):
                    clone_into(made, Target(url), Request(guard=Guard(yes=True)))
        assert execute(url, "SELECT datname FROM pg_database WHERE oid >= 16384") == [("app",)]
        assert changes(before, fingerprint(url)) == []


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_deadlock_ends_the_restore_with_the_servers_words(made: Snapshot, database: str, jobs: int) -> None:
    restore(made, Target(database))
    # Whose check comes first ends: so the other one never looks.
    execute(database, f"""ALTER DATABASE "{name_of(database)}" SET deadlock_timeout = '2s'""")
    before = fingerprint(database)
    with psycopg.connect(database) as application:
        application.execute("SET deadlock_timeout = '1h'")
        application.execute('LOCK TABLE "Other one".b IN ROW EXCLUSIVE MODE')

        def ask_for_the_other() -> None:
            while not (over.is_set() or execute(database, WAITING)):
                time.sleep(0.01)
            application.execute("LOCK TABLE a IN ROW EXCLUSIVE MODE")

        over = threading.Event()
        asking = threading.Thread(target=ask_for_the_other, daemon=True)
        asking.start()
        try:
            with pytest.raises(TargetError) as raised:
                restore(made, Target(database), Request(jobs=jobs))
        finally:
            over.set()
        asking.join()
    assert re.match(r"deadlock detected \(Process \d+ waits for AccessExclusiveLock on ", raised.value.message)
    assert raised.value.hint == "See server log for query details."
    assert raised.value.code == 5
    assert changes(before, fingerprint(database)) == []


@pytest.mark.slow
@pytest.mark.parametrize("step", ["", "loading", "committed"])
def test_who_holds_a_lock_is_named_and_snaps_own_sessions_are_not(made: Snapshot, database: str, step: str) -> None:
    restore(made, Target(database))
    steps = run_to(made, database, step, 2 if step == "committed" else 1, lock_timeout_s=0.5) if step else None
    with psycopg.connect(database, application_name="the app") as application:
        application.execute('LOCK TABLE "Other one".b IN ROW EXCLUSIVE MODE')
        with pytest.raises(
            TargetError, match=r"\(the app\), idle in transaction, for \d+ s holds Other one\.b$"
        ) as raised:
            list(steps or restoring(made, database, lock_timeout_s=0.5))
    assert "(snap)" not in raised.value.message
    assert raised.value.message.startswith("lock held")
    if step == "committed":
        assert "all rows are new; these foreign keys are missing" in str(raised.value.state)
