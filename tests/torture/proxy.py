"""Run a TCP proxy that cuts a connection at an exact point: after some bytes, or where the client sends a word."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The point at which a connection is cut, and how.

    `after` is a number of bytes from the client, `at` a word in them. `delivered`: the bytes at that point still reach
    the server, but its answer does not reach the client. `silence`: nothing is closed and nothing is passed on, as by a
    firewall that has forgotten the connection.
    """

    after: int | None = None
    at: bytes | None = None
    delivered: bool = False
    how: Literal["reset", "close", "silence"] = "reset"


class Proxy:
    """A proxy to 127.0.0.1:`port`. The first connection that reaches the point is cut; later ones are not."""

    def __init__(self, port: int, cut: Cut | None = None) -> None:
        self._to, self._cut = port, cut
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.was_cut = threading.Event()
        self.sent = 0  # bytes from clients
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for held in self._sockets:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
            held.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                client.close()
                continue
            self._sockets += [client, server]
            over = threading.Event()
            threading.Thread(target=self._up, args=(client, server, over), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server, over), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, over: threading.Event) -> None:
        tail = b""
        cut = self._cut
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                self.sent += len(data)
                word = cut is not None and cut.at is not None and cut.at in tail + data
                count = cut is not None and cut.after is not None and self.sent >= cut.after
                if cut is not None and (word or count) and not self.was_cut.is_set():
                    over.set()
                    self.was_cut.set()
                    if cut.delivered:
                        server.sendall(data)
                    self._end(client, server, cut)
                    return
                server.sendall(data)
                tail = data[-64:]
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def _down(self, client: socket.socket, server: socket.socket, over: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not over.is_set():
                    client.sendall(data)
            if not over.is_set():
                client.shutdown(socket.SHUT_WR)

    def _end(self, client: socket.socket, server: socket.socket, cut: Cut) -> None:
        if cut.how == "silence":
            return
        for held in (client, server):
            if cut.how == "reset" and not (cut.delivered and held is server):
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                held.shutdown(socket.SHUT_RD)
                held.close()
            else:
                held.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def proxy(port: int, cut: Cut | None = None) -> Iterator[Proxy]:
    made = Proxy(port, cut)
    try:
        yield made
    finally:
        made.close()
