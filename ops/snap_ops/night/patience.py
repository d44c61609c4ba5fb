"""Repeat work while a service is away, such as a server that restarts or a bucket behind a broken network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from snap.errors import ServiceError
from snap.progress import Progress

T = TypeVar("T")

_FIRST_S, _LONGEST_S = 0.25, 8.0  # pauses double; a Postgres of a staging database's size restarts within some seconds


def patiently(
    work: Callable[[], T],
    limit_s: float,
    progress: Progress | None = None,
    require_going: Callable[[], None] = lambda: None,
) -> T:
    """Call `work`, and again after every ServiceError, until `limit_s` seconds are over.

    `require_going` may raise meanwhile. Errors: those of `work`; after the limit the last ServiceError.
    """
    ends = time.monotonic() + limit_s
    for pause in _pauses():
        try:
            return work()
        except ServiceError as error:
            remaining = ends - time.monotonic()
            if remaining <= 0:
                raise
            if progress is not None:
                progress.note(f"{error.message}; trying again for {remaining:,.0f} s")
            require_going()
            time.sleep(min(pause, remaining))
    raise AssertionError("pauses have no end")


def _pauses() -> Iterator[float]:
    pause = _FIRST_S
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_S)
