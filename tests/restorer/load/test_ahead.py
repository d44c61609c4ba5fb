"""Test a thread that makes items in advance: the same items in order, a bounded number, and no thread left running."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_restorer.load.ahead import ahead, import_ahead


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("snap ahead")]


@given(st.lists(st.integers() | st.none()), st.integers(1, 4))
def test_the_items_come_as_they_are(items, depth):
    with ahead(items, items=depth) as taken:
        assert list(taken) == items
    assert not threads()


def test_the_source_runs_in_another_thread_while_an_item_is_used():
    second = threading.Event()

    def source():
        yield threading.get_ident()
        second.set()
        yield 2

    with ahead(source()) as taken:
        assert next(taken) != threading.get_ident()
        assert second.wait(10)
        assert next(taken) == 2


def test_no_more_are_made_than_were_asked_for():
    made = []

    def source():
        for number in range(100):
            made.append(number)
            yield number

    with ahead(source(), items=2) as taken:
        next(taken)
        time.sleep(0.2)
        assert len(made) <= 1 + 2 + 1
    assert len(made) < 10


def test_what_the_source_raises_comes_after_what_it_gave():
    def source():
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"), ahead(source()) as taken:
        assert next(taken) == 1
        next(taken)
    assert not threads()


def test_leaving_early_stops_the_thread():
    def endless():
        while True:
            yield bytes(1000)

    with pytest.raises(KeyError), ahead(endless()) as taken:
        next(taken)
        raise KeyError
    assert not threads()


def test_a_module_that_cannot_be_imported_ahead_says_so_where_it_is_used(capfd):
    import_ahead("no_such_module", "decimal")
    for thread in threading.enumerate():
        if thread.name == "snap import":
            thread.join()
    assert capfd.readouterr().err == ""
