"""Test replacing whole databases by copies of a template: repeatedly, killed half way, several at once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

import snap_restorer
from snap.errors import SnapError, TargetError
from snap.store import Snapshot, Store
from snap_restorer import Server, Target, clone_into
from snap_restorer.clones.cloning import clone_steps
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases import toy
from tests.cases.clones import job, leftovers, oid, run_to
from tests.cases.crew import HELD, SQL, rows
from tests.cases.on_server import described, templates
from tests.paths import ROOT
from tests.postgres import bouncer, bouncer_program, execute, name_of
from tests.threads import at_once

STEPS = (
    *("template created", "template filled", "template recorded", "template ready", "locked"),
    *("copy created", "copy prepared", "swapped", "old dropped"),
)


@pytest.mark.slow
def test_a_second_clone_equals_the_first_and_uses_the_same_template(small: Snapshot, database: str, admin: str) -> None:
    result = clone_into(small, Target(database))
    assert rows(database) == HELD
    assert (result.schema_created, result.verified, result.mode, result.version) == (True, "counts", "replace", "v1")
    assert [(t.name, t.rows, t.inserted, t.deleted) for t in result.tables] == [("note", 2, 2, 0), ("crew", 3, 3, 0)]
    (made,) = templates(admin)
    first = oid(database)
    again = clone_into(small, Target(database))
    assert rows(database) == HELD
    assert not again.schema_created
    assert [(t.name, t.inserted, t.deleted) for t in again.tables] == [("note", 2, 2), ("crew", 3, 3)]
    assert templates(admin) == [made]
    assert oid(database) != first
    assert leftovers(admin) == []


@pytest.mark.slow
def test_the_ledger_tells_of_the_clone(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    last = "SELECT version, digest, mode, state, rows, now() - loaded_at < '1 minute' FROM snap.ledger ORDER BY id DESC"
    assert execute(database, last)[0] == ("v1", small.manifest.digest, "clone", "done", {"crew": 3, "note": 2}, True)
    (before,) = execute(database, "SELECT max(loaded_at) FROM snap.ledger")[0]
    clone_into(small, Target(database))
    assert execute(database, "SELECT max(loaded_at) FROM snap.ledger")[0][0] > before


@pytest.mark.slow
def test_a_clone_is_replaced_in_place_and_back(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    assert [t.deleted for t in snap_restorer.restore(small, Target(database)).tables] == [2, 3]
    assert [t.deleted for t in clone_into(small, Target(database)).tables] == [2, 3]
    assert rows(database) == HELD


@pytest.mark.slow
def test_a_database_that_is_not_there_is_created(small: Snapshot, pg: Server, admin: str) -> None:
    url = pg.url("made by clone")
    try:
        result = clone_into(small, Target(url))
        assert rows(url) == HELD
        assert (result.schema_created, [t.deleted for t in result.tables]) == (True, [0, 0])
        assert described(url, "made by clone") is None
    finally:
        execute(admin, 'DROP DATABASE IF EXISTS "made by clone"')


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ['Se"lect; -- %s {}', " ", "it's\\ a = 'b'", "SELECT", "ä" * 31 + "x", "postgresql://x"]
)
def test_hostile_database_names(small: Snapshot, pg: Server, admin: str, name: str) -> None:
    target = Target(psycopg.conninfo.make_conninfo(pg.url("postgres"), dbname=name))
    quoted = name.replace('"', '""')
    if "://" in name:
        target = Target(pg.url(name))
    execute(admin, f'CREATE DATABASE "{quoted}"')
    try:
        clone_into(small, target)
        clone_into(small, target)
        assert rows(target.conninfo) == HELD
        assert leftovers(admin) == []
    finally:
        execute(admin, f'DROP DATABASE "{quoted}"')


@pytest.mark.slow
def test_a_migrated_database_that_holds_the_same_is_replaced(small: Snapshot, database: str, admin: str) -> None:
    execute(database, SQL)
    snap_restorer.restore(small, Target(database))
    assert [t.deleted for t in clone_into(small, Target(database)).tables] == [2, 3]
    assert rows(database) == HELD


@pytest.mark.slow
def test_a_dry_run_changes_nothing(small: Snapshot, database: str, pg: Server, admin: str) -> None:
    before = oid(database)
    for _ in range(2):
        result = clone_into(small, Target(database), Request(dry_run=True))
        assert (result.schema_created, result.verified) == (True, "none")
        assert [(t.name, t.inserted, t.deleted) for t in result.tables] == [("note", 2, 0), ("crew", 3, 0)]
    assert (oid(database), templates(admin), leftovers(admin)) == (before, [], [])
    execute(database, SQL)
    assert not clone_into(small, Target(database), Request(dry_run=True)).schema_created
    clone_into(small, Target(pg.url("not there")), Request(dry_run=True))
    assert execute(admin, "SELECT FROM pg_database WHERE datname = 'not there'") == []
    assert (oid(database), templates(admin), leftovers(admin)) == (before, [], [])


@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_the_servers_own_databases_are_refused(small: Snapshot, pg: Server, admin: str, name: str) -> None:
    with pytest.raises(TargetError, match="belongs to the server itself"):
        clone_into(small, Target(pg.url(name)))


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_lost_connection_at_any_step_leaves_the_old_or_the_new(
    small: Snapshot, database: str, admin: str, step: str
) -> None:
    execute(database, SQL + "INSERT INTO crew (name) VALUES ('old')")
    steps = clone_steps(job(small, database, guard=Guard(yes=True)))
    while next(steps) != step:
        pass
    execute(
        admin,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'snap' "
        "AND pid <> pg_backend_pid()",
    )
    with contextlib.suppress(SnapError, StopIteration):
        next(steps)
    with contextlib.suppress(SnapError):
        steps.close()
    names = [name for (name,) in execute(database, "SELECT name FROM crew ORDER BY id")]
    assert names == (["old"] if STEPS.index(step) < STEPS.index("swapped") else ["ann", "bob", "cy\t\\"])
    clone_into(small, Target(database), Request(guard=Guard(yes=True)))
    assert rows(database) == HELD
    assert leftovers(admin) == []
    assert len(templates(admin)) == 1


CHILD = """
import os, sys
from pathlib import Path
from snap_restorer import Request, Target
from snap_restorer.clones.cloning import clone_steps
from snap_restorer.clones.job import CloneJob
from snap.progress import Silent
from snap.store import Store
root, url, name, last = sys.argv[1:]
job = CloneJob(snapshot=Store(Path(root)).resolve("v1"), target=Target(url), name=name,
          request=Request(lock_timeout_s=5), shift_days=0, progress=Silent())
