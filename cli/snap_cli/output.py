"""Print results and errors to stdout and stderr, whether these are terminals, other streams, or closed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from snap.errors import ServiceError, SnapError
from snap.redact import clean, scrub
from snap_cli.folding import wrapped
from snap_cli.hints import hint
from snap_cli.render import Result, Style, paint, render

if TYPE_CHECKING:
    from snap_cli.forms.common import ErrorForm

_COLUMNS = 80  # width of a terminal that does not report one


def style_of(stream: TextIO | None, environment: Mapping[str, str]) -> Style:
    """Return the style that `stream` supports. NO_COLOR and a dumb terminal are honoured."""
    terminal = stream is not None and stream.isatty() and environment.get("TERM") != "dumb"
    color = terminal and not environment.get("NO_COLOR")
    return Style(tables=terminal, color=color, width=_columns(stream, environment))


def _columns(stream: TextIO | None, environment: Mapping[str, str]) -> int:
    """Return a terminal's number of columns: from $COLUMNS, else from the terminal, else 80."""
    said = environment.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said) > 0:
        return int(said)
    try:
        return (os.get_terminal_size(stream.fileno()).columns if stream is not None else 0) or _COLUMNS
    except (OSError, ValueError):  # the stream is no terminal, or no file
        return _COLUMNS


def print_result(result: Result, *, as_json: bool, quiet: bool, environment: Mapping[str, str]) -> None:
    """Print a result on stdout. Errors: OutputError."""
    if as_json:
        document = result.document()
        if isinstance(document, str):
            _write(_escaped(document))
            return
        error = {"error": error_document(result.failure)} if result.failure is not None else {}
        print_document({**document, **error})
    elif result.asked or result.failure is not None or not quiet:
        _write(render(result.view(), style_of(sys.stdout, environment)))


def print_document(document: Mapping[str, Any]) -> None:
    """Print one JSON document on stdout. Errors: OutputError."""
    _write(_escaped(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"))


def error_document(error: SnapError) -> ErrorForm:
    """Return the JSON form of an error."""
    return {
        "kind": error.kind,
        "message": clean(scrub(error.message)),
        "reasons": [clean(scrub(reason)) for reason in error.reasons],
        "hint": clean(scrub(hint(error))),
    }


def print_error(error: SnapError, environment: Mapping[str, str]) -> None:
    """Print an error on stderr: its message, several reasons on a line each, and a hint."""
    say("error:", error.heading, environment, "1;31")
    if error.heading != error.message:
        for reason in error.listed:
            say("  -", reason, environment)
    say("hint:", hint(error) or "run: snap --help", environment, "1;36")


def labelled(label: str, message: str, style: Style, codes: str = "") -> str:
    """Return a message after its label. On a terminal, long messages are broken between words."""
    pieces = [(label, codes), (f" {clean(scrub(message))}", "")]
    hang = 2 + len(label) - len(label.lstrip())
    lines = wrapped(pieces, style.width, hang) if style.tables else [pieces]
    return "\n".join("".join(paint(text, tone, style) for text, tone in line) for line in lines)


def say(label: str, message: str, environment: Mapping[str, str], codes: str = "") -> None:
    """Write a message on stderr after its label (note:, warning:, error:, hint:), which has the ANSI style `codes`."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(labelled(label, message, style_of(sys.stderr, environment), codes) + "\n")
            sys.stderr.flush()
        except OSError:  # there is no stream left to report the error
            close(sys.stderr)


class OutputError(ServiceError):
    """Raised if standard output cannot be written."""


@contextmanager
def flushed() -> Iterator[None]:
    """Flush stdout after the block. If nobody reads it, close it without an error. Errors: OutputError."""
    try:
        yield
        if sys.stdout is not None:  # stdout is None if the caller closed it
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe
        close(sys.stdout)
    except OSError as error:
        close(sys.stdout)
        raise OutputError(
            f"standard output: {error.strerror}", "free some space, or send the output elsewhere"
        ) from error


def close(stream: TextIO) -> None:
    """Redirect a closed stream to /dev/null, so that Python's exit does not fail on its buffered text."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)


def _escaped(document: str) -> str:
    """Return the same JSON, with escapes for characters that JSON allows but that a terminal would obey."""
    obeyed = (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    return document.translate({number: f"\\u{number:04x}" for number in obeyed})


def _write(text: str) -> None:
    """Write text to stdout as UTF-8 in any locale, with escapes for characters that UTF-8 cannot encode.

    Errors: OutputError.
    """
    if sys.stdout is None:
        return
    with flushed():
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            buffer.write(text.encode(errors="backslashreplace"))  # \udcff, which JSON reads
