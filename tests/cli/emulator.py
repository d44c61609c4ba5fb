"""Run `snap` on a pseudo-terminal of a given size, and return its screen as drawn by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

from tests.cli.program import PROGRAM, environment

_LINES = 600  # of the screen, so that nothing scrolls away
_FEW_LINES = 40  # of a screen that is read very often


def screen_of(
    folder: Path, arguments: Sequence[str], columns: int, *, seen: Callable[[list[str]], None] | None = None, **env: str
) -> list[str]:
    """Run a command line on a terminal of `columns` columns, and return the final lines of the screen.

    `seen` is called with the lines of each state of the screen, however fast the states follow each other. $COLUMNS is
    not set, so the size comes from the terminal.
    """
    height = _LINES if seen is None else _FEW_LINES
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, columns, 0, 0))
    given = {name: value for name, value in environment(**env).items() if name not in {"COLUMNS", "LINES"}}
    command = [*PROGRAM, *arguments]
    child = subprocess.Popen(command, cwd=folder, env=given, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    output = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    child.wait()
    screen = pyte.Screen(columns, height)
    stream = pyte.ByteStream(screen)
    if seen is None:
        stream.feed(output)
    else:
        for part in re.split(rb"(?=\r)", output):  # text that replaces a line begins with a carriage return
            stream.feed(part)
            seen(_lines(screen))
    return _lines(screen)


def drawn(text: str, columns: int) -> list[str]:
    """Return the lines of a terminal of `columns` columns after it received a text."""
    screen = pyte.Screen(columns, 2 + sum(1 + 2 * len(line) // columns for line in text.split("\n")))
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return _lines(screen)


def _lines(screen: pyte.Screen) -> list[str]:
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says EIO when the other side is closed
        return b""
