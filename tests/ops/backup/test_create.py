"""Test backups: each is read back before it is listed, and can be restored. No incomplete backup is ever listed."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from snap.errors import Interrupted, ServiceError, SnapshotError, TargetError
from snap_ops.backup.create import create_backup, restore_backup, verify_backup
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.retention import find_backup, list_backups, prune_backups
from snap_restorer import Target
from snap_restorer.dump.dump import DumpRequest
from snap_restorer.dump.put_back import PutBackRequest
from tests.fingerprint import changes, fingerprint, leftovers
from tests.paths import ROOT
from tests.postgres import execute
from tests.restorer.backing import OWN, differences, hosted

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.slow
def test_a_backup_is_made_listed_and_put_back(any_repository, any_pg, any_database):
    owner = hosted(any_database, any_pg)
    before = fingerprint(any_database)
    made = create_backup(any_repository, Target(owner), DumpRequest(schemas=OWN), now=NOW)
    assert re.fullmatch(r"20261123T030000Z-[0-9a-f]{12}", made.id)
    assert made.sha256.startswith(made.id[-12:])
    assert set(any_repository.sizes()) == {f"{made.id}.dump.zst", f"{made.id}.json"}
    assert any_repository.sizes()[f"{made.id}.dump.zst"] == made.bytes < made.dumped_bytes
    assert list_backups(any_repository) == ((made,), ())
    for name in ("latest", made.id, made.id[:16]):
        assert find_backup(any_repository, name) == made
    execute(owner, "DROP TABLE public.people CASCADE; CREATE TABLE public.people (id text)")
    restore_backup(any_repository, made, Target(owner), PutBackRequest(lose=True))
    assert differences(before, any_database) == []


@pytest.mark.slow
def test_a_safety_backup_of_the_same_second_takes_no_other_one_s_place(tmp_path, small):
    for attempt in itertools.count():  # pg_dump writes the second: two dumps that straddle one differ
        folder = FolderRepository(tmp_path / str(attempt))
        second = datetime.now(UTC).replace(microsecond=0) + DAY
        made = create_backup(folder, Target(small), now=second)
        saved = create_backup(folder, Target(small), now=second, safety=True)
        if saved.dumped_sha256 == made.dumped_sha256:
            break
    assert saved == made
    assert find_backup(folder, "latest") == made
    verify_backup(folder, made)


@pytest.mark.slow
def test_the_ledger_s_version_is_part_of_it(any_repository, tmp_path, database):
    from snap.store import Store
    from snap_restorer import restore
    from tests.cases import toy

    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    store = Store(tmp_path)
    toy.publish(store, "v1")
    snapshot = store.resolve("v1")
    restore(snapshot, Target(database))
    made = create_backup(any_repository, Target(database), now=NOW)
    assert (made.version, made.digest) == ("v1", snapshot.manifest.digest)
    assert made.inventory.schemas == ("public", "ship", "snap")


@pytest.mark.slow
def test_a_backup_holds_no_password(any_repository, small, pg):
    made = create_backup(any_repository, Target(small), now=NOW)
    text = b"".join(any_repository.read(f"{made.id}.json")).decode()
    assert "passfile" not in made.db or "password" not in text
    assert made.db == Target(small).redacted


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["flip", "cut", "more"])
def test_a_corrupt_backup_touches_nothing(any_repository, small, damage):
    made = create_backup(any_repository, Target(small), now=NOW)
    data = bytearray(b"".join(any_repository.read(f"{made.id}.dump.zst")))
    if damage == "flip":
        data[len(data) // 2] ^= 1
    elif damage == "cut":
        data = data[:-1]
    else:
        data += b"x"
    any_repository.put(f"{made.id}.dump.zst", bytes(data))
    execute(small, "DELETE FROM t")
    before = fingerprint(small)
    with pytest.raises(SnapshotError, match="is corrupt"):
        restore_backup(any_repository, made, Target(small))
    assert changes(before, fingerprint(small)) == []
    if damage != "flip":  # another length is seen without reading
        assert list_backups(any_repository) == ((), (f"{made.id}.json",))


def test_a_backup_that_fails_leaves_nothing(any_repository, any_pg, any_database):
    owner = hosted(any_database, any_pg, bypass=False)
    with pytest.raises(TargetError, match="row-level security"):
        create_backup(any_repository, Target(owner), now=NOW)
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1"):
        create_backup(any_repository, Target("postgresql://me:hunter2@127.0.0.1:1/x"), now=NOW)
    assert any_repository.sizes() == {}


def test_stop_leaves_no_backup(any_repository, small):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        create_backup(any_repository, Target(small), now=NOW, stop=stop)
    assert any_repository.sizes() == {}


def test_the_password_is_in_no_argument_and_no_error(tmp_path, pg, small):
    """The test reads pg_dump's command line as ps does, while pg_dump waits for a lock."""
    import psycopg

    ((name,),) = execute(small, "SELECT current_database()")
    password = pg.passfile.read_text().strip().rpartition(":")[2]
    url = f"host=127.0.0.1 port={pg.port} user=postgres password={password} dbname='{name}'"
    seen: list[str] = []
    with psycopg.connect(small) as other:
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        work = threading.Thread(target=lambda: _dump_locked(url, seen))
        work.start()
        deadline = time.monotonic() + 20
        lines: list[str] = []
        while not lines and time.monotonic() < deadline:
            lines = [line for line in _processes() if "pg_dump" in line and name in line]
            time.sleep(0.02)
        other.rollback()
        work.join()
    assert lines
    assert password not in "".join(lines)
    assert seen == ["dumped"]


