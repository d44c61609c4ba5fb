"""Test which databases are protected or allowed, under every name that they have."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import TargetError
from snap_restorer import Server as Embedded
from snap_restorer import Target
from snap_restorer.pg.guard import Guard, GuardedServer, Location, locate, servers, well_formed


@pytest.mark.parametrize(
    ("host", "dbname", "pattern", "fits"),
    [
        ("db.example.com", "app", "db.example.com/app", True),
        ("DB.Example.com.", "app", "db.example.COM/app", True),
        ("db.example.com", "App", "db.example.com/app", False),
        ("db.example.com", "app", "db.example.com/app2", False),
        ("db.example.com", "app", "example.com/app", False),
        ("anything", "production", "*/production", True),
        ("anything", "production2", "*/production*", True),
        ("10.0.3.4", "x", "10.0.*/*", True),
        ("10.1.3.4", "x", "10.0.*/*", False),
        ("/var/run/postgresql", "x", "local/*", True),
        ("@abstract", "x", "local/*", True),
        ("localhost", "x", "local/*", False),
        ("h", "a/b", "h/a/b", True),
        ("h", "x", "h:5432/x", True),
        ("h", "x", "h:5433/x", False),
        ("::1", "x", "::1/x", True),
        ("::1", "x", "[::1]/x", True),
        ("::1", "x", "[::1]:5432/x", True),
        ("::1", "x", "[::1]:5433/x", False),
        ("fe80::5", "x", "fe80::*/x", True),
        ("db-1", "x", "db-[12]/x", True),
        ("db-3", "x", "db-[12]/x", False),
    ],
)
def test_a_pattern_names_hosts_and_databases(host: str, dbname: str, pattern: str, fits: bool) -> None:
    assert well_formed(pattern)
    assert Guard(protected=(pattern,)).judge(host, dbname) == ("protected" if fits else "unlisted")
    assert Guard(allowed=(pattern,)).judge(host, dbname) == ("allowed" if fits else "unlisted")


@pytest.mark.parametrize(
    ("user", "host", "port", "dbname", "pattern", "fits"),
    [
        (
            "postgres.abc",
            "aws-0.pooler.supabase.com",
            "6543",
            "postgres",
            "postgres.abc@*.pooler.supabase.com/postgres",
            True,
        ),
        (
            "postgres.xyz",
            "aws-0.pooler.supabase.com",
            "6543",
            "postgres",
            "postgres.abc@*.pooler.supabase.com/postgres",
            False,
        ),
        (
            "Postgres.abc",
            "aws-0.pooler.supabase.com",
            "6543",
            "postgres",
            "postgres.abc@*.pooler.supabase.com/postgres",
            False,
        ),
        ("postgres", "aws-0.pooler.supabase.com", "6543", "postgres", "postgres.abc@*/postgres", False),
        ("postgres.abc", "h", "6543", "postgres", "postgres.abc@h:6543/postgres", True),
        ("postgres.abc", "h", "5432", "postgres", "postgres.abc@h:6543/postgres", False),
        ("postgres.abc", "h", "5432", "postgres", "*.abc@h/*", True),
        ("me@example.com", "h", "5432", "x", "me@example.com@h/x", True),
        ("me", "example.com@h", "5432", "x", "me@example.com@h/x", False),
        ("u", "::1", "5433", "x", "u@[::1]:5433/x", True),
        ("u", "::1", "5433", "x", "v@[::1]:5433/x", False),
        ("u", "/run/postgresql", "5432", "x", "u@local/x", True),
        ("u", "h", "5432", "x", "h/x", True),
        ("h/a", "b", "5432", "x", "h/a@b/x", False),
        ("u", "h", "5432", "a@b", "h/a@b", True),
    ],
)
def test_a_pattern_may_name_the_user_who_logs_in(
    user: str, host: str, port: str, dbname: str, pattern: str, fits: bool
) -> None:
    assert well_formed(pattern)
    assert Guard(protected=(pattern,)).judge(host, dbname, port=port, user=user) == (
        "protected" if fits else "unlisted"
    )
    assert Guard(allowed=(pattern,)).judge(host, dbname, port=port, user=user) == ("allowed" if fits else "unlisted")


def test_a_pooler_that_changes_the_name_of_the_user_hides_nothing_that_is_protected() -> None:
    here = GuardedServer(names=("pooler",), port="5432")
    renamed = Location(servers=(here,), databases=("postgres",), users=("postgres.abc", "postgres"))
    assert Guard(allowed=("postgres.abc@pooler/*",)).standing(renamed) == "allowed"
    assert Guard(allowed=("postgres@pooler/*",)).standing(renamed) == "unlisted"
    assert Guard(protected=("postgres@pooler/*",), allowed=("*/*",)).standing(renamed) == "protected"


def test_protected_counts_before_allowed() -> None:
    assert Guard(protected=("*/x",), allowed=("h/*",)).judge("h", "x") == "protected"


@pytest.mark.parametrize("pattern", ["", "h", "/x", "h/", "app_production"])
def test_what_names_no_host_or_no_database_is_no_pattern(pattern: str) -> None:
    assert not well_formed(pattern)
    assert Guard(protected=(pattern,), allowed=(pattern,)).judge("h", "x") == "unlisted"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, []),
        ({"host": "A,b", "port": "1,2"}, [(("a",), "1"), (("b",), "2")]),
        ({"host": "a,b", "port": "1"}, [(("a",), "1"), (("b",), "1")]),
        ({"host": "a,", "hostaddr": "10.0.0.1,10.0.0.2"}, [(("a", "10.0.0.1"), "5432"), (("10.0.0.2",), "5432")]),
        ({"hostaddr": "10.0.0.1"}, [(("10.0.0.1",), "5432")]),
        ({"host": "/run/pg,b"}, [(("local",), "5432"), (("b",), "5432")]),
        ({"host": "a,,b", "port": ",7,"}, [(("a",), "5432"), (("local",), "7"), (("b",), "5432")]),
    ],
)
def test_every_server_of_a_conninfo_is_seen(
    parameters: dict[str, str], expected: list[tuple[tuple[str, ...], str]]
) -> None:
    assert [(server.names, server.port) for server in servers(parameters)] == expected


def test_one_protected_name_protects_and_every_server_must_be_allowed() -> None:
    here, other = GuardedServer(names=("stage", "10.0.0.1"), port="5432"), GuardedServer(names=("prod",), port="5432")
    one = Location(servers=(here,), databases=("app",), users=("u",))
    both = Location(servers=(here, other), databases=("app",), users=("u",))
    alias = Location(servers=(here,), databases=("app", "app_production"), users=("u",))
    assert Guard(protected=("prod/*",), allowed=("stage/*",)).standing(one) == "allowed"
    assert Guard(allowed=("10.0.0.1/app",)).standing(one) == "allowed"
    assert Guard(protected=("prod/*",), allowed=("stage/*",)).standing(both) == "protected"
    assert Guard(allowed=("stage/*",)).standing(both) == "unlisted"
    assert Guard(allowed=("*/app",)).standing(both) == "allowed"
    assert Guard(protected=("*/app_production",), allowed=("*/*",)).standing(alias) == "protected"
    assert Guard(allowed=("*/app",)).standing(alias) == "unlisted"


@pytest.mark.slow
def test_a_session_is_where_it_is_and_where_it_might_have_gone(
    pg: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(conninfo: str) -> Location:
        full = make_conninfo(conninfo, user="postgres", passfile=str(pg.passfile), connect_timeout=2)
        target = Target(full)
        with psycopg.connect(full) as connection:
            return locate(connection, target.parameters())

    port = str(pg.port)
    tcp = GuardedServer(names=("127.0.0.1",), port=port)
    assert at(f"host=127.0.0.1 port={port} dbname=postgres") == Location(
        servers=(tcp,), databases=("postgres",), users=("postgres",)
    )
    named = at(f"host=LocalHost hostaddr=127.0.0.1 port={port} dbname=postgres")
    assert named.servers == (GuardedServer(names=("localhost", "127.0.0.1"), port=port),)
    several = at(f"host=127.0.0.1,prod.example port={port} dbname=postgres")
    assert several.servers == (tcp, GuardedServer(names=("prod.example",), port=port))
    assert at(f"host={pg.socket} port={port} dbname=postgres").servers == (GuardedServer(names=("local",), port=port),)
    (tmp_path / "services").write_text(f"[app]\nhost=127.0.0.1,prod.example\nport={port}\ndbname=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    assert at("service=app") == Location(servers=several.servers, databases=("postgres",), users=("postgres",))
    monkeypatch.setenv("PGHOST", "127.0.0.1,prod.example")
    assert at(f"port={port} dbname=postgres").servers == several.servers
    assert at(f"host=127.0.0.1 port={port} dbname=postgres").servers == (tcp,)


def test_a_protected_database_is_refused_whatever_the_flags(database: str) -> None:
    target = Target(database)
    with target.connect() as connection:
        for yes in (True, False):
            with pytest.raises(TargetError, match=r"is protected: nothing may replace"):
                Guard(protected=("127.0.0.*/test *",), allowed=("*/*",), yes=yes).admit(connection, target)
        assert Guard(protected=("*/production",)).admit(connection, target) is False
        assert Guard(allowed=("127.0.0.1/*",)).admit(connection, target) is True
        assert Guard(allowed=("local/*",), yes=True).admit(connection, target) is False
        for allowed in ((), ("local/*",)):
            with pytest.raises(TargetError, match=r"not among the databases that snap\.toml allows") as refused:
                Guard(allowed=allowed).admit(connection, target)
        assert refused.value.option == "yes"
