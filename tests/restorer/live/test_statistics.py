"""Test which planner statistics a capture includes: existing ones, and never a value that the rows lack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from snap.planner_statistics import read_statistics
from snap.store import Store
from snap_restorer import Target, restore
from tests.cases.captures import Capture
from tests.postgres import execute, fresh_databases

SECRET = "the-secret"
SQL = """
CREATE TABLE open (id int PRIMARY KEY, v text, w text GENERATED ALWAYS AS (upper(v)) STORED);
CREATE INDEX open_idx ON open (lower(v));
CREATE TABLE masked (id int PRIMARY KEY, v text, w text GENERATED ALWAYS AS (upper(v)) STORED, n int);
CREATE INDEX masked_idx ON masked (lower(v));
CREATE TABLE left_out (id int PRIMARY KEY, v text);
CREATE TABLE policed (id int PRIMARY KEY, v text);
CREATE TABLE erased (id int PRIMARY KEY, v text);
CREATE TABLE replaced (id int PRIMARY KEY, v text);
CREATE TABLE by_uuid (id uuid PRIMARY KEY, n int);
CREATE TABLE unsorted (id int PRIMARY KEY, n int);
INSERT INTO open (id, v) SELECT i, 'v' || i % 7 FROM generate_series(1, 500) i;
INSERT INTO masked (id, v, n) SELECT i, 'the-secret', i FROM generate_series(1, 500) i;
INSERT INTO left_out SELECT i, 'the-secret' FROM generate_series(1, 500) i;
INSERT INTO policed SELECT i, 'v' FROM generate_series(1, 500) i;
INSERT INTO erased SELECT i, 'the-secret' FROM generate_series(1, 500) i;
INSERT INTO replaced SELECT i, 'the-secret' FROM generate_series(1, 500) i;
INSERT INTO by_uuid SELECT md5(i::text)::uuid, i FROM generate_series(1, 500) i;
INSERT INTO unsorted SELECT i, i FROM generate_series(1, 500) i ORDER BY md5(i::text);
ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
"""
ERASED = "DELETE FROM erased WHERE id > 1; UPDATE erased SET v = 'v'; UPDATE replaced SET v = 'v'"


@pytest.fixture
def source(databases: Callable[[], str]) -> str:
    url = databases()
    for statements in (SQL, "ANALYZE", ERASED):  # each a transaction of its own
        execute(url, statements)
        await_reports(url)
    execute(url, "SELECT pg_sleep(1.2)")  # from what ANALYZE reports to its commit
    return url


def await_reports(url: str) -> None:
    """Wait until ended sessions have reported how many rows they wrote, which they do before they leave the list."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 30
    while execute(url, others) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def written(store: Store, version: str) -> Iterator[bytes]:
    """Yield every file of a version, and its manifest."""
    folder = store.resolve(version).folder
    for path in (*folder.rglob("*"), folder.parents[1] / "manifests" / f"{version}.json"):
        if path.is_file():
            yield path.read_bytes()


@pytest.mark.slow
def test_no_statistic_holds_what_no_row_of_the_capture_holds(source: str, take: Capture, store: Store) -> None:
    manifest = take(source, masks=("masked.v",), exclude=("left_out",))
    statistics = read_statistics(store.resolve(manifest.version))
    assert statistics is not None
    assert [table.name for table in statistics.tables] == ["by_uuid", "open"]
    for data in written(store, manifest.version):
        assert SECRET.encode() not in data
        assert SECRET.upper().encode() not in data


def test_the_same_secret_would_be_there_unmasked(source: str, take: Capture, store: Store) -> None:
    manifest = take(source, tables=("masked",))
    assert any(SECRET.encode() in data for data in written(store, manifest.version))
    statistics = read_statistics(store.resolve(manifest.version))
    assert statistics is not None
    assert SECRET in json.dumps([dict(each.values) for table in statistics.tables for each in table.attributes])


@pytest.mark.slow
def test_captured_statistics_are_imported_and_the_rest_is_analyzed(
    source: str, take: Capture, store: Store, databases: Callable[[], str]
) -> None:
    snapshot = store.resolve(take(source).version)
    target = databases()
    result = restore(snapshot, Target(target)).statistics
    assert (result.imported, result.analyzed) == (4, 4)
    known = """
        SELECT tablename, attname, to_jsonb(s) - 'correlation' FROM pg_stats s
        WHERE schemaname = 'public' ORDER BY 1, 2"""
    before = execute(target, known)
    assert {(relation, column) for relation, column, _ in before} >= {("open_idx", "lower"), ("open", "w")}
    execute(target, "ANALYZE")
    assert execute(target, known) == before


@pytest.mark.slow
def test_a_random_key_leaves_no_order_to_other_columns(source: str, take: Capture, store: Store) -> None:
    statistics = read_statistics(store.resolve(take(source, tables=("by_uuid", "unsorted")).version))
    assert statistics is not None
    (table,) = statistics.tables
    assert {each.name: each.values["correlation"] for each in table.attributes} == {"id": "1", "n": "0"}


@pytest.mark.slow
def test_an_analyze_of_some_columns_is_not_enough(source: str, take: Capture, store: Store) -> None:
    execute(source, "INSERT INTO open VALUES (0, 'more')")
    execute(source, "ANALYZE open (id)")
    execute(source, "SELECT pg_sleep(1.2)")
    assert read_statistics(store.resolve(take(source, tables=("open",)).version)) is None


@pytest.mark.slow
def test_a_role_takes_what_it_may_read_of_them(source: str, take: Capture, store: Store) -> None:
    execute(source, "CREATE ROLE reader LOGIN PASSWORD 'p'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    reader = psycopg.conninfo.make_conninfo(source, user="reader", password="p", passfile="")
    statistics = read_statistics(store.resolve(take(reader, tables=("open", "by_uuid")).version))
    assert statistics is not None
    assert [table.name for table in statistics.tables] == ["by_uuid"]  # an index shows its expressions to owners
    execute(source, "REVOKE SELECT ON pg_catalog.pg_stats FROM PUBLIC")
    assert read_statistics(store.resolve(take(reader, tables=("by_uuid",)).version)) is None


@pytest.mark.slow
def test_an_older_server_gives_none(take: Capture, store: Store, all_servers: Any) -> None:
    older = all_servers.get("17")
    if older is None:
        pytest.skip("no Postgres 17 here")
    with fresh_databases(older) as fresh:
        url = fresh()
        execute(url, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 99)")
        execute(url, "ANALYZE t")
        execute(url, "SELECT pg_sleep(1.2)")
        assert take(url).planner_statistics is None