def _dump_locked(url, seen):
    from snap_restorer.dump.dump import Dump, dumping  # noqa: F401

    # The rows are read before pg_dump starts, so only pg_dump itself meets the lock: by then it is taken.
    from snap_restorer.pg.clients import running
    from snap_restorer.pg.programs import clients

    command = [clients(dict(os.environ), 18) / "pg_dump", "--format=custom"]
    with running(command, environment=dict(os.environ), stop=threading.Event(), target=Target(url)) as program:
        b"".join(program.pieces())
    seen.append("dumped" if program.code == 0 else program.said)


def _processes() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


PROGRAM = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from snap_ops.backup.create import create_backup, restore_backup
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.retention import find_backup
from snap_restorer import Target
place, now = FolderRepository(Path(sys.argv[2])), datetime.fromisoformat(sys.argv[4])
if sys.argv[1] == "create":
    create_backup(place, Target(sys.argv[3]), now=now)
else:
    restore_backup(place, find_backup(place, "latest"), Target(sys.argv[3]))
"""


def run(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_kill_9_at_any_instant_of_a_backup_leaves_only_whole_ones(tmp_path, database):
    execute(database, "CREATE TABLE t AS SELECT i, repeat(md5(i::text), 20) AS x FROM generate_series(1, 50000) i")
    folder = FolderRepository(tmp_path / "backups")
    began = time.monotonic()
    assert run("create", str(folder.path), database, (NOW - DAY).isoformat()).wait() == 0
    whole = time.monotonic() - began
    made = 0
    for i in range(12):
        process = run("create", str(folder.path), database, (NOW + timedelta(seconds=i)).isoformat())
        time.sleep(whole * (0.2 + 0.85 * i / 12))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found, broken = list_backups(folder)
        assert broken == ()
        for one in found:
            verify_backup(folder, one)
        made = len(found)
    prune_backups(folder, keep=Keep(within_days=365), now=NOW + DAY * 2)
    assert len(folder.sizes()) == 2 * made
    assert leftovers(database) == []


@pytest.mark.slow
def test_kill_9_at_any_instant_of_a_put_back_leaves_the_old_or_the_new(tmp_path, database):
    execute(
        database,
        "CREATE TABLE t AS SELECT i, repeat(md5(i::text), 20) AS x FROM generate_series(1, 50000) i;"
        "CREATE INDEX ON t (x); ALTER TABLE t ADD PRIMARY KEY (i)",
    )
    folder = FolderRepository(tmp_path / "backups")
    create_backup(folder, Target(database), now=NOW)
    good = fingerprint(database)
    ruin = "DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u; CREATE TABLE u (id int); INSERT INTO u VALUES (1)"
    execute(database, ruin)
    bad = fingerprint(database)
    began = time.monotonic()
    assert run("restore", str(folder.path), database, NOW.isoformat()).wait() == 0
    whole = time.monotonic() - began
    assert changes(good, fingerprint(database)) == []
    seen = set()
    for i in range(12):
        execute(database, ruin)
        process = run("restore", str(folder.path), database, NOW.isoformat())
        time.sleep(whole * (0.2 + 0.85 * i / 12))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert leftovers(database) == []
        now = fingerprint(database)
        state = "old" if not changes(bad, now) else "new"
        assert state == "old" or not changes(good, now)
        seen.add(state)
    assert "old" in seen


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("action", ["create", "restore"])
def test_a_signal_ends_the_command_cleanly(tmp_path, small, number, action):
    import psycopg

    (tmp_path / "snap.toml").write_text('[backup]\nlock_timeout = "60 s"\n')
    folder = FolderRepository(tmp_path / "backups")
    create_backup(folder, Target(small), now=NOW)
    before = fingerprint(small)
    arguments = ["restore", "latest", "--yes"] if action == "restore" else ["create"]
    with psycopg.connect(small) as other:
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            [sys.executable, "-m", "snap", "backup", *arguments, "--db", small, "--root", str(tmp_path), "--json"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        _wait_until_blocked(other)
        process.send_signal(number)
        out, _ = process.communicate(timeout=30)
        other.rollback()
    assert process.returncode == 128 + number
    assert b'"kind": "interrupted"' in out
    assert leftovers(small) == []
    assert changes(before, fingerprint(small)) == []
    assert len(folder.sizes()) == 2


def _wait_until_blocked(connection):
    deadline = time.monotonic() + 30
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"
    while connection.execute(waiting).fetchone() == (0,):
        assert time.monotonic() < deadline
        time.sleep(0.05)
