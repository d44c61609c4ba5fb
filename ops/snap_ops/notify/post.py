"""Send HTTP requests. No error message contains the address, because a webhook's address is a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from snap_ops.http_body import PLAIN, TooLongError, read_body
from snap_ops.notify.attempts import Attempt

_ERROR_NAME = re.compile(r"[a-z][a-z0-9_ ]{0,60}")  # how Slack names errors: invalid_payload, no_service
_WORDS = re.compile(r"[a-z0-9]+")
_MOST_ANSWER = 4_096


def post(url: str, body: Mapping[str, Any], seconds: float) -> Attempt:
    """Post JSON to an address. A status of 200 to 299 is success.

    429, 5xx and a failed connection are worth another attempt.
    """
    return _request("POST", url, seconds, body)


def get(url: str, seconds: float) -> Attempt:
    """Send a GET request under the same rules as `post`. The answer's body does not matter."""
    return _request("GET", url, seconds, None)


def _request(method: str, url: str, seconds: float, body: Mapping[str, Any] | None) -> Attempt:
    try:
        with (
            httpx.Client(timeout=seconds) as client,
            client.stream(method, url, json=body, headers=PLAIN | {"user-agent": "snap"}) as response,
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
        return Attempt(trouble=f"it did not answer within {seconds:,.1f} s", again=True)
    except httpx.TransportError as error:
        if isinstance(error, httpx.UnsupportedProtocol):
            return Attempt(trouble="its address is not an http or https address")
        return Attempt(trouble="it cannot be reached", again=True)
    except (httpx.InvalidURL, httpx.HTTPError, ValueError):
        return Attempt(trouble="its address is not valid")


def _reason(response: httpx.Response, url: str) -> str:
    """Return the name of the error in an answer, if it looks like a name and is no part of the address."""
    try:
        name = read_body(response, _MOST_ANSWER).decode("ascii", "replace").strip()
    except TooLongError:
        return ""
    known = _ERROR_NAME.fullmatch(name) and not any(
        len(word) > 5 and word in name for word in _WORDS.findall(url.lower())
    )
    return f", {name}" if known else ""


def _after(value: str) -> float | None:
    """Return the number of seconds that a Retry-After header asks to wait. It holds seconds or a date."""
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
