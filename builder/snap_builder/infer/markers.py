"""Find the columns that decide whether a row belongs to a partial unique index, in the index's condition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from snap_builder.infer.checks import conditions

_COLUMN = r"\"?(?P<column>[A-Za-z_][\w$]*)\"?"
_TRUE = re.compile(rf"{_COLUMN}(?: = true| IS TRUE)?")
_FALSE = re.compile(rf"(?:NOT {_COLUMN})")
_IS_FALSE = re.compile(rf"{_COLUMN} (?:= false|IS (?:FALSE|NOT TRUE))")
_EQUAL = re.compile(rf"{_COLUMN} = (?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+))")
_AMONG = re.compile(rf"{_COLUMN} = ANY \(?ARRAY\[(?P<texts>'(?:[^']|'')*'(?:, '(?:[^']|'')*')*)\]\)?")
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NULL = re.compile(rf"{_COLUMN} IS (?P<some>NOT )?NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A column that decides whether a row belongs to a partial index.

    Rows belong to the index if the column equals `value`, or one of the values `among`. If `null` is True or False,
    they belong if the column is NULL or is not NULL.
    """

    column: str
    value: object = None
    among: tuple[str, ...] = ()
    null: bool | None = None


def markers(condition: str) -> list[Marker]:
    """Return the columns that a condition compares with one value or with NULL."""
    found = []
    for part in conditions(condition):
        if match := _NULL.fullmatch(part):
            found.append(Marker(column=match["column"], null=match["some"] is None))
        elif match := _FALSE.fullmatch(part) or _IS_FALSE.fullmatch(part):
            found.append(Marker(column=match["column"], value=False))
        elif match := _EQUAL.fullmatch(part):
            text = match["text"]
            found.append(Marker(column=match["column"], value=int(match["number"]) if text is None else _text(text)))
        elif match := _AMONG.fullmatch(part):
            found.append(Marker(column=match["column"], among=tuple(map(_text, _TEXT.findall(match["texts"])))))
        elif match := _TRUE.fullmatch(part):
            found.append(Marker(column=match["column"], value=True))
    return found


def _text(quoted: str) -> str:
    return quoted.replace("''", "'")
