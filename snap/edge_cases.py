"""Edge cases: named rows that a dataset makes on purpose. A manifest lists them in `edge_cases.edges`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snap.fields import Field, FieldError

_ESCAPED = re.compile(r"(?:[^\\]|\\(?:[\\tnr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5}|U0010[0-9a-f]{4}))*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A row that holds an edge case. `key` is its primary key and `values` its special values, by column and as texts.

    None in `values` is NULL.
    """

    table: str
    name: str
    key: Mapping[str, str]
    values: Mapping[str, str | None]


def edges_of(edge_cases: Mapping[str, Any] | None) -> tuple[Edge, ...]:
    """Return the edge cases that a manifest's `edge_cases` lists. Raise FieldError if an entry is not a valid one."""
    listed = Field(edge_cases or {}, "edge_cases").get("edges")
    return () if listed is None else tuple(map(_edge, listed))


def edges_json(edges: tuple[Edge, ...]) -> list[dict[str, Any]]:
    """Return edge cases in the form of a manifest: the inverse of `edges_of`."""
    return [
        {
            "table": edge.table,
            "name": edge.name,
            "key": {column: escaped(text) for column, text in edge.key.items()},
            "values": {column: None if text is None else escaped(text) for column, text in edge.values.items()},
        }
        for edge in edges
    ]


def escaped(text: str) -> str:
    r"""Return a text in printable ASCII: a backslash is `\\`, other characters are `\n`, `\xe9`, `\u05e9` …"""
    return text.encode("unicode_escape").decode("ascii")


def _edge(body: Field) -> Edge:
    return Edge(
        table=body["table"].name(),
        name=body["name"].name(),
        key={column: _unescaped(text) for column, text in body["key"].members()},
        values={column: None if text.value is None else _unescaped(text) for column, text in body["values"].members()},
    )


def _unescaped(field: Field) -> str:
    text = field.matching(_ESCAPED, "a text in ASCII whose other characters are escaped")
    if not text.isascii():
        raise field.error("a text in ASCII whose other characters are escaped")
    plain = text.encode("ascii").decode("unicode_escape")
    if "\0" in plain or any("\ud800" <= character <= "\udfff" for character in plain):
        raise FieldError(f"{field.place}: it is no text that UTF-8 and Postgres can hold")
    return plain
