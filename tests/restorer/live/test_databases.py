"""Test foreign databases from capture to restore, edits and sync; their files define the expected results."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest

from snap.compare import Diff, compare, snapshot_side
from snap.errors import SnapError, TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.live.side import live_side
from snap_restorer.local.embedded import Server
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.cases.source_database import NAMES, SourceDatabase, read
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute, fresh_databases
from tests.progress import Recorded

# Functions of these read a table of another connection.
READERS = {"05_check_that_reads_another_table", "05b_check_that_finds_by_search_path"}
# What a careless hand does to any database: some rows of each table go, and no key or trigger stops it.
LOSS = """
SET session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND oid >= 16384
    AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, to_regnamespace('snap'))
  LOOP
    EXECUTE format('DELETE FROM ONLY %s WHERE ctid IN (SELECT ctid FROM ONLY %1$s LIMIT 3)', name);
  END LOOP;
END $$
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_database_comes_back_the_same_on_each_version(name: str, any_pg: Server, take: Capture, store: Store) -> None:
    with fresh_databases(any_pg) as fresh:
        comes_back(read(name), fresh(), fresh(), take, store)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*NAMES[::3], *READERS}))
def test_a_database_comes_back_the_same_over_two_connections(
    name: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    case, fill = read(name), Request(jobs=2, trust_code=True)
    if name in READERS:
        with pytest.raises((AssertionError, TargetError), match="cannot load these tables at the same time"):
            comes_back(case, databases(), databases(), take, store, fill)
        return
    comes_back(case, databases(), databases(), take, store, fill)


ALONE = Request(trust_code=True)


def comes_back(
    case: SourceDatabase, source: str, target: str, take: Capture, store: Store, fill: Request = ALONE
) -> None:
    """Capture `source`, restore it into `target`, edit the target, and sync it.

    After the restore and the sync the target must have the rows and the schema of the source. `fill` is the request
    that replaces all rows.
    """
    [(server,)] = execute(source, "SELECT current_setting('server_version_num')::integer / 10000")
    if not case.versions[0] <= server <= case.versions[1]:
        pytest.skip(f"not for Postgres {server}")
    try:
        execute(source, case.source)
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile, psycopg.errors.UndefinedObject) as error:
        if not case.needs:
            raise
        pytest.skip(f"this server lacks {case.needs}: {error}")
    progress = Recorded()
    if case.capture_refuses:
        with pytest.raises(SnapError, match=re.escape(case.capture_refuses)):
            take(source, progress=progress, trust_code=True)
        assert store.names() == ()
        return
    manifest = take(source, progress=progress, trust_code=True)
    for text in case.warnings:
        assert any(text in warning for warning in progress.warnings), progress.warnings
    assert len(progress.warnings) == len(case.warnings), progress.warnings

    if case.target:
        execute(target, case.target)
    made = store.resolve(manifest.version)
    if case.restore_refuses:
        before = fingerprint(target)
        with pytest.raises(SnapError, match=re.escape(case.restore_refuses)):
            restore(made, Target(target), fill)
        if fill.jobs == 1:  # else the tables that were created stay, empty
            assert changes(before, fingerprint(target)) == []
        return
    restore(made, Target(target), fill)
    if not case.target:
        second = take(target, trust_code=True)
        assert second.schema_sql == manifest.schema_sql
        assert second.digest == manifest.digest
        assert second.sequences == manifest.sequences
    assert compared(made, target).identical
    if case.sync_refuses:
        with pytest.raises(SnapError, match=re.escape(case.sync_refuses)):
            restore(made, Target(target), Request(mode="sync", trust_code=True))
        return
    for mode in ("replace", "missing", "sync"):
        result = restore(made, Target(target), fill if mode == "replace" else Request(mode=mode, trust_code=True))
        assert result.conflicts == ()
        assert compared(made, target).identical, mode
        if mode != "replace":
            assert all(table.unchanged == table.rows for table in result.tables), (mode, result.tables)
    execute(target, case.edits or LOSS)
    if any(data.rows for data in manifest.tables):
        assert not compared(made, target).identical
    restore(made, Target(target), Request(mode="missing", trust_code=True))
    restore(made, Target(target), Request(mode="sync", trust_code=True))
    assert compared(made, target).identical
    if not case.target:
        assert take(target, trust_code=True).schema_sql == manifest.schema_sql


def compared(made: Snapshot, url: str) -> Diff:
    """Compare a snapshot with a database, with trust in the database's code."""
    with live_side(Target(url), made.manifest, trust_code=True) as live:
        return compare(snapshot_side(made), live)
