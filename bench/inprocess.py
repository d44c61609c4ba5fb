"""Restore in one process that has imported everything: one JSON request a line on stdin, one answer a line on stdout.

The worker is a separate process, so that its memory is not counted for the programs that the harness starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class InProcess:
    """A worker process that is started once and ended by `close`, as its caller uses it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._worker = subprocess.Popen(
            [sys.executable, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def restore(self, root: Path, version: str, url: str) -> dict[str, Any]:
        """Restore in the worker, and return {seconds}, or {error} if it failed."""
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        self._worker.stdin.write(json.dumps({"root": str(root), "version": version, "url": url}) + "\n")
        self._worker.stdin.flush()
        answer: dict[str, Any] = json.loads(self._worker.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._worker.stdin is not None
        self._worker.stdin.close()
        self._worker.wait()


def serve() -> None:
    """Answer requests until stdin ends."""
    from snap.errors import SnapError
    from snap.store import Store
    from snap.verify import require_intact
    from snap_restorer import Target, restore

    for line in sys.stdin:
        request = json.loads(line)
        started = time.perf_counter()
        try:
            snapshot = Store(Path(request["root"])).resolve(request["version"])
            require_intact(snapshot)
            restore(snapshot, Target(request["url"]))
        except SnapError as error:
            answer: dict[str, Any] = {"error": f"{error.message} ({error.hint})"}
        else:
            answer = {"seconds": time.perf_counter() - started}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
