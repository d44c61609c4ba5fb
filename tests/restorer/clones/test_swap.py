"""Test that a copy takes the place of a database in use, in a real Postgres."""

from __future__ import annotations

import threading

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, clone_into
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.clones import leftovers, oid, run_to
from tests.cases.crew import HELD, rows
from tests.postgres import execute


@pytest.mark.slow
def test_a_session_in_the_target_is_named_and_never_ended(small: Snapshot, database: str, admin: str) -> None:
    with psycopg.connect(database, application_name="a web app") as other:
        pid = other.info.backend_pid
        for options in ({}, {"guard": Guard(yes=True)}, {"dry_run": True}):
            with pytest.raises(TargetError) as refused:
                clone_into(small, Target(database), Request(lock_timeout_s=0.2, **options))
            assert f"- session {pid} of postgres (a web app)" in refused.value.message
        assert other.execute("SELECT 1").fetchone() == (1,)
    assert leftovers(admin) == []
    clone_into(small, Target(database))
    assert rows(database) == HELD


@pytest.mark.slow
def test_a_session_that_leaves_in_time_is_waited_for(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    with psycopg.connect(database) as other:
        ending = threading.Timer(0.3, other.close)
        ending.start()
        clone_into(small, Target(database))
    assert rows(database) == HELD


@pytest.mark.slow
def test_rows_written_while_it_copies_are_noticed(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    before = oid(database)
    steps = run_to(small, database, "copy prepared")
    execute(database, "INSERT INTO crew (name) VALUES ('late')")
    with pytest.raises(TargetError, match="crew has 4, 1 more than snap put there"):
        next(steps)
    assert (oid(database), leftovers(admin)) == (before, [])


def test_objects_made_while_it_copies_are_noticed(small: Snapshot, database: str, admin: str) -> None:
    steps = run_to(small, database, "copy prepared")
    execute(database, "CREATE TABLE late ()")
    with pytest.raises(TargetError, match="was altered during this run"):
        next(steps)
    assert execute(database, "SELECT count(*) FROM late") == [(0,)]


@pytest.mark.slow
def test_writes_that_change_no_count_delay_the_swap_only(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    steps = run_to(small, database, "copy prepared")
    execute(database, "UPDATE crew SET name = upper(name)")
    assert [*steps] == ["swapped", "old dropped"]
    assert rows(database) == HELD
