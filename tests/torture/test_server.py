"""Test a server that dies, ends the session or has no room left: the old rows stay, and the next restore works."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psycopg
import pytest

from tests.postgres import execute
from tests.torture.arena import MODES, Arena, Mode, Ran, Run, in_copy

pytestmark = pytest.mark.slow

each_mode = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)


def sessions(arena: Arena) -> list[int]:
    """Return the server processes that wait for a stopped snap within a COPY; an empty list if the COPY has ended.

    First wait until the server has read everything that snap sent before it stopped: until then a COPY may still end.
    """
    query = (
        "SELECT pid, wait_event IS NOT DISTINCT FROM 'ClientRead' FROM pg_stat_activity"
        " WHERE application_name = 'snap' AND state = 'active' AND query LIKE 'COPY%'"
    )
    deadline = time.monotonic() + 60
    while True:
        in_copy_now = execute(arena.admin(), query)
        if all(waits for _, waits in in_copy_now):
            return [pid for pid, _ in in_copy_now]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill_postmaster(arena: Arena) -> None:
    pid = int((arena.server.data / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)


def kill_backend(arena: Arena) -> None:
    os.kill(sessions(arena)[0], signal.SIGKILL)


def stop(how: str) -> Callable[[Arena], None]:
    def act(arena: Arena) -> None:
        done = arena.embedded._control("stop", "-m", how)
        assert done.returncode == 0, done.stderr

    return act


def terminate(arena: Arena) -> None:
    execute(arena.admin(), "SELECT pg_terminate_backend(%s)", sessions(arena)[0])


def cancel(arena: Arena) -> None:
    execute(arena.admin(), "SELECT pg_cancel_backend(%s)", sessions(arena)[0])


BLOWS: dict[str, Callable[[Arena], None]] = {
    "kill -9 of the postmaster": kill_postmaster,
    "kill -9 of the backend": kill_backend,
    "immediate shutdown": stop("immediate"),
    "fast shutdown": stop("fast"),
    "pg_terminate_backend": terminate,
    "pg_cancel_backend": cancel,
}


def takes_connections(arena: Arena) -> None:
    """Wait until the server runs again, by itself or after a start."""
    deadline = time.monotonic() + 60
    while True:
        # For a moment a killed postmaster is still there, as a process that does nothing any more.
        with suppress(psycopg.OperationalError):
            execute(arena.start().url("postgres"), "SELECT 1")
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def struck(arena: Arena, target: str, mode: Mode, blow: Callable[[Arena], None], *, json_output: bool = False) -> None:
    for _ in range(10):
        ran = stopped_and_struck(arena, target, mode, blow, json_output=json_output)
        # Of a COPY whose rows have all come Postgres takes the end only, and drops a cancellation.
        if ran is not None and (ran.code, blow) != (0, cancel):
            break
        assert arena.state(target, mode) == "new"
        arena.drop(target)
        arena.database(target)
    assert ran is not None
    assert ran.code == 6, ran
    takes_connections(arena)
    assert arena.state(target, mode) in ({"old"} if mode.atomic else {"old", "loading"})


def stopped_and_struck(
    arena: Arena, target: str, mode: Mode, blow: Callable[[Arena], None], *, json_output: bool
) -> Ran | None:
    """Strike a restore that is stopped within a COPY; return None if the COPY, and so the restore, was at its end."""
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target), *mode.flags, json_output=json_output)
        assert arena.when(watch, run, in_copy)
        run.stop()  # so that the blow comes in time
    struck_in_time = bool(sessions(arena))
    if struck_in_time:
        blow(arena)
    run.kill(signal.SIGCONT)
    ran = run.ends()
    if struck_in_time:
        return ran
    assert ran.code == 0, ran
    return None


@each_mode
@pytest.mark.parametrize("blow", ["kill -9 of the postmaster"])
def test_a_server_that_ends_in_copy_holds_the_old_rows(arena: Arena, target: str, mode: Mode, blow: str) -> None:
    struck(arena, target, mode, BLOWS[blow])
    arena.repaired(target, mode)


@each_mode
def test_whatever_ends_the_session_the_old_rows_stay(arena: Arena, target: str, mode: Mode) -> None:
    for number, blow in enumerate(BLOWS.values()):
        struck(arena, target, mode, blow, json_output=number % 2 == 0)
    arena.repaired(target, mode)


@each_mode
def test_what_was_said_to_be_done_survives_a_crash(arena: Arena, target: str, mode: Mode) -> None:
    assert arena.restore("new", target, *mode.flags).code == 0
    kill_postmaster(arena)
    takes_connections(arena)
    assert arena.state(target, mode) == "new"


def mount(folder: Path, size: str, *, options: str = "") -> None:
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"{options}size={size},mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small file system here, which needs root and the right to mount: {done.stderr.strip()}")


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """Yield a folder on a file system of this size, which every user may enter."""
    if os.geteuid() != 0:
        pytest.skip("no small file system here: mounting one needs root")
    home = Path(tempfile.mkdtemp(prefix="snap-disk-"))
    home.chmod(0o755)
    folder = home / "disk"
    try:
        mount(folder, size)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
        folder.rmdir()
        home.rmdir()


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill all disk space except 1 MB while the block runs, also space freed later: --jobs empties the tables first."""
    over, ballast = threading.Event(), disk / "ballast"

    def fill() -> None:
        with ballast.open("wb") as file:
            while not over.wait(0.01):
                room = os.statvfs(disk)
                more = room.f_bavail * room.f_frsize - (1 << 20)
                if more > 0:
                    with suppress(OSError):
                        os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), more)

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        ballast.unlink()


