"""The word for texts that match a simple regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from snap.errors import UsageError
from snap.types import Logical, Type
from snap_builder.declare.checked import word
from snap_builder.declare.maker import TEXTS, Maker, Place, Rows, Values, refuse
from snap_builder.engine.columns import concat, texts
from snap_builder.engine.streams import below

_VISIBLE = "abcdefghijklmnopqrstuvwxyz0123456789"
_CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": _VISIBLE,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": _VISIBLE,
}
_MOST = 6  # the most repetitions if the expression sets no limit


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a text: from `low` to `high` characters, each one of `choices`."""

    choices: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(Maker):
    """A text that matches a simple regular expression: letters, classes, repetitions, groups.

    Guarantees: every text matches; in a column of type character(n) it has n characters if the expression allows it.
    Owns: its column. Costs: one pass for each character. Refuses: alternatives, lookaround, references to groups, and
    texts that are too long for their column.
    """

    fits = (*TEXTS, Logical.BYTES)

    regex: str
    width: int | None = None

    def made_for(self, kind: Type, /) -> Pattern:
        """Return the word with texts of n characters for a column of type character(n), which pads shorter texts."""
        return replace(self, width=kind.length) if kind.pg.startswith("character(") else self

    @property
    def _pieces(self) -> tuple[_Piece, ...]:
        """The pieces of the text, `width` characters long in all if the expression allows it."""
        known = pieces(self.regex)
        more = (self.width or 0) - sum(piece.low for piece in known)
        if self.width is None or not 0 <= more <= sum(piece.high - piece.low for piece in known):
            return known
        fixed = []
        for piece in known:
            added = min(more, piece.high - piece.low)
            more -= added
            fixed.append(replace(piece, low=piece.low + added, high=piece.low + added))
        return tuple(fixed)

    def require(self, place: Place) -> None:
        room = place.column.type.length
        longest = self.longest(place.rows)
        if room is not None and longest > room:
            raise refuse(
                place,
                f"texts of up to {longest} characters do not fit into {place.column.type.pg}",
                "shorten the pattern",
            )

    def longest(self, _: int) -> int:
        """Return the length of the longest text."""
        return sum(piece.high for piece in self._pieces)

    def values(self, rows: Rows) -> Values:
        made: list[pa.Array] = []
        for number, piece in enumerate(self._pieces):
            letters = list(piece.choices)
            bits = rows.seeds.bits(f"{rows.name}\0length\0{number}", rows.start, rows.stop)
            length = piece.low + below(bits, piece.high - piece.low + 1)
            for place in range(piece.high):
                bits = rows.seeds.bits(f"{rows.name}\0letter\0{number}\0{place}", rows.start, rows.stop)
                made.append(texts(["", *letters], np.where(place < length, 1 + below(bits, len(letters)), 0)))
        return concat(*made) if made else pa.array([""] * (rows.stop - rows.start))


@word
def pattern(regex: str, *, stream: str | None = None) -> Pattern:
    """Return a word for a text that matches a regular expression: `pattern("^[A-Z]{2}-[0-9]{4}$")`.

    Example:
        Table("products", 200, {"sku": pattern("^[A-Z]{2}-[0-9]{4}$")})
    """
    pieces(regex)
    return Pattern(regex=regex, stream=stream)


@cache
def pieces(regex: str) -> tuple[_Piece, ...]:
    """Return the pieces of a regular expression. Errors: UsageError if the expression is not a simple one."""
    try:
        parsed = re._parser.parse(regex)  # type: ignore[attr-defined]
    except re.error as error:
        raise UsageError(f"{regex!r} is no regular expression: {error}", "write one such as ^[a-z]{3}$") from None
    return tuple(_pieces(parsed, regex))


def _pieces(parsed: Any, regex: str) -> Iterator[_Piece]:
    for code, given in parsed:
        match str(code):
            case "AT":
                continue
            case "LITERAL":
                yield _Piece(chr(given), 1, 1)
            case "ANY":
                yield _Piece(_VISIBLE, 1, 1)
            case "NOT_LITERAL":
                yield _Piece("".join(c for c in _VISIBLE if c != chr(given)), 1, 1)
            case "IN":
                yield _Piece(_class(given, regex), 1, 1)
            case "SUBPATTERN":
                yield from _pieces(given[-1], regex)
            case "MAX_REPEAT" | "MIN_REPEAT":
                low, high, inner = given
                inside = tuple(_pieces(inner, regex))
                high = min(int(high), max(int(low), _MOST))
                if len(inside) == 1 and inside[0].low == inside[0].high == 1:
                    yield _Piece(inside[0].choices, int(low), high)
                else:
                    for _ in range(int(low)):
                        yield from inside
            case _:
                raise UsageError(f"{regex!r} is too complex to make texts from", "declare another word")


def _class(given: Any, regex: str) -> str:
    letters: set[str] = set()
    negated = False
    for code, value in given:
        match str(code):
            case "NEGATE":
                negated = True
            case "LITERAL":
                letters.add(chr(value))
            case "RANGE":
                letters.update(map(chr, range(value[0], min(value[1], value[0] + 127) + 1)))
            case "CATEGORY" if str(value) in _CATEGORIES:
                letters.update(_CATEGORIES[str(value)])
            case _:
                raise UsageError(f"{regex!r} is too complex to make texts from", "declare another word")
    return "".join(sorted(set(_VISIBLE) - letters if negated else letters))
