"""HTTP endpoints, asked as a monitor would: whether they answer, and how well a cache behind one of them hits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snap.errors import UsageError
from snap.manifest import Finding
from snap.redact import scrub

if TYPE_CHECKING:
    import httpx

_GOOD = range(200, 400)
_RETRIES = 2  # of connections


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that has to answer with `status`, or with any of 200 to 399."""

    url: str
    status: int | None = None

    @property
    def name(self) -> str:
        """What a finding calls it: without its query, in which there may be a key."""
        return self.url.partition("?")[0]


def endpoint(text: str) -> Endpoint:
    """Read `URL` or `URL STATUS`. Errors: UsageError."""
    url, _, status = text.strip().partition(" ")
    if not url.startswith(("http://", "https://")) or (status.strip() and not status.strip().isdigit()) or "@" in url:
        raise UsageError(
            f"endpoint {scrub(url.partition('?')[0])!r} in [health] is no address",
            'write "https://HOST/health", or with the status that is wanted: "https://HOST/private 401"',
        )
    return Endpoint(url, int(status) if status.strip() else None)


def answers(endpoints: Sequence[Endpoint], timeout_s: float) -> Iterator[Finding]:
    """Ask each endpoint once."""
    if not endpoints:
        return
    with _client(timeout_s) as client:
        for one in endpoints:
            wanted = one.status if one.status is not None else "200-399"
            began = time.perf_counter()
            status, trouble = _asked(client, "GET", one.url)
            took = f"{(time.perf_counter() - began) * 1000:,.0f} ms"
            good = status == one.status if one.status is not None else status in _GOOD
            yield Finding(
                name=f"http.{one.name}",
                ok=good,
                value="no answer" if status is None else status,
                limit=wanted,
                detail=trouble or took,
            )


def cache_hits(url: str, token: str | None, lists: Sequence[Any], least: float, timeout_s: float) -> Finding:
    """Ask nutrition_enrichment about each list of ingredients, and add up the hits and misses that it tells."""
    hits = misses = 0
    headers = {"authorization": f"Bearer {token}"} if token else {}
    name = "cache_hits_http"
    if not lists:
        return Finding(name=name, ok=False, value="nothing", limit=least, detail="there are no recipes to ask about")
    with _client(timeout_s, headers) as client:
        for number, ingredients in enumerate(lists, start=1):
            status, said = _asked(client, "POST", url, {"ingredients": ingredients})
            told = _told(said) if status in _GOOD else None
            if told is None:
                why = (
                    said
                    if status is None or status not in _GOOD
                    else "its answer has no cache_performance {hits, misses}"
                )
                value = "no answer" if status is None else status
                detail = f"recipe {number} of {len(lists)}: {why[:200]}"
                return Finding(name=name, ok=False, value=value, limit=least, detail=detail)
            hits, misses = hits + told[0], misses + told[1]
    if hits + misses == 0:
        return Finding(name=name, ok=False, value="nothing", limit=least, detail="it told neither hits nor misses")
    rate = hits / (hits + misses)
    detail = f"{hits:,} hits of {hits + misses:,} lines in {len(lists):,} recipes"
    return Finding(name=name, ok=rate > least, value=round(rate, 4), limit=least, detail=detail)


@contextlib.contextmanager
def _client(timeout_s: float, headers: dict[str, str] | None = None) -> Iterator[httpx.Client]:
    import httpx

    transport = httpx.HTTPTransport(retries=_RETRIES)
    with httpx.Client(transport=transport, timeout=timeout_s, headers=headers, follow_redirects=False) as client:
        yield client


def _asked(client: httpx.Client, method: str, url: str, body: Any = None) -> tuple[int | None, str]:
    """Give the status and the text of an answer, or None and what went wrong."""
    import httpx

    try:
        answer = client.request(method, url, json=body) if body is not None else client.request(method, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, str(error) or type(error).__name__
    return answer.status_code, answer.text if body is not None else ""


def _told(text: str) -> tuple[int, int] | None:
    import json

    try:
        told = json.loads(text)["cache_performance"]
        hits, misses = told["hits"], told["misses"]
    except (ValueError, KeyError, TypeError):
        return None
    good = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in (hits, misses))
    return (hits, misses) if good else None
