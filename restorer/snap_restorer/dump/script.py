"""A parser for the text that pg_restore prints of an archive's data, while it streams. Pure.

The text holds settings, COPY with its rows, setval, and calls that write large objects. It holds no function bodies, so
no dollar quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

Event = tuple[Literal["statement", "copy", "rows", "end"], bytes]

_QUOTED = re.compile(rb"'[^']*'|\"[^\"]*\"")
_END = b"\\.\n"
# Settings of pg_restore's session, psql's commands, and transactions, since this session has its own.
_SKIPPED = re.compile(rb"SET |SELECT pg_catalog\.set_config\(|BEGIN;|COMMIT;|\\(un)?restrict ")


def events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Yield statements, and for COPY the statement, its rows in pieces, and its end.

    Errors: ValueError if the text is cut off.
    """
    rest, copying = b"", False
    statement = b""
    for piece in pieces:
        rest += piece
        while True:
            if copying:
                rows, ended, rest = _rows(rest)
                if rows:
                    yield "rows", rows
                if not ended:
                    break
                yield "end", b""
                copying = False
                continue
            line, newline, tail = rest.partition(b"\n")
            if not newline:
                break
            rest = tail
            if not statement and (not line or line.startswith((b"--", b"\\"))):
                continue
            statement += line + b"\n"
            if not _complete(statement):
                continue
            whole, statement = statement.strip(), b""
            if whole.startswith(b"COPY ") and whole.endswith(b" FROM stdin;"):
                yield "copy", whole
                copying = True
            elif not _SKIPPED.match(whole):
                yield "statement", whole
    if copying or statement or rest.strip():
        raise ValueError("the script ends in the middle of a statement")


def _rows(text: bytes) -> tuple[bytes, bool, bytes]:
    """Return the complete rows in `text`, whether they are the last ones, and the rest."""
    if text.startswith(_END):
        return b"", True, text[len(_END) :]
    place = text.find(b"\n" + _END)
    if place >= 0:
        return text[: place + 1], True, text[place + 1 + len(_END) :]
    # Cut after a row, since the rest may turn out to be the end mark.
    cut = text.rfind(b"\n") + 1
    return text[:cut], False, text[cut:]


def _complete(statement: bytes) -> bool:
    """Return whether a statement ends here. A quoted name may contain a line break and a semicolon."""
    bare = _QUOTED.sub(b"", statement)
    return bare.endswith(b";\n") and b"'" not in bare and b'"' not in bare
