"""Check which words make plain values, which are the values that documents and arrays can contain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from snap.errors import UsageError
from snap_builder.declare.case import Case
from snap_builder.declare.computed import Copy, Formula
from snap_builder.declare.keys import Constant, Uuid
from snap_builder.declare.maker import Maker, SparseMaker
from snap_builder.declare.moments import Moment
from snap_builder.declare.numbers import Amount, Choice
from snap_builder.declare.pattern import Pattern
from snap_builder.declare.text import Text

_PLAIN = (Amount, Case, Choice, Constant, Copy, Formula, Moment, Pattern, Text, Uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOfWords(SparseMaker):
    """A word whose values are composed of the values of other words, its parts."""

    def functions(self) -> tuple[Callable[..., object], ...]:
        return tuple(chain.from_iterable(part.functions() for part in self.parts()))

    def files(self) -> tuple[bytes, ...]:
        return tuple(chain.from_iterable(part.files() for part in self.parts()))

    def reads(self) -> tuple[str, ...]:
        return ()

    def require_as_of(self, label: str, as_of: int) -> None:
        for part in self.parts():
            part.require_as_of(label, as_of)


def require_plain(place: str, maker: Maker, *also: type[Maker], nested: bool) -> None:
    """Raise UsageError if a word makes no plain values, unless its class is in `also`.

    `nested` says whether the word makes the elements of lists.
    """
    if nested and any(isinstance(part, Moment) and part.sessions is not None for part in maker.parts()):
        raise UsageError(
            f"{place}: sessions= groups rows, so it cannot be used for the elements of a list", "leave out sessions="
        )
    words = [word for _, word in maker.words if word is not None] if isinstance(maker, Case) else []
    for word in words:
        require_plain(place, word, *also, nested=nested)
    if not isinstance(maker, (*_PLAIN, *also)):
        raise UsageError(
            f"{place}: {maker.word()}() does not make a plain value",
            "write choice(), integer(), money(), moment(), text(), pattern(), case(), copy() or formula()",
        )
