"""Remove secrets, and what a terminal would obey, from texts: all that is printed goes through here. Pure."""

from __future__ import annotations

import re

# Up to the last @ of the word: an unescaped @ in a password is a common mistake, and its rest would show.
_URL = re.compile(r"(://[^:/?#\s@]*):[^\s]*@")
_SETTING = re.compile(r"(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&'\"]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# What changes how the text around it is shown. A carriage return does, but for the one of a line's end.
_HIDING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


def scrub(text: str) -> str:
    """Return `text` with *** in the place of passwords in database URLs and key=value strings."""
    return _SETTING.sub(r"\1***", _URL.sub(r"\1:***@", text))


def clean(text: str) -> str:
    """Return `text` on one line, without the bytes that a terminal would obey."""
    return _CONTROL.sub(" ", "; ".join(line.strip() for line in text.splitlines() if line.strip()))


def visible(text: str) -> str:
    """Return `text` with its lines and tabs as they are, and \\x1b in the place of each other control character."""
    return _HIDING.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def require_visible(text: str) -> None:
    """Raise ValueError for a text of which a terminal would show something else, naming character and line."""
    match = _HIDING.search(text)
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        raise ValueError(f"line {line} holds the control character U+{ord(match[0]):04X}, which can hide text")
