"""The titles, slugs and descriptions of recipes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.choosing import slices
from snap_builder.datasets.worldchef.documents import ended, forms, part_forms
from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.programs import SLOTS, spoken_name
from snap_builder.datasets.worldchef.records import Phrase
from snap_builder.datasets.worldchef.suiting import has
from snap_builder.datasets.worldchef.tables import Ragged, ragged
from snap_builder.datasets.worldchef.vocabulary import DIETS, DIFFICULTIES, KINDS, LANGUAGES, MEALS, wording
from snap_builder.engine import columns
from snap_builder.engine.streams import Bits, Ints, below, chance
from snap_builder.engine.templates import Program, Programs

if TYPE_CHECKING:
    from snap_builder.datasets.worldchef.draws import Rows
    from snap_builder.datasets.worldchef.recipes import Recipes

_FACTS = (
    *("quick", "slow", "short", "meatless", "table", "crowd", "component"),
    *("servings_1", "servings_2", "servings_3", "servings_4"),
    *DIETS,
    *MEALS,
    *DIFFICULTIES,
)
_BIT = {name: 1 << bit for bit, name in enumerate(_FACTS)}
_NUMBERS = {"minutes": 0, "servings": 1, "food": 2, "lines": 3, "steps": 4}  # the variables of a phrase
_PLAIN = 40  # percent of titles without a frame
_NAMED = 75  # percent of recipes with a component whose title names one
_BRIEF = 5  # percent of descriptions without a second sentence
_TRIES = 8  # phrases that are drawn for a recipe; the first that holds is used
_LOW = np.uint64(32)
_EMPTY: Program = ()  # program 0
_COMMON = frozenset(
    {"s", "the", "a", "an", "and", "with", "of", "for", "to", "in", "my", "on", "from", "de", "la", "con"}
)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases of all languages, with the facts and kinds that they need. Programs lie from `before` and `after` on."""

    of_language: Ragged
    before: int
    after: int
    facts: Ints
    kinds: Ints
    component: NDArray[np.bool_]  # whether a component's name stands between the two programs


@dataclass(frozen=True, slots=True)
class _Book:
    """All programs of titles and descriptions, by number."""

    programs: Programs
    titles: Ragged
    descriptions: Ragged
    names: int  # of components, in titles
    spoken: int  # of components, in sentences
    joins: Ints  # of each title: (before, after the component's name)
    joinable: NDArray[np.bool_]  # (titles, components)
    frames: _Phrases
    remarks: _Phrases
    fits: NDArray[np.bool_]  # (titles, frames)
    kind: Ints  # of dishes, as a bit
    space: int


@cache
def _book() -> _Book:
    kit = kitchen()
    writer, programs = kit.writer, [_EMPTY]

    def add(*some: Program) -> int:
        programs.extend(some)
        return len(programs) - len(some)

    texts = [text for dish in kit.dishes for text in dish.titles]
    titles = [[add(writer.title(dish, text)) for text in dish.titles] for dish in kit.dishes]
    joined = [_joined(dish.language, text) for dish in kit.dishes for text in dish.titles]
    pieces: dict[str, int] = {text: add(writer.phrase(text, {}, "en")) for pair in joined for text in pair}
    descriptions = [[add(writer.sentence(dish, text)) for text in dish.descriptions] for dish in kit.dishes]
    names = [writer.title(component, component.name) for component in kit.components]
    spoken = [writer.sentence(component, spoken_name(component)) for component in kit.components]

    def phrases(kinds: str, hole: str) -> tuple[_Phrases, list[Phrase]]:
        groups = [getattr(wording(language), kinds) for language in LANGUAGES]
        flat = [(language, phrase) for language, group in zip(LANGUAGES, groups, strict=True) for phrase in group]
        halves = [(language, *_halves(phrase.text, hole)) for language, phrase in flat]
        numbers = iter(range(len(flat)))
        some = [phrase for _, phrase in flat]
        made = _Phrases(
            of_language=ragged([[next(numbers) for _ in group] for group in groups]),
            before=add(*(writer.phrase(before, _NUMBERS, language) for language, before, _ in halves)),
            after=add(*(writer.phrase(after, _NUMBERS, language) for language, _, after in halves)),
            facts=np.array([_facts(phrase) for phrase in some], np.int64),
            kinds=np.array([_kinds(phrase) for phrase in some], np.int64),
            component=np.array(["{component}" in phrase.text for phrase in some], np.bool_),
        )
        return made, some

    frames, framing = phrases("frames", "{title}")
    remarks, _ = phrases("remarks", "{component}")
    return _Book(
        titles=ragged(titles),
        descriptions=ragged(descriptions),
        names=add(*names),
        spoken=add(*spoken),
        joins=np.array([[pieces[before], pieces[after]] for before, after in joined]),
        joinable=_joinable(texts, [component.name for component in kit.components]),
        frames=frames,
        remarks=remarks,
        fits=_fits(texts, framing),
        kind=np.array([1 << KINDS.index(dish.kind) if dish.kind else 0 for dish in kit.dishes]),
        space=add(writer.phrase(" ", {}, "en")),
        programs=Programs(writer.pool, programs),
    )


