"""Test that a temporary database is removed completely, whatever still runs in it at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from snap_restorer import Target
from snap_restorer.clones.scratch_database import scratch_database
from tests.postgres import execute

# 100,000 dead rows, and a worker that sleeps after each page.
SLOW = """
CREATE TABLE t (id int) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
    autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);
INSERT INTO t SELECT generate_series(1, 100000);
DELETE FROM t
"""
WORKERS = "SELECT FROM pg_stat_activity WHERE datname = %s AND backend_type = 'autovacuum worker'"


@pytest.fixture
def eager_autovacuum(admin: str) -> Iterator[None]:
    execute(admin, "ALTER SYSTEM SET autovacuum_naptime = '1s'")
    execute(admin, "SELECT pg_reload_conf()")
    yield
    execute(admin, "ALTER SYSTEM SET autovacuum_naptime = '1h'")
    execute(admin, "SELECT pg_reload_conf()")


@pytest.mark.slow
@pytest.mark.usefixtures("eager_autovacuum")
def test_it_is_dropped_while_autovacuum_and_a_client_work_in_it(admin: str, roles: Callable[[str], Target]) -> None:
    with scratch_database(roles("maker").at("postgres")) as target:
        client = psycopg.connect(target.conninfo, autocommit=True)
        client.execute(SLOW)
        name = client.info.dbname
        deadline = time.monotonic() + 60
        with psycopg.connect(admin, autocommit=True) as watching:
            while not watching.execute(WORKERS, [name]).rowcount:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    assert execute(admin, f"SELECT FROM pg_database WHERE datname = '{name}'") == []
    with pytest.raises(psycopg.OperationalError):
        client.execute("SELECT")
