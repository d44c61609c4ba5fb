"""Test databases lent to tests: copies of one template, and the leftovers of runs that died."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

import snap_restorer
from snap.errors import ServiceError, TargetError
from snap.store import Store
from snap_restorer import Lender, Target
from tests.cases import toy
from tests.cases.on_server import described, templates
from tests.postgres import execute, name_of
from tests.threads import at_once


@pytest.fixture
def lender(tmp_path: Path, admin: str) -> Iterator[Callable[..., Lender]]:
    """Yield a function that makes lenders. The lenders are closed at the end."""
    for folder in ("manifests", "snapshots"):
        (tmp_path / folder).mkdir()
    toy.publish(Store(tmp_path), "v1")
    with ExitStack() as stack:

        def make(server: str = admin) -> Lender:
            made = Lender(root=tmp_path, server=server, trust_code=False, environment={})
            stack.callback(made.close)
            return made

        yield make


def lent(admin: str) -> list[str]:
    return [name for (name,) in execute(admin, "SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_test%'")]


def test_each_loan_is_a_database_of_its_own(lender: Callable[..., Lender], admin: str) -> None:
    mine = lender()
    first, second = mine.lend("v1"), mine.lend("v1")
    execute(first.url, 'DELETE FROM ship."Log book"; DELETE FROM crew')
    assert execute(second.url, "SELECT count(*) FROM crew") == [(10,)]
    assert len(templates(admin)) == 1
    mine.take_back(first)
    assert lent(admin) == [second.name]
    mine.close()
    assert lent(admin) == []
    assert execute(mine.lend("v1").url, "SELECT count(*) FROM crew") == [(10,)]


@pytest.mark.slow
def test_lenders_that_race_make_one_template(lender: Callable[..., Lender], admin: str) -> None:
    lenders = [lender() for _ in range(4)]
    assert at_once([lambda each=each: each.lend("v1") for each in lenders]) == []
    assert (len(lent(admin)), len(templates(admin))) == (4, 1)


@pytest.mark.slow
def test_a_database_with_sessions_is_taken_back(lender: Callable[..., Lender], admin: str) -> None:
    mine = lender()
    loan = mine.lend("v1")
    with psycopg.connect(loan.url):
        mine.take_back(loan)
    assert lent(admin) == []


@pytest.mark.slow
def test_what_is_kept_stays_and_says_why(lender: Callable[..., Lender], admin: str) -> None:
    mine = lender()
    loan = mine.lend("v1")
    url = mine.keep(loan, "test_x failed")
    mine.close()
    lender().lend("v1")
    assert name_of(url) == loan.name
    assert described(admin, loan.name) == "snap copy for tests: kept, test_x failed"
    snap_restorer.drop(url)
    assert loan.name not in lent(admin)


@pytest.mark.slow
def test_what_dead_runs_left_is_dropped_and_what_living_ones_use_is_not(
    lender: Callable[..., Lender], admin: str
) -> None:
    living = lender()
    used = living.lend("v1")
    dead = f"snap_test_{'0' * 16}_"
    for number in (1, 2, 3, 4):
        execute(admin, f"CREATE DATABASE {dead}{number}")
    execute(admin, f"COMMENT ON DATABASE {dead}2 IS 'snap copy for tests: lent to a test, dropped after it'")
    execute(admin, f"COMMENT ON DATABASE {dead}3 IS 'somebody else''s'")
    execute(admin, f"ALTER DATABASE {dead}4 IS_TEMPLATE true")  # which cannot be dropped
    other = lender().lend("v1")
    assert sorted(lent(admin)) == sorted([used.name, other.name, f"{dead}3", f"{dead}4"])


@pytest.mark.slow
def test_a_lender_goes_on_after_the_server_ended_its_sessions(lender: Callable[..., Lender], admin: str) -> None:
    mine = lender()
    first = mine.lend("v1")
    execute(admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'snap'")
    with pytest.raises(ServiceError, match="terminating connection"):
        mine.lend("v1")
    second = mine.lend("v1")
    mine.close()
    assert {first.name, second.name} & set(lent(admin)) == set()


@pytest.mark.slow
def test_a_template_that_somebody_dropped_is_made_again(lender: Callable[..., Lender], admin: str) -> None:
    mine = lender()
    mine.lend("v1")
    [(_, name)] = templates(admin)
    execute(admin, f"DROP DATABASE {name}")
    assert execute(mine.lend("v1").url, "SELECT count(*) FROM crew") == [(10,)]
    assert [made for _, made in templates(admin)] != [name]


@pytest.mark.slow
def test_a_template_in_use_is_not_dropped_by_others(lender: Callable[..., Lender], admin: str) -> None:
    from snap_restorer.clones import databases, template

    mine = lender()
    mine.lend("v1")
    with databases.serve(Target(admin)) as server:
        for _, name in templates(admin):
            execute(admin, f"COMMENT ON DATABASE {name} IS 'snap template, ready: v1, last used 2001-01-01'")
        assert template.prune(server, "") == ()
        mine.close()
        assert len(template.prune(server, "")) == 1


@pytest.mark.slow
def test_the_url_of_what_is_kept_holds_no_password(
    lender: Callable[..., Lender], roles: Callable[[str], Target]
) -> None:
    mine = lender(roles("maker").conninfo)
    loan = mine.lend("v1")
    assert "p@ss%word" in loan.url
    url = mine.keep(loan, "test_x failed")
    assert name_of(url) == loan.name
    assert not any(word in url for word in ("p@ss", "p%40ss", "word"))


def test_a_role_that_may_not_create_databases_is_refused(
    lender: Callable[..., Lender], roles: Callable[[str], Target]
) -> None:
    with pytest.raises(TargetError, match="role app may not create databases"):
        lender(roles("app").conninfo).lend("v1")
