"""Ping a dead man's switch: a service that raises an alarm if an expected night does not report.

The URLs have the form of healthchecks.io: URL is success, URL/start the beginning, URL/fail a failure.
"""

from __future__ import annotations

import time
from typing import Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from snap.errors import UsageError
from snap_ops.notify.attempts import retry
from snap_ops.notify.post import get
from snap_ops.notify.recipients import NotifySettings

Event: TypeAlias = Literal["start", "success", "fail"]

_SUFFIXES: dict[Event, str] = {"start": "/start", "success": "", "fail": "/fail"}
_WORDS: dict[Event, str] = {"start": "beginning", "success": "success", "fail": "failure"}
_START_S = 10.0  # a night does not wait longer for the service before it begins


def ping(settings: NotifySettings, event: Event) -> tuple[str, ...]:
    """Ping the dead man's switch, if there is one. Return a warning if the ping failed."""
    if settings.ping is None:
        return ()
    seconds = settings.timeout.total_seconds()
    try:
        address = _address(settings.ping.reveal().strip(), _SUFFIXES[event])
    except UsageError as error:
        trouble = error.message
    except ValueError:
        trouble = "its address is not valid"
    else:
        limit = min(seconds, _START_S) if event == "start" else seconds
        trouble = retry(lambda left: get(address, left), time.monotonic() + limit)
    return (
        (f"the dead man's switch (${settings.ping.name}) was not notified of the {_WORDS[event]}: {trouble}",)
        if trouble
        else ()
    )


def _address(url: str, suffix: str) -> str:
    """Return the address to ping for an event. The event's suffix is inserted before the query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix))
