"""Signal handlers that may raise an error in the main thread.

Python calls a handler between any two instructions of the main thread. An error that it raises within
`Condition.__enter__` or `Condition.__exit__` leaves the lock of the condition taken: a thread that needs it waits
forever, and the main thread waits for that thread. Events, futures and queues contain such conditions.
"""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

_WAITING = threading.Condition.wait.__code__
_LOCKING = frozenset(
    function.__code__
    for function in (
        threading.Condition.__enter__,
        threading.Condition.__exit__,
        threading.Condition._acquire_restore,  # type: ignore[attr-defined]
        threading.Condition._release_save,  # type: ignore[attr-defined]
    )
)
_LATER_S = 0.001


def raising(act: Callable[[int], None]) -> Callable[[int, FrameType | None], None]:
    """Return a handler that calls `act` with the signal's number: at once, or as soon as no lock can stay taken.

    `act` may raise an error. It must not take a lock, because the main thread may hold it. If the signal has no handler
    by then, it is dropped.
    """
    waits_at: int | None = None  # the instruction of Condition.wait that the signal found: it waits if it stays there

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal waits_at
        if frame is not None and (frame.f_code in unsafe or (frame.f_code is _WAITING and frame.f_lasti != waits_at)):
            waits_at = frame.f_lasti if frame.f_code is _WAITING else None
            _thread.start_new_thread(_send_later, (number,))  # threading.Thread would wait for a condition
        else:
            act(number)

    unsafe = _LOCKING | {handle.__code__}
    return handle


def _send_later(number: int) -> None:
    """Send a signal to the main thread, where it also ends a wait."""
    time.sleep(_LATER_S)
    main = threading.main_thread().ident
    assert main is not None
    if callable(signal.getsignal(number)):  # else the signal would end the process
        signal.pthread_kill(main, number)
