"""Test that every word says what it guarantees, owns, costs and refuses, and gives an example."""

from __future__ import annotations

import pytest

from snap_builder.declare.maker import Maker
from snap_builder.reference.docstrings import HEADINGS, Word, word_of, words


@pytest.mark.parametrize("word", [pytest.param(word, id=word.name) for word in words()])
def test_a_word_lacks_no_heading_and_has_an_example(word: Word):
    wanted = f"write {', '.join(word.lacks)} into the docstring of {word.name}, or of the class that it returns"
    assert word.lacks == (), wanted
    assert word.about


class Shared(Maker):
    """A class of two words.

    Guarantees: this, and
    that. Owns: its column. Costs: one pass.
    Refuses: nothing.
    """


def bare() -> Shared:
    """Return a word."""
    return Shared()


def own() -> Shared:
    """Return a word: `own()`.

    More about it.

    Refuses: Mondays: they are long.

    Example:
        first = 1

        second = 2
    """
    return Shared()


def nothing(low: int, *more: int, high: str | None = None, **named: int) -> None:
    pass


def test_a_word_has_the_headings_of_what_it_returns():
    word = word_of("bare", bare)
    assert dict(word.sections) == dict(
        zip(HEADINGS, ["this, and that.", "its column.", "one pass.", "nothing."], strict=True)
    )
    assert word.lacks == ("Example",)


def test_its_own_headings_come_before_those_and_the_example_is_code():
    word = word_of("own", own)
    assert word.sections["Refuses"] == "Mondays: they are long."
    assert word.sections["Owns"] == "its column."
    assert word.about == ("Return a word: `own()`.", "More about it.")
    assert word.example == "first = 1\n\nsecond = 2"
    assert word.lacks == ()


def test_a_word_without_a_docstring_lacks_all():
    word = word_of("nothing", nothing)
    assert word.lacks == (*HEADINGS, "Example")
    assert word.signature == "nothing(low: int, *more: int, high: str | None = None, **named: int)"
