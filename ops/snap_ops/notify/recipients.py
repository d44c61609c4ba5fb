"""Decide who gets a message about a night, and send it. A failed message fails no night."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from snap.config import Secret
from snap.errors import UsageError
from snap.extras import install
from snap_ops import summary
from snap_ops.notify import slack
from snap_ops.notify.attempts import Attempt, retry
from snap_ops.notify.message import Message, message
from snap_ops.notify.post import post
from snap_ops.record import NightRecord

INSTALL = f"apprise is not installed: {install('notify')}"

Send = Callable[[str, Message, float], Attempt]  # address, message, seconds left


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Section [notify] of snap.toml. `timeout` is per recipient, retries included.

    `ping` is the URL of a dead man's switch.
    """

    slack: Secret | None = None
    ping: Secret | None = None
    services: tuple[Secret, ...] = ()
    on: Literal["always", "failure"] = "always"
    timeout: timedelta = timedelta(seconds=30)

    def plan(self) -> tuple[str, ...]:
        """Return a line for each recipient. Errors: UsageError for a time limit of 0 or less."""
        if self.timeout <= timedelta():
            raise UsageError("timeout in [notify] is not a time above 0", "write a time such as '30 s'")
        when = "however the night ends" if self.on == "always" else "when the night fails"
        lines = [f"notify {name} {when}{_missing(secret)}" for name, secret, _ in _recipients(self)]
        if self.ping is not None:
            lines.append(
                f"ping the dead man's switch (${self.ping.name}) when a night begins and when it "
                f"ends{_missing(self.ping)}"
            )
        return tuple(lines)

    @property
    def recipients(self) -> int:
        """Return the number of recipients."""
        return len(_recipients(self))


def notify_all(record: NightRecord, settings: NotifySettings, *, link: str = "") -> tuple[str, ...]:
    """Send a night's message to every recipient, one after the other. Return a warning for each failure.

    `link` is the report's address.
    """
    if settings.on == "failure" and summary.verdict(record).tone != "failed":
        return ()
    text, seconds = message(record, link), settings.timeout.total_seconds()
    troubles = ((name, _deliver(secret, send, text, seconds)) for name, secret, send in _recipients(settings))
    return tuple(f"{name} was not notified: {trouble}" for name, trouble in troubles if trouble)


def _recipients(settings: NotifySettings) -> list[tuple[str, Secret, Send]]:
    """Return each recipient's name for people, secret, and function that sends to the recipient."""
    slack_first = [(f"Slack (${settings.slack.name})", settings.slack, _send_slack)] if settings.slack else []
    return [*slack_first, *((f"${secret.name}", secret, _send_service) for secret in settings.services)]


def _missing(secret: Secret) -> str:
    """Return the words in a plan for a secret that is not set."""
    return "" if secret.environment.get(secret.name) else f", but ${secret.name} is not set"


def _send_slack(address: str, text: Message, seconds: float) -> Attempt:
    return post(address, slack.payload(text), seconds)


def _send_service(address: str, text: Message, _: float) -> Attempt:
    try:
        from snap_ops.notify.services import send  # noqa: PLC0415 - an extra that may be missing
    except ImportError:
        return Attempt(trouble=INSTALL)
    return send(address, text)


def _deliver(secret: Secret, send: Send, text: Message, seconds: float) -> str:
    try:
        address = secret.reveal().strip()
    except UsageError as error:
        return error.message
    return retry(lambda left: send(address, text, left), time.monotonic() + seconds)
