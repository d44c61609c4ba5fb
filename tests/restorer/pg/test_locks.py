"""Test that locks are counted before anything is changed, and that a server with too little room is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import SnapError, TargetError
from snap.store import Snapshot, Store
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.live.side import live_side
from snap_restorer.local.embedded import Server
from snap_restorer.pg import locks
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.scanner import statements
from snap_restorer.pg.target import Connection, Target
from snap_restorer.prove.facts import examine
from snap_restorer.request import Request
from snap_restorer.restoring import restore
from tests.postgres import Servers, execute, fresh_databases, server
from tests.restorer.backing import taken

pytestmark = [pytest.mark.server, pytest.mark.slow]

YES = Request(guard=Guard(yes=True))
# The least that a server starts with: room for 10 locks of each of some twenty processes, and what memory is left over.
FEW = ("max_locks_per_transaction = 10", "max_connections = 8", "max_worker_processes = 1", "max_wal_senders = 0")
TABLES = """DO $$ BEGIN FOR i IN 1..{} LOOP
    EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a text, b int REFERENCES t%s (id), CHECK (b > 0))',
                   i, greatest(i - 1, 1));
    EXECUTE format('INSERT INTO t%s VALUES (1, ''x'', NULL)', i);
    FOR k IN 1..4 LOOP EXECUTE format('CREATE INDEX ON t%s (%s, id)', i, (ARRAY['a', 'b', 'a', 'b'])[k]); END LOOP;
