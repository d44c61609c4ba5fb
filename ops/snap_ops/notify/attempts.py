"""Send a message again after growing pauses, within one time limit for each recipient."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # before the second attempt and each later one
_ATTEMPT_S = 10.0  # for one attempt; a message that arrives twice is better than none
_GRACE_S = 0.2  # more time for the attempt to report its own end

# Some of these log addresses, and addresses are secrets: whoever has a webhook's may write to its channel.
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "apprise", "urllib3.connectionpool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The result of one attempt to send. `trouble` is "" after success.

    `after_s` is how many seconds the server asks to wait.
    """

    trouble: str
    again: bool = False
    after_s: float | None = None


def retry(attempt: Callable[[float], Attempt], deadline: float) -> str:
    """Repeat `attempt` until the message is accepted or refused, or the time is over. Return the last trouble, or "".

    `attempt` gets its time limit in seconds. `deadline` is by time.monotonic().
    """
    last = "there was no time left"
    for pause in (*_PAUSES_S, None):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return last
        result = _within(min(remaining, _ATTEMPT_S), attempt)
        if not result.trouble or not result.again or pause is None:
            return result.trouble
        last = result.trouble
        wait = pause if result.after_s is None else max(result.after_s, 0.0)
        if wait >= deadline - time.monotonic():
            asked = f", and asks to wait for {wait:,.0f} s" if result.after_s is not None else ""
            return f"{last}{asked}"
        time.sleep(wait)
    return last


def _within(seconds: float, attempt: Callable[[float], Attempt]) -> Attempt:
    """Run an attempt in a thread and abandon it after its time, because DNS and slow answers have no other limit."""
    results: list[Attempt] = []

    def work() -> None:
        with quiet():
            try:
                results.append(attempt(seconds))
            except Exception as error:  # noqa: BLE001 - its text may hold the address, and no night fails by this
                results.append(Attempt(trouble=f"the notification failed with {type(error).__name__}"))

    thread = threading.Thread(target=work, daemon=True, name="notify")
    thread.start()
    thread.join(seconds + _GRACE_S)
    return (
        results[0] if results else Attempt(trouble=f"it did not answer completely within {seconds:,.1f} s", again=True)
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence the loggers of the libraries that send messages."""

    def silent(_: logging.LogRecord) -> bool:
        return False

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(silent)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(silent)
