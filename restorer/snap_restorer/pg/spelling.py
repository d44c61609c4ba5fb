"""Normalise definitions that Postgres prints in several spellings, since it may print its own output differently.

Postgres changes two things, and each only once: `((a OR b) OR c)` becomes `(a OR b OR c)`, likewise for AND, and a cast
of an array moves to its elements: `(ARRAY[a, b])::text[]` becomes `ARRAY[(a)::text, (b)::text]`, which is how IN with
texts is printed. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from snap_restorer.pg.scanner import Unreadable, statements

Item: TypeAlias = "str | _Group"

_ENDS = {"(": ")", "[": "]"}
_CHAINS = ("OR", "AND")
_DEEPEST = 200  # open brackets; deeper text is compared as it is written
_CLAUSES = frozenset({"SELECT", "VALUES", "WITH", "CASE", "WHEN", "THEN", "ELSE", "END", ","})


class _Group(list["Item"]):
    """The tokens between two brackets. The whole text is a group without brackets."""

    def __init__(self, opening: str, items: Sequence[Item] = ()) -> None:
        super().__init__(items)
        self.opening = opening

    def flat(self) -> Iterator[str]:
        """Return the tokens, including the brackets around them."""
        yield self.opening
        for item in self:
            if isinstance(item, _Group):
                yield from item.flat()
            else:
                yield item
        yield _ENDS.get(self.opening, "")


def normal(definition: str) -> str:
    """Return a text that is equal for all spellings of a definition. Each text inside JSON is normalised too.

    Text that is no SQL is returned unchanged.
    """
    try:
        return json.dumps(_each(json.loads(definition)))
    except ValueError:
        return _normal(definition)


def _each(value: Any) -> Any:
    if isinstance(value, list):
        return [_each(item) for item in value]
    return _normal(value) if isinstance(value, str) else value


def _normal(text: str) -> str:
    try:
        tokens = [token for statement in statements(text) for token in (*statement.tokens, ";")]
        return " ".join(_settled(_grouped(tokens)).flat())
    except Unreadable:
        return text


def _grouped(tokens: Sequence[str]) -> _Group:
    """Return the tokens as a tree. Errors: Unreadable if a bracket is unmatched or nested too deep."""
    open_groups = [_Group("")]
    for token in tokens:
        if len(open_groups) > _DEEPEST:
            raise Unreadable("too many brackets are open", 1)
        if token in _ENDS:
            group = _Group(token)
            open_groups[-1].append(group)
            open_groups.append(group)
        elif token in _ENDS.values():
            if _ENDS.get(open_groups.pop().opening) != token:
                raise Unreadable(f"{token} closes nothing", 1)
        else:
            open_groups[-1].append(token)
    if len(open_groups) != 1:
        raise Unreadable(f"{open_groups[-1].opening} is never closed", 1)
    return open_groups[0]


def _settled(group: _Group) -> _Group:
    settled = _Group(group.opening, [_settled(item) if isinstance(item, _Group) else item for item in group])
    return _chained(_cast(settled))


def _chained(group: _Group) -> _Group:
    """Remove the brackets around a chain of OR, or of AND, that is part of a longer chain of the same kind."""
    items: list[Item] = []
    for place, item in enumerate(group):
        chain = _chain(item)
        around = [group[place - 1] if place else ",", group[place + 1] if place + 1 < len(group) else ","]
        if chain and chain in around and all(neighbour in {chain, ","} for neighbour in map(_word, around)):
            assert isinstance(item, _Group)
            items.extend(item)
        else:
            items.append(item)
    return _Group(group.opening, items)


def _chain(item: Item) -> str | None:
    """Return OR or AND if an item is a chain in brackets that is joined only by that word."""
    if not isinstance(item, _Group) or item.opening != "(":
        return None
    words = {part for part in item if isinstance(part, str)}
    links = [word for word in _CHAINS if word in words]
    return links[0] if len(links) == 1 and not words & _CLAUSES else None


def _word(item: Item) -> str:
    return item if isinstance(item, str) else item.opening


def _cast(group: _Group) -> _Group:
    """Replace the cast of an array by casts of its elements."""
    items: list[Item] = []
    place = 0
    while place < len(group):
        inner = group[place]
        named = _cast_type(group, place + 1) if isinstance(inner, _Group) else ()
        if named and isinstance(inner, _Group):
            elements: _Group | None = None
            if inner.opening == "(" and len(inner) == 2 and inner[0] == "ARRAY" and isinstance(inner[1], _Group):
                elements, bracketed = inner[1], True
                items.append("ARRAY")
            elif inner.opening == "[" and items and items[-1] == "ARRAY":
                elements, bracketed = inner, False
            if elements is not None:
                items.append(_cast_elements(elements, named, bracketed=bracketed))
                place += 1 + 2 + len(named) + 1  # the array, ::, the type, its []
                continue
        items.append(inner)
        place += 1
    return _Group(group.opening, items)


def _cast_type(group: _Group, place: int) -> tuple[Item, ...]:
    """Return the element type if a cast to an array type begins at `place`, else an empty sequence."""
    if group[place : place + 2] != [":", ":"]:
        return ()
    for end in range(place + 2, len(group)):
        item = group[end]
        if isinstance(item, _Group):
            if item.opening == "[":
                return tuple(group[place + 2 : end]) if not item else ()
        elif item in _ENDS.values() or not (item == "." or item[0] == '"' or item[0] == "_" or item[0].isalpha()):
            return ()
    return ()


def _cast_elements(elements: _Group, named: Sequence[Item], *, bracketed: bool) -> _Group:
    moved, element = _Group("["), _Group("(")
    for item in (*elements, ","):
        if item != ",":
            element.append(item)
            continue
        moved.extend([*([element] if bracketed else element), ":", ":", *named, ","])
        element = _Group("(")
    del moved[-1]
    return moved
