"""Infer the makers of text columns: by a CHECK's regular expression, by a DEFAULT, by name, by type."""

from __future__ import annotations

import re

from snap.types import Type
from snap_builder.declare import pattern, text
from snap_builder.declare.maker import Maker
from snap_builder.declare.text import Text
from snap_builder.infer import names
from snap_builder.infer.checks import Bounds, without_alternatives
from snap_builder.infer.defaults import text_by_default

# Templates of unique texts, for unique columns with a regular expression.
_NUMBERED = ("a{n}", "A{n}", "{n}", "a-{n}", "user{n}@mail.example", "https://www.mail.example/{n}", "/{n}")


def matching(name: str, kind: Type, table: str, bounds: Bounds, *, rows: int, unique: bool) -> tuple[Maker, str]:
    """Return a word for texts that match the regular expression of a CHECK, and how it was recognised.

    The texts that the column's name asks for are taken if all of them match.
    """
    regex, room = bounds.pattern or "", _room(kind, bounds)
    found = names.text_for(name, table, room=room, rows=rows, unique=unique, at_least=bounds.shortest)
    if found is not None and found[1] and _match(regex, found[0], rows):
        return found[0], "name"
    numbered = _numbered(regex, kind.length, rows) if unique else None
    return numbered or pattern(without_alternatives(regex)).made_for(kind), "constraint"


def free(name: str, kind: Type, table: str, bounds: Bounds, *, rows: int, default: str | None) -> tuple[Maker, str]:
    """Return a word for texts without a regular expression: by the form of the DEFAULT, by name or by type."""
    room = _room(kind, bounds)
    formed = default and text_by_default(default, room=room, rows=rows, at_least=bounds.shortest)
    if formed:
        return formed, "default"
    chosen = names.choice_for(name, room=room)
    if chosen is not None and all(len(str(value)) >= bounds.shortest for value in chosen.choices or ()):
        return chosen, "name"
    found = names.text_for(name, table, room=room, rows=rows, unique=False, at_least=bounds.shortest)
    if found is None and bounds.shortest > 1:
        return text("{" + "#" * bounds.shortest + "}"), "constraint"
    if found is None:
        return text("{" + "#" * (room or 1) + "}"), "type"
    return found[0], "name" if found[1] else "type"


def _match(regex: str, made: Text, rows: int) -> bool:
    """Return whether texts match a regular expression, each word and row number too; false for random digits."""
    return "#" not in made.template and all(re.search(regex, each) for each in made.examples(rows))


def _room(kind: Type, bounds: Bounds) -> int | None:
    """Return the most characters that a text may have, or None if nothing limits it."""
    return min((length for length in (kind.length, bounds.longest) if length is not None), default=None)


def _numbered(regex: str, room: int | None, rows: int) -> Maker | None:
    """Return a text with the row's number in it, if one of a few templates matches the regular expression."""
    for form in _NUMBERED:
        longest = form.format(n=rows)
        fits = room is None or len(longest) <= room
        if fits and all(re.search(regex, each) for each in (form.format(n=1), longest)):
            return text(form)
    return None
