"""Test that values are made once, that waiting threads help to make them, and that errors reach all who wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snap_builder.compiled.kept import Kept
from tests.threads import at_once

CUTS = [(start, start + 10) for start in range(0, 100, 10)]
LONG = 30  # seconds after which a thread that waits has waited for ever


def test_a_value_is_made_once_and_kept() -> None:
    kept, made = Kept(), []
    assert kept.get(("a",)) is None
    assert [kept.keep(("a",), lambda: made.append(1) or "value") for _ in range(3)] == ["value"] * 3
    assert made == [1]
    assert kept.get(("a",)) == "value"


def test_a_value_that_was_put_is_not_made_and_not_replaced() -> None:
    kept = Kept()
    kept.put(("a",), "first")
    kept.put(("a",), "second")
    assert kept.keep(("a",), lambda: pytest.fail("made again")) == "first"


def test_what_threads_ask_for_at_once_is_made_once() -> None:
    kept, made, ready = Kept(), list[int](), threading.Barrier(8)

    def make() -> str:
        made.append(1)
        return "value"

    def ask() -> None:
        ready.wait(LONG)
        assert kept.keep(("a",), make) == "value"

    assert at_once([ask] * 8) == []
    assert made == [1]


def test_cuts_come_in_turn() -> None:
    kept = Kept()
    assert kept.keep(("a",), lambda: list(kept.in_turn(CUTS, lambda start, stop: (start, stop)))) == CUTS
    assert list(kept.in_turn([], lambda *_: pytest.fail("there is no cut"))) == []


def test_a_thread_that_waits_for_a_value_makes_some_of_its_cuts() -> None:
    """Each cut waits until the other thread is in a cut too: one thread alone would never come to an end."""
    kept, both, makers = Kept(), threading.Barrier(2), set[int]()

    def cut(start: int, stop: int) -> int:
        both.wait(LONG)
        makers.add(threading.get_ident())
        return start

    def ask() -> None:
        assert kept.keep(("a",), lambda: list(kept.in_turn(CUTS, cut))) == [start for start, _ in CUTS]

    assert at_once([ask] * 2) == []
    assert len(makers) == 2


def test_a_thread_helps_with_what_the_value_that_it_waits_for_needs() -> None:
    kept, both = Kept(), threading.Barrier(2)

    def needed() -> list[int]:
        return list(kept.in_turn(CUTS, lambda start, _: (both.wait(LONG), start)[1]))

    def ask() -> None:
        assert kept.keep(("above",), lambda: sum(kept.keep(("below",), needed))) == 450

    assert at_once([ask] * 2) == []


def test_cuts_may_need_other_values_that_have_cuts() -> None:
    kept = Kept()

    def below(start: int, stop: int) -> int:
        return stop - start

    def above(start: int, _: int) -> int:
        return start + sum(kept.keep(("below",), lambda: list(kept.in_turn(CUTS, below))))

    def ask() -> None:
        assert kept.keep(("above",), lambda: list(kept.in_turn(CUTS, above))) == [start + 100 for start, _ in CUTS]

    assert at_once([ask] * 6) == []


def test_an_error_reaches_all_who_wait_and_the_next_call_tries_again() -> None:
    kept, ready = Kept(), threading.Barrier(4)

    def fail() -> None:
        raise ValueError("no pair")

    def ask() -> None:
        ready.wait(LONG)
        kept.keep(("a",), fail)

    assert [str(error) for error in at_once([ask] * 4)] == ["no pair"] * 4
    assert kept.keep(("a",), lambda: "value") == "value"


def test_of_the_cuts_that_fail_the_first_one_says_why() -> None:
    kept, both = Kept(), threading.Barrier(2)

    def cut(start: int, _: int) -> int:
        if start in (20, 30):
            both.wait(LONG)  # both of them have begun
            raise ValueError(f"no pair for row {start}")
        return start

    def ask() -> None:
        kept.keep(("a",), lambda: list(kept.in_turn(CUTS, cut)))

    assert [str(error) for error in at_once([ask] * 2)] == ["no pair for row 20"] * 2


def test_a_value_that_needs_itself_is_an_error_and_no_endless_wait() -> None:
    kept = Kept()

    def make() -> Any:
        return kept.keep(("a",), make)

    with pytest.raises(AssertionError, match="needs itself"):
        kept.keep(("a",), make)


def test_who_stops_reading_cuts_leaves_no_work_behind() -> None:
    kept, made = Kept(), list[int]()

    def cut(start: int, _: int) -> int:
        made.append(start)
        return start

    def first(cuts: Iterator[int]) -> int:
        return next(cuts)

    assert kept.keep(("a",), lambda: first(kept.in_turn(CUTS, cut))) == 0
    assert made == [0]


@given(st.lists(st.lists(st.integers(0, 30), max_size=4), min_size=1, max_size=12), st.integers(1, 5))
@settings(deadline=None)
def test_values_that_need_each_other_in_any_way_are_each_made_once(needs: list[list[int]], threads: int) -> None:
    """Value i needs some of the values before it, in every cut. Threads ask for them in different orders."""
    kept, begun = Kept(), list[int]()

    def value(number: int) -> Callable[[], Any]:
        def cut(start: int, stop: int) -> int:
            return stop - start + sum(ask(need % number) for need in needs[number] if number)

        def make() -> int:
            begun.append(number)
            return sum(kept.in_turn(CUTS[:4], cut))

        return make

    def ask(number: int) -> int:
        result: int = kept.keep((str(number),), value(number))
        return result

    def all_of_them(shift: int) -> None:
        for place in range(len(needs)):
            ask((place + shift) % len(needs))

    assert at_once([lambda shift=shift: all_of_them(shift) for shift in range(threads)]) == []
    assert sorted(begun) == list(range(len(needs)))
