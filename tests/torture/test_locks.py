"""Test restores while others work in the database: other restores, readers, writers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import Any

import psycopg
import pytest

from tests.postgres import execute
from tests.torture.arena import LIKES, MODES, RATINGS, Arena, Mode, Run, in_copy

pytestmark = pytest.mark.slow

in_place = MODES[0]
each_mode = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)


@cache
def patience(seconds: float) -> tuple[str, ...]:
    """Return the flag that makes a restore wait `seconds` for locks; without it a restore waits 10 s."""
    command = [sys.executable, "-m", "snap", "restore", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return ("--lock-timeout", str(seconds)) if "--lock-timeout" in shown.stdout else ()


@each_mode
def test_the_second_of_two_restores_waits_and_then_gives_up(arena: Arena, target: str, mode: Mode) -> None:
    with arena.watching() as watch:
        first = arena.begin("new", arena.url(target), *mode.flags)
        assert arena.when(watch, first, in_copy)
        first.process.send_signal(19)  # SIGSTOP: it holds its locks as long as we like
        second = arena.begin("new", arena.url(target), *mode.flags, *patience(1)).ends()
        assert second.code == 5, second
        assert "another restore is still running" in second.err
        first.process.send_signal(18)
        assert first.ends().code == 0
    assert arena.state(target, mode) == "new"


@each_mode
def test_a_second_restore_that_waits_long_enough_does_its_work(arena: Arena, target: str, mode: Mode) -> None:
    with arena.watching() as watch:
        first = arena.begin("new", arena.url(target), *mode.flags)
        assert arena.when(watch, first, in_copy)
        second = arena.begin("new", arena.url(target), *mode.flags)
        assert [first.ends().code, second.ends().code] == [0, 0]
    assert arena.state(target, mode) == "new"


@each_mode
def test_a_reader_that_holds_on_is_waited_for_and_then_nothing_was_changed(
    arena: Arena, target: str, mode: Mode
) -> None:
    with psycopg.connect(arena.admin(target)) as reader:
        reader.execute("SELECT count(*) FROM public.recipe_likes")
        ran = arena.begin("new", arena.url(target), *mode.flags, *patience(1)).ends()
        assert ran.code == 5, ran
        assert "lock held" in ran.err
    assert arena.state(target, mode) == "old"
    arena.repaired(target, mode)


_WHAT = """
SELECT (SELECT count(*) FROM public.recipe_likes), (SELECT sum(hashtextextended(user_id::text, 0)) FROM recipe_likes),
       (SELECT sum(hashtextextended(title, 0)) FROM public.recipes), (SELECT sum(rating) FROM public.recipe_ratings),
       (SELECT version FROM snap.ledger ORDER BY id DESC LIMIT 1)
"""


class Reader(threading.Thread):
    """A thread that reads repeatedly at one isolation level and records what it sees."""

    def __init__(self, url: str, isolation: psycopg.IsolationLevel) -> None:
        super().__init__(daemon=True)
        self.url, self.isolation = url, isolation
        self.seen: list[tuple[object, ...]] = []
        self.failed: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self.url) as connection:
            connection.isolation_level = self.isolation
            last = False
            while not last:
                last = self.enough.is_set()  # a last look, whose snapshot is of after the restore
                try:
                    row = connection.execute(_WHAT).fetchone()
                    assert row is not None
                    self.seen.append(row)
                    connection.commit()
                except psycopg.Error as error:
                    self.failed.append(str(error))
                    connection.rollback()
                time.sleep(0.005)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.atomic], ids=lambda mode: mode.name)
@pytest.mark.parametrize("isolation", ["READ_COMMITTED", "REPEATABLE_READ"])
def test_readers_see_old_rows_and_then_new_ones(arena: Arena, target: str, mode: Mode, isolation: str) -> None:
    """TRUNCATE is not MVCC: who waits for it with a snapshot from before (REPEATABLE READ) then finds a table empty, or
    new where its rows were frozen. Nobody ever sees some of the old rows and some of the new ones of a table."""
    old = _what(arena, target)
    reader = Reader(arena.admin(target), psycopg.IsolationLevel[isolation])
    reader.start()
    ran = arena.begin("new", arena.url(target), *mode.flags).ends()
    reader.enough.set()
    reader.join(30)
    assert all("deadlock" in message for message in reader.failed), reader.failed
    if ran.code == 5:  # a reader that took its locks one by one, just then: the server ends one of the two
        assert "deadlock" in ran.err
        assert arena.state(target, mode) == "old"
        return
    assert ran.code == 0, ran
    assert arena.state(target, mode) == "new"
    new = _what(arena, target)
    order = [row for i, row in enumerate(reader.seen) if i == 0 or row != reader.seen[i - 1]]
    assert (order[0], order[-1]) == (old, new)
    if isolation == "READ_COMMITTED":
        assert order == [old, new]
    for row in order:
        assert all(value in {a, b, None, 0} for value, a, b in zip(row, old, new, strict=True)), order


def _what(arena: Arena, target: str) -> tuple[object, ...]:
    return execute(arena.admin(target), _WHAT)[0]


def test_a_snapshot_from_before_sees_no_part_of_a_table(arena: Arena, target: str) -> None:
    with psycopg.connect(arena.admin(target)) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT 1 FROM pg_class")
        assert arena.restore("new", target).code == 0
        likes, ratings = (
            reader.execute(f"SELECT count(*) FROM public.{table}").fetchone()[0]  # type: ignore[index]
            for table in ("recipe_likes", "recipe_ratings")
        )
    assert (likes in {0, LIKES}, ratings in {0, RATINGS}) == (True, True)
    assert arena.state(target) == "new"


@pytest.mark.parametrize("pause", [0.0, 1.5], ids=["snap notices first", "the writer notices first"])
@each_mode
def test_a_deadlock_with_a_writer_ends_cleanly(arena: Arena, target: str, mode: Mode, pause: float) -> None:
    """The server ends one of the two, at its choice; never is anything half done."""
    with psycopg.connect(arena.admin(target)) as writer, arena.watching() as watch:
        writer.execute("LOCK TABLE public.recipe_collection_items IN ROW EXCLUSIVE MODE")  # as a write does
        run = arena.begin("new", arena.url(target), *mode.flags)
        _until_it_waits(run, watch)
        time.sleep(pause)
        with suppress(psycopg.errors.DeadlockDetected):
            writer.execute("LOCK TABLE public.users IN ROW EXCLUSIVE MODE")
        writer.rollback()
        ran = run.ends()
    assert ran.code in {0, 5}, ran
    assert arena.state(target, mode) == ("new" if ran.code == 0 else "old")
    arena.repaired(target, mode)


def _until_it_waits(run: Run, watch: psycopg.Connection[Any]) -> None:
    query = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'snap' AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + 30
    while run.running and watch.execute(query).fetchone() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
