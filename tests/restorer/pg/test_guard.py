"""Which databases are protected or allowed, by every name that they go by."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import TargetError
from snap_restorer import Server as Embedded
from snap_restorer import Target
from snap_restorer.pg.guard import Place, Server, admit, judge, place, servers, standing, well_formed


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
    assert judge(host, dbname, [pattern], []) == ("protected" if fits else "unlisted")
    assert judge(host, dbname, [], [pattern]) == ("allowed" if fits else "unlisted")


def test_protected_counts_before_allowed() -> None:
    assert judge("h", "x", ["*/x"], ["h/*"]) == "protected"


@pytest.mark.parametrize("pattern", ["", "h", "/x", "h/", "app_production"])
def test_what_names_no_host_or_no_database_is_no_pattern(pattern: str) -> None:
    assert not well_formed(pattern)
    assert judge("h", "x", [pattern], [pattern]) == "unlisted"


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
    here, other = Server(names=("stage", "10.0.0.1"), port="5432"), Server(names=("prod",), port="5432")
    one = Place(servers=(here,), databases=("app",))
    both = Place(servers=(here, other), databases=("app",))
    alias = Place(servers=(here,), databases=("app", "app_production"))
    assert standing(one, ["prod/*"], ["stage/*"]) == "allowed"
    assert standing(one, [], ["10.0.0.1/app"]) == "allowed"
    assert standing(both, ["prod/*"], ["stage/*"]) == "protected"
    assert standing(both, [], ["stage/*"]) == "unlisted"
    assert standing(both, [], ["*/app"]) == "allowed"
    assert standing(alias, ["*/app_production"], ["*/*"]) == "protected"
    assert standing(alias, [], ["*/app"]) == "unlisted"


def test_a_session_is_where_it_is_and_where_it_might_have_gone(
    pg: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(conninfo: str) -> Place:
        full = make_conninfo(conninfo, user="postgres", passfile=str(pg.passfile), connect_timeout=2)
        target = Target(full)
        with psycopg.connect(full) as connection:
            return place(connection, target.parameters())

    port = str(pg.port)
    tcp = Server(names=("127.0.0.1",), port=port)
    assert at(f"host=127.0.0.1 port={port} dbname=postgres") == Place(servers=(tcp,), databases=("postgres",))
    named = at(f"host=LocalHost hostaddr=127.0.0.1 port={port} dbname=postgres")
    assert named.servers == (Server(names=("localhost", "127.0.0.1"), port=port),)
    several = at(f"host=127.0.0.1,prod.example port={port} dbname=postgres")
    assert several.servers == (tcp, Server(names=("prod.example",), port=port))
    assert at(f"host={pg.socket} port={port} dbname=postgres").servers == (Server(names=("local",), port=port),)
    (tmp_path / "services").write_text(f"[app]\nhost=127.0.0.1,prod.example\nport={port}\ndbname=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    assert at("service=app") == Place(servers=several.servers, databases=("postgres",))
    monkeypatch.setenv("PGHOST", "127.0.0.1,prod.example")
    assert at(f"port={port} dbname=postgres").servers == several.servers
    assert at(f"host=127.0.0.1 port={port} dbname=postgres").servers == (tcp,)


def test_a_protected_database_is_refused_whatever_the_flags(database: str) -> None:
    target = Target(database)
    with target.connect() as connection:
        for yes in (True, False):
            with pytest.raises(TargetError, match=r"is protected: nothing may replace"):
                admit(connection, target, protected=["127.0.0.*/test *"], allowed=["*/*"], yes=yes)
        assert admit(connection, target, protected=["*/production"], allowed=None, yes=False) is False
        assert admit(connection, target, protected=[], allowed=["127.0.0.1/*"], yes=False) is True
        assert admit(connection, target, protected=[], allowed=["local/*"], yes=True) is False
        for allowed in ([], ["local/*"]):
            with pytest.raises(TargetError, match=r"not among the databases that snap\.toml allows") as refused:
                admit(connection, target, protected=[], allowed=allowed, yes=False)
        assert "--yes" in refused.value.hint
