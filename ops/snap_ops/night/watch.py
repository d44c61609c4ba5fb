"""End a step early: on a signal, after its time limit, or if the lease is lost. A restore of a backup is never ended.

Python runs signal handlers in the main thread, between two instructions and during most waits, so even a step that
hangs in a socket ends. Between steps, and while a database is put back, nothing is raised: the signal is kept until the
next step would begin.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import TracebackType

from snap.errors import Interrupted, ServiceError, SnapError
from snap.signals import raising

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE_S = 30.0  # time to clean up; a library that still runs after it has caught the error and tried again


class Watch:
    """The watch over one night. Enter it in the main thread: elsewhere no signal arrives and no limit works.

    `reason` is what ends the night: a signal, the night's time limit or a lost lease. A step's own time limit ends only
    the step.
    """

    def __init__(self, limit_s: float) -> None:
        """Start the clock. `limit_s` is the time limit of the whole night, from now."""
        self._ends = time.monotonic() + limit_s
        self._limit_s = limit_s
        self._thread = threading.current_thread()
        self._main = self._thread is threading.main_thread()
        self._previous: dict[int, object] = {}
        self._stop_step: threading.Event | None = None  # ends the step that runs
        self._timeout = _late("the night", limit_s)  # raised when the time of the step is over
        self._step_ends = self._ends
        self._night_is_late = True  # the timeout is the night's own, not the step's
        self._raised: SnapError | None = None  # the error raised in the running step
        self._raise_again_at = 0.0  # when the error is raised once more
        self.reason: SnapError | None = None

    def __enter__(self) -> Watch:
        if self._main:
            self._previous = self._listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _listen(self) -> dict[int, object]:
        """Install the signal handlers, and return the previous ones."""
        handlers = {**dict.fromkeys(_SIGNALS, raising(self._received)), signal.SIGALRM: raising(self._alarmed)}
        return {number: signal.signal(number, handler) for number, handler in handlers.items()}

    def lose_lease(self, error: SnapError) -> None:
        """End the night because its lease was lost. `error` says how. Another thread calls this."""
        if self.reason is not None:
            return
        self.reason = error
        if self._main and self._thread.ident is not None:
            signal.pthread_kill(self._thread.ident, signal.SIGALRM)

    def require_going(self) -> None:
        """Raise the reason to end the night, if there is one.

        Errors: Interrupted for a signal, TargetError for a lost lease, ServiceError for the time limit.
        """
        if self.reason is None and time.monotonic() >= self._ends:
            self.reason = _late("the night", self._limit_s)
        if self.reason is not None:
            raise self.reason

    @contextlib.contextmanager
    def limited(self, name: str, limit_s: float, stop: threading.Event) -> Iterator[None]:
        """End the block, and set `stop`, when its time or the night's time is over or a signal arrives."""
        self.require_going()
        now = time.monotonic()
        self._step_ends = min(now + limit_s, self._ends)
        self._night_is_late = self._step_ends == self._ends
        self._timeout = _late("the night", self._limit_s) if self._night_is_late else _late(name, limit_s)
        self._raised, self._stop_step = None, stop
        if self._main:
            # Polars, which DuckDB imports if it is installed, hooks SIGINT so that it no longer ends a read.
            self._listen()
            signal.setitimer(signal.ITIMER_REAL, max(self._step_ends - now, 0.001))
        try:
            yield
        except Exception:
            # A library may have replaced our exception by its own.
            if self._raised is not None:
                raise self._raised from None
            raise
        finally:
            self._stop_step = None
            if self._main:
                signal.setitimer(signal.ITIMER_REAL, 0)

    def _received(self, number: int) -> None:
        self.reason = self.reason or Interrupted(number)
        if self._raised is None:
            self._raise(self.reason)

    def _alarmed(self, _number: int) -> None:
        if self._raised is None:
            if self.reason is None and time.monotonic() < self._step_ends:
                return  # sent again from the step before; the timer of this step runs on
            if self._night_is_late:
                self.reason = self.reason or self._timeout
            self._raise(self.reason or self._timeout)
        elif time.monotonic() >= self._raise_again_at:
            self._raise(self._raised)

    def _raise(self, error: SnapError) -> None:
        """End the running step, if there is one, and raise again if it has not ended after a grace period."""
        if self._stop_step is None:
            return
        self._raised, self._raise_again_at = error, time.monotonic() + _GRACE_S
        signal.setitimer(signal.ITIMER_REAL, _GRACE_S)
        _thread.start_new_thread(self._stop_step.set, ())  # this thread may hold the event's lock
        raise error


def _late(name: str, limit_s: float) -> ServiceError:
    return ServiceError(
        f"{name} took longer than {limit_s:g} s", "check what it waited for, or set a longer limit in [nightly]"
    )
