"""Remove secrets from texts: every printed error, note and traceback goes through here. Pure."""

from __future__ import annotations

import re

# Up to the last @ of the word: an unescaped @ in a password is a common mistake, and its rest would show.
_URL = re.compile(r"(://[^:/?#\s@]*):[^\s]*@")
_SETTING = re.compile(r"(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&'\"]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def scrub(text: str) -> str:
    """Return `text` with *** in the place of passwords in database URLs and key=value strings."""
    return _SETTING.sub(r"\1***", _URL.sub(r"\1:***@", text))


def clean(text: str) -> str:
    """Return `text` on one line, without the bytes that a terminal would obey."""
    return _CONTROL.sub(" ", "; ".join(line.strip() for line in text.splitlines() if line.strip()))
