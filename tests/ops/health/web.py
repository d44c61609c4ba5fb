"""Run a web server for tests. A function computes its answers from the request, and all requests are recorded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.ops.listening import listening

TOKEN = "function secret"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    token: str
    body: Any


@dataclass
class Web:
    """A web server. `answers` are (status, body) by path. A body that is a list is sent one byte at a time."""

    url: str
    answers: dict[str, Callable[[Asked], tuple[int, bytes | list[bytes]]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def web_server() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            asked = Asked(
                self.command,
                self.path,
                self.headers.get("Authorization", "").removeprefix("Bearer "),
                json.loads(body) if body else None,
            )
            web.asked.append(asked)
            answer = web.answers.get(self.path.partition("?")[0])
            status, given = answer(asked) if answer else (404, b"")
            try:
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/healthy")
                self.end_headers()
                for piece in [given] if isinstance(given, bytes) else given:
                    self.wfile.write(piece)
                    if isinstance(given, list):
                        time.sleep(0.05)
            except OSError:  # the client has closed the connection
                pass

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as url:
        web = Web(url)
        yield web


TOTALS = {"protein": 21.5, "fat": 0, "carbs": 40.25, "calories": 250}


def nutrition(hits: int, misses: int, total: Any = TOTALS) -> Callable[[Asked], tuple[int, bytes]]:
    """Return a function that answers as the Edge Function does, with these cache hits, cache misses and totals."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        if asked.method != "POST" or asked.token != TOKEN:
            return 401, b"no"
        ingredients = asked.body["ingredients"]
        assert all(one.keys() <= {"name", "quantity", "unit"} and one["quantity"] > 0 for one in ingredients)
        performance = {"hits": hits, "misses": misses, "hit_rate": f"{100 * hits / (hits + misses):.1f}%"}
        return 200, json.dumps({"cache_performance": performance, "total": total}).encode()

    return answer
