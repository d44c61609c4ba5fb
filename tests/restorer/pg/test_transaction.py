"""Test a restore's transaction beside other sessions: locks, other restores, settings of the database."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import RestoreResult, Target, restore
from snap_restorer.request import Request
from tests.cases.crew import HELD, rows
from tests.postgres import execute, name_of


@pytest.mark.parametrize(
    "statement", ["LOCK TABLE crew IN ACCESS SHARE MODE", "SELECT pg_advisory_xact_lock(1936613744, 1)"]
)
def test_a_lock_of_another_session_is_waited_for_and_then_refused(
    small: Snapshot, database: str, statement: str
) -> None:
    restore(small, Target(database))
    with psycopg.connect(database) as other:
        other.execute(statement.encode())
        began = time.monotonic()
        holder = f"session {other.info.backend_pid} of postgres, idle in transaction, for 0 s holds "
        with pytest.raises(TargetError, match="lock held: another .*" + re.escape(holder)) as refused:
            restore(small, Target(database), Request(lock_timeout_s=0.3))
        assert refused.value.message.endswith("crew" if "TABLE" in statement else "the lock of a restore")
        assert holder in refused.value.reported  # a session, and no row
        assert 0.2 < time.monotonic() - began < 5


@pytest.mark.slow
def test_two_restores_at_once_wait_for_each_other(small: Snapshot, database: str) -> None:
    results: list[RestoreResult] = []
    threads = [threading.Thread(target=lambda: results.append(restore(small, Target(database)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.schema_created for result in results) == [False, False, True]
    assert rows(database) == HELD


def test_settings_of_the_role_do_not_reach_into_the_transaction(
    small: Snapshot, database: str, databases: Callable[[], str]
) -> None:
    for name, value in (
        ("default_transaction_isolation", "serializable"),
        ("DateStyle", "'SQL, DMY'"),
        ("TimeZone", "'Asia/Tokyo'"),
        ("search_path", "pg_temp"),
    ):
        execute(database, f'BEGIN READ WRITE; ALTER DATABASE "{name_of(database)}" SET {name} = {value}; COMMIT')
    restore(small, Target(database))
    assert execute(database, "SELECT count(*) FROM public.crew") == [(3,)]
