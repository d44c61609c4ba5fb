"""Run HTTP servers on this machine: Slack's webhook, a team's app, the Edge Function nutrition_enrichment."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.ops.listening import listening

TOKEN = "token-of-nobody"
PATH = "/services/T0SECRET/B0SECRET/XyZtopSECRET42"
SECRETS = ("T0SECRET", "B0SECRET", "topSECRET", "XyZ")


@dataclass
class Server:
    """A server with a list of `answers` (status, body, headers), the last repeated. It waits `wait_s` before each."""

    answers: list[tuple[int, str, dict[str, str]]]
    wait_s: float = 0.0
    port: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"


@contextmanager
def serving(*answers: tuple[int, str, dict[str, str]], wait_s: float = 0.0) -> Iterator[Server]:
    server = Server(list(answers), wait_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            server.got.append(json.loads(body))
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            server.paths.append(self.path)
            status, said, headers = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            server.closing.wait(server.wait_s)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said.encode())
            except OSError:
                pass  # the client went away

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        thread.join()
        http.server_close()


@dataclass
class Web:
    """A server of endpoints. `answers` are {path: (status, body)}. The function nutrition_enrichment uses `cache`."""

    url: str
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    slow_s: float = 0.0
    misses: frozenset[str] = frozenset()
    asked: list[Any] = field(default_factory=list)


@contextmanager
def served() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self) -> None:
            time.sleep(web.slow_s)
            self.answer(*web.answers.get(self.path.partition("?")[0], (404, "nothing here")))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            web.asked.append(body)
            if self.path in web.answers:
                self.answer(*web.answers[self.path])
            elif self.headers.get("authorization") != f"Bearer {TOKEN}":
                self.answer(401, "who are you")
            else:
                lines = body["ingredients"]
                assert all(set(line) <= {"name", "quantity", "unit"} for line in lines)
                misses = sum(line["name"] in web.misses for line in lines)
                told = {
                    "hits": len(lines) - misses,
                    "misses": misses,
                    "hit_rate": f"{100 * (1 - misses / len(lines)):.1f}%",
                }
                self.answer(
                    200, json.dumps({"nutrition": {"protein": 9, "fat": 5, "carbs": 30}, "cache_performance": told})
                )

    with listening(Handler) as url:
        web = Web(url)
        yield web
