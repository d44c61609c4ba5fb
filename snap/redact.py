"""Remove secrets and terminal control characters from texts. All printed text goes through here.

The values of declared secrets are global to the process, because no code in it may print them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote

# Up to the last @ of the word: an unescaped @ in a password is a common mistake, and would leave its end visible.
_WORD = re.compile(r"\S+")
_USER = re.compile(r"://[^:/?#\s@]*:")
_SETTING = re.compile(r"(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&'\"]+)")
_CONNECTION = re.compile(r"postgres(?:ql)?://|(?:^|\s)(?:host|hostaddr|dbname|user|service|password)\s*=")
_OPTIONS = re.compile(r"([?&]options=)[^\s&]*")
_LEAST = 6  # characters; shorter values would mask words that are not secret
_declared: tuple[str, ...] = ()  # all forms of the declared secrets, longest first
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
# Characters that change how other text is shown: control characters, and those that override or isolate the writing
# direction. A carriage return is one of them, except at the end of a line.
_HIDING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")
# Characters of no width, which can make two names look alike, without those that scripts and emoji need.
_EMPTY = re.compile(
    "[\xad\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def declare(values: Iterable[str]) -> None:
    """Set the secret values that no printed text may show, in place of those declared before."""
    global _declared  # noqa: PLW0603 - see the module's docstring
    forms = {form for value in values for part in _parts(value) for form in _forms(part)}
    _declared = tuple(sorted(forms, key=len, reverse=True))


def without_declared(text: str) -> str:
    """Return `text` with *** in place of each declared secret."""
    for secret in _declared:
        text = text.replace(secret, "***")
    return text


def scrub(text: str) -> str:
    """Return `text` without declared secrets, passwords in URLs and key=value strings, and options of database URLs."""
    text = without_declared(text)
    if "://" in text:
        text = _WORD.sub(_without_password, text)
    if "=" in text:
        text = _OPTIONS.sub(r"\1***", _SETTING.sub(r"\1***", text))
    return text


def _without_password(word: re.Match[str]) -> str:
    """Return a word with *** in place of the text between the user of its first URL and its last @, in linear time."""
    last = word[0].rfind("@")
    user = _USER.search(word[0], 0, last) if last > 0 else None
    return f"{word[0][: user.end()]}***{word[0][last:]}" if user else word[0]


def clean(text: str) -> str:
    """Return `text` on one line, with its bulleted lists joined, without characters that control a terminal."""
    lines = (line.strip().removeprefix("- ") for line in text.splitlines() if line.strip())
    return _CONTROL.sub(" ", "; ".join(lines).replace(":; ", ": "))


def visible(text: str) -> str:
    """Return `text` with its lines and tabs as they are, and with each other control character as \\x1b."""
    text = _HIDING.sub(lambda match: _numbered(match) if match[0] != "\r" else r"\x0d", text)
    return _EMPTY.sub(_numbered, text)


def _numbered(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def require_visible(text: str) -> None:
    """Raise ValueError if a text holds a control character that can hide text, naming the character and its line."""
    match = _HIDING.search(text)
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        raise ValueError(f"line {line} holds the control character U+{ord(match[0]):04X}, which can hide text")


def _parts(value: str) -> Iterator[str]:
    """Yield the secrets in a value: password and options of a database's address, else the value and its lines.

    The rest of an address, such as its host, may be shown in messages.
    """
    if not _CONNECTION.search(value):
        yield from (value, *value.splitlines())
        return
    for password in re.findall(r"://[^:/?#\s@]*:([^\s]*)@", value):
        yield from (password, unquote(password))
    yield from (match[2].strip("'") for match in _SETTING.finditer(value))
    yield from (
        item for key, item in parse_qsl(value.partition("?")[2]) if key in {"password", "sslpassword", "options"}
    )


def _forms(secret: str) -> Iterator[str]:
    """Yield the spellings of a secret: plain, in URLs, in JSON."""
    secret = secret.strip()
    quoted = (json.dumps(secret, ensure_ascii=escaped)[1:-1] for escaped in (True, False))
    for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *quoted):
        if len(secret) >= _LEAST:
            yield form
