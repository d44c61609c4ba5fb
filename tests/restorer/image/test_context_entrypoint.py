"""Test the entrypoint of an image: what the first start requires, and what later starts leave unchanged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap.store import Snapshot
from snap_restorer.image.context import ImageRequest, write_image
from tests.postgres import embedded_home, execute, programs_of
from tests.restorer.image.container import Container, container

pytestmark = [pytest.mark.server, pytest.mark.slow]
OWN = {"POSTGRES_USER": "snap_owner", "POSTGRES_DB": "ship"}  # what the Dockerfile says


def test_without_a_password_it_says_what_to_set_and_starts_nothing(started: Callable[..., Container]) -> None:
    done = (box := started(**OWN)).run()
    assert done.returncode == 1
    assert done.stderr.startswith("error: no role of this image has a password: set POSTGRES_PASSWORD")
    assert not (box.data / "snap-started").exists()
    assert not (box.data / "postmaster.opts").exists()


def test_role_and_database_get_the_names_that_the_environment_says(started: Callable[..., Container]) -> None:
    with (box := started()).running(POSTGRES_USER="app", POSTGRES_DB="app_test", POSTGRES_PASSWORD="p"):
        url = box.url("app", "p", "app_test")
        assert execute(url, "SELECT count(*) FROM crew") == [(10,)]
        assert execute(url, "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1") == [
            ("app",),
            ("postgres",),
        ]
        execute(url, "INSERT INTO crew (id, name, joined) VALUES (gen_random_uuid(), 'new', now())")
    # Later starts ask for no password, and keep the rows and the password.
    with box.running(POSTGRES_USER="other", POSTGRES_DB="other"):
        assert execute(url, "SELECT count(*) FROM crew") == [(11,)]


def test_the_password_may_lie_in_a_file_and_stands_nowhere_else(started: Callable[..., Container]) -> None:
    box = started(**OWN)
    secret = box.folder / "secret"
    secret.write_text("in a file\n")
    secret.chmod(0o644)
    with box.running(POSTGRES_PASSWORD_FILE=str(secret)) as log:
        assert execute(box.url("snap_owner", "in%20a%20file", "ship"), "SELECT 1") == [(1,)]
        [pid, *_] = (box.data / "postmaster.pid").read_text().splitlines()
        assert b"POSTGRES_PASSWORD" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert "in a file" not in log.read_text()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"POSTGRES_PASSWORD": "a", "POSTGRES_PASSWORD_FILE": "/b"}, "are both set: set one of them"),
        ({"POSTGRES_PASSWORD_FILE": "/not/there"}, "names /not/there, which cannot be read"),
        ({"POSTGRES_PASSWORD": "geheim", "POSTGRES_USER": "pg_app"}, "cannot be taken: see above"),
        ({"POSTGRES_PASSWORD": "geheim", "POSTGRES_DB": "template1"}, "cannot be taken: see above"),
    ],
)
def test_what_cannot_be_is_said_without_the_password(
    started: Callable[..., Container], variables: dict[str, str], words: str
) -> None:
    box = started(**OWN)
    done = box.run(**variables)
    assert done.returncode == 1
    assert words in done.stderr
    assert "geheim" not in done.stdout + done.stderr
    assert not (box.data / "postmaster.pid").exists()
    with box.running(POSTGRES_PASSWORD="p"):  # and nothing of it has stayed
        assert execute(box.url("snap_owner", "p", "ship"), "SELECT count(*) FROM crew") == [(10,)]


def test_flags_go_to_postgres_and_other_programs_run_as_they_are(started: Callable[..., Container]) -> None:
    box = started(**OWN)
    assert box.run("echo", "hello").stdout == "hello\n"
    assert box.run("--version").stdout.startswith("postgres (PostgreSQL) ")
    with box.running("-c", "work_mem=77MB", POSTGRES_PASSWORD="p"):
        assert execute(box.url("snap_owner", "p", "ship"), "SHOW work_mem") == [("77MB",)]


def test_a_container_as_another_user_is_told_whose_the_folder_is(started: Callable[..., Container]) -> None:
    box = started(**OWN, POSTGRES_PASSWORD="p")
    if box.user is None:
        pytest.skip("only root runs as several users")
    other = Container(folder=box.folder, programs=box.programs, port=box.port, user=(12345, 12345), given=box.given)
    done = other.run()
    assert done.returncode == 1
    assert "belongs to the user postgres, and this container runs as user 12345" in done.stderr


def test_a_server_that_does_not_start_says_why(started: Callable[..., Container]) -> None:
    box = started(**OWN, POSTGRES_PASSWORD="p")
    with (box.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    done = box.run()
    assert done.returncode == 1
    assert 'unrecognized configuration parameter "no_such_setting"' in done.stderr
    assert done.stderr.endswith("error: Postgres does not start: see above\n")


def test_the_superuser_gets_a_password_when_the_environment_names_it(started: Callable[..., Container]) -> None:
    with (box := started(POSTGRES_DB="ship")).running(POSTGRES_USER="postgres", POSTGRES_PASSWORD="p"):
        assert execute(box.url("postgres", "p", "ship"), "SELECT current_setting('is_superuser')") == [("on",)]
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(box.url("snap_owner", "p", "ship"))


@pytest.mark.parametrize("version", ["15", "16", "17"])
def test_an_image_is_of_the_postgres_that_made_it(
    toy_v1: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    programs = programs_of(version)
    if programs is None:
        pytest.skip(f"no Postgres {version} on this machine (.ci/run says how to install it)")
    monkeypatch.setenv("SNAP_PG_BIN", str(programs))
    request = ImageRequest(folder=tmp_path / "image", database="ship", written_by="snap test")
    assert write_image(toy_v1, request, environment=dict(os.environ)).data.major == int(version)
    assert f"FROM postgres:{version}\n" in (tmp_path / "image" / "Dockerfile").read_text()
    with embedded_home() as home:
        home.mkdir(mode=0o755)
        with (box := container(tmp_path / "image", home / "box", **OWN)).running(POSTGRES_PASSWORD="p"):
            url = box.url("snap_owner", "p", "ship")
            assert execute(url, "SELECT count(*) FROM crew") == [(10,)]
            assert execute(url, "SHOW server_version")[0][0].startswith(version)
