"""Run a real HTTP server that implements Supabase's REST storage API from its documentation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from tests.ops.listening import listening

SERVICE_KEY = "service-key-of-nobody"
ANON_KEY = "anon-key-of-nobody"


@dataclass
class Supabase:
    """A storage server. `buckets` are {bucket: {key: (bytes, type)}}.

    `failures` are (status, body), each sent once.
    """

    url: str
    buckets: dict[str, dict[str, tuple[bytes, str]]] = field(default_factory=dict)
    failures: list[tuple[int, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def supabase_server() -> Iterator[Supabase]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def refuse(self, status: int, message: str) -> None:
            self.answer(400, json.dumps({"statusCode": str(status), "error": message, "message": message}).encode())

        def work(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            running.requests.append(f"{self.command} {unquote(self.path)}")
            if running.failures:
                status, text = running.failures.pop(0)
                self.answer(status, text.encode(), "text/plain")
                return
            given = (self.headers.get("authorization"), self.headers.get("apikey"))
            if given != (f"Bearer {SERVICE_KEY}", SERVICE_KEY):
                self.refuse(403, "new row violates row-level security policy (Unauthorized)")
                return
            for kind in ("object/list", "object/authenticated", "object"):
                start = f"/storage/v1/{kind}/"
                if self.path.startswith(start):
                    name, _, key = unquote(self.path.removeprefix(start)).partition("/")
                    if name not in running.buckets:
                        self.refuse(404, "Bucket not found")
                    else:
                        self.serve(kind, running.buckets[name], key, body)
                    return
            self.refuse(404, "Route not found")

        def serve(self, kind: str, held: dict[str, tuple[bytes, str]], key: str, body: bytes) -> None:
            if kind == "object/list":
                asked = json.loads(body)
                folder = f"{asked['prefix']}/" if asked["prefix"] else ""
                entries: dict[str, dict[str, object]] = {}
                for one, (data, content_type) in held.items():
                    if one.startswith(folder):
                        name, deeper, _ = one.removeprefix(folder).partition("/")
                        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
                        entries[name] = (
                            {"name": name, "id": None, "metadata": None}
                            if deeper
                            else {
                                "name": name,
                                "id": f"id-of-{one}",
                                "metadata": {"eTag": etag, "size": len(data), "mimetype": content_type},
                            }
                        )
                page = [entries[name] for name in sorted(entries)]
                self.answer(200, json.dumps(page[asked["offset"] : asked["offset"] + asked["limit"]]).encode())
            elif self.command == "GET" and kind == "object/authenticated":
                if key in held:
                    self.answer(200, *held[key])
                else:
                    self.refuse(404, "Object not found")
            elif self.command == "POST":
                if key in held and self.headers.get("x-upsert") != "true":
                    self.refuse(409, "The resource already exists")
                else:
                    held[key] = (body, str(self.headers.get("content-type")))
                    self.answer(200, json.dumps({"Key": key}).encode())
            elif self.command == "DELETE":
                gone = [key for key in json.loads(body)["prefixes"] if held.pop(key, None)]
                self.answer(200, json.dumps([{"name": key} for key in gone]).encode())
            else:
                self.refuse(405, "Method not allowed")

        do_GET = do_POST = do_DELETE = work  # noqa: N815 - the names that http.server looks for

    with listening(Handler) as url:
        running = Supabase(url)
        yield running