END LOOP; END $$"""
PARTITIONS = """CREATE TABLE t1 (id int PRIMARY KEY, a text, b int) PARTITION BY RANGE (id);
CREATE INDEX ON t1 (a); CREATE INDEX ON t1 (b);
DO $$ BEGIN FOR i IN 1..{} LOOP
    EXECUTE format('CREATE TABLE t1_%s PARTITION OF t1 FOR VALUES FROM (%s) TO (%s)', i, i, i + 1);
    INSERT INTO t1 VALUES (i, 'x', 1); END LOOP; END $$"""
HELD = """SELECT count(DISTINCT (relation, classid, objid)::text) FROM pg_locks
    WHERE pid = pg_backend_pid() AND NOT fastpath"""


@pytest.fixture(scope="module")
def crowded() -> Iterator[Server]:
    with server(settings=FEW) as running:
        yield running


def captured(url: str, folder: Path) -> Snapshot:
    for name in ("manifests", "snapshots"):
        (folder / name).mkdir()
    request = CaptureRequest(version="c1", mask_key=b"k" * 32, created="2026-01-01T00:00:00+00:00", environment={})
    capture(Store(folder), Target(url), request)
    return Store(folder).resolve("c1")


def refused(error: pytest.ExceptionInfo[SnapError], work: str) -> None:
    assert error.value.code == 5
    assert error.value.unchanged
    assert work in error.value.message
    assert "locks in one transaction" in error.value.message
    assert error.value.hint.startswith("set max_locks_per_transaction to ")
    assert "(it is 10), and restart the server" in error.value.hint


@pytest.fixture(scope="module")
def wide(all_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Snapshot]]:
    """Yield snapshots of 120 tables with five indexes each, and of 150 partitions with three each."""
    pg = all_servers.get("18")
    assert pg is not None
    with fresh_databases(pg) as fresh:
        snapshots = {}
        for name, made in {"tables": TABLES.format(120), "partitions": PARTITIONS.format(150)}.items():
            url = fresh()
            execute(url, made)
            snapshots[name] = captured(url, tmp_path_factory.mktemp(name))
        yield snapshots


@pytest.mark.parametrize("kind", ["tables", "partitions"])
def test_what_needs_more_locks_than_there_is_room_for_is_refused(
    crowded: Server, wide: dict[str, Snapshot], kind: str, tmp_path: Path
) -> None:
    with fresh_databases(crowded) as fresh:
        target = Target(fresh())
        for request in (YES, replace(YES, dry_run=True)):
            with pytest.raises(TargetError) as error:
                restore(wide[kind], target, request)
            refused(error, "the schema of c1")
        (few,) = execute(target.conninfo, "SELECT count(*) FROM pg_class WHERE relname LIKE 't1%'")
        assert few == (0,)
        made = {"tables": TABLES, "partitions": PARTITIONS}[kind]
        for step in range(120 if kind == "tables" else 150):  # each in a transaction of its own, as migrations do
            execute(target.conninfo, _one(made, step + 1))
        before = _state(target.conninfo)
        for request in (YES, replace(YES, mode="missing"), replace(YES, mode="sync"), replace(YES, jobs=2)):
            with pytest.raises(TargetError) as error:
                restore(wide[kind], target, request)
            refused(error, "the restore of c1")
        with pytest.raises(TargetError) as error:
            taken(target.conninfo)
        refused(error, "restoring a backup of these schemas")
        with pytest.raises(TargetError) as error:
            captured(target.conninfo, tmp_path)
        refused(error, "the capture of c1")
        with pytest.raises(TargetError) as error, live_side(target, wide[kind].manifest):
            pass
        refused(error, "comparing these tables")
        with pytest.raises(TargetError) as error:
            examine(target, wide[kind].manifest)
        refused(error, "the health check")
        assert _state(target.conninfo) == before


def _state(url: str) -> tuple[list[tuple[Any, ...]], ...]:
    """Return the files of all relations, the constraints, and some rows, to show that nothing was changed."""
    return (
        execute(url, "SELECT oid, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"),
        execute(url, "SELECT oid FROM pg_constraint ORDER BY 1"),
        execute(url, "SELECT ctid, * FROM t1 WHERE id < 3"),
    )


def _one(made: str, number: int) -> str:
    text = made.format(number).replace("i IN 1..", f"i IN {number}..")
    return text if number == 1 else text[text.index("DO $$") :]


def test_the_locks_of_a_transaction_are_counted_before_it(
    any_pg: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count equals the number of locks that pg_locks shows at the end, or is larger.

    Minor versions of Postgres before 2026 lock no type or key that is created.
    """
    counted: list[int] = []
    require_room = locks.require_room

    def noted(connection: Connection, count: locks.LockCount, needed: int, work: str) -> None:
        counted.append(needed + locks.CATALOG)
        require_room(connection, count, needed, work)

    held: list[int] = []
    commit = psycopg.Connection.commit

    def observed(connection: psycopg.Connection[Any]) -> None:
        held.append(connection.execute(HELD).fetchone()[0])  # type: ignore[index]
        commit(connection)

    monkeypatch.setattr(locks, "require_room", noted)
    with fresh_databases(any_pg) as fresh:
        source, target = fresh(), Target(fresh())
        execute(source, TABLES.format(60))
        execute(source, PARTITIONS.format(60).replace("t1", "p1"))
        snapshot = captured(source, tmp_path)
        backup = taken(source)
        monkeypatch.setattr(psycopg.Connection, "commit", observed)
        for name, run in {
            "created": lambda: restore(snapshot, target, YES),
            "replaced": lambda: restore(snapshot, target, YES),
            "put back": lambda: put_back(Target(source), backup, PutBackRequest(guard=Guard(yes=True))),
        }.items():
            counted.clear()
            held.clear()
            run()
            assert 0.95 < max(counted) / max(held) < 1.6, (name, counted, held)


def test_locks_of_schema_sql_are_counted_by_statement() -> None:
    text = """CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a, c int GENERATED ALWAYS AS IDENTITY, UNIQUE (b));
    CREATE UNIQUE INDEX i ON a (c); CREATE SEQUENCE s; CREATE VIEW v AS SELECT 1;
    CREATE MATERIALIZED VIEW m AS SELECT 1; COMMENT ON TABLE a IS 'PRIMARY KEY'; CREATE FUNCTION f() RETURNS int
    LANGUAGE sql AS 'SELECT 1'; ALTER TABLE ONLY a ADD CONSTRAINT x FOREIGN KEY (b) REFERENCES a (id)"""
    assert locks.of_statements(statements(text)) == (4 + 2 + 1 + 1 + 2) + 1 + 1 + 2 + 11 + 1
