"""Test reading which snapshot a database holds by its ledger, and its tables' present row counts."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Store
from snap_restorer import Server, Target, read_holding, restore
from snap_restorer.pg import journal
from snap_restorer.prove.holding import Drift
from tests.cases import toy
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute, name_of

LOG = 'ship."Log book"'


@pytest.fixture
def url(database: str, tmp_path: Path) -> str:
    restore(toy.publish(Store(tmp_path), "v1"), Target(database))
    return database


@pytest.mark.slow
def test_a_database_as_it_was_restored_has_not_drifted(url: str) -> None:
    before = fingerprint(url)
    holding = read_holding(Target(url))
    assert holding.entry is not None
    assert (holding.entry.version, holding.entry.loaded_at is not None) == ("v1", True)
    assert (holding.drifts, holding.unread, holding.night) == ((), (), None)
    assert changes(before, fingerprint(url)) == []


def test_without_a_ledger_nothing_is_counted(database: str) -> None:
    execute(database, "CREATE TABLE t (i int)")
    holding = read_holding(Target(database))
    assert (holding.entry, holding.drifts) == (None, ())


def test_tables_with_more_rows_or_fewer_or_none_any_more_have_drifted(url: str) -> None:
    execute(url, f"DELETE FROM {LOG}")
    execute(url, "CREATE TABLE kept AS TABLE crew; DROP TABLE crew CASCADE; CREATE VIEW crew AS TABLE kept")
    assert read_holding(Target(url)).drifts == (
        Drift(name="crew", recorded=10, found=None),  # a view is no table: what it runs is not run
        Drift(name="ship.Log book", recorded=20, found=0),
    )


def test_tables_that_this_role_may_not_read_whole_are_named_and_not_counted(pg: Server, url: str) -> None:
    execute(
        url,
        f"""CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA ship, snap TO plain;
        GRANT SELECT ON {LOG}, snap.ledger TO plain; ALTER TABLE {LOG} ENABLE ROW LEVEL SECURITY""",
    )
    plain = f"host={pg.socket} port={pg.port} user=plain dbname='{name_of(url)}'"
    holding = read_holding(Target(plain))
    assert (holding.unread, holding.drifts) == (("crew", "ship.Log book"), ())


def test_a_ledger_that_names_what_is_no_table_is_not_ours(url: str) -> None:
    execute(url, """UPDATE snap.ledger SET rows = '{"a..b": 1}'""")
    with pytest.raises(TargetError, match="has values that snap does not write: rows"):
        read_holding(Target(url))


def test_a_table_that_stays_locked_is_said(url: str) -> None:
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE crew IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TargetError, match="lock held"):
            read_holding(Target(url), lock_timeout_s=0.05)


def test_a_night_that_was_cut_is_told(url: str) -> None:
    night = journal.take(Target(url), holder="h", token="t", lease_s=60)
    assert isinstance(night, int)
    assert read_holding(Target(url)).night is None
    assert journal.touch(Target(url), night, "t", None)
    held = read_holding(Target(url)).night
    assert held is not None
    assert held.id == night
