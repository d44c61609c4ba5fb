"""Find columns that look personal, by their names and types. personal.toml lists the words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from snap.schema import Column, Table
from snap.types import Logical

_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_INTERNET = ("inet", "cidr", "macaddr", "macaddr8")
_IDENTIFIERS = {"id", "ids", "key", "no", "nr", "number", "ref"}
_KINDS = {
    "text": (Logical.STRING, Logical.TEXT),
    "number": (Logical.INT16, Logical.INT32, Logical.INT64, Logical.DECIMAL),
    "date": (Logical.DATE, Logical.TIMESTAMP, Logical.TIMESTAMPTZ),
    "json": (Logical.JSON, Logical.JSONB),
    "bytes": (Logical.BYTES,),
    "uuid": (Logical.UUID,),
    "inet": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalColumn:
    """A column that looks personal. `kind` says why, such as e-mail or birth date."""

    table: Table
    column: Column
    kind: str

    @property
    def name(self) -> tuple[str, str, str]:
        """The names of the schema, the table and the column."""
        return self.table.schema, self.table.name, self.column.name

    @property
    def label(self) -> str:
        """The column's name in the form that --mask takes."""
        name = self.column.name
        quoted = '"' + name.replace('"', '""') + '"' if set('."') & set(name) else name
        return f"{self.table.label}.{quoted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    name: str
    types: tuple[str, ...]
    words: frozenset[str]
    in_tables_of_people: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    kinds: tuple[_Kind, ...]
    people: frozenset[str]
    roles: frozenset[str]
    other: frozenset[str]


def unmasked(tables: Iterable[Table], masks: Iterable[str]) -> Iterator[PersonalColumn]:
    """Yield the columns that look personal and that `masks` (in the form of --mask) do not name."""
    from snap_restorer.live.mask import name_parts  # noqa: PLC0415

    masked = {tuple(name_parts(mask)) for mask in masks}
    masked |= {("public", *parts) for parts in masked if len(parts) == 2}
    for each in personal_columns(tables):
        if each.name not in masked:
            yield each


def personal_columns(tables: Iterable[Table]) -> Iterator[PersonalColumn]:
    """Yield the columns that look personal. Columns of foreign keys are left out."""
    words = _words()
    for table in tables:
        parts = _split(table.name)
        people = len(parts) in _matches(parts, words.people)
        keys = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            kind = None if column.name in keys else _kind(column, words, people=people)
            if kind is not None:
                yield PersonalColumn(table=table, column=column, kind=kind)


def names_person(column: str) -> bool:
    """Return whether a column's name refers to a person or a person's role: created_by, assignee, author."""
    return bool(_ends_of_people(_split(column)))


def identifies_person(column: str) -> bool:
    """Return whether numbers in a column of this name identify people: created_by, author_id, customer_no."""
    parts = _split(column)
    return any(_IDENTIFIERS.issuperset(parts[end:]) for end in _ends_of_people(parts))


def _ends_of_people(parts: list[str]) -> list[int]:
    """Return the end positions of words for people and for the roles of people."""
    words = _words()
    return [*_matches(parts, words.people), *(end for end, part in enumerate(parts, 1) if part in words.roles)]


def _kind(column: Column, words: _Words, *, people: bool) -> str | None:
    shape, parts = _shape(column), _split(column.name)
    if shape == "inet":
        return "IP address"
    for kind in words.kinds:
        if shape not in kind.types:
            continue
        ends = _matches(parts, kind.words)
        if people:
            ends += _matches(parts, kind.in_tables_of_people) if len(parts) == 1 else []
        if any(words.other.isdisjoint(parts[end:]) for end in ends):
            return kind.name
    return None


def _shape(column: Column) -> str | None:
    """Return the kind of a column's type, for a list the kind of its items."""
    item = column.type.scalar
    if item.pg.split("(")[0] in _INTERNET:
        return "inet"
    return next((name for name, logical in _KINDS.items() if item.logical in logical), None)


def _split(name: str) -> list[str]:
    """Return the words of a name in lower case and without accents. userEmail and USER_E-MAIL have several words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", _HUMP.sub(" ", name)) if not unicodedata.combining(c))
    return _WORD.findall(bare.casefold().replace("ł", "l").replace("ø", "o").replace("ı", "i"))


def _matches(parts: list[str], known: Container[str]) -> list[int]:
    """Return the end positions of runs of words that form a known word when they are joined."""
    return [
        end
        for start in range(len(parts))
        for end in range(start + 1, len(parts) + 1)
        if "".join(parts[start:end]) in known
    ]


@cache
def _words() -> _Words:
    document = tomllib.loads(files("snap_cli").joinpath("personal.toml").read_text("utf-8"))
    other, people, roles = (frozenset(document.pop(name).split()) for name in ("other", "people", "roles"))
    kinds = tuple(_read(name, kind) for name, kind in document.items())
    return _Words(kinds=kinds, people=people, roles=roles, other=other)


def _read(name: str, kind: dict[str, Any]) -> _Kind:
    return _Kind(
        name=name,
        types=tuple(kind["types"]),
        words=frozenset(kind["words"].split()),
        in_tables_of_people=frozenset(kind.get("in_tables_of_people", "").split()),
    )
