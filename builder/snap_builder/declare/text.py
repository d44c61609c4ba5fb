"""The word for texts: templates over word lists, other columns, and the row's number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from math import gcd, prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.errors import UsageError
from snap.types import Logical
from snap_builder.declare.checked import Percent, Positive, word
from snap_builder.declare.localised import pools_of, require_locales
from snap_builder.declare.maker import TEXTS, Place, Rows, SparseMaker, refuse
from snap_builder.declare.numbers import nulled
from snap_builder.engine.blocks import slots
from snap_builder.engine.columns import concat, only, texts_of
from snap_builder.engine.streams import Ints, below
from snap_builder.words import locales
from snap_builder.words.folding import FORMS
from snap_builder.words.lists import LISTS

_FORM_NAMES = "|".join(form for form in FORMS if form)
_PIECE = re.compile(rf"\{{([a-z_][a-z0-9_.]*(?:\|(?:{_FORM_NAMES}))?|#+)\}}")
_FORM = re.compile(rf"\{{[a-z_][a-z0-9_.]*\|(?!(?:{_FORM_NAMES})\}})([^{{}}]*)\}}")
_LOCALE = re.compile("[a-z]{2}[_-][A-Z]{2}")
_BLOCK = 1 << 16  # combinations are taken in a random order, in blocks of so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(SparseMaker):
    """A text from a template: `{first}` is a word of a list, `{n}` the row's number, `{org.slug}` another text.

    Guarantees: a word of a list is the same in all texts of a row that have the same locale, so that a name, an e-mail
    address, a city and a phone number agree. With `unique`, no text occurs twice. Owns: its column. Costs: one pass;
    for a parent's text, the texts of all parents. Refuses: a word that no list has, a text that is too long for its
    column, and a locale that has no names.
    """

    fits = (*TEXTS, Logical.BYTES)

    template: str
    unique: bool = False
    longest_word: int | None = None
    locale: str | None = None

    def waits(self) -> tuple[str, ...]:
        return self.reads() if self.locale_path is None else (*self.reads(), self.locale_path)

    @property
    def locale_path(self) -> str | None:
        """The path of the column that names the locale, or None if all rows have the same locale or none."""
        return None if self.locale is None or self.locale.lower() in locales.names() else self.locale

    def reads(self) -> tuple[str, ...]:
        return tuple(name for name in self._names if name != "n" and name[0] != "#" and not self._listed(name))

    def _listed(self, name: str) -> bool:
        """Return whether a name in the template is the name of a word list, and not of a column."""
        return name in LISTS or (self.locale is not None and name in locales.WORDS)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._pieces)

    @property
    def _pieces(self) -> tuple[tuple[str, str], ...]:
        """The names in the template's braces, each with its form: `{first|lower}` is the name first, form lower."""
        return tuple(tuple(f"{piece}|".split("|")[:2]) for piece in _PIECE.findall(self.template))  # type: ignore[misc]

    @property
    def _lists(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, form) for name, form in self._pieces if self._listed(name))

    def require(self, place: Place) -> None:
        room = place.column.type.length
        if room is not None and self.longest(place.rows) > room:
            raise refuse(
                place,
                f"texts of up to {self.longest(place.rows)} characters do not fit into {place.column.type.pg}",
                "take fewer words, a shorter list or a shorter text",
            )
        if self.unique and "n" not in self._names and any(name[0] == "#" for name in self._names):
            raise refuse(
                place,
                f"random digits of {self.template!r} may repeat, but the texts have to be unique",
                "add {n}, the row's number",
            )
        if self.unique and "n" not in self._names and not self._lists:
            raise refuse(
                place,
                f"{self.template!r} is the same text in every row, but the texts have to be unique",
                "add {n}, the row's number",
            )
        if self.unique and "n" not in self._names and not self._countable:
            raise refuse(
                place,
                f"words of {self.template!r} may repeat, but the texts have to be unique",
                "add {n}, the row's number",
            )

    @property
    def _countable(self) -> bool:
        """Whether the listed words differ in their forms too, and come from the same lists in all rows."""
        if self.locale is not None and any(name in locales.WORDS for name, _ in self._lists):
            return False
        return all(len(self._formed(*each).unique()) == len(self.words_of(each[0])) for each in self._lists)

    def in_lower_case(self) -> Text:
        """Return a word for the same texts in lower case. Texts of other columns stay as they are."""
        parts = _PIECE.split(self.template)
        for place, part in enumerate(parts):
            name, _, form = part.partition("|")
            if place % 2 == 0:
                parts[place] = part.lower()
            else:
                parts[place] = "{" + (f"{name}|lower" if self._listed(name) and not form else part) + "}"
        return replace(self, template="".join(parts))

    def longest(self, rows: int) -> int:
        """Return the length of the longest text in so many rows, without the texts of other columns."""
        lengths = [len(_PIECE.sub("", self.template))]
        for name, form in self._pieces:
            if self._listed(name):
                listed = pc.max(pc.utf8_length(self._formed(name, form))).as_py() if name in LISTS else 0
                own = self.locale is not None and name in locales.WORDS
                lengths.append(max(listed or 0, locales.longest(name, form, self.locale or "") if own else 0))
            elif name == "n" or name[0] == "#":
                lengths.append(len(str(rows)) if name == "n" else len(name))
        return sum(lengths)

    def shortest(self) -> int:
        """Return a lower bound of the length of a text, without the texts of other columns."""
        lengths = [len(_PIECE.sub("", self.template))]
        for name, form in self._pieces:
            if name in LISTS and self.locale is None:
                lengths.append(pc.min(pc.utf8_length(self._formed(name, form))).as_py())
            elif name == "n" or name[0] == "#":
                lengths.append(1 if name == "n" else len(name))
        return sum(lengths)

    def examples(self, rows: int) -> Iterator[str]:
        """Yield a text for each word of the longest list, the first with row number 1, the others with `rows`.

        The template has neither random digits nor texts of other columns.
        """
        parts = _PIECE.split(self.template)
        pools = [self._formed(*each).to_pylist() for each in self._lists]
        for place in range(max((len(pool) for pool in pools), default=2)):
            words = (pool[place % len(pool)] for pool in pools)
            number = str(rows if place else 1)
            yield "".join(
                part if even else number if part == "n" else next(words)
                for part, even in zip(parts, cycle((True, False)), strict=False)
            )

    def words_of(self, name: str) -> tuple[str, ...]:
        """Return the words of a list that are short enough for `longest_word`."""
        most = self.longest_word
        return LISTS[name] if most is None else tuple(word for word in LISTS[name] if len(word) <= most)

    def _formed(self, name: str, form: str) -> pa.StringArray:
        return FORMS[form](pa.array(self.words_of(name), pa.string()))

    def values(self, rows: Rows) -> pa.StringArray:
        words = iter(self._words(rows))
        pieces: list[pa.Array | str] = []
        for number, written in enumerate(_PIECE.split(self.template)):
            piece, _, form = written.partition("|")
            if number % 2 == 0:
                pieces.append(written)
            elif piece == "n":
                pieces.append(texts_of(np.arange(rows.start + 1, rows.stop + 1)))
            elif piece[0] == "#":
                pieces.append(_digits(rows, number, len(piece)))
            else:
                pieces.append(next(words) if self._listed(piece) else FORMS[form](rows.texts(piece)))
        if self.unique and "n" not in self._names:
            pieces.append(self._again(rows))
        made = concat(*[pa.scalar(piece) if isinstance(piece, str) else piece for piece in pieces])
        if not isinstance(made, pa.Array):
            made = pa.repeat(made, rows.stop - rows.start)
        if not self.none:
            return made
        kept = nulled(self, rows, np.zeros(rows.stop - rows.start, np.int64)) == 0
        return only(made, kept)

    def _words(self, rows: Rows) -> list[pa.StringArray]:
        if self.unique and "n" not in self._names:
            place, chosen = self._combination(rows), []
            for words in (self._formed(*each) for each in self._lists):
                chosen.append(words.take(pa.array(place % len(words))))
                place = place // len(words)
            return chosen
        pools = None if self.locale is None else pools_of(rows, self.locale, self.locale_path)
        seen: dict[str, int] = {}
        made = []
        for name, form in self._lists:
            seen[name] = seen.get(name, 0) + 1
            stream = f"\0word\0{name}" + (f"\0{seen[name]}" if seen[name] > 1 else "")
            if pools is not None and name in locales.WORDS:
                made.append(pools.words(rows, name, form, stream))
                continue
            words = self._formed(name, form)
            bits = rows.seeds.bits(stream, rows.start, rows.stop)
            made.append(words.take(pa.array(below(bits, len(words)))))
        return made

    def _combinations(self) -> int:
        return prod(len(self.words_of(name)) for name, _ in self._lists)

    def _combination(self, rows: Rows) -> Ints:
        """Return the number of each row's combination of words. No combination repeats before all have occurred."""
        total = self._combinations()
        size = min(_BLOCK, total)
        place = slots(rows.seeds.stream(rows.name), rows.start, rows.stop, size)
        turn = (np.arange(rows.start, rows.stop) // size * size + place) % total
        # A step that has no common factor with the number of combinations visits each of them once.
        step = next(step for step in range(int(total * 0.618) | 1, 2 * total + 2) if gcd(step, total) == 1)
        return turn * step % total

    def _again(self, rows: Rows) -> pa.StringArray:
        """Return a suffix that distinguishes repeated combinations: empty at first, then -2, -3."""
        total = self._combinations()
        times = np.arange(rows.start, rows.stop) // total
        return pc.if_else(pa.array(times == 0), "", concat("-", texts_of(times + 1)))


def _digits(rows: Rows, place: int, digits: int) -> pa.StringArray:
    """Return random digits for each row. The first digit may be 0."""
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
    locale: str | None = None,
    stream: str | None = None,
) -> Text:
    """Return a word for a text: `text("{first}.{last}{n}@{org.slug}.example")`.

    `{first}` is a word of a list, `{n}` the row's number, `{##}` two digits, `{email}` another column. `{first|lower}`
    is the word in lower case, `{first|ascii}` its letters and digits without accents, as in an e-mail address, and
    `{name|slug}` the same with hyphens between words. With `longest_word`, lists give only words of up to so many
    characters.

    With `locale`, the words `{first}`, `{last}`, `{city}`, `{country}` and `{phone}` come from one locale: `"de_DE"`,
    or the one that a column names, also a parent's (`locale="org.country"`). The column has locales, countries or
    country codes. Where it is NULL, the words come from the lists without a locale.

    Example:
        Table("orgs", 40, {"name": text("{company}"), "slug": text("{word|lower}-{word|lower}", unique=True)})
        Table("users", 300, {
            "region": choice(DE=3, FR=2, BR=2, US=3),
            "name": text("{first} {last}", locale="region"),
            "email": text("{first|ascii}.{last|ascii}{n}@{org.slug}.example", locale="region"),
            "phone": text("{phone}", locale="region", none=40),
        })
    """
    if wrong := _FORM.search(template):
        known = _FORM_NAMES.replace("|", ", ")
        raise UsageError(f"{template!r}: a word has no form {wrong[1]!r}", f"the forms are: {known}")
    if "{" in _PIECE.sub("", template) or "}" in _PIECE.sub("", template):
        raise UsageError(f"{template!r} has a brace without a name", "write {word}, {n}, {##} or {org.slug}")
    if locale is not None and _LOCALE.fullmatch(locale):
        require_locales([locale])
    if locale is not None and longest_word is not None:
        raise UsageError("text() has both longest_word= and locale=", "leave one of them out")
    return Text(template=template, unique=unique, none=none, longest_word=longest_word, locale=locale, stream=stream)
