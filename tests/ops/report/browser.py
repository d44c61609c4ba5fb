"""Drive a real Chromium without a window, through its own protocol over two pipes."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable")

# Chromium reads commands from descriptor 3 and writes to 4. Use high ones first, so that neither is overwritten.
_START = """
import fcntl, os, sys
take, give = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(take, 3); os.dup2(give, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
_WAIT_S = 60


def program() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A browser tab. `events` are reported by the browser: requests, console messages, violations of the policy."""

    def __init__(self, take: int, give: int) -> None:
        self._take, self._give = take, give
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "Audits"):
            self.ask(f"{domain}.enable")

    def open(self, path: Path, *, query: str = "", width: int = 1_100, height: int = 800, dark: bool = False) -> None:
        """Load a page on a screen of this many CSS pixels, and forget earlier events."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", media="screen", features=scheme)
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=width < 600
        )
        self.ask("Page.navigate", url="about:blank")
        self.events.clear()
        self.ask("Page.navigate", url=path.as_uri() + query)
        self._until(lambda: bool(self.named("Page.loadEventFired")))
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(1), 50)))")

    def run(self, script: str) -> Any:
        """Evaluate JavaScript outside the page, which has no scripts itself, and return its value."""
        got = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, got["exceptionDetails"]
        return got["result"].get("value")

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Write a PNG of the page."""
        got = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(got["data"]))

    def named(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of the events with this name."""
        return [event["params"] for event in self.events if event["method"] == method]

    def wait(self, ready: Callable[[], bool]) -> None:
        """Read events until `ready`: some come after what caused them was answered."""
        self._until(ready)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._take, json.dumps(message).encode() + b"\0")
        answers: list[dict[str, Any]] = []
        self._until(lambda: bool(answers), answers, number)
        assert "error" not in answers[0], (method, answers[0]["error"])
        return dict(answers[0]["result"])

    def _until(self, ready: Any, answers: list[dict[str, Any]] | None = None, number: int = 0) -> None:
        deadline = time.monotonic() + _WAIT_S
        while not ready():
            assert select.select([self._give], [], [], max(deadline - time.monotonic(), 0))[0], "no answer of Chromium"
            piece = os.read(self._give, 1 << 20)
            assert piece, "Chromium ended"
            *whole, self._rest = (self._rest + piece).split(b"\0")
            for text in whole:
                message = json.loads(text)
                if "method" in message:
                    self.events.append(message)
                elif answers is not None and message["id"] == number:
                    answers.append(message)


@contextmanager
def browser(home: Path) -> Iterator[Page]:
    """Start Chromium with a profile of its own under `home`."""
    executable = program()
    assert executable
    take, ours_out = os.pipe()
    ours_in, give = os.pipe()
    flags = ["--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
             "--disable-dev-shm-usage", "--disable-background-networking", f"--user-data-dir={home}"]  # fmt: skip
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # it refuses to start as root otherwise
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(take), str(give), executable, *flags],
        pass_fds=(take, give),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(home)},
    )
    os.close(take)
    os.close(give)
    try:
        yield Page(ours_out, ours_in)
    finally:
        process.terminate()
        process.wait(30)
        os.close(ours_out)
        os.close(ours_in)
