"""The word for texts: templates over word lists, other columns, and the row's number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import gcd, prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.errors import UsageError
from snap.types import Logical
from snap_builder.declare.checked import Percent, Positive, word
from snap_builder.declare.maker import TEXTS, Place, Rows, SparseMaker, refuse
from snap_builder.declare.numbers import nulled
from snap_builder.engine.blocks import slots
from snap_builder.engine.columns import concat, texts_of
from snap_builder.engine.streams import Ints, below
from snap_builder.words.lists import LISTS

_PIECE = re.compile(r"\{([a-z_][a-z0-9_.]*(?:\|lower)?|#+)\}")
_LOWER = "|lower"
_BLOCK = 1 << 16  # combinations of words are given out in an order of their own, so many at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(SparseMaker):
    """A text from a template: `{first}` is a word of a list, `{n}` the row's number, `{org.slug}` another text.

    `{##}` are two digits, and `{first|lower}` is the word in lower case.

    Guarantees: a word of one list is the same in all texts of a row; with `unique`, no text occurs twice. Owns: its
    column. Costs: one pass; of a parent's text, the texts of all parents. Refuses: a word that no list has, and a text
    that its column has no room for.
    """

    fits = (*TEXTS, Logical.BYTES)

    template: str
    unique: bool = False
    longest_word: int | None = None

    def reads(self) -> tuple[str, ...]:
        return tuple(name for name in self._names if name != "n" and name[0] != "#" and name not in LISTS)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name.removesuffix(_LOWER) for name in _PIECE.findall(self.template))

    @property
    def _lists(self) -> tuple[str, ...]:
        return tuple(name for name in self._names if name in LISTS)

    def require(self, place: Place) -> None:
        room = place.column.type.length
        if room is not None and self.longest(place.rows) > room:
            raise refuse(
                place,
                f"texts of up to {self.longest(place.rows)} characters do not fit into {place.column.type.pg}",
                "take fewer words, or a shorter list",
            )
        if self.unique and "n" not in self._names and not self._lists:
            raise refuse(place, f"{self.template!r} is the same text in every row", "add {n}, the row's number")

    def longest(self, rows: int) -> int:
        """Return the length of the longest text in so many rows, but for the texts of other columns."""
        lengths = [len(_PIECE.sub("", self.template))]
        for name in self._names:
            if name in LISTS:
                lengths.append(max(map(len, self.words_of(name)), default=0))
            elif name == "n" or name[0] == "#":
                lengths.append(len(str(rows)) if name == "n" else len(name))
        return sum(lengths)

    def words_of(self, name: str) -> tuple[str, ...]:
        """Return the words of a list that are short enough."""
        most = self.longest_word
        return LISTS[name] if most is None else tuple(word for word in LISTS[name] if len(word) <= most)

    def values(self, rows: Rows) -> pa.StringArray:
        words = iter(self._words(rows))
        pieces: list[pa.Array | str] = []
        for number, written in enumerate(_PIECE.split(self.template)):
            piece = written.removesuffix(_LOWER)
            if number % 2 == 0:
                pieces.append(written)
            elif piece == "n":
                pieces.append(texts_of(np.arange(rows.start + 1, rows.stop + 1)))
            elif piece[0] == "#":
                pieces.append(_digits(rows, number, len(piece)))
            else:
                word = next(words) if piece in LISTS else rows.texts(piece)
                pieces.append(word if piece == written else pc.utf8_lower(word))
        if self.unique and "n" not in self._names:
            pieces.append(self._again(rows))
        made = concat(*[pa.scalar(piece) if isinstance(piece, str) else piece for piece in pieces])
        if not isinstance(made, pa.Array):
            made = pa.repeat(made, rows.stop - rows.start)
        if not self.none:
            return made
        kept = nulled(self, rows, np.zeros(rows.stop - rows.start, np.int64)) == 0
        return pc.if_else(pa.array(kept), made, pa.scalar(None, pa.string()))

    def _words(self, rows: Rows) -> list[pa.StringArray]:
        lists = [pa.array(self.words_of(name), pa.string()) for name in self._lists]
        if self.unique and "n" not in self._names:
            place, chosen = self._combination(rows), []
            for words in lists:
                chosen.append(words.take(pa.array(place % len(words))))
                place = place // len(words)
            return chosen
        seen: dict[str, int] = {}
        made = []
        for name, words in zip(self._lists, lists, strict=True):
            seen[name] = seen.get(name, 0) + 1
            again = f"\0{seen[name]}" if seen[name] > 1 else ""
            bits = rows.seeds.bits(f"\0word\0{name}{again}", rows.start, rows.stop)
            made.append(words.take(pa.array(below(bits, len(words)))))
        return made

    def _combinations(self) -> int:
        return prod(len(self.words_of(name)) for name in self._lists)

    def _combination(self, rows: Rows) -> Ints:
        """Return the number of each row's combination of words: none comes twice before all have come."""
        total = self._combinations()
        size = min(_BLOCK, total)
        place = slots(rows.seeds.stream(rows.name), rows.start, rows.stop, size)
        turn = (np.arange(rows.start, rows.stop) // size * size + place) % total
        # A step that shares no factor with the number of combinations visits each of them once.
        step = next(step for step in range(int(total * 0.618) | 1, 2 * total + 2) if gcd(step, total) == 1)
        return turn * step % total

    def _again(self, rows: Rows) -> pa.StringArray:
        """Return what tells a combination from its earlier use: nothing at first, then -2, -3."""
        total = self._combinations()
        times = np.arange(rows.start, rows.stop) // total
        return pc.if_else(pa.array(times == 0), "", concat("-", texts_of(times + 1)))


def _digits(rows: Rows, place: int, digits: int) -> pa.StringArray:
    """Return random digits, the first of which may be 0."""
    made = []
    for number in range(digits):
        bits = rows.seeds.bits(f"{rows.name}\0digit\0{place}\0{number}", rows.start, rows.stop)
        made.append(texts_of(below(bits, 10)))
    return concat(*made)


@word
def text(
    template: str,
    *,
    unique: bool = False,
    none: Percent = 0,
    longest_word: Positive | None = None,
    stream: str | None = None,
) -> Text:
    """Return a word for a text: `text("{first}.{last}{n}@{org.slug}.example")`.

    Of lists, words of up to `longest_word` characters are taken.

    Example:
        Table("orgs", 40, {"name": text("{company}"), "slug": text("{word|lower}-{word|lower}", unique=True)})
        Table("users", 300, {
            "name": text("{first} {last}"),
            "email": text("{first|lower}.{last|lower}{n}@{org.slug}.example"),
            "phone": text("555-01{##}", none=40),
        })
    """
    if "{" in _PIECE.sub("", template) or "}" in _PIECE.sub("", template):
        raise UsageError(f"{template!r} has a brace without a name", "write {word}, {n}, {##} or {org.slug}")
    return Text(template=template, unique=unique, none=none, longest_word=longest_word, stream=stream)
