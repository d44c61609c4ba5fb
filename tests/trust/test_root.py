"""Test that root starts embedded servers for other users, and that none of them can use this against root's files."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snap.errors import ServiceError
from snap_restorer import Embedded
from snap_restorer.local import account
from tests.postgres import execute

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to lose"),
]

SECRET = "root:$6$secret:1:2:3:4:::\nport = 1\n0\n1\n/\n"
NOBODY = account.nobody()[0]
PLANTED = (".lock", "passfile", "port", "snap.conf", "server.log", "port.tmp", "passfile.tmp", "password.new", "run")


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """Yield a file that only root may read, and require that it does not change."""
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o600)
    yield path
    status = path.stat()
    assert (path.read_text(), status.st_uid, stat.S_IMODE(status.st_mode)) == (SECRET, 0, 0o600)


def as_user(user: int, does: Callable[[], object]) -> None:
    """Run a function with another user's rights, and ignore its errors."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            does()
        os._exit(0)
    os.waitpid(child, 0)


def plant(path: Path, secret: Path) -> None:
    """Replace `path` by a link to root's file."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(secret)


@pytest.mark.parametrize("name", PLANTED)
def test_the_servers_user_makes_root_touch_no_file_of_its_own(home: Path, secret: Path, name: str) -> None:
    embedded = Embedded(home=home)
    base = embedded.start().data.parent
    embedded.stop()
    as_user(NOBODY, lambda: plant(base / name, secret))
    assert execute(embedded.start().url("postgres"), "SELECT 1") == [(1,)]
    assert not (base / name).is_symlink()


@pytest.mark.parametrize("name", PLANTED)
def test_a_folder_that_an_older_snap_gave_away_is_taken_back(home: Path, secret: Path, name: str) -> None:
    embedded = Embedded(home=home)
    base = embedded.start().data.parent
    embedded.stop()
    for path in (base, *base.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    base.chmod(0o700)
    as_user(NOBODY, lambda: plant(base / name, secret))
    as_user(NOBODY, lambda: os.link(base / "snap.conf", base / "planted"))
    server = embedded.start()
    assert execute(server.url("postgres"), "SELECT 1") == [(1,)]
    assert not (base / name).is_symlink()
    owners = {path.name: path.stat().st_uid for path in (base, server.passfile, base / ".lock", base / "port")}
    assert set(owners.values()) == {0}, owners
    assert server.data.stat().st_uid == NOBODY


def test_a_planted_process_file_gives_no_text_of_roots_away(
    home: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = Embedded(home=home)
    pid = embedded.start().data / "postmaster.pid"
    embedded.stop()
    as_user(NOBODY, lambda: plant(pid, secret))
    assert pid.is_symlink()
    seen: list[str] = []
    real = account.run

    def run(*arguments: object) -> object:
        if pid.exists() and not pid.is_symlink():
            seen.append(pid.read_text())
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(account, "run", run)
    with contextlib.suppress(ServiceError):
        embedded.start()
    assert not [text for text in seen if "port = 1" in text]


def test_a_planted_log_is_not_printed(home: Path, secret: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    embedded.stop()
    as_user(NOBODY, lambda: plant(server.log, secret))
    as_user(NOBODY, lambda: (server.data / "postgresql.conf").open("a").write("no_such_setting = 1\n"))
    with pytest.raises(ServiceError) as failed:
        embedded.start()
    assert "root:" not in failed.value.message


def test_a_folder_of_another_users_is_refused(home: Path) -> None:
    home.mkdir(parents=True)
    os.chown(home, NOBODY, NOBODY)
    with pytest.raises(ServiceError, match=f"{home} belongs to another user"):
        Embedded(home=home).start()
    os.chown(home, 0, 0)
    home.chmod(0o1777)
    with pytest.raises(ServiceError, match=f"{home} may be changed by other users"):
        Embedded(home=home).start()


@pytest.mark.parametrize("known", [True, False])
def test_the_servers_files_belong_to_the_projects_user(home: Path, tmp_path: Path, known: bool) -> None:
    """Where the system knows that user by name: else initdb would not run."""
    user, group = (pwd.getpwnam("daemon")[2:4]) if known else (4321, 4321)
    project = tmp_path / "project"
    project.mkdir()
    os.chown(project, user, group)
    server = Embedded(home=home, project=project).start()
    status = server.data.stat()
    assert (status.st_uid, status.st_gid) == ((user, group) if known else account.nobody())
    assert server.passfile.stat().st_uid == 0
    assert execute(server.url("postgres"), "SELECT 1") == [(1,)]


def test_each_project_has_data_of_its_own(tmp_path: Path) -> None:
    def base(project: Path | None) -> Path:
        return Embedded(environment={"PATH": os.environ["PATH"]}, project=project).folder.base

    assert base(None).parent == Path("/var/lib/snap")
    assert base(tmp_path).parent.parent == Path("/var/lib/snap")
    assert base(tmp_path) != base(tmp_path / "other")


def test_the_server_has_no_secret_of_roots_environment(home: Path) -> None:
    """The cluster's owner makes itself a superuser by pg_hba.conf, and reads there what the server was started with."""
    secrets = {
        "STAGING_DB_URL": "postgresql://u:hunter22@db/app",
        "AWS_SECRET_ACCESS_KEY": "of-nobody",
        "PGPASSWORD": "p",
    }
    server = Embedded(home=home, environment=os.environ | secrets).start().as_superuser()
    execute(server.url("postgres"), "CREATE TABLE e (t text); COPY e FROM PROGRAM 'env'")
    names = {text.partition("=")[0] for (text,) in execute(server.url("postgres"), "TABLE e")}
    assert "PATH" in names
    assert not names & secrets.keys()
