"""Only one night at a time: a lease in the target's own database, kept by a heartbeat. One whose holder died is taken.

Poolers share sessions, so no lock of a session would do; and the next night may start on another machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from restorer import nights
from restorer.nights import Unended
from restorer.target import Target
from snap.errors import SnapError, TargetError
from snap.progress import Progress

_BEATS = 6  # within the time of a lease
_POLLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a database until it is given back. `lost` is set when somebody else took it."""

    target: Target
    night: int
    token: str = field(repr=False)
    lost: threading.Event

    def touch(self, backup: str | None) -> None:
        """Note that the database is about to change. Errors: TargetError where the lease was lost."""
        if not nights.touch(self.target, self.night, self.token, backup):
            self.lost.set()
            raise gone()

    def end(self, outcome: str) -> None:
        """Note that nothing is left to put back, and give the lease back."""
        nights.end(self.target, self.night, self.token, outcome)


class BusyError(TargetError):
    """Another night is under way."""


def gone() -> TargetError:
    """Give the error of a night whose lease somebody else took."""
    return TargetError(
        "another night has taken this database over: this one was silent for too long",
        "look whether that one is well; a longer lease in [nightly] bears a busier machine",
    )


@contextlib.contextmanager
def leased(target: Target, lease_s: float, progress: Progress, on_loss: Callable[[], None]) -> Iterator[Lease]:
    """Hold the lease of a database. `on_loss` is called, in another thread, when it was lost.

    A holder that seems to live is watched for the time of a lease: it may be dead. Errors: BusyError when it lives.
    """
    token = secrets.token_hex(16)
    holder = f"{socket.gethostname()}, process {os.getpid()}"
    number = _taken(target, holder, token, lease_s, progress)
    lease = Lease(target=target, night=number, token=token, lost=threading.Event())
    done = threading.Event()
    thread = threading.Thread(target=_keep, args=(lease, lease_s, done, on_loss), daemon=True, name="heartbeat")
    thread.start()
    try:
        yield lease
    finally:
        done.set()
        thread.join()


def _taken(target: Target, holder: str, token: str, lease_s: float, progress: Progress) -> int:
    found = nights.take(target, holder=holder, token=token, lease_s=lease_s)
    if not isinstance(found, int):
        progress.note(f"{_who(found)} seems to be under way; waiting up to {lease_s:g} s for a sign of life")
    silent = found.silent_s if isinstance(found, Unended) else 0.0
    while not isinstance(found, int):
        time.sleep(lease_s / _POLLS)
        found = nights.take(target, holder=holder, token=token, lease_s=lease_s)
        if isinstance(found, Unended):
            if found.silent_s < silent:
                raise BusyError(f"{_who(found)} is under way in this database", "wait until it is done")
            silent = found.silent_s
    return found


def _who(other: Unended) -> str:
    return f"another night ({other.holder}, since {other.started:%Y-%m-%d %H:%M:%S} UTC)"


def _keep(lease: Lease, lease_s: float, done: threading.Event, on_loss: Callable[[], None]) -> None:
    last = time.monotonic()
    while not done.wait(lease_s / _BEATS):
        try:
            held = nights.beat(lease.target, lease.night, lease.token)
        except SnapError:
            held = time.monotonic() - last < lease_s  # the server may be restarting
        else:
            last = time.monotonic()
        if not held:
            if not done.is_set():
                lease.lost.set()
                on_loss()
            return
