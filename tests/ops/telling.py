"""Send the message of a night to a server on this machine in place of Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from snap.config import Secret
from snap_ops.notify import NotifySettings, notify_all
from tests.ops import nights

OK = (200, "ok", {})


def secret(value: str, name: str = "SLACK_WEBHOOK_URL") -> Secret:
    return Secret(name, {name: value})


def tell(url: str, record: Any = None, seconds: float = 20, **given: Any) -> tuple[str, ...]:
    settings = NotifySettings(slack=secret(url), timeout=timedelta(seconds=seconds))
    return notify_all(record or nights.good(), settings, **given)