@each_mode
def test_a_full_disk_leaves_the_old_rows(arena: Arena, mode: Mode) -> None:
    arena.start()
    name = arena.database()
    with small_disk("4m") as disk:
        os.chown(disk, 65534, 65534)
        ((needed,),) = execute(arena.admin(), "SELECT pg_database_size(%s)", name)
        space = disk / "space"
        mount(disk, str(int(needed * 1.3)), options="remount,")
        space.mkdir(mode=0o700)
        os.chown(space, 65534, 65534)
        execute(arena.admin(), f"CREATE TABLESPACE small LOCATION '{space}'")
        try:
            execute(arena.admin(), f'ALTER DATABASE "{name}" SET TABLESPACE small')
            for _ in range(2):
                with nullcontext() if mode.atomic else filled(disk):
                    ran = arena.restore("new", name, *mode.flags)
                assert ran.code == 6, ran
                assert "No space left on device" in ran.err
                # A table that cannot grow has the server's own hint, what spills to a temporary file has none.
                own = "could not extend" in ran.err
                hint = "Check free disk space." if own else "free some space on the server's disk; nothing was"
                assert f"hint: {hint}" in ran.err
                assert arena.state(name, mode) in ({"old"} if mode.atomic else {"old", "loading"})
            mount(disk, str(needed * 6), options="remount,")
            arena.repaired(name, mode)
        finally:
            arena.drop(name)
            execute(arena.admin(), "DROP TABLESPACE small")


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.atomic], ids=lambda mode: mode.name)
def test_a_server_without_room_even_for_its_log_comes_back_with_the_old_rows(
    arena: Arena, mode: Mode, tmp_path: Path
) -> None:
    with small_disk("700m") as disk:
        own = Arena(disk / "home", tmp_path / "project")
        try:
            own.prepare()
            name = own.database()
            assert own.old
            assert own.new
            execute(own.admin(), "CHECKPOINT")
            ballast = disk / "ballast"
            free = os.statvfs(disk)
            ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - (6 << 20)))
            run: Run = own.begin("new", own.url(name), *mode.flags)
            ran = run.ends()
            assert ran.code == 6, ran
            ballast.unlink()
            takes_connections(own)
            assert own.state(name, mode) == "old"
            own.repaired(name, mode)
        finally:
            own.embedded.stop()
