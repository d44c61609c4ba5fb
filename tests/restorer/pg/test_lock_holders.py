"""Test that errors name the holder of a lock wherever a session did not get the lock in time."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Request, Target, restore
from tests.postgres import execute


def refused(url: str, statement: str) -> TargetError:
    with pytest.raises(TargetError) as failed, Target(url).connect() as connection:
        connection.execute(f"SET LOCAL lock_timeout = 20; {statement}")
    return failed.value


def test_a_session_is_named_with_its_program_its_tables_and_its_time(database: str) -> None:
    execute(database, "CREATE TABLE a (i int); CREATE SCHEMA s; CREATE TABLE s.b (i int); CREATE TABLE free (i int)")
    with psycopg.connect(database, application_name="psql") as other:
        other.execute("LOCK TABLE a, s.b")
        message = refused(database, "SELECT FROM public.a").message
        pid = other.info.backend_pid
    named = f"session {pid} of postgres (psql), idle in transaction, for 0 s holds a, s.b"
    assert message == f"lock held: canceling statement due to lock timeout: {named}"


def test_a_role_without_rights_on_statistics_sees_who_it_is(database: str) -> None:
    execute(database, "CREATE TABLE a (i int); CREATE ROLE keeper LOGIN PASSWORD 'p'; GRANT ALL ON a TO keeper")
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE a")
        message = refused(make_conninfo(database, user="keeper", password="p"), "SELECT FROM public.a").message
        pid = other.info.backend_pid
    assert f"session {pid} of postgres" in message
    assert message.endswith(" holds a")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["replace", "sync", "missing"])
def test_a_restore_names_who_it_waited_for(small: Snapshot, database: str, mode: str) -> None:
    restore(small, Target(database))
    with psycopg.connect(database, application_name="app") as other:
        other.execute("UPDATE crew SET name = name")
        with pytest.raises(TargetError, match="lock held") as failed:
            restore(small, Target(database), Request(mode=mode, lock_timeout_s=0.2))  # type: ignore[arg-type]
        pid = other.info.backend_pid
    assert f"session {pid} of postgres (app), idle in transaction" in failed.value.message
    assert failed.value.hint.endswith("raise the lock timeout")
