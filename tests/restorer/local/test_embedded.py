"""Test the embedded server: started once, found again, stopped, and started after accidents."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from snap.errors import ServiceError
from snap_restorer import Embedded, Server
from snap_restorer.pg import programs as found_programs
from tests.postgres import execute, programs_of

pytestmark = [pytest.mark.slow, pytest.mark.server]


def test_it_starts_once_stops_once_and_keeps_its_url_and_data(home: Path) -> None:
    embedded = Embedded(home=home)
    assert embedded.status() is None
    assert not embedded.stop()
    server = embedded.start()
    assert embedded.start() == server == Embedded(home=home).status()
    assert embedded.ensure_database("shop 1")
    assert not embedded.ensure_database("shop 1")
    execute(server.url("shop 1"), "CREATE TABLE kept ()")
    assert embedded.stop()
    assert not embedded.stop()
    with pytest.raises(ServiceError, match="does not run"):
        embedded.url("shop 1")
    assert embedded.start().url("shop 1") == server.url("shop 1")
    assert execute(server.url("shop 1"), "TABLE kept") == []


def test_it_survives_the_process_that_started_it_and_listens_to_this_machine_only(home: Path) -> None:
    code = f"from pathlib import Path; from snap_restorer import Embedded; Embedded(home=Path({str(home)!r})).start()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    server = Embedded(home=home).status()
    assert server is not None
    assert execute(server.url("postgres"), "SHOW listen_addresses") == [("127.0.0.1",)]
    assert execute(server.url("postgres"), "SHOW fsync") == [("on",)]
    assert execute(server.url("postgres"), "SHOW server_encoding") == [("UTF8",)]


def test_its_urls_work_for_psql_and_its_password_is_for_its_user_only(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    assert server.passfile.stat().st_mode & 0o077 == 0
    assert embedded.program("psql").exists()
    for url in (server.url("postgres"), server.url("postgres", password=True)):
        command = [embedded.program("psql"), url, "-Atc", "SELECT 1"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1\n"
    password = server.passfile.read_text().strip().rsplit(":", 1)[1]
    assert password not in server.url("postgres") + repr(server)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", password="guess")
    with pytest.raises(ServiceError, match="not among the Postgres programs"):
        embedded.program("absent")


def test_starts_at_the_same_time_give_one_server(home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: Embedded(home=home).start(), range(4)))
    assert len(set(servers)) == 1


def kill(embedded: Embedded, server: Server) -> None:
    """Kill the server as a crash would, and wait until its process has ended."""
    os.kill(int((server.data / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while embedded.status() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert embedded.status() is None


def test_after_a_crash_of_the_server_it_starts_again(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    execute(server.url("postgres"), "CREATE TABLE kept (i int); INSERT INTO kept VALUES (1)")
    kill(embedded, server)
    assert execute(embedded.start().url("postgres"), "TABLE kept") == [(1,)]


def test_a_pid_that_another_process_has_now_is_stale(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    written = (server.data / "postmaster.pid").read_text()
    embedded.stop()
    process = subprocess.Popen(["sleep", "60"])
    try:
        (server.data / "postmaster.pid").write_text(f"{process.pid}\n" + written.split("\n", 1)[1])
        assert embedded.status() is None
        assert not embedded.stop()
        assert execute(embedded.start().url("postgres"), "SELECT 1") == [(1,)]
    finally:
        process.kill()
        process.wait()


def test_a_port_that_somebody_else_took_is_given_up_for_another(home: Path) -> None:
    embedded = Embedded(home=home)
    for _ in range(5):  # a server of a test beside this one may be quicker
        port = embedded.start().port
        embedded.stop()
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            moved = embedded.start()
            assert moved.port != port
            assert execute(moved.url("postgres"), "SELECT 1") == [(1,)]
            embedded.stop()
            return
    pytest.fail("no port was free for the time between a stop and a start")


def test_a_port_that_is_taken_while_the_server_starts_is_given_up_for_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded, choose = Embedded(home=home), Embedded._choose_port
    with contextlib.ExitStack() as others:

        def taken(self: Embedded, refused: set[int]) -> int:
            port = choose(self, refused)
            if not refused:
                others.enter_context(socket.create_server(("127.0.0.1", port)))
            return port

        monkeypatch.setattr(Embedded, "_choose_port", taken)
        assert execute(embedded.start().url("postgres"), "SELECT 1") == [(1,)]
    assert b"could not create any TCP/IP sockets" in embedded.folder.log.read_bytes()


def test_it_waits_for_the_backends_of_a_server_that_was_killed(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    with psycopg.connect(server.url("postgres")) as connection, ThreadPoolExecutor() as pool:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        kill(embedded, server)
        started = pool.submit(embedded.start)
        while "pre-existing shared memory block" not in server.log.read_text():
            assert not started.done()
            time.sleep(0.01)
        os.kill(backend, signal.SIGKILL)
        assert execute(started.result().url("postgres"), "SELECT 1") == [(1,)]


def test_a_folder_left_by_a_killed_initdb_is_replaced(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    embedded.stop()
    server.data.rename(server.data.with_name("data.new"))
    (server.data.with_name("data.new") / "PG_VERSION").unlink()
    assert execute(embedded.start().url("postgres"), "SELECT 1") == [(1,)]


def test_a_lost_password_is_replaced(home: Path) -> None:
    embedded = Embedded(home=home)
    embedded.start().passfile.unlink()
    assert execute(embedded.start().url("postgres"), "SELECT 1") == [(1,)]


def test_a_folder_too_long_for_a_socket_works(home: Path) -> None:
    server = Embedded(home=home / ("x" * 60) / ("y 'z" * 15)).start()
    try:
        assert execute(server.url("postgres"), "SELECT 1") == [(1,)]
        assert server.socket is not None
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert len(str(server.socket)) < 90
    finally:
        Embedded(home=home / ("x" * 60) / ("y 'z" * 15)).stop()
        if server.socket is not None:
            shutil.rmtree(server.socket, ignore_errors=True)


def test_a_server_that_cannot_start_shows_its_log(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    embedded.stop()
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(ServiceError, match="no_such_setting"):
        embedded.start()


def test_programs_come_from_the_folder_that_is_named(home: Path, tmp_path: Path) -> None:
    ours = found_programs.find_programs({})
    assert found_programs.find_programs({"SNAP_PG_BIN": str(ours)}) == ours
    with pytest.raises(ServiceError, match=r"\$SNAP_PG_BIN is .* which does not hold postgres, initdb"):
        Embedded(environment={"SNAP_PG_BIN": str(tmp_path)}, home=home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another user")
@pytest.mark.parametrize("version", ["16", "18"])
def test_root_runs_it_as_another_user_who_cannot_reach_the_programs(home: Path, tmp_path: Path, version: str) -> None:
    ours = programs_of(version)
    if ours is None:
        pytest.skip(f"the wheel of Postgres {version} is not installed")
    install, package, shut = ours.parent, ours.parents[1], tmp_path / "shut"
    libraries = f"{package.name}.libs"
    shutil.copytree(install, shut / package.name / install.name)
    shutil.copytree(package.parent / libraries, shut / libraries)
    shut.chmod(0o700)
    hidden = shut / package.name / install.name / "bin"
    embedded = Embedded(environment={"SNAP_PG_BIN": str(hidden)}, home=home)
    try:
        server = embedded.start()
        assert server.data.stat().st_uid != 0
        assert embedded.program("psql").is_relative_to(home)
        assert execute(server.url("postgres"), "SELECT 1") == [(1,)]
        assert stat.S_IMODE(shut.stat().st_mode) == 0o700
    finally:
        embedded.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another user")
def test_root_is_told_of_a_folder_that_no_other_user_reaches(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o700)
    with pytest.raises(ServiceError, match="does not run as root") as refused:
        Embedded(home=tmp_path / "shut" / "home").start()
    assert "/var/lib/snap" in refused.value.hint
