"""Unique indexes over some rows: UNIQUE (user_id) WHERE is_primary, or WHERE deleted_at IS NULL."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from snap.schema import Check, Enum, PartialUnique
from snap.types import Logical, Type
from snap_builder.declare.maker import Maker, SparseMaker
from snap_builder.declare.moments import Moment
from snap_builder.declare.numbers import Amount, Choice, choice
from snap_builder.declare.primary import Primary
from snap_builder.infer.checks import Bounds, conditions
from snap_builder.infer.references import Inferred

_COLUMN = r"\"?(?P<column>[A-Za-z_][\w$]*)\"?"
_TRUE = re.compile(rf"{_COLUMN}(?: = true| IS TRUE)?")
_FALSE = re.compile(rf"(?:NOT {_COLUMN})")
_IS_FALSE = re.compile(rf"{_COLUMN} (?:= false|IS (?:FALSE|NOT TRUE))")
_EQUAL = re.compile(rf"{_COLUMN} = (?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+))")
_NULL = re.compile(rf"{_COLUMN} IS (?P<some>NOT )?NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A column that tells whether a row counts. Rows that count have `value` in it; `null`: that is NULL, or is not."""

    column: str
    value: object = None
    null: bool | None = None


def markers(condition: str) -> list[Marker]:
    """Return the columns of a condition each of which lets rows count that hold one value."""
    found = []
    for part in conditions(condition):
        if match := _NULL.fullmatch(part):
            found.append(Marker(column=match["column"], null=match["some"] is None))
        elif match := _FALSE.fullmatch(part) or _IS_FALSE.fullmatch(part):
            found.append(Marker(column=match["column"], value=False))
        elif match := _EQUAL.fullmatch(part):
            text = match["text"]
            found.append(Marker(column=match["column"], value=int(match["number"]) if text is None else _text(text)))
        elif match := _TRUE.fullmatch(part):
            found.append(Marker(column=match["column"], value=True))
    return found


def _text(quoted: str) -> str:
    return quoted.replace("''", "'")


def infer_partials(
    inferred: Inferred,
    partials: Sequence[PartialUnique],
    unique: Collection[str],
    kinds: Mapping[str, Type],
    bounds: Mapping[str, Bounds],
    enums: Mapping[str, Enum],
) -> None:
    """Let one row at most of those that agree in an index's columns count, by a column of its condition.

    `unique` are columns of which no two rows agree at all. Those left to people are added to `inferred.others`.
    """
    for partial in partials:
        single = {name for name, maker in inferred.makers.items() if getattr(maker, "one", False)}
        pair = set() if inferred.pairs is None else {inferred.pairs.left, inferred.pairs.right}
        if single.union(unique) & {*partial.columns} or (pair and pair <= {*partial.columns}):
            continue
        by = partial.columns
        for marker in markers(partial.condition):
            word = _word(marker, inferred.makers.get(marker.column), kinds, bounds, enums)
            if word is not None:
                by = tuple(name for name in by if name != marker.column)
                inferred.makers[marker.column] = replace(word, by=by)
                inferred.how[marker.column] = "constraint"
                break
        else:
            sql = f"UNIQUE ({', '.join(partial.columns)}) WHERE {partial.condition}"
            inferred.others = (*inferred.others, Check(columns=partial.columns, sql=sql))


def _word(
    marker: Marker,
    maker: Maker | None,
    kinds: Mapping[str, Type],
    bounds: Mapping[str, Bounds],
    enums: Mapping[str, Enum],
) -> Primary | None:
    """Return a word for a marker's column, whose `maker` was inferred; None where there is none, or it is declared."""
    if maker is None or isinstance(maker, Primary):
        return None
    if marker.null is not None:
        if not isinstance(maker, Amount | Moment | Choice):
            return None
        always = replace(maker, none=0) if isinstance(maker, SparseMaker) else maker
        value, otherwise = (None, always) if marker.null else (always, None)
        return Primary(by=(), value=value, otherwise=otherwise)
    if isinstance(marker.value, bool):
        return Primary(by=(), value=marker.value, otherwise=not marker.value)
    kind, bound = kinds[marker.column], bounds.get(marker.column, Bounds())
    options = dict(maker.options) if isinstance(maker, Choice) else {}
    if kind.logical is Logical.ENUM:
        options = dict.fromkeys(enums[kind.pg].labels, 1)
    elif bound.values is not None and isinstance(marker.value, str):
        options = dict.fromkeys(bound.values, 1)
    others = {value: share for value, share in options.items() if value != marker.value and share}
    if not others:
        return None
    return Primary(by=(), value=marker.value, otherwise=choice(others))
