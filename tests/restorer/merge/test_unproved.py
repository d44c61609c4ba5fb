"""Test the modes missing and sync with rows that break NOT VALID constraints."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.cases.missing_rows import inserted, missing, reasons
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute
from tests.progress import Recorded

SQL = """
CREATE DOMAIN age AS int;
CREATE TABLE p (id int PRIMARY KEY, n int);
CREATE TABLE c (id int PRIMARY KEY, p int, a age);
INSERT INTO p VALUES (1, 1), (2, -2), (3, -3);
INSERT INTO c VALUES (1, 1, 5), (2, 9, 6), (3, 1, -7);
ALTER TABLE p ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
ALTER TABLE c ADD CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p NOT VALID;
ALTER DOMAIN age ADD CONSTRAINT old CHECK (VALUE > 0) NOT VALID;
COMMENT ON CONSTRAINT old ON DOMAIN age IS 'since 2010';
"""
LOSS = "DELETE FROM c; DELETE FROM p; INSERT INTO p VALUES (2, 7)"


@pytest.fixture
def made(databases: Callable[[], str], take: Capture, store: Store) -> Snapshot:
    source = databases()
    execute(source, SQL)
    return store.resolve(take(source, trust_code=True).version)


def sync(made: Snapshot, url: str, progress: Recorded | None = None) -> None:
    restore(made, Target(url), Request(mode="sync", trust_code=True, lock_timeout_s=0.5), progress=progress)


def test_sync_writes_them_and_the_constraints_come_back_as_they_were(made: Snapshot, database: str) -> None:
    restore(made, Target(database), Request(trust_code=True))
    before = fingerprint(database, ledger=False)
    execute(database, LOSS)
    heard = Recorded()
    sync(made, database, heard)
    assert changes(before, fingerprint(database, ledger=False)) == []
    assert [line.partition(" wait")[0] for line in heard.warnings] == ["readers of table p", "readers of table c"]


@pytest.mark.slow
def test_missing_skips_those_that_break_a_tables_own(made: Snapshot, database: str) -> None:
    restore(made, Target(database), Request(trust_code=True))
    execute(database, LOSS)
    result = missing(made, database, trust_code=True)
    assert inserted(result) == {"p": 1, "c": 2}
    assert [(name, key) for name, key, _ in reasons(result)] == [("p", "3"), ("c", "2")]
    with pytest.raises(psycopg.errors.CheckViolation):
        execute(database, "INSERT INTO c VALUES (8, 1, -1)")


@pytest.mark.slow
def test_who_reads_waits_only_where_rows_are_written(made: Snapshot, database: str) -> None:
    restore(made, Target(database), Request(trust_code=True))
    execute(database, "INSERT INTO p VALUES (8, 8)")
    with psycopg.connect(database) as reader:
        reader.execute("TABLE p")
        sync(made, database)
        sync(made, database)
        execute(database, "DELETE FROM p WHERE id = 3")
        with pytest.raises(TargetError, match="lock held"):
            sync(made, database)
    sync(made, database)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE p DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (n > 1) NOT VALID",
        "ALTER TABLE c DROP CONSTRAINT c_p, ADD CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p DEFERRABLE NOT VALID",
        "ALTER DOMAIN age DROP CONSTRAINT old; ALTER DOMAIN age ADD CONSTRAINT old CHECK (VALUE > 1) NOT VALID",
    ],
    ids=["check", "foreign key", "domain"],
)
def test_what_the_snapshot_does_not_know_binds_its_rows(made: Snapshot, database: str, change: str) -> None:
    restore(made, Target(database), Request(trust_code=True))
    execute(database, change + ";" + LOSS)
    before = fingerprint(database)
    with pytest.raises(TargetError, match=r"violates"):
        sync(made, database)
    assert changes(before, fingerprint(database)) == []
