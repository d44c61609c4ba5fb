"""Test sequences during restores over several connections: values that an application has drawn are not drawn again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.cases.edits import keyed
from tests.cases.snapshots import snapshot, table
from tests.cases.unfinished import run_to
from tests.postgres import execute

SQL = """
CREATE SEQUENCE shared; CREATE SEQUENCE alone;
CREATE TABLE a (id serial PRIMARY KEY, n int DEFAULT nextval('shared'));
CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int DEFAULT nextval('shared'));
CREATE TABLE c (id int PRIMARY KEY, n text DEFAULT 'INV-' || nextval('alone'));
ALTER SEQUENCE shared OWNED BY a.n;
"""
ROWS = """
INSERT INTO a SELECT i, i FROM generate_series(1, 40) i;
INSERT INTO b OVERRIDING SYSTEM VALUE SELECT i, 40 + i FROM generate_series(1, 30) i;
INSERT INTO c SELECT i, i FROM generate_series(1, 20) i;
"""
DRAWN_FROM = {"a_id_seq": 40, "b_id_seq": 30, "shared": 70, "alone": 20}
POSITIONS = "".join(f"SELECT setval('{name}', {value});" for name, value in DRAWN_FROM.items())
INSTANTS = [("committed", 1), ("committed", 2), ("bound", 1)]


def draw(url: str) -> dict[str, int]:
    """Draw values from sequences as an application with a short lock timeout does, and return the values."""
    drawn = {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '50ms'")
        for name in DRAWN_FROM:
            try:
                [(drawn[name],)] = connection.execute("SELECT nextval(%s)", [name])
            except psycopg.errors.LockNotAvailable:
                continue
    return drawn


def far_ahead(url: str) -> None:
    """Move the sequences far ahead, as many rows of the application would, which a restore then removes."""
    execute(url, "".join(f"SELECT setval('{name}', 500);" for name in DRAWN_FROM))


@pytest.fixture
def captured(database: str, take: Capture, store: Store) -> Snapshot:
    execute(database, SQL + ROWS + POSITIONS)
    return store.resolve(take(database).version)


@pytest.fixture
def built(tmp_path: Path) -> Snapshot:
    """Return a snapshot without positions of sequences, as a build makes it, so the rows determine them."""
    columns = ("id", "integer"), ("n", "integer")
    a, b = (keyed(table(name, *columns), "id") for name in "ab")
    c = keyed(table("c", ("id", "integer"), ("n", "text")), "id")
    return snapshot(
        tmp_path,
        [
            (a, [(i, i) for i in range(1, 41)]),
            (b, [(i, 40 + i) for i in range(1, 31)]),
            (c, [(i, str(i)) for i in range(1, 21)]),
        ],
        SQL,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("step", "number"), INSTANTS)
@pytest.mark.parametrize("kind", ["captured", "built"])
def test_what_is_drawn_between_the_commits_is_not_drawn_again(
    request: pytest.FixtureRequest, databases: Callable[[], str], kind: str, step: str, number: int
) -> None:
    made = request.getfixturevalue(kind)
    url = databases()
    restore(made, Target(url), Request())
    far_ahead(url)
    steps = run_to(made, url, step, number)
    drawn = draw(url)
    list(steps)
    after = draw(url)
    if (step, number) != ("committed", 1):
        assert {"a_id_seq", "b_id_seq", "shared"} <= set(drawn)
    for name, value in after.items():
        if kind == "captured" or name != "alone":
            assert value == DRAWN_FROM[name] + 1 + (name in drawn), (name, drawn)


@pytest.mark.slow
def test_positions_are_those_of_the_snapshot(captured: Snapshot, databases: Callable[[], str]) -> None:
    url = databases()
    for _ in range(2):
        restore(captured, Target(url), Request(jobs=3))
        assert draw(url) == {name: value + 1 for name, value in DRAWN_FROM.items()}
        far_ahead(url)


def test_an_interrupted_restore_leaves_sequences_as_they_were(captured: Snapshot, databases: Callable[[], str]) -> None:
    url = databases()
    restore(captured, Target(url), Request())
    far_ahead(url)
    steps = run_to(captured, url, "loaded")
    with pytest.raises(TargetError):
        steps.throw(TargetError("no", "hint"))
    assert set(draw(url).values()) == {501}


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_session_that_has_drawn_and_is_not_done_is_named(
    captured: Snapshot, databases: Callable[[], str], jobs: int
) -> None:
    url = databases()
    restore(captured, Target(url), Request())
    far_ahead(url)
    with psycopg.connect(url, application_name="the app") as application:
        application.execute("SELECT nextval('alone')")
        with pytest.raises(TargetError, match=re.escape("(the app), idle in transaction")) as raised:
            restore(captured, Target(url), Request(jobs=jobs, lock_timeout_s=0.3))
    assert raised.value.message.startswith("lock held")
    assert "(snap)" not in raised.value.message
    assert set(draw(url).values()) <= {501, 502}
