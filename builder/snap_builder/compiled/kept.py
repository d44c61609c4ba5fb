"""Values that are made once and kept. A thread that waits for a value helps to make it.

A value that covers a whole table is made in ranges of rows (cuts). Each waiting thread makes the next cut that nobody
has begun, of the value that it waits for or of a value that this one needs. Values never need each other in a circle,
so a thread never waits for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Key: TypeAlias = tuple[str, ...]
Call: TypeAlias = Callable[[], None]


@dataclass(slots=True, eq=False)
class _Work:
    """A value in the making, or the cuts of one. `needs` is the work that its threads do or wait for at present."""

    calls: Iterator[Call] = field(default_factory=lambda: iter(()))
    needs: list[_Work] = field(default_factory=list)
    done: bool = False
    error: BaseException | None = None

    def take(self) -> Call | None:
        """Return a call that nobody has begun, None if there is none at present."""
        call = next(self.calls, None)
        for work in self.needs:
            call = call or work.take()
        return call


class Kept:
    """Values by key, each made once by the threads that ask for it."""

    def __init__(self) -> None:
        self._values: dict[Key, Any] = {}
        self._works: dict[Key, _Work] = {}
        self._changed = threading.Condition()
        self._local = threading.local()

    def get(self, key: Key) -> Any:
        """Return a value, or None if it was not made yet."""
        return self._values.get(key)

    def put(self, key: Key, value: Any) -> None:
        """Keep a value, unless there is one already."""
        self._values.setdefault(key, value)

    def keep(self, key: Key, make: Callable[[], Any]) -> Any:
        """Return the value of a key, which the first call makes. Errors: those of `make`, in all waiting threads."""
        with self._changed:
            if key in self._values:
                return self._values[key]
            others = self._works.get(key)
            work = others or self._works.setdefault(key, _Work())
        assert others is None or others not in self._stack(), f"{key} needs itself"
        with self._within(work):
            if others is None:
                self._make(key, work, make)
            else:
                self._help(work, lambda: work.done)
        if work.error is not None:
            raise work.error
        return self._values[key]

    def in_turn(self, cuts: Iterable[tuple[int, int]], make: Callable[[int, int], T]) -> Iterator[T]:
        """Yield what `make` returns for each cut, in the order of the cuts. Threads that wait make some of them.

        Errors: that of the first cut that has one.
        """
        todo, made = list(cuts), dict[int, T | Exception]()

        def one(number: int, cut: tuple[int, int]) -> None:
            result: T | Exception
            try:
                with self._within(work):
                    result = make(*cut)
            except Exception as error:  # noqa: BLE001 - raised by the thread that the cut is for
                result = error
            with self._changed:
                made[number] = result
                if isinstance(result, Exception):
                    work.calls = iter(())
                self._changed.notify_all()

        work = _Work(calls=(partial(one, number, cut) for number, cut in enumerate(todo)))
        with self._within(work):
            for number in range(len(todo)):
                self._help(work, partial(made.__contains__, number))
                result = made.pop(number)
                if isinstance(result, Exception):
                    raise result
                yield result

    def _make(self, key: Key, work: _Work, make: Callable[[], Any]) -> None:
        try:
            self._values[key] = make()
        except BaseException as error:
            work.error = error
            raise
        finally:
            with self._changed:
                work.done = True
                del self._works[key]
                self._changed.notify_all()

    def _help(self, work: _Work, until: Callable[[], bool]) -> None:
        """Make what is left of some work until it has come so far."""
        while True:
            call = None
            with self._changed:
                while not until() and (call := work.take()) is None:
                    self._changed.wait()
            if call is None:
                return
            call()

    @contextmanager
    def _within(self, work: _Work) -> Iterator[None]:
        """Note in the block that the work which this thread does needs `work`, which it now does or waits for."""
        stack = self._stack()
        above = stack[-1] if stack and stack[-1] is not work else None
        with self._changed:
            if above is not None:
                above.needs.append(work)
            self._changed.notify_all()
        stack.append(work)
        try:
            yield
        finally:
            stack.remove(work)  # not the last one, if an error passes through a generator that is closed later
            if above is not None:
                with self._changed:
                    above.needs.remove(work)

    def _stack(self) -> list[_Work]:
        """Return the work that this thread does or waits for, each for the sake of the one before it."""
        stack: list[_Work] = self._local.__dict__.setdefault("stack", [])
        return stack
