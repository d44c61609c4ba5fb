"""Work ahead of who uses it: an iterable that a thread runs, a few items in advance.

What the server does with one piece of a COPY and what it takes to read and encode the next then happen side by side.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")
_END: Any = object()  # of a source


@contextlib.contextmanager
def ahead(source: Iterable[T], *, items: int = 1) -> Iterator[Iterator[T]]:
    """Return the items of `source`, which a thread takes from it up to `items` in advance of those taken here.

    So `items` + 2 of them exist at once: waiting, being made, being used. What the source raises is raised here, in its
    place. At the end of the block the thread is stopped, at the latest when the item that it makes is made.
    """
    iterator = iter(source)
    with ThreadPoolExecutor(1, thread_name_prefix="snap ahead") as pool:
        waiting = deque(pool.submit(next, iterator, _END) for _ in range(items + 1))

        def take() -> Iterator[T]:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(pool.submit(next, iterator, _END))
                yield item

        try:
            yield take()
        finally:
            pool.shutdown(cancel_futures=True)


def import_ahead(*modules: str) -> None:
    """Import modules in a thread, while this one waits for others. A failure shows where they are used.

    Python waits for the thread at its end: one that is cut down within an import takes the process with it.
    """

    def work() -> None:
        with contextlib.suppress(ImportError):
            for module in modules:
                import_module(module)

    threading.Thread(target=work, name="snap import").start()
