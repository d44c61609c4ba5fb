"""Post JSON over HTTP. No message of a failure holds the address: a webhook's address is a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from snap_ops.notify.attempts import Attempt

_ERROR_NAME = re.compile(r"[a-z][a-z0-9_ ]{0,60}")  # how Slack names errors: invalid_payload, no_service
_WORDS = re.compile(r"[a-z0-9]+")
_MOST_ANSWER = 4_096


def post(url: str, body: Mapping[str, Any], seconds: float) -> Attempt:
    """Send JSON; a status of 200 to 299 is success. 429, 5xx and a failed connection are worth another attempt."""
    try:
        with (
            httpx.Client(timeout=seconds) as client,
            client.stream("POST", url, json=body, headers={"user-agent": "snap"}) as response,
        ):
            if response.is_success:
                return Attempt(trouble="")
            reason = _reason(response, url)
            return Attempt(
                trouble=f"it answered {response.status_code}{reason}",
                again=response.status_code == 429 or response.status_code >= 500,
                after_s=_after(response.headers.get("retry-after", "")),
            )
    except httpx.TimeoutException:
        return Attempt(trouble=f"it gave no answer in {seconds:,.1f} s", again=True)
    except httpx.TransportError as error:
        if isinstance(error, httpx.UnsupportedProtocol):
            return Attempt(trouble="its address is none of http or https")
        return Attempt(trouble="it cannot be reached", again=True)
    except (httpx.InvalidURL, httpx.HTTPError, ValueError):
        return Attempt(trouble="its address is no address")


def _reason(response: httpx.Response, url: str) -> str:
    """Return the error's name that an answer holds, where it is one and no part of the address."""
    text = b""
    for piece in response.iter_bytes():
        text += piece
        if len(text) > _MOST_ANSWER:
            return ""
    name = text.decode("ascii", "replace").strip()
    known = _ERROR_NAME.fullmatch(name) and not any(
        len(word) > 5 and word in name for word in _WORDS.findall(url.lower())
    )
    return f", {name}" if known else ""


def _after(value: str) -> float | None:
    """Read Retry-After: seconds, or a moment."""
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
