"""Test copies that a thread makes in advance for the next tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from snap.errors import SnapshotError
from snap.store import Store
from snap_restorer import Lender, LenderAhead
from tests.cases import toy
from tests.postgres import execute


@pytest.fixture
def ahead(tmp_path: Path, admin: str) -> Iterator[Callable[[int], LenderAhead]]:
    """Yield a function that makes lenders with a number of copies ready. The lenders are closed at the end."""
    for folder in ("manifests", "snapshots"):
        (tmp_path / folder).mkdir()
    toy.publish(Store(tmp_path), "v1")
    with ExitStack() as stack:

        def make(size: int) -> LenderAhead:
            made = LenderAhead(
                Lender(root=tmp_path, server=admin, trust_code=False, environment={}, sessions=3), size=size
            )
            stack.callback(made.close)
            return made

        yield make


def lent(admin: str) -> list[str]:
    return [name for (name,) in execute(admin, "SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_test%'")]


def wait_for(admin: str, number: int) -> None:
    """Wait until the server has this number of databases."""
    deadline = time.monotonic() + 30
    while len(lent(admin)) != number and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(lent(admin)) == number


def test_so_many_copies_are_ready_and_each_is_lent_once(ahead: Callable[[int], LenderAhead], admin: str) -> None:
    mine = ahead(2)
    mine.expect("v1")
    mine.expect("v1")
    wait_for(admin, 2)
    loans = [mine.lend("v1") for _ in range(3)]
    assert sorted(loan.name for loan in loans) == sorted(lent(admin))
    assert all(execute(loan.url, "SELECT count(*) FROM crew") == [(10,)] for loan in loans)
    mine.take_back(loans[0])
    mine.expect("v1")
    assert mine.close() == []
    assert lent(admin) == []


@pytest.mark.slow
def test_without_a_thread_all_is_done_when_it_is_asked_for(ahead: Callable[[int], LenderAhead], admin: str) -> None:
    mine = ahead(0)
    mine.expect("v1")
    loan = mine.lend("v1")
    assert lent(admin) == [loan.name]
    mine.take_back(loan)
    assert lent(admin) == []


@pytest.mark.slow
def test_used_databases_are_dropped_when_there_are_several(ahead: Callable[[int], LenderAhead], admin: str) -> None:
    mine = ahead(1)
    for loan in [mine.lend("v1") for _ in range(4)]:
        mine.take_back(loan)
    wait_for(admin, 1)


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1])
def test_what_failed_ahead_is_told_to_who_asks(ahead: Callable[[int], LenderAhead], size: int) -> None:
    mine = ahead(size)
    mine.expect("v9")
    with pytest.raises(SnapshotError, match="v9"):
        mine.lend("v9")
    assert mine.lend("v1").name


@pytest.mark.slow
def test_a_database_that_cannot_be_dropped_is_named_in_the_end(ahead: Callable[[int], LenderAhead], admin: str) -> None:
    mine = ahead(1)
    loan = mine.lend("v1")
    execute(admin, f"ALTER DATABASE {loan.name} IS_TEMPLATE true")
    mine.take_back(loan)
    (said,) = mine.close()
    assert said == f"database {loan.name} was not dropped: cannot drop a template database"
