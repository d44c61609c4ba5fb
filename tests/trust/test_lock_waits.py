"""Test that no command waits for a lock forever, and that each error names the holder."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from snap.errors import SnapError, TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.dump.dump import DumpRequest, dumping
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.live.side import live_side
from snap_restorer.pg import ledger, pinned_session
from snap_restorer.prove.facts import FactsRequest, examine
from tests.cases.crew import CREW, CREW_ROWS, NOTE, NOTE_ROWS, SQL
from tests.cases.snapshots import snapshot
from tests.postgres import execute

pytestmark = pytest.mark.server

SHORT_S = 0.3


@pytest.fixture
def small(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the lock timeout of commands without a setting for it."""
    pin = tuple(part.replace(b"'10s'", b"'300ms'") for part in pinned_session._PIN)
    monkeypatch.setattr(pinned_session, "_PIN", pin)


@contextmanager
def locked(url: str, table: str) -> Iterator[str]:
    """Lock a table as a hanging migration does while the block runs; yield how its session is named."""
    with psycopg.connect(url, application_name="migration") as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield f"session {other.info.backend_pid} of postgres (migration)"


def _capture(url: str, folder: Path, *tables: str) -> None:
    for name in ("manifests", "snapshots"):
        (folder / name).mkdir(exist_ok=True)
    request = CaptureRequest(
        version="c1",
        tables=tables,
        mask_key=b"k" * 32,
        created="2026-01-01T00:00:00+00:00",
        environment={},
        lock_timeout_s=SHORT_S,
    )
    capture(Store(folder), Target(url), request)


def _dump(url: str) -> None:
    with dumping(Target(url), DumpRequest(lock_timeout_s=SHORT_S)) as dump:
        list(dump.pieces())


@pytest.mark.parametrize("held", ["crew", "note", "apart"])
def test_a_capture_gives_up_and_names_who_it_waited_for(
    database: str, small: Snapshot, tmp_path: Path, held: str
) -> None:
    restore(small, Target(database))
    execute(database, "CREATE TABLE apart (id int PRIMARY KEY)")
    with locked(database, held) as holder:
        began = time.monotonic()
        with pytest.raises(TargetError, match="lock held: .*" + re.escape(holder)) as refused:
            _capture(database, tmp_path, "crew", "note")  # pg_dump locks the others too
        assert time.monotonic() - began < 10
    assert refused.value.code == 5
    assert not (tmp_path / "manifests" / "c1.json").exists()


@pytest.mark.slow
def test_every_reader_gives_up(database: str, small: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    restore(small, Target(database))
    monkeypatch.setattr("snap_restorer.live.reader.milliseconds", lambda seconds: 300)

    def diff() -> None:
        with live_side(Target(database), small.manifest):
            pass

    readers: dict[str, Callable[[], object]] = {
        "diff": diff,
        "health": lambda: examine(Target(database), small.manifest, FactsRequest(lock_timeout_s=SHORT_S)),
        "backup": lambda: _dump(database),
        "ledger": lambda: ledger.last_entry(Target(database)),
    }
    for name, run in readers.items():
        with locked(database, "snap.ledger" if name == "ledger" else "crew") as holder:
            began = time.monotonic()
            with pytest.raises(SnapError, match="lock held: .*" + re.escape(holder)) as refused:
                run()
            assert refused.value.code == 5, name
            assert time.monotonic() - began < 10, name
