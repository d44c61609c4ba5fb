"""Fit texts into the columns of a terminal: their width, their line breaks, and shortened URLs. Pure.

Only URLs are shortened, and only between their parts. A number is never broken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence

LEAST = 12  # the least number of columns in which text is readable
_LONGEST = 24  # the longest word that limits how narrow its column can be; longer words break at punctuation
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<rest>[^\s,;]*[^\s,;:])")  # without a colon that follows it
_NUMBER = re.compile(r"\d[\d.,]*\d")
_SIGNS = "/_.-,:;@?&=|"
_ELLIPSIS = "…"


def width_of(text: str) -> int:
    """Return how many terminal columns a text takes: two for a wide letter, none for a combining one."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def padded(text: str, width: int, *, right: bool) -> str:
    """Return a text padded with spaces to the width of its column."""
    spaces = " " * (width - width_of(text))
    return spaces + text if right else text + spaces


def column_widths(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str], room: int, gap: int
) -> tuple[int, ...] | None:
    """Return the width of each column, or None if `room` is too narrow even with breaks between words.

    Columns named in `whole` hold numbers: only their headings may break. Numbers within texts do not break either.
    """
    natural, least = [], []
    for name, *cells in zip(columns, *rows, strict=True):
        widest = max(map(width_of, (name, *cells)))
        texts = [name] if name in whole else [name, *cells]
        words = max((min(width_of(word), _LONGEST) for text in texts for word in text.split()), default=0)
        words = max(words, *map(longest_number, texts))
        natural.append(widest)
        least.append(max(words, *map(width_of, cells), 1) if name in whole else min(widest, max(LEAST, words)))
    free = room - gap * (len(columns) - 1)
    if sum(least) > free:
        return None
    while sum(natural) > free:
        loosest = max((i for i in range(len(natural)) if natural[i] > least[i]), key=natural.__getitem__)
        natural[loosest] -= 1
    return tuple(natural)


def folded(text: str, width: int) -> list[str]:
    """Return the lines of a text in a column, broken between words, or at punctuation in a word that is too long."""
    if width_of(text) <= width:
        return [text]
    lines, line = [], ""
    for word in _with_short_urls(text, width).split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, width)
        lines += whole
    return [*lines, line]


def longest_number(text: str) -> int:
    """Return the width of the longest number in a text."""
    return max((len(number[0]) for number in _NUMBER.finditer(text)), default=0)


def _broken(word: str, width: int) -> Iterator[str]:
    while width_of(word) > width:
        fitting = next(i for i in range(len(word), 0, -1) if width_of(word[:i]) <= width or i == 1)
        at = next((i for i in range(fitting, fitting // 3, -1) if word[i - 1] in _SIGNS and not _in_number(word, i)), 0)
        at = at or next((i for i in range(fitting, 0, -1) if not _in_number(word, i)), fitting)
        yield word[:at]
        word = word[at:]
    yield word


def _in_number(word: str, at: int) -> bool:
    """Return whether a break before `at` would split a number."""
    return any(number.start() < at < number.end() for number in _NUMBER.finditer(word))


def shortened(url: str, room: int) -> str:
    """Return a URL in at most `room` columns: without its query, then without the beginning of its address.

    The end is kept because it tells databases apart. If the shortened URL does not fit either, the last part of the URL
    is returned.
    """
    found = _URL.fullmatch(url)
    if found is None or width_of(url) <= room:
        return url
    bare, query, _ = url.partition("?")
    if query and len(bare) + 2 <= room:
        return f"{bare}?{_ELLIPSIS}"
    scheme, rest = found["scheme"], found["rest"].partition("?")[0]
    ends = [i for i, letter in enumerate(rest) if letter in "/@.:" and i and not _in_number(rest, i)]
    for at in ends:
        short = f"{scheme}{_ELLIPSIS}{rest[at:]}"
        if len(short) <= room:
            return short
    return f"{_ELLIPSIS}{rest[ends[-1] :]}" if ends else url


def _with_short_urls(text: str, room: int) -> str:
    """Return a text whose URLs take at most `room` columns, each with the sign that follows it."""
    return _URL.sub(lambda url: shortened(url[0], room - len(text[url.end() : url.end() + 1].strip())), text)


def wrapped(pieces: Sequence[tuple[str, str]], room: int, hang: int) -> list[list[tuple[str, str]]]:
    """Return a line of pieces, each with its tone, as lines of at most `room` columns, broken between words.

    Lines after the first are indented by `hang` columns. A word longer than a line stays whole and the terminal breaks
    it, so that a digest can still be copied.
    """
    whole = "".join(text for text, _ in pieces)
    if width_of(whole) <= room:
        return [list(pieces)]
    indent = " " * (hang if hang <= room - LEAST else 2)
    alone = _URL.fullmatch(whole) is not None
    lines: list[list[tuple[str, str]]] = [[]]
    used, space = 0, ""
    for word, tone in _words(pieces):
        if word.isspace():
            space = word
            continue
        shown = word if alone else _with_short_urls(word, room - len(indent))
        if used and space and used + len(space) + width_of(shown) > room:
            lines.append([])
            used, space = 0, indent
        lines[-1].append((space + shown, tone))
        used += len(space) + width_of(shown)
        space = ""
    return lines


def _words(pieces: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for text, tone in pieces:
        yield from ((word, tone) for word in re.findall(r" +|[^ ]+", text))
