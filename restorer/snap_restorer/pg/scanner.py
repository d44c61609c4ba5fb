"""Split a file of SQL into statements, as Postgres' own scanner sees them. Pure.

A comment belongs to the statement that follows it, as in Supabase's CLI. Text that only psql understands (psql's own
commands, and COPY's rows within the file) is an error.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from string import ascii_lowercase, ascii_uppercase

from snap.units import shortened

# Letters, _ and all beyond ASCII, as a negated class: Python takes 10 ms to compile the large positive range.
_START = r"[^\x00-@\[-^`{-\x7f]"
WORD = _START + r"[^\x00-#%-/:-@\[-^`{-\x7f]*"
_TAG = _START + r"[^\x00-/:-@\[-^`{-\x7f]*"
_ESCAPED = r"(?:[^'\\]+|\\.|'')*+"
_CONTINUED = r"[ \t\f\v]*(?:--[^\r\n]*)?[\r\n](?:[ \t\f\v\r\n]|--[^\r\n]*[\r\n])*"  # between parts of one literal
_SPACES = " \t\n\r\f\v"  # all other blanks, such as U+00A0, belong to words
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)  # no other letter has two cases in a keyword
_TOKEN = re.compile(
    rf"""
    (?P<comment>--[^\n\r]*)
    | (?P<block>/\*)
    | (?P<quoted>(?:[uU]&)?"(?:[^"]+|"")*+")
    | (?P<escaped>[eE]'{_ESCAPED}'(?:{_CONTINUED}'{_ESCAPED}')*)
    | (?P<text>(?:[uU]&|[bBxXnN])?'(?:[^']+|'')*+')
    | (?P<dollar>\$(?P<tag>(?:{_TAG})?)\$.*?\$(?P=tag)\$)
    | (?P<word>{WORD})
    | (?P<number>[0-9][A-Za-z0-9_$.]*|\$[0-9]+)
    | (?P<open>\() | (?P<close>\)) | (?P<end>;) | (?P<command>\\)
    | (?P<unclosed>(?:[uU]&|[eEbBxXnN])?'|"|\$(?:{_TAG})?\$)
    | (?P<space>[{_SPACES}]+) | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NEST = re.compile(r"/\*|\*/")
_HEAD = 8  # words that identify the kind of a statement
_EXCERPT = 100  # the most characters of a statement in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement without its semicolon.

    `line` is the line, from 1, at which the statement's text begins, and `start` is the number of characters before the
    text. `first` is the line of the first token that is no comment, None if the statement is only comment. `words` are
    the first words in upper case, without words in quotes or parentheses. `tokens` are all tokens except spaces and
    comments: words in upper case, literals and quoted names as written.
    """

    text: str
    start: int
    line: int
    first: int | None
    words: tuple[str, ...]
    tokens: tuple[str, ...]

    def at(self, position: int | None) -> int:
        """Return the line of a character of the text, counted from 1.

        Without a position, return the statement's line.
        """
        return self.first or self.line if position is None else self.line + self.text.count("\n", 0, position - 1)

    def excerpt(self) -> str:
        """Return the beginning of the statement on one line, without the comments before it."""
        lines = self.text.split("\n")[(self.first or self.line) - self.line :]
        return shortened(" ".join("\n".join(lines).split()), _EXCERPT)


class Unreadable(ValueError):  # noqa: N818
    """Raised for text that cannot be read as SQL, with the line of the text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def statements(text: str) -> tuple[Statement, ...]:
    """Return the statements of a SQL text. Errors: Unreadable."""
    return tuple(one for one in _pieces(text) if one.text)


def outer_tokens(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tokens outside of parentheses, and each outermost closing parenthesis."""
    depths = accumulate({"(": 1, ")": -1}.get(written, 0) for written in tokens)
    return tuple(written for written, depth in zip(tokens, depths, strict=True) if depth == 0)


def _pieces(text: str) -> Iterator[Statement]:
    breaks = [match.start() for match in re.finditer("\n", text)]
    start = place = depth = blocks = 0
    first: int | None = None
    words: list[str] = []
    tokens: list[str] = []
    previous = ""
    while place < len(text):
        match = _TOKEN.match(text, place)
        assert match is not None  # the last alternative matches anything
        kind, found = match.lastgroup, match.group()
        if match["dollar"] is not None:
            kind = "dollar"
        after = match.end()
        if kind == "block":
            after = _block_end(text, place)
        elif kind == "command":
            raise Unreadable(f"{text[place:].split(maxsplit=1)[0]} is a command of psql, not SQL", _line(text, place))
        elif kind == "unclosed":
            raise Unreadable(f"{found} is opened and never closed", _line(text, place))
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "word":
            word = found.translate(_UPPER)
            if depth == 0 and len(words) < _HEAD:
                words.append(word)
            blocks = _nested(blocks, previous, word)
            previous = word
        elif kind == "end" and depth == 0 and blocks == 0:
            yield _statement(text, (start, place), breaks, words, tokens, first)
            start = place = after
            words, tokens, first, previous = [], [], None, ""
            continue
        if kind in {"comment", "block", "space"}:
            place = after
            continue
        tokens.append(found.translate(_UPPER) if kind == "word" else found)
        first = place if first is None else first
        if kind != "word":
            previous = ""
        place = after
    yield _statement(text, (start, len(text)), breaks, words, tokens, first)


def _nested(blocks: int, previous: str, word: str) -> int:
    """Return the nesting depth of a word in BEGIN ATOMIC … END, where each CASE has an END of its own."""
    if blocks == 0:
        return 1 if (previous, word) == ("BEGIN", "ATOMIC") else 0
    return blocks + (word == "CASE" and previous != "END") - (word == "END")


def _statement(
    text: str,
    span: tuple[int, int],
    breaks: Sequence[int],
    words: Sequence[str],
    tokens: Sequence[str],
    first: int | None,
) -> Statement:
    bare = text[slice(*span)]
    begins = span[0] + len(bare) - len(bare.lstrip(_SPACES))
    found = Statement(
        text=bare.strip(_SPACES),
        start=begins,
        line=bisect_left(breaks, begins) + 1,
        first=None if first is None else bisect_left(breaks, first) + 1,
        words=tuple(words),
        tokens=tuple(tokens),
    )
    if found.words[:1] == ("COPY",) and re.search(r"\bFROM\s+STDIN\b", found.text, re.IGNORECASE):
        raise Unreadable("COPY … FROM stdin reads rows that only psql sends", found.line)
    return found


def _block_end(text: str, place: int) -> int:
    """Return the end of a comment, which may contain other comments. Errors: Unreadable."""
    depth = 0
    for match in _NEST.finditer(text, place):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    raise Unreadable("/* is opened and never closed", _line(text, place))


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
