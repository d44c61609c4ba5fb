"""Test listing and recreating databases of the embedded server, and deleting the server with all of them."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from snap.errors import ServiceError, UsageError
from snap_restorer import Embedded, databases_of, require_held, reset_database
from tests.postgres import execute

pytestmark = [pytest.mark.slow, pytest.mark.server]


def test_its_databases_are_listed_without_postgres_own(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    assert databases_of(server) == ()
    embedded.ensure_database("b 'x")
    embedded.ensure_database("a")
    embedded.ensure_database("c")
    execute(server.as_superuser().url("postgres"), "ALTER DATABASE a IS_TEMPLATE true")
    execute(server.as_superuser().url("postgres"), "COMMENT ON DATABASE c IS 'snap clone, unfinished: will be a'")
    found = databases_of(server)
    assert [(each.name, each.template, each.about) for each in found] == [
        ("a", True, ""),
        ("b 'x", False, ""),
        ("c", False, "snap clone"),
    ]
    assert min(each.bytes for each in found) > 1_000_000
    with pytest.raises(ServiceError, match=r"has no database a$") as refused:
        require_held(server, "a")
    assert refused.value.hint == "the databases are: b 'x, c"


def test_a_database_is_made_again_with_its_owner_and_only_where_there_is_one(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    with pytest.raises(ServiceError, match="has no database app") as refused:
        reset_database(server, "app")
    assert "snap restore" in refused.value.hint
    for name in ("postgres", "template0", "template1"):
        with pytest.raises(UsageError, match=f"{name} is one of Postgres' own databases"):
            reset_database(server, name)
    embedded.ensure_database("app")
    execute(server.url("app"), "CREATE TABLE t ()")
    with psycopg.connect(server.as_superuser().url("app")):
        reset_database(server, "app")
    assert execute(server.url("app"), "SELECT to_regclass('t')") == [(None,)]
    owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'app'"
    assert execute(server.url("app"), owner) == [("snap_owner",)]


def test_a_database_that_cannot_be_dropped_is_named_and_stays(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    embedded.ensure_database("app")
    execute(server.as_superuser().url("postgres"), "ALTER SYSTEM SET max_prepared_transactions = 1")
    embedded.stop()
    server = embedded.start()
    execute(server.url("app"), "BEGIN; CREATE TABLE t (); PREPARE TRANSACTION 'held'")
    with pytest.raises(ServiceError, match="database app cannot be created again"):
        reset_database(server, "app")
    execute(server.url("app"), "COMMIT PREPARED 'held'")
    assert execute(server.url("app"), "TABLE t") == []


def test_a_server_that_does_not_answer_is_named(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    embedded.stop()
    with pytest.raises(ServiceError, match="the embedded Postgres does not answer") as refused:
        databases_of(server)
    assert "Connection refused. Is the server running" in refused.value.message
    assert str(server.log) in refused.value.hint


def test_all_of_it_is_deleted_also_where_a_cut_left_half(home: Path) -> None:
    embedded = Embedded(home=home)
    assert not embedded.remove()
    server = embedded.start()
    embedded.ensure_database("app")
    (embedded.folder.base / "data.gone").mkdir()
    assert embedded.folder.bytes() > 10_000_000
    assert embedded.remove()
    assert embedded.status() is None
    assert [path.name for path in embedded.folder.base.iterdir()] == [".lock"]
    assert not embedded.remove()
    again = embedded.start()
    assert databases_of(again) == ()
    assert again.passfile == server.passfile


def test_the_variables_of_a_database_hold_no_secret(home: Path) -> None:
    server = Embedded(home=home).start()
    variables = server.variables("a b")
    assert variables["PGDATABASE"] == "a b"
    assert variables["PGPASSFILE"] == str(server.passfile)
    for line in server.passfile.read_text().splitlines():
        assert line.rsplit(":", 1)[1] not in str(variables)
