"""Run a command of the team: pass its output on line by line without secrets, and leave no process running.

The command gets its own process group. Once `stop` is set, the group gets SIGTERM, and SIGKILL after a grace period.
Processes that the command leaves running get SIGKILL. If snap itself is killed, a guard shell does the same: it waits
until a pipe closes that only the snap process holds open.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from snap.errors import ServiceError, UsageError
from snap.redact import without_declared
from snap.units import shortened
from snap_restorer import Target
from snap_restorer.pg.interrupt import require_going

_POLL_S = 0.1
_DRAIN_S = 2.0  # for what is still in the pipe when the command has ended
_LINE = 1 << 20  # the most bytes of a line; a longer line is cut
_SHOWN = 1000  # the most characters of a line that are shown
# The guard reads the group's number, then a word once all is done. If the pipe ends without the word, snap is dead.
_GUARD = 'read group && { read word || { kill -s TERM -- "-$group"; sleep "$0"; kill -s KILL -- "-$group"; }; }'
_LEAST = 6  # characters; shorter values would also mask words that are no secrets
_NAMED = re.compile(r"secret|token|passw|apikey|credential|webhook|jwt|bearer|(^|_)(key|pass|dsn)(_|$)", re.IGNORECASE)
_WITHIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/@]*?:([^\s/@]+)@")  # a URL's password
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1f\x7f]")


def redactor(environment: Mapping[str, str], targets: Sequence[Target] = ()) -> Callable[[str], str]:
    """Return a function that removes from a text the secrets of this environment and of these targets."""
    secrets: set[str] = set()
    for name, value in environment.items():
        secrets.update(_WITHIN.findall(value))
        if _NAMED.search(name):
            secrets.update([value, *value.splitlines()])
    forms = {form for secret in secrets for form in (secret.strip(), quote(secret.strip(), safe=""))}
    longest_first = sorted((form for form in forms if len(form) >= _LEAST), key=len, reverse=True)

    def redact(text: str) -> str:
        for target in targets:
            text = target.scrub(text)
        for secret in longest_first:
            text = text.replace(secret, "***")
        return without_declared(text)

    return redact


def arguments(command: str) -> tuple[str, ...]:
    """Split a command into words as a shell would, without running a shell. Errors: UsageError."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"the command {command!r} cannot be read: {error}", "check the quotes in it") from None
    if not words:
        raise UsageError("the command is empty", "write one, or leave it out")
    return words


def require_program(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Raise UsageError if the program cannot be started."""
    if not folder.is_dir():
        raise UsageError(f"{folder}, in which {argv[0]} is to run, is no folder", "check cwd")
    name = str(folder / argv[0]) if "/" in argv[0] else argv[0]
    if shutil.which(name, path=environment.get("PATH", os.defpath)) is None:
        raise UsageError(
            f"there is no program {argv[0]} on this machine",
            "install it, or write its whole path; for a shell's syntax write: sh -c '…'",
        )


def run_command(
    argv: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    redact: Callable[[str], str],
    on_line: Callable[[str], None],
    stop: threading.Event,
    grace_s: float = 10,
) -> int:
    """Run a command to its end and return its exit code. `on_line` is called with each line of output, without secrets.

    Errors: UsageError, ServiceError when it does not start, Interrupted once `stop` is set.
    """
    require_program(argv, folder, environment)
    require_going(stop)
    guard = _guard(grace_s)  # first, so that the command never runs without a guard
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        guard.communicate()
        raise ServiceError(f"{argv[0]} does not run: {error.strerror}", "check the command") from None
    _tell(guard, str(process.pid))
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        while not _ended(process) and not stop.is_set():
            _pass_on(lines, redact, on_line, _POLL_S)
    finally:
        _end(process, grace_s)
        _tell(guard, "done")
        guard.communicate()
        deadline = time.monotonic() + _DRAIN_S
        while time.monotonic() < deadline and _pass_on(lines, redact, on_line, _POLL_S):
            pass
        for _ in range(lines.qsize()):  # what was read by then is passed on however long it takes
            _pass_on(lines, redact, on_line, 0)
        reader.join(_POLL_S)
    require_going(stop)
    return process.returncode


def _guard(grace_s: float) -> subprocess.Popen[bytes]:
    """Start the shell that ends the command's group if this process is killed. It inherits no other open file."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, f"{grace_s:.3f}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _tell(guard: subprocess.Popen[bytes], word: str) -> None:
    assert guard.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # somebody ended the guard
        guard.stdin.write(f"{word}\n".encode())
        guard.stdin.flush()


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError, OSError), process.stdout as out:
        while line := out.readline(_LINE):
            lines.put(line)
    lines.put(None)


def _pass_on(
    lines: queue.SimpleQueue[bytes | None], redact: Callable[[str], str], on_line: Callable[[str], None], wait_s: float
) -> bool:
    """Pass on the next line of the command's output, if there is one. Return whether more may come."""
    try:
        line = lines.get(timeout=wait_s)
    except queue.Empty:
        return True
    if line is None:
        return False
    last = line.decode(errors="replace").rstrip("\r\n").rpartition("\r")[2]  # a progress bar's last state
    text = _TERMINAL.sub("", redact(_TERMINAL.sub("", last))).rstrip()
    if text:
        on_line(shortened(text, _SHOWN))
    return True


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the command has ended, without reaping it, so that the number of its group is not reused."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """End all processes of the command's process group."""
    if not _ended(process):
        _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while not _ended(process) and time.monotonic() < deadline:
            time.sleep(_POLL_S / 2)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