for step in clone_steps(job):
    if step == last:
        os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=() if step == "copy prepared" else pytest.mark.slow) for step in STEPS]
)
def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, database: str, admin: str, step: str) -> None:
    for folder in ("manifests", "snapshots"):
        (tmp_path / folder).mkdir()
    made = toy.publish(Store(tmp_path), "v1")
    before = oid(database)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), database, name_of(database), step], env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert (oid(database) == before) == (STEPS.index(step) < STEPS.index("swapped"))
    clone_into(made, Target(database))
    assert execute(database, "SELECT count(*) FROM crew") == [(10,)]
    assert leftovers(admin) == []
    assert len(templates(admin)) == 1


@pytest.mark.slow
def test_leftovers_of_other_targets_are_dropped_unless_somebody_is_at_work(
    small: Snapshot, databases: Any, admin: str
) -> None:
    from snap_restorer.clones import databases as d

    abandoned, busy, mine = f"snap_new_{d.digest('gone')}", f"snap_new_{d.digest('busy')}", databases()
    foreign = f"snap_old_{d.digest('theirs')}"
    for name, told in ((abandoned, "gone"), (busy, "busy")):
        execute(admin, f"CREATE DATABASE {name}")
        execute(admin, f"COMMENT ON DATABASE {name} IS 'snap clone, unfinished: will be {told}'")
    execute(admin, f"CREATE DATABASE {foreign}")
    with d.serve(Target(mine)) as other:
        d.begin(other)
        d.lock(other, "database busy")
        clone_into(small, Target(mine))
    assert set(leftovers(admin)) == {busy, foreign}


@pytest.mark.slow
def test_clones_at_once_of_one_target_follow_each_other(small: Snapshot, database: str, admin: str) -> None:
    assert at_once([lambda: clone_into(small, Target(database))] * 3) == []
    assert rows(database) == HELD
    assert (len(templates(admin)), leftovers(admin)) == (1, [])


@pytest.mark.slow
def test_a_lock_of_another_run_is_waited_for_and_then_refused(small: Snapshot, database: str, admin: str) -> None:
    steps = run_to(small, database, "locked")
    with pytest.raises(TargetError, match="lock held: another run is still replacing database"):
        clone_into(small, Target(database), Request(lock_timeout_s=0.2))
    with pytest.raises(TargetError, match="lock held"):
        clone_into(small, Target(database), Request(lock_timeout_s=0.2, dry_run=True))
    assert [*steps][-1] == "old dropped"


@pytest.mark.skipif(bouncer_program() is None, reason="PgBouncer is not installed")
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_is_refused(small: Snapshot, database: str, pg: Server, admin: str, mode: str) -> None:
    execute(database, SQL)
    with bouncer(pg, "postgres", mode=mode) as port:
        for name in (name_of(database), "not there"):
            with pytest.raises(TargetError, match="is a connection pooler") as refused:
                clone_into(small, Target(f"host=127.0.0.1 port={port} user=postgres dbname='{name}'"))
            assert "the server's own address" in refused.value.hint
            assert refused.value.option == "clone"
    assert templates(admin) == []
