"""Allow one night at a time, by a lease in the target's database that heartbeats renew. A dead holder loses the lease.

A session lock would not work: poolers share sessions, and the next night may start on another machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator

from snap.errors import ServiceError, SnapError, TargetError
from snap.progress import Progress
from snap_ops.night.patience import patiently
from snap_restorer.pg import journal
from snap_restorer.pg.journal import UnendedNight
from snap_restorer.pg.target import Target

_BEATS = 6  # heartbeats within the time of a lease
_POLLS = 20
_END_S = 8.0  # for attempts to end a night: the server may be restarting


class Lease:
    """The right of one night to work on a database. `lost` is set once another night has taken the lease.

    The lease also writes the night's journal. Heartbeats come from another thread, so a lock allows one write at a
    time.
    """

    def __init__(self, target: Target, night: int, *, holder: str, token: str) -> None:
        self.night = night
        self.lost = threading.Event()
        self._target, self._holder, self._token = target, holder, token
        self._touched, self._backup = False, None  # type: bool, str | None
        self._lock = threading.Lock()

    def touch(self, backup: str | None) -> None:
        """Write to the journal that the database is about to change. Errors: TargetError if the lease was lost."""
        with self._lock:
            self._touched, self._backup = True, backup
            kept = self._write(lambda: journal.touch(self._target, self.night, self._token, backup))
        if not kept:
            self.lost.set()
            raise lease_lost()

    def settle(self) -> None:
        """Write to the journal that all changes of the database are done, so nothing must be put back any more."""
        with self._lock:
            self._write(lambda: journal.settle(self._target, self.night, self._token))

    def beat(self) -> bool:
        """Write a heartbeat. Return False if another night has taken the lease."""
        with self._lock:
            return self._write(lambda: journal.beat(self._target, self.night, self._token))

    def leave(self) -> None:
        """Give the lease back while the database must still be put back: the next night begins with that."""
        with self._lock, contextlib.suppress(journal.DroppedError):
            journal.leave(self._target, self.night, self._token)

    def end(self, outcome: str, wait_s: float = _END_S) -> bool:
        """Write to the journal that the night is done, and give the lease back. Return False if it was taken over."""
        return patiently(lambda: self._ended(outcome), wait_s)

    def _ended(self, outcome: str) -> bool:
        with self._lock:
            try:
                return journal.end(self._target, self.night, self._token, outcome)
            except journal.DroppedError:
                return True

    def _write(self, note: Callable[[], bool]) -> bool:
        try:
            return note()
        except journal.DroppedError:
            return journal.renew(
                self._target,
                self.night,
                self._token,
                holder=self._holder,
                touched=self._touched,
                backup=self._backup,
            )


class BusyError(TargetError):
    """Raised when another night is running in the database."""


def lease_lost() -> TargetError:
    """Return the error of a night whose lease another night has taken."""
    return TargetError(
        "another night has taken this database over: this one was silent for too long",
        "check that other night; on a busy machine, set a longer lease in [nightly]",
    )


def _silent(lease_s: float) -> ServiceError:
    """Return the error of a night that could not renew its lease in time, so that another night may take the lease."""
    return ServiceError(
        f"the database did not answer for {lease_s:g} s, the time of the night's lease",
        "check the server; for longer restarts, set a longer lease in [nightly]",
    )


@contextlib.contextmanager
def leased(
    target: Target,
    lease_s: float,
    progress: Progress,
    on_loss: Callable[[SnapError], None],
    require_going: Callable[[], None] = lambda: None,
) -> Iterator[Lease]:
    """Hold the lease of a database while the block runs.

    `on_loss` is called in another thread if another night took the lease, or if it could not be renewed for the time of
    a lease. In the second case the lease is renewed as soon as the server answers, unless another night took it.

    Another night that holds the lease is watched for the time of a lease, because that night may be dead.
    `require_going` may raise meanwhile. Errors: BusyError if the holder is alive.
    """
    token = secrets.token_hex(16)
    holder = f"{socket.gethostname()}, process {os.getpid()}"
    number = _taken(target, holder, token, lease_s, progress, require_going)
    lease = Lease(target, number, holder=holder, token=token)
    done = threading.Event()
    thread = threading.Thread(target=_keep, args=(lease, lease_s, done, on_loss), daemon=True, name="heartbeat")
    thread.start()
    try:
        yield lease
    finally:
        done.set()
        thread.join()


def _taken(
    target: Target, holder: str, token: str, lease_s: float, progress: Progress, require_going: Callable[[], None]
) -> int:
    """Return the number of the new night in the journal. Errors: BusyError when another holder's heartbeat changes."""
    watched: str | None = None
    dead: str | None = None  # a heartbeat that did not change for the time of a lease, whatever the server's clock says
    began = time.monotonic()
    while isinstance(
        other := journal.take(target, holder=holder, token=token, lease_s=lease_s, dead=dead), UnendedNight
    ):
        if watched is None:
            watched, began = other.heartbeat, time.monotonic()
            progress.note(f"{_name(other)} seems to be under way; waiting up to {lease_s:g} s for a sign of life")
        elif other.heartbeat != watched:
            raise BusyError(f"{_name(other)} is under way in this database", "wait until it is done")
        elif time.monotonic() - began >= lease_s:
            dead = watched
        time.sleep(lease_s / _POLLS)
        require_going()
    return other


def _name(other: UnendedNight) -> str:
    return f"another night ({other.holder}, since {other.started:%Y-%m-%d %H:%M:%S} UTC)"


def _keep(lease: Lease, lease_s: float, done: threading.Event, on_loss: Callable[[SnapError], None]) -> None:
    last = time.monotonic()
    while not done.wait(lease_s / _BEATS):
        try:
            kept = lease.beat()
        except SnapError:  # the server may be restarting
            if time.monotonic() - last >= lease_s:
                on_loss(_silent(lease_s))
        else:
            last = time.monotonic()
            if not kept and not done.is_set():
                lease.lost.set()
                on_loss(lease_lost())
            if not kept:
                return
