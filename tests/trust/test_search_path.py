"""Test that planted operators and functions never run as a superuser, with attacks that once succeeded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snap.compare import compare, snapshot_side
from snap.store import Snapshot, Store
from snap_restorer import Guard, Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.live.side import live_side
from snap_restorer.prove.facts import examine
from snap_restorer.request import Request
from snap_restorer.schemas.reset import ResetRequest, plan_reset
from tests.cases.crew import CREW, CREW_ROWS, NOTE, NOTE_ROWS, SQL
from tests.cases.snapshots import snapshot
from tests.postgres import execute, through
from tests.restorer.backing import taken
from tests.trust.shadows import FIRST, LAST, called, planted

YES = Guard(yes=True)
Command = Callable[[Snapshot, str, Path], object]


def _diff(made: Snapshot, url: str, folder: Path) -> None:
    with live_side(Target(url), made.manifest):
        pass


def _capture(url: str, folder: Path, direct: str | None = None) -> None:
    request = CaptureRequest(version="v9", mask_key=b"k", created="2026-11-22T00:00:00Z", environment=os.environ)
    capture(Store(folder / "new"), Target(url), replace(request, direct=Target(direct) if direct else None))


COMMANDS: dict[str, Command] = {
    "diff": _diff,
    "capture": lambda made, url, folder: _capture(url, folder),
    "replace, dry run": lambda made, url, folder: restore(made, Target(url), Request(dry_run=True, guard=YES)),
    "replace": lambda made, url, folder: restore(made, Target(url), Request(guard=YES)),
    "replace, 2 jobs": lambda made, url, folder: restore(made, Target(url), Request(jobs=2, guard=YES)),
    "missing": lambda made, url, folder: restore(made, Target(url), Request(mode="missing", guard=YES)),
    "sync": lambda made, url, folder: restore(made, Target(url), Request(mode="sync", guard=YES)),
    "clone, dry run": lambda made, url, folder: clone_into(made, Target(url), Request(dry_run=True, guard=YES)),
    "health": lambda made, url, folder: examine(Target(url), made.manifest),
    "backup": lambda made, url, folder: taken(url),
    "reset, dry run": lambda made, url, folder: plan_reset(Target(url), ResetRequest(schemas=("public",))),
}


@pytest.mark.slow
def test_what_the_owner_planted_is_called_by_a_session_that_pins_no_path(any_database: str) -> None:
    with planted(any_database, FIRST) as trace:
        execute(any_database, "SELECT 'a'::text = 'b'::text")
        assert called(trace) != []


@pytest.mark.slow
@pytest.mark.parametrize("path", [FIRST, LAST])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_calls_what_the_owner_planted(any_database: str, tmp_path: Path, command: str, path: str) -> None:
    made = snapshot(tmp_path, [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)
    execute(any_database, SQL)
    execute(any_database, "INSERT INTO crew (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'anna'), (9, 'zoe')")
    execute(
        any_database, "ALTER FUNCTION counted() SET search_path = pg_catalog, public"
    )  # the owner's own, not planted
    with planted(any_database, path) as trace:
        COMMANDS[command](made, any_database, tmp_path)
        assert called(trace) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", [FIRST, LAST])
def test_nothing_planted_is_called_through_a_pooler_that_takes_no_path(
    database: str, bouncer_port: int, tmp_path: Path, path: str
) -> None:
    made = snapshot(tmp_path, [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)
    execute(database, SQL)
    execute(database, "INSERT INTO crew (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'anna'), (9, 'zoe')")
    pooled = through(bouncer_port, database).conninfo
    with planted(database, path) as trace:
        with live_side(Target(pooled), made.manifest) as live:
            assert not compare(snapshot_side(made), live).identical
        _capture(pooled, tmp_path, direct=database)
        assert called(trace) == []
