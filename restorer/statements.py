"""A file of SQL as its statements. Pure.

It knows what may hold a semicolon that ends nothing: quoted texts and names, dollar quotes, comments, and the bodies of
functions in SQL's own form (BEGIN ATOMIC … END).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<skip> --[^\n]* | /\* )
  | (?P<text> [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) )
  | (?P<dollar> \$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$ )
  | (?P<word> [A-Za-z_\x80-\uffff][\w$\x80-\uffff]* )
  | (?P<end> ; )
  | (?P<meta> ^\\[^\n]* )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_COMMENT = re.compile(r"/\*|\*/")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon. `code` is its end, behind the comments that it begins with, and `line` the
    line that this begins on. `meta`: a command of psql, no SQL."""

    text: str
    code: str
    line: int
    meta: bool = False


def statements(sql: str) -> Iterator[Statement]:
    """Give the statements of a file in order; comments before one belong to it, but do not move its line."""
    start, position, depth, before = 0, 0, 0, ""
    comments: dict[int, int] = {}  # where each begins and ends
    while match := _TOKEN.search(sql, position):
        position = match.end()
        kind = match.lastgroup
        if kind == "skip":
            position = _after_comment(sql, position) if match[0] == "/*" else position
            comments[match.start()] = position
        elif kind == "dollar":
            end = sql.find(match[0], position)
            position = len(sql) if end < 0 else end + len(match[0])
        elif kind == "word":
            depth, before = _nested(match[0].upper(), before, depth), match[0].upper()
        elif kind == "meta" and not sql[start : match.start()].strip():
            yield Statement(match[0].strip(), match[0].strip(), _line(sql, match.start()), meta=True)
            start = position
        elif kind == "end" and depth == 0:
            yield from _statement(sql, start, match.start(), comments)
            start = position
    yield from _statement(sql, start, len(sql), comments)


def _nested(word: str, before: str, depth: int) -> int:
    """Count how deep a word is in BEGIN ATOMIC; only there do CASE and END matter."""
    if word == "ATOMIC" and before == "BEGIN":
        return depth + 1
    if depth and word == "CASE" and before != "END":
        return depth + 1
    if depth and word == "END":
        return depth - 1
    return depth


def _after_comment(sql: str, position: int) -> int:
    depth = 1
    while depth and (match := _COMMENT.search(sql, position)):
        depth += 1 if match[0] == "/*" else -1
        position = match.end()
    return position if depth == 0 else len(sql)


def _statement(sql: str, start: int, end: int, comments: Mapping[int, int]) -> Iterator[Statement]:
    code = _after_space(sql, start)
    while code in comments:
        code = _after_space(sql, comments[code])
    if code < end:
        yield Statement(sql[start:end].strip(), sql[code:end].strip(), _line(sql, code))


def _after_space(sql: str, position: int) -> int:
    match = _SPACE.match(sql, position)
    return match.end() if match else position


def _line(sql: str, position: int) -> int:
    return sql.count("\n", 0, position) + 1
