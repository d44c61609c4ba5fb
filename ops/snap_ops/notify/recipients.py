"""Who is told of a night, and when. Nothing here fails a night."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from snap.config import Secret
from snap.errors import UsageError
from snap_ops import summary
from snap_ops.notify import services, slack
from snap_ops.notify.attempts import Attempt, tried
from snap_ops.notify.message import Message, message
from snap_ops.notify.post import post
from snap_ops.record import NightRecord

Way = Callable[[str, Message, float], Attempt]  # address, message, seconds left


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Section [notify] of snap.toml. `timeout` is for each who is told, retries included."""

    slack: Secret | None = None
    services: tuple[Secret, ...] = ()
    on: Literal["always", "failure"] = "always"
    timeout: timedelta = timedelta(seconds=30)

    def plan(self) -> tuple[str, ...]:
        """Say who would be told. Errors: UsageError for a time limit of nothing."""
        if self.timeout <= timedelta():
            raise UsageError("timeout in [notify] is no time", "write a time such as '30 s'")
        when = "however the night ends" if self.on == "always" else "when the night fails"
        return tuple(f"tell {who} {when}" for who, _, _ in _everyone(self))


def notify(
    record: NightRecord, settings: NotifySettings, *, link: str = "", stop: threading.Event | None = None
) -> tuple[str, ...]:
    """Tell everyone of a night, one after the other; give a warning for each who could not be told.

    `link` is the report's address. `stop` ends waiting between attempts.
    """
    if settings.on == "failure" and summary.verdict(record).tone != "failed":
        return ()
    said = message(record, link)
    seconds, stop = settings.timeout.total_seconds(), stop or threading.Event()
    troubles = ((who, _told(secret, way, said, seconds, stop)) for who, secret, way in _everyone(settings))
    return tuple(f"{who} was not told: {trouble}" for who, trouble in troubles if trouble)


def _everyone(settings: NotifySettings) -> list[tuple[str, Secret, Way]]:
    """Return who is told, by the names of their secrets, and the way to tell them."""
    found: list[tuple[str, Secret, Way]] = []
    if settings.slack:
        found.append((f"Slack (${settings.slack.name})", settings.slack, _slack))
    return found + [(f"${secret.name}", secret, services.tell) for secret in settings.services]


def _slack(address: str, said: Message, seconds: float) -> Attempt:
    return post(address, slack.payload(said), seconds)


def _told(secret: Secret, way: Way, said: Message, seconds: float, stop: threading.Event) -> str:
    try:
        address = secret.reveal().strip()
    except UsageError as error:
        return error.message
    return tried(lambda left: way(address, said, left), time.monotonic() + seconds, stop)
