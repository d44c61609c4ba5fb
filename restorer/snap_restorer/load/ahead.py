"""Work done ahead of its use: a thread runs an iterable a few items in advance.

So the server processes one piece of a COPY while the next piece is read and encoded.
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
_END: Any = object()  # marks the end of a source


@contextlib.contextmanager
def ahead(source: Iterable[T], *, items: int = 1) -> Iterator[Iterator[T]]:
    """Yield an iterator over `source`, which a thread reads up to `items` items in advance.

    So at most `items` + 2 items exist at once: waiting, being made, being used. An error of the source is raised here,
    in the place of the item. At the end of the block the thread stops, at the latest when its current item is made.
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
    """Import modules in another thread while this thread waits. A failed import shows where the module is used.

    Python waits for the thread at exit, because killing a thread within an import would kill the process.
    """

    def work() -> None:
        with contextlib.suppress(ImportError):
            for module in modules:
                import_module(module)

    threading.Thread(target=work, name="snap import").start()
