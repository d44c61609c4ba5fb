"""Check health over HTTP: whether addresses answer as expected, and the cache hit rate of the nutrition function."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from snap.config import Secret
from snap.errors import UsageError
from snap.manifest import Finding
from snap_ops.health.rates import counted
from snap_ops.health.totals import totals_of
from snap_ops.http_body import PLAIN
from snap_restorer.pg.interrupt import require_going

_MOST_BYTES = 4_000_000  # no expected answer is longer
_SHOWN = 3
_DONE, _BROKEN, _BUSY = 200, 500, frozenset({408, 425, 429})
_PAUSES_S = (0.5, 1.0, 2.0, 4.0, *(8.0,) * 100)  # before another attempt; the limit ends them


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One [[health.endpoints]]: the expected status of a GET of `url`, and the time limit for the whole answer.

    `name` is the name of the check, by default the address without its query. `token` is sent as a bearer token.
    """

    url: str
    name: str = ""
    status: int = 200
    within: timedelta = timedelta(seconds=2)
    token: Secret | None = None

    @property
    def called(self) -> str:
        return self.name or shown(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of an address, and the seconds that it took. `problem` says why there is no answer."""

    status: int = 0
    body: bytes = b""
    seconds: float
    problem: str = ""

    @property
    def passing(self) -> bool:
        """Return whether the request is worth repeating: no answer, or a status of a busy or broken server."""
        return bool(self.problem) or self.status >= _BROKEN or self.status in _BUSY


def shown(url: str) -> str:
    """Return an address without its query, which may be secret.

    Errors: UsageError if the address is invalid or names a user.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or "@" in parts.netloc:
        raise UsageError(
            "an address in [health] is not an http or https address without a user",
            "write https://host/path; a token goes into an environment variable",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


class Patience:
    """The time during which failed requests to one address are repeated: `limit_s` from the first failure on."""

    def __init__(self, limit_s: float, stop: threading.Event) -> None:
        self._limit_s, self._stop, self._ends = limit_s, stop, 0.0
        self.attempts = 0

    def ask(self, attempt: Callable[[], Answer], good: Callable[[Answer], bool]) -> Answer:
        """Repeat a request until the answer is good or final, and return it, else the last answer.

        Errors: Interrupted once `stop` is set.
        """
        for pause in _PAUSES_S:
            require_going(self._stop)
            answer = attempt()
            self.attempts += 1
            if good(answer) or not answer.passing:
                return answer
            self._ends = self._ends or time.monotonic() + self._limit_s
            remaining = self._ends - time.monotonic()
            if remaining <= pause:
                return answer
            self._stop.wait(pause)
        return answer


def check_endpoint(client: httpx.Client, endpoint: Endpoint, patience: Patience) -> Finding:
    """Return the finding about one address. A redirect counts as the answer and is not followed."""
    limit = endpoint.within.total_seconds()
    answer = patience.ask(
        lambda: ask(client, "GET", endpoint.url, within_s=limit, token=endpoint.token),
        lambda answer: not answer.problem and answer.status == endpoint.status and answer.seconds <= limit,
    )
    tried = f"; asked {patience.attempts} times" if patience.attempts > 1 else ""
    name = f"http.{endpoint.called}"
    if answer.problem:
        return Finding(name=name, ok=False, value="no answer", limit=endpoint.status, detail=answer.problem + tried)
    took = f"{answer.seconds * 1000:.0f} ms"
    detail = f"in {took}" if answer.seconds <= limit else f"it took {took}, limit {limit * 1000:.0f} ms"
    detail += tried
    ok = answer.status == endpoint.status and answer.seconds <= limit
    return Finding(name=name, ok=ok, value=answer.status, limit=endpoint.status, detail=detail)


def check_nutrition(
    client: httpx.Client,
    url: str,
    token: Secret | None,
    recipes: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    least: float,
    within_s: float,
    patience: Patience,
) -> tuple[Finding, dict[str, Any]]:
    """Post the ingredients of each recipe. Return the finding, and the cache hits and misses of all answers.

    A request that fails temporarily is repeated. An answer that breaks the function's contract fails the check, and
    three such answers end it. The totals of protein, fat and carbs must be numbers; an answer without any totals is
    valid.
    """
    hits: float = 0
    misses: float = 0
    asked = silent = 0
    problems: list[str] = []
    for recipe, ingredients in recipes.items():
        asked += 1
        body = {"ingredients": list(ingredients)}
        answer = patience.ask(
            partial(ask, client, "POST", url, within_s=within_s, token=token, body=body),
            lambda answer: not answer.problem and answer.status == _DONE,
        )
        said = _said(answer, len(ingredients))
        hits, misses, silent = hits + said.hits, misses + said.misses, silent + (not said.totals)
        if said.problem:
            problems.append(f"recipe {recipe}: {said.problem}")
            if len(problems) == _SHOWN:
                break
    lookups = hits + misses
    rate = hits / lookups if lookups else 0.0
    hits, misses = round(hits), round(misses)
    facts = {"hits": hits, "misses": misses, "recipes": asked, "failed": len(problems)}
    detail = "; ".join(problems) or f"{hits:,} hits in {hits + misses:,} lookups of {asked:,} recipes"
    if silent and not problems:
        detail += f"; {silent:,} answers have no totals"
    ok = not problems and rate > least
    return Finding(name="cache.http", ok=ok, value=round(rate, 4), limit=least, detail=detail), facts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The facts in an answer of the nutrition function. `totals`: whether the answer has any totals."""

    hits: float = 0
    misses: float = 0
    totals: bool = False
    problem: str = ""


def _said(answer: Answer, lookups: int) -> _Said:
    """Read the nutrition function's answer to a request with `lookups` ingredients."""
    if answer.problem:
        return _Said(problem=answer.problem)
    if answer.status != _DONE:
        return _Said(problem=f"status {answer.status}")
    try:
        document = json.loads(answer.body)
    except ValueError:
        return _Said(problem="the answer is not JSON")
    document = document if isinstance(document, dict) else {}
    performance = counted(document.get("cache_performance"), lookups)
    if isinstance(performance, str):
        return _Said(problem=performance)
    totals = totals_of(document)
    return _Said(hits=performance[0], misses=performance[1], totals=totals.told, problem=totals.problem)


def ask(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    within_s: float,
    token: Secret | None = None,
    body: Any = None,
) -> Answer:
    """Send one request and read the whole answer. Waiting ends soon after `within_s`, even if bytes trickle in."""
    headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
    started = time.monotonic()

    def answer(**what: Any) -> Answer:
        return Answer(seconds=time.monotonic() - started, **what)

    late = f"no whole answer within {within_s * 1000:.0f} ms"
    try:
        with client.stream(method, url, headers=headers, json=body, timeout=within_s) as response:
            pieces, length = [], 0
            for piece in response.iter_raw():
                pieces.append(piece)
                length += len(piece)
                if length > _MOST_BYTES:
                    return answer(problem=f"the answer is longer than {_MOST_BYTES:,} bytes")
                if time.monotonic() - started > within_s:
                    return answer(problem=late)
            return answer(status=response.status_code, body=b"".join(pieces))
    except httpx.TimeoutException:
        return answer(problem=late)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # its text may hold the address with its query
        return answer(problem=f"the request failed ({type(error).__name__})")


def open_client() -> httpx.Client:
    """Return a client that follows no redirects and keeps its connections for all checks."""
    return httpx.Client(follow_redirects=False, headers=PLAIN | {"User-Agent": "snap"})
