"""Test that writing commands refuse a standby and a read-only database before anything is changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

import snap
from snap.errors import TargetError
from snap.store import Store
from snap_restorer import Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.clones.scratch_database import scratch_database
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.live.side import live_side
from snap_restorer.pg.guard import Guard
from snap_restorer.prove.facts import examine
from snap_restorer.request import Request
from snap_restorer.schemas.files import Folder
from snap_restorer.schemas.migrate import migrate
from snap_restorer.schemas.reset import ResetRequest, reset
from tests.cases.crew import CREW, CREW_ROWS, NOTE, NOTE_ROWS, SQL
from tests.cases.snapshots import snapshot
from tests.postgres import execute, name_of, server, standby
from tests.restorer.backing import taken

pytestmark = [pytest.mark.server, pytest.mark.slow]

YES = Request(guard=Guard(yes=True))


def _refused(url: str, made: snap.store.Snapshot, backup: object, message: str, *, server_wide: bool) -> None:
    target = Target(url)
    writers: dict[str, Callable[[], object]] = {
        "replace": lambda: restore(made, target, YES),
        "dry run": lambda: restore(made, target, replace(YES, dry_run=True)),
        "sync": lambda: restore(made, target, replace(YES, mode="sync")),
        "missing": lambda: restore(made, target, replace(YES, mode="missing")),
        "several": lambda: restore(made, target, replace(YES, jobs=2)),
        "clone": lambda: clone_into(made, target, YES),
        "put back": lambda: put_back(target, backup, PutBackRequest(guard=Guard(yes=True))),  # type: ignore[arg-type]
        "reset": lambda: reset(target, ResetRequest(schemas=("public",), guard=Guard(yes=True))),
        "migrate": lambda: migrate(target, Folder(migrations=(), ignored=())),
    }
    if server_wide:
        writers["drill"] = lambda: _borrow(scratch_database(target))
    before = execute(url, "SELECT oid, relfilenode FROM pg_class ORDER BY oid")
    for name, run in writers.items():
        with pytest.raises(TargetError, match=message) as error:
            run()
        assert error.value.unchanged, name
        assert error.value.code == 5, name
    assert execute(url, "SELECT oid, relfilenode FROM pg_class ORDER BY oid") == before


def _borrow(scratch: AbstractContextManager[Target]) -> None:
    with scratch:
        pass


def _read(url: str, made: snap.store.Snapshot, folder: Path) -> None:
    target = Target(url)
    for name in ("manifests", "snapshots"):
        (folder / name).mkdir(exist_ok=True)
    request = CaptureRequest(
        version="c1", mask_key=b"k" * 32, created="2026-01-01T00:00:00+00:00", environment=os.environ
    )
    assert capture(Store(folder), target, request).rows_total == made.manifest.rows_total
    with live_side(target, made.manifest) as side:
        assert len(side.tables) == 2
    assert examine(target, made.manifest).rows == {t.table.label: t.rows for t in made.manifest.tables}
    assert taken(url).data


def test_a_standby_is_read_and_never_written(tmp_path: Path) -> None:
    made = snapshot(tmp_path / "made", [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)
    with server(settings=("wal_level = replica", "max_wal_senders = 4")) as primary:
        execute(primary.url("postgres"), "CREATE DATABASE app")
        restore(made, Target(primary.url("app")))
        backup = taken(primary.url("app"))
        with standby(primary) as follower:
            url = follower.url("app")
            assert execute(url, "SELECT pg_is_in_recovery()") == [(True,)]
            _refused(url, made, backup, "is a standby", server_wide=True)
            _read(url, made, tmp_path)
            execute(primary.url("app"), "DELETE FROM note")
            while execute(url, "SELECT count(*) FROM note") != [(0,)]:
                time.sleep(0.01)


@pytest.mark.parametrize("whose", ["DATABASE", "ROLE"])
def test_a_read_only_database_is_read_and_never_written(database: str, tmp_path: Path, whose: str) -> None:
    made = snapshot(tmp_path, [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)
    restore(made, Target(database))
    backup = taken(database)
    name = name_of(database) if whose == "DATABASE" else "postgres"
    execute(database, f'ALTER {whose} "{name}" SET default_transaction_read_only = on')
    try:
        _refused(database, made, backup, "default_transaction_read_only", server_wide=whose == "ROLE")
        _read(database, made, tmp_path)
    finally:
        reset_setting = f'ALTER {whose} "{name}" RESET default_transaction_read_only'
        execute(database, f"BEGIN READ WRITE; {reset_setting}; COMMIT")
