"""Work ahead of who uses it: an iterable that a thread runs, a few items in advance.

What the server does with one piece of a COPY and what it takes to read and encode the next then happen side by side.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")
_SECONDS = 0.05  # between two looks at whether the user has left


@contextlib.contextmanager
def ahead(source: Iterable[T], *, items: int = 1) -> Iterator[Iterator[T]]:
    """Return the items of `source`, which a thread takes from it up to `items` in advance of those taken here.

    So `items` + 2 of them exist at once: waiting, being made, being used. What the source raises is raised here, in its
    place. At the end of the block the thread is stopped, at the latest when the item that it makes is made.
    """
    made: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(items)
    left = threading.Event()

    def put(item: T | None, error: BaseException | None) -> None:
        while not left.is_set():
            with contextlib.suppress(queue.Full):
                made.put((item, error), timeout=_SECONDS)
                return

    def work() -> None:
        try:
            for item in source:
                put(item, None)
                if left.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:  # noqa: BLE001 - it is raised again by the user's thread
            put(None, error)

    def take() -> Iterator[T]:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]

    thread = threading.Thread(target=work, name="snap ahead")
    thread.start()
    try:
        yield take()
    finally:
        left.set()
        thread.join()


def import_ahead(*modules: str) -> None:
    """Import modules in a thread, while this one waits for others. A failure shows where they are used.

    Python waits for the thread at its end: one that is cut down within an import takes the process with it.
    """

    def work() -> None:
        with contextlib.suppress(ImportError):
            for module in modules:
                import_module(module)

    threading.Thread(target=work, name="snap import").start()
