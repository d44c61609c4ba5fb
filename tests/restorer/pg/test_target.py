"""Test how errors name a target database, and the error if the database cannot be reached."""

from __future__ import annotations

import subprocess
import sys

import pytest

from snap.errors import ServiceError, TargetError, UsageError
from snap_restorer import Server, Target
from tests.postgres import execute

SECRET = "s3cr%t@:/"
QUOTED = "s3cr%25t%40%3A%2F"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            f"postgresql://ann:{QUOTED}@db.example:5433/shop?sslmode=require",
            "postgresql://ann@db.example:5433/shop?sslmode=require",
        ),
        (f"postgres://db.example/shop?user=ann&password={QUOTED}", "postgresql://ann@db.example/shop"),
        (f"host=::1 dbname='my shop' password='{SECRET}'", "postgresql://[::1]/my%20shop"),
        ("host=/run/pg port=5 dbname=shop", "postgresql:///shop?host=/run/pg&port=5"),
        ("postgresql://a,b:1/shop", "postgresql:///shop?host=a%2Cb&port=%2C1"),
        ("postgresql:///", "postgresql:///"),
    ],
)
def test_a_target_is_shown_without_its_password(given: str, shown: str) -> None:
    target = Target(given)
    assert target.redacted == shown
    assert "s3cr" not in repr(target)


@pytest.mark.parametrize("given", [f"postgres://ann:{SECRET}x@h", "postgres://h:s3cr/", "s3cr", "password=s3cr other"])
def test_what_is_no_conninfo_is_not_quoted(given: str) -> None:
    with pytest.raises(UsageError) as wrong:
        Target(given)
    assert "s3cr" not in wrong.value.message + wrong.value.hint


@pytest.mark.slow
def test_wrong_password_host_port_and_database_name_what_is_wrong_and_no_password(pg: Server) -> None:
    here = {"host": "127.0.0.1", "port": str(pg.port), "user": "postgres", "dbname": "postgres"}
    password = pg.passfile.read_text().strip().rsplit(":", 1)[1]
    for change, message, hint in (
        ({"password": "s3cr"}, "password authentication failed", "PGPASSWORD"),
        ({"host": "nowhere.invalid"}, "nowhere.invalid", "host's name"),
        ({"port": "1"}, "refused", "is Postgres running there"),
        ({"dbname": "absent"}, 'database "absent" does not exist', "create the database"),
        ({"host": "/nowhere"}, "/nowhere", "socket"),
    ):
        text = " ".join(f"{key}='{value}'" for key, value in ({**here, "password": password} | change).items())
        with pytest.raises(ServiceError, match=message) as failed, Target(text).connect():
            pass
        assert hint in failed.value.hint
        for secret in (password, "s3cr"):
            assert secret not in failed.value.message + failed.value.hint


def test_errors_of_a_session_are_refusals_or_failures(database: str) -> None:
    with pytest.raises(TargetError, match="division by zero"), Target(database).connect() as connection:
        connection.execute("SELECT 1 / 0")
    for refusal, message in (("DO $$ BEGIN RAISE 'not today'; END $$", "not today"), ("CLUSTER pg_class", "clustered")):
        with pytest.raises(TargetError, match=message), Target(database).connect() as connection:
            connection.execute(refusal.encode())
    with pytest.raises(ServiceError, match="terminat"), Target(database).connect() as connection:
        execute(database, "SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
        connection.execute("SELECT 1")


def test_a_session_that_ends_early_leaves_nothing(database: str) -> None:
    with pytest.raises(KeyboardInterrupt), Target(database).connect() as connection:
        connection.execute("CREATE TABLE public.t ()")
        raise KeyboardInterrupt
    assert execute(database, "SELECT FROM pg_class WHERE relname = 't'") == []


def test_the_package_imports_neither_driver_nor_arrow() -> None:
    code = "import snap_restorer, sys; print([m for m in ('psycopg', 'pyarrow', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("url", ["postgresql://u:pa@sekrit@localhost:1/x", "postgresql://u:p@ss/sekrit@localhost/x"])
def test_an_unescaped_at_in_a_password_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(UsageError, match="more than one @") as error:
        Target(url)
    assert "sekrit" not in error.value.message + error.value.hint


@pytest.mark.parametrize("url", ["mysql://localhost/x", "postgresql+psycopg://localhost/x", "jdbc:postgresql://h/x"])
def test_a_url_of_another_kind_is_told_apart(url: str) -> None:
    with pytest.raises(UsageError, match=r"does not begin with postgresql://|neither a URL nor") as error:
        Target(url)
    assert "write postgresql://" in error.value.hint


@pytest.mark.parametrize("port", ["sekrit", "0", "65536", "-1", "54.3"])
def test_a_port_that_is_none_is_told_without_quoting_it(port: str) -> None:
    with pytest.raises(UsageError, match="the port of the database is not a number from 1 to 65535") as error:
        Target(f"postgresql://localhost:{port}/x")
    assert "sekrit" not in error.value.message + error.value.hint


@pytest.mark.parametrize("port", ["1", "65535", "5432,5433", ""])
def test_a_port_may_be_a_list_or_left_out(port: str) -> None:
    Target(f"host=a,b port='{port}' dbname=x")
