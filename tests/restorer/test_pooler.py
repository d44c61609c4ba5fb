"""Test restores through a PgBouncer in transaction mode. It reuses sessions, so no setting of snap may stay in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import SnapError, TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of

HELD = table("t", ("d", "date"), ("i", "interval"), schema="app")
CREATE = "CREATE SCHEMA app; CREATE TABLE app.t (d date, i interval);"
# What pg_dump writes, what people write, whose rights it takes, and a setting of a prefix of its own.
SETS = """
SET search_path = ''; SELECT pg_catalog.set_config('search_path', '', false); SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Tokyo'; SET IntervalStyle = 'sql_standard';
SET statement_timeout = '9min'; SET lock_timeout = '9min'; SET row_security = on;
SET session_replication_role = replica;
SET default_transaction_read_only = on; SET app.tenant = 'leak';
SET work_mem = '7MB'; SET SESSION AUTHORIZATION other; SET LOCAL enable_seqscan = off;
"""
TRUSTED = Request(trust_code=True)


@pytest.fixture
def pooled(database: str, bouncer_port: int) -> str:
    """Return the database through the pooler, whose only session with the server has some settings of its own."""
    execute(database, "CREATE ROLE other SUPERUSER")
    name = name_of(database)
    url = f"host=127.0.0.1 port={bouncer_port} user=postgres dbname='{name}'"
    execute(url, "SET search_path TO pg_catalog; SET work_mem TO '5MB'; SET TimeZone TO 'Europe/Paris'")
    return url


def session(url: str) -> tuple[int, dict[str, str], list[Any]]:
    """Return the server process behind the pooler, all its settings, and everything else that a session can hold."""
    # The pooler itself sets application_name and client_encoding for each client: those that snap has.
    like_snap: dict[str, Any] = {"application_name": "snap", "client_encoding": "UTF8", "prepare_threshold": None}
    with psycopg.connect(url, autocommit=True, **like_snap) as connection:
        cursor = connection.cursor()
        (process,) = cursor.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        # Those of PL/pgSQL come once it is loaded, with their defaults.
        known = "SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'"
        settings = dict(cursor.execute(known).fetchall())
        more = cursor.execute(
            """SELECT session_user, current_user, coalesce(current_setting('app.tenant', true), ''),
            (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype IN ('advisory', 'relation')
                AND relation IS DISTINCT FROM 'pg_locks'::regclass),
            (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE name <> '')"""
        ).fetchall()
    return process, settings, more


@pytest.fixture
def loud(tmp_path: Path) -> Snapshot:
    interval = {"months": 0, "days": 1, "microseconds": 43_200_000_000}
    return snapshot(tmp_path, [(HELD, [(3, interval)])], SETS + CREATE)


def test_a_schemas_settings_end_with_the_restore(pooled: str, database: str, loud: Snapshot) -> None:
    before = session(pooled)
    assert before[1]["work_mem"] == "5120"
    restore(loud, Target(pooled), TRUSTED)
    assert session(pooled) == before
    assert execute(database, "SELECT d::text, i::text FROM app.t") == [("1970-01-04", "1 day 12:00:00")]
    restore(loud, Target(pooled), TRUSTED)
    assert session(pooled) == before


def test_a_dry_run_leaves_nothing(pooled: str, database: str, loud: Snapshot) -> None:
    before = session(pooled)
    restore(loud, Target(pooled), Request(dry_run=True, trust_code=True))
    assert session(pooled) == before
    assert execute(database, "SELECT 1 FROM pg_namespace WHERE nspname IN ('app', 'snap')") == []


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (SETS + CREATE + "SELECT 1 / 0", "division by zero"),
        (
            SETS + CREATE + "ALTER TABLE app.t ADD UNIQUE (d), ADD CHECK (d < 'epoch')",
            "check constraint .* is violated",
        ),
        (SETS + CREATE.replace("d date", "d int"), "which cannot hold every value"),
    ],
)
def test_a_restore_that_fails_leaves_nothing(
    pooled: str, database: str, loud: Snapshot, tmp_path: Path, sql: str, message: str
) -> None:
    before = session(pooled)
    made = snapshot(tmp_path / "bad", [(HELD, [(3, None)])], sql)
    with pytest.raises(SnapError, match=message):
        restore(made, Target(pooled), TRUSTED)
    assert session(pooled) == before


def test_a_refused_restore_leaves_nothing(pooled: str, database: str, loud: Snapshot) -> None:
    execute(database, CREATE + "INSERT INTO app.t VALUES ('epoch')")
    before = session(pooled)
    with pytest.raises(TargetError, match="no ledger says"):
        restore(loud, Target(pooled), TRUSTED)
    assert session(pooled) == before