def _halves(text: str, hole: str) -> tuple[str, str]:
    before, _, after = text.partition(hole)
    return before, after


def _joined(language: str, title: str) -> tuple[str, str]:
    """Return the texts before and after the name of a component that follows a title."""
    words, said = wording(language), f" {title.lower()} "
    number = 0
    if any(word in said for word in words.with_words):
        number = 2 if any(word in said for word in words.and_words) else 1
    return _halves(words.joins[number].removeprefix("{title}"), "{component}")


def _joinable(titles: Sequence[str], names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which titles may name which components, of shape (titles, names).

    They share no word, and the name has no "with" or "and".
    """
    joins = [any(word in name for word in (" with ", " con ", " avec ", " and ")) for name in names]
    return _disjoint(titles, names) & ~np.array(joins)


def _facts(phrase: Phrase) -> int:
    """Return the facts that a phrase needs, as bits. Errors: ValueError for another word in `when`."""
    unknown = set(phrase.when) - set(_FACTS) - set(KINDS)
    if unknown:
        raise ValueError(f"{phrase.text!r} asks for {', '.join(sorted(unknown))}, which no recipe is")
    asked = set(phrase.when) | ({"component"} if "{component}" in phrase.text else set())
    return sum(_BIT[name] for name in asked if name in _BIT)


def _kinds(phrase: Phrase) -> int:
    found = sum(1 << KINDS.index(name) for name in phrase.when if name in KINDS)
    return found or (1 << len(KINDS)) - 1


def _fits(titles: Sequence[str], frames: Sequence[Phrase]) -> NDArray[np.bool_]:
    """Return which frames fit which titles, of shape (titles, frames).

    They share no word, and the title has no word of `avoid`.
    """
    fits = _disjoint(titles, [frame.text.replace("{title}", " ") for frame in frames])
    for t, title in enumerate(titles):
        said, possessive = title.lower(), "'s " in title
        for f, frame in enumerate(frames):
            if (possessive and "'s " in frame.text) or any(word in said for word in frame.avoid):
                fits[t, f] = False
    return fits


def _disjoint(titles: Sequence[str], others: Sequence[str]) -> NDArray[np.bool_]:
    """Return which titles and other texts have no word in common, of shape (titles, others)."""
    words = [_words(text) for text in others]
    return np.array([[own.isdisjoint(each) for each in words] for own in map(_words, titles)])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - _COMMON


class Told:
    """Facts about recipes that phrases need, and the component that texts name."""

    def __init__(self, rows: Rows, recipes: Recipes) -> None:
        kit, made = kitchen(), recipes.made
        self.dish, self.language = made.dish, kit.language[made.dish]
        self.form = forms(made)
        self.row = np.arange(len(made.dish))
        there = made.parts[:, 1:] >= 0
        count = there.sum(axis=1)
        bits = rows.bits("component_named")
        nth = below(bits, np.maximum(count, 1))
        turn = np.where(there, np.cumsum(there, axis=1) - 1, -1)
        place = 1 + (turn == nth[:, None]).argmax(axis=1)
        self.beside = np.where(count > 0, made.parts[self.row, place] - len(kit.dishes), -1)
        self.beside_form = part_forms(self.form, self.row, place)
        self.named = (count > 0) & chance(bits << _LOW, _NAMED)
        minutes = made.prep + made.cook
        self.numbers: Ints = np.zeros((len(self.dish), SLOTS), np.int64)
        telling = kit.telling.choose(self.dish, rows.bits("food_named"))
        for name, values in {
            "minutes": np.minimum(minutes, 1999),
            "servings": made.servings,
            "food": self.form[self.row, telling],
            "lines": made.lines,
            "steps": made.steps,
        }.items():
            self.numbers[:, _NUMBERS[name]] = values
        holds = {
            "quick": minutes <= 30,
            "slow": minutes >= 120,
            "short": made.lines <= 7,
            "meatless": ~has(recipes.held, "flesh"),
            "table": (made.servings >= 2) & (made.servings <= 8),
            "crowd": made.servings >= 8,
            "component": count > 0,
            **{f"servings_{number}": made.servings == number for number in range(1, 5)},
            **{name: (recipes.tags >> bit) & 1 == 1 for bit, name in enumerate(DIETS)},
            **{name: recipes.meal == place for place, name in enumerate(MEALS)},
            **{name: recipes.difficulty == place for place, name in enumerate(DIFFICULTIES)},
        }
        self.facts = sum(values.astype(np.int64) * _BIT[name] for name, values in holds.items())
        self.kind = _book().kind[self.dish]

    def phrase(self, phrases: _Phrases, bits: Bits, fits: NDArray[np.bool_] | None, title: Ints) -> Ints:
        """Return the first phrase drawn that holds for each recipe; -1 where none does."""
        found = np.full(len(self.dish), -1, np.int64)
        empty = phrases.of_language.counts[self.language] == 0
        for number in range(_TRIES):
            one = phrases.of_language.choose(self.language, bits[:, number])
            holds = ~empty & ((phrases.facts[one] & ~self.facts) == 0) & ((phrases.kinds[one] & self.kind) != 0)
            if fits is not None:
                holds &= fits[title - 1, one]
            found = np.where((found < 0) & holds, one, found)
        return found


def _together(pieces: Sequence[tuple[Ints, Ints]]) -> pa.StringArray:
    """Return texts of pieces: of each piece the programs and their variables of shape (rows, SLOTS)."""
    made = []
    for start, stop in slices(len(pieces[0][0])):
        which = np.stack([programs[start:stop] for programs, _ in pieces], axis=1).ravel()
        variables = np.stack([values[start:stop] for _, values in pieces], axis=1).reshape(-1, SLOTS)
        texts = _book().programs.render(which, variables)
        made.append(ended(texts, np.arange(1, stop - start + 1) * len(pieces)))
    return pa.concat_arrays(made)


def titles(rows: Rows, told: Told) -> pa.StringArray:
    """Return titles: a dish with its foods, in some with a component, in some with a phrase around them."""
    book = _book()
    title = book.titles.choose(told.dish, rows.bits("title"))
    frame = told.phrase(book.frames, rows.wide("frame", _TRIES), book.fits, title)
    frame = np.where(chance(rows.bits("framed"), _PLAIN), -1, frame)
    main, empty = told.form[:, :SLOTS], 0
    named = told.named & book.joinable[title - 1, told.beside]
    joins = np.where(named[:, None], book.joins[title - 1], empty)
    return _together(
        [
            (np.where(frame >= 0, book.frames.before + frame, empty), main),
            (title, main),
            (joins[:, 0], main),
            (np.where(named, book.names + told.beside, empty), told.beside_form),
            (joins[:, 1], main),
            (np.where(frame >= 0, book.frames.after + frame, empty), main),
        ]
    )


def descriptions(rows: Rows, told: Told) -> pa.StringArray:
    """Return descriptions: a sentence about the dish, and mostly a second one about this recipe."""
    book = _book()
    text = book.descriptions.choose(told.dish, rows.bits("description"))
    remark = told.phrase(book.remarks, rows.wide("remark", _TRIES), None, text)
    remark = np.where(chance(rows.bits("remarked"), _BRIEF), -1, remark)
    main, empty = told.form[:, :SLOTS], 0
    named = (remark >= 0) & book.remarks.component[remark]
    return _together(
        [
            (text, main),
            (np.where((remark >= 0) & (told.language != LANGUAGES.index("ja")), book.space, empty), main),
            (np.where(remark >= 0, book.remarks.before + remark, empty), told.numbers),
            (np.where(named, book.spoken + told.beside, empty), told.beside_form),
            (np.where(remark >= 0, book.remarks.after + remark, empty), told.numbers),
        ]
    )


def slugs(title: pa.StringArray, start: int, dish: Ints) -> pa.StringArray:
    """Return slugs: titles as they stand in an address, with a suffix that no other row has.

    A title without Latin letters has its dish's id instead.
    """
    plain = pc.replace_substring_regex(pc.utf8_normalize(pc.utf8_lower(title), "NFKD"), r"\pM+", "")
    dashed = pc.utf8_trim(pc.replace_substring_regex(plain, "[^a-z0-9]+", "-"), "-")
    ids = pa.array([each.id for each in kitchen().dishes]).take(pa.array(dish))
    dashed = pc.if_else(pc.less(pc.utf8_length(dashed), 4), ids, dashed)
    rows = np.arange(start, start + len(title), dtype=np.uint64)
    # An odd factor permutes the numbers below 2**32: suffixes look random and never repeat.
    suffix = columns.hex_digits((rows * np.uint64(2_654_435_761)) & np.uint64(0xFFFFFFFF), 8)
    return columns.concat(dashed, pa.scalar("-"), suffix)
