"""Test that two URLs count as one database only if a lock held through one is held through the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from snap.errors import ServiceError, TargetError
from snap_restorer import Target
from snap_restorer.local.embedded import Server
from snap_restorer.pg.one_database import require_one_database
from tests.fingerprint import changes, fingerprint
from tests.postgres import Servers, bouncer, bouncer_program, execute, name_of

needs_bouncer = pytest.mark.skipif(bouncer_program() is None, reason="no PgBouncer on this machine")


def held(url: str) -> list[Any]:
    """Return the advisory locks and open transactions of other sessions, except a pooler's idle sessions."""
    return execute(
        url,
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' UNION SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND state LIKE 'idle in%' AND pid <> pg_backend_pid()",
    )


def proved(*urls: str, **more: float) -> bool:
    """Return whether the URLs are proved to be one database, in both orders.

    Raise AssertionError if a lock or a transaction is left in a database.
    """
    before = [fingerprint(url) for url in urls]
    refusals: list[TargetError] = []
    for order in (urls, urls[::-1]):
        with suppress(TargetError):
            require_one_database([Target(url) for url in order], **more)
            continue
        with pytest.raises(TargetError, match=r"are two databases: ") as refused:
            require_one_database([Target(url) for url in order], **more)
        refusals.append(refused.value)
    for url, was in zip(urls, before, strict=True):
        assert changes(was, fingerprint(url)) == []
        assert held(url) == []
    assert all(refusal.unchanged and refusal.hint and refusal.code == 5 for refusal in refusals)
    assert len(refusals) in {0, 2}
    return not refusals


def test_two_names_of_one_database_are_one(pg: Server, database: str) -> None:
    name = name_of(database)
    through_socket = f"host={pg.socket} port={pg.port} user=postgres dbname='{name}'"
    assert proved(database, through_socket)
    assert proved(database, database.replace("127.0.0.1", "localhost"), through_socket)


@pytest.mark.slow
def test_two_databases_of_one_server_are_two(databases: Callable[[], str]) -> None:
    assert not proved(databases(), databases())


@pytest.mark.slow
def test_databases_of_one_name_on_two_servers_are_two(pg: Server, all_servers: Servers) -> None:
    other = all_servers.get("17")
    if other is None:
        pytest.skip("no second server on this machine")
    assert not proved(pg.url("postgres"), other.url("postgres"))


def test_a_third_url_that_leads_elsewhere_is_found(pg: Server, databases: Callable[[], str]) -> None:
    one, other = databases(), databases()
    through_socket = f"host={pg.socket} port={pg.port} user=postgres dbname='{name_of(one)}'"
    with pytest.raises(TargetError, match="two databases") as refused:
        require_one_database([Target(one), Target(through_socket), Target(other)])
    assert Target(one).redacted in refused.value.message
    assert Target(other).redacted in refused.value.message


@pytest.mark.slow
@needs_bouncer
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_of_the_database_is_proved_and_that_of_another_is_not(
    pg: Server, databases: Callable[[], str], mode: str
) -> None:
    here, elsewhere = databases(), databases()
    with bouncer(pg, "postgres", mode=mode) as port:
        pooled = f"host=127.0.0.1 port={port} user=postgres dbname='{name_of(here)}'"
        assert proved(here, pooled)
        assert not proved(elsewhere, pooled)


@needs_bouncer
def test_the_transaction_and_the_session_pooler_are_one_database(pg: Server, database: str) -> None:
    with bouncer(pg, "postgres") as one, bouncer(pg, "postgres", mode="session") as other:
        urls = [f"host=127.0.0.1 port={port} user=postgres dbname='{name_of(database)}'" for port in (one, other)]
        assert proved(*urls)


@needs_bouncer
def test_a_pooler_without_a_second_session_proves_nothing_in_time(pg: Server, database: str) -> None:
    with bouncer(pg, "postgres") as port:
        pooled = f"host=127.0.0.1 port={port} user=postgres dbname='{name_of(database)}'"
        began = time.monotonic()
        with pytest.raises(
            TargetError, match=r"not proved that .* are the same database: no answer within 0\.5 s"
        ) as refused:
            require_one_database([Target(pooled), Target(f"{pooled} sslmode=disable")], wait_s=0.5)
        assert time.monotonic() - began < 60  # PgBouncer itself would wait for two minutes
        assert refused.value.code == 5
        assert held(database) == []


@pytest.mark.slow
def test_each_server_that_a_url_names_is_proved(pg: Server, all_servers: Servers) -> None:
    other = all_servers.get("17")
    if other is None:
        pytest.skip("no second server on this machine")
    several = f"host={pg.socket},{other.socket} port={pg.port},{other.port} user=postgres dbname=postgres"
    for urls in ([several], [several, several], [pg.url("postgres"), several]):
        with pytest.raises(TargetError, match="two databases"):
            require_one_database([Target(url) for url in urls])
    nobody = f"host={pg.socket},127.0.0.1 port={pg.port},1 user=postgres dbname=postgres"
    require_one_database([Target(nobody), Target(pg.url("postgres"))])
    twice = f"host={pg.socket},{pg.socket} port={pg.port} user=postgres dbname=postgres"
    require_one_database([Target(twice)])
    with pytest.raises(ServiceError):
        require_one_database([Target("host=127.0.0.1,127.0.0.1 port=1 user=x dbname=x"), Target(pg.url("postgres"))])


def test_a_role_without_rights_whose_sessions_only_read_proves_as_well(any_pg: Server, any_database: str) -> None:
    name = name_of(any_database)
    execute(any_database, "CREATE ROLE plain LOGIN; ALTER ROLE plain SET default_transaction_read_only = on")
    execute(any_database, f'REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE TEMP ON DATABASE "{name}" FROM PUBLIC')
    plain = Target(f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name}'")
    require_one_database([Target(any_database), plain])
    require_one_database([plain, Target(any_database)])
    with pytest.raises(TargetError, match="two databases"):
        require_one_database([plain, Target(any_pg.url("postgres"))])


def test_the_same_url_twice_is_not_asked_about() -> None:
    require_one_database([Target("host=127.0.0.1 port=1 user=x dbname=x")] * 2)


def test_a_server_that_is_not_there_is_no_proof_against(database: str) -> None:
    with pytest.raises(ServiceError):
        require_one_database([Target(database), Target("host=127.0.0.1 port=1 user=x dbname=x")])


@pytest.mark.slow
def test_a_physical_copy_is_another_database_although_it_has_the_same_identifiers(copied: tuple[str, str]) -> None:
    original, copy = copied
    identity = "SELECT system_identifier::text, d.oid FROM pg_control_system(), pg_database d WHERE datname = 'app'"
    assert execute(original, identity) == execute(copy, identity)
    assert not proved(original, copy)


@pytest.mark.slow
def test_a_standby_is_no_way_to_write_and_no_obstacle_beside_its_primary(followed: tuple[str, str]) -> None:
    primary, standby = followed
    here, there = (Target(url).parameters() for url in followed)
    both = f"host={here['host']},{there['host']} port={here['port']},{there['port']} user=postgres dbname=app"
    with pytest.raises(TargetError, match="two databases"):
        require_one_database([Target(primary), Target(standby)])
    require_one_database([Target(f"{both} passfile={here['passfile']}"), Target(primary)])
