"""Infer makers for partial unique indexes: UNIQUE (user_id) WHERE is_primary, or WHERE deleted_at IS NULL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from snap.schema import Check, Enum, PartialUnique
from snap.types import Logical, Type
from snap_builder.declare.maker import Maker, SparseMaker
from snap_builder.declare.moments import Moment
from snap_builder.declare.numbers import Amount, Choice, choice
from snap_builder.declare.primary import Primary
from snap_builder.infer.checks import Bounds
from snap_builder.infer.markers import Marker, markers
from snap_builder.infer.references import Inferred


def infer_partials(
    inferred: Inferred,
    partials: Sequence[PartialUnique],
    unique: Collection[str],
    kinds: Mapping[str, Type],
    bounds: Mapping[str, Bounds],
    enums: Mapping[str, Enum],
) -> None:
    """Make partial unique indexes hold, by makers for columns in their conditions.

    Of the rows that are equal in an index's columns, the maker lets at most one fulfil the condition. `unique` are
    columns whose values never repeat. Indexes that no maker can make hold are added to `inferred.others`.
    """
    for partial in (each for each in partials if each.condition):
        single = {name for name, maker in inferred.makers.items() if getattr(maker, "one", False)}
        pair = set() if inferred.pairs is None else {inferred.pairs.left, inferred.pairs.right}
        if single.union(unique) & {*partial.columns} or (pair and pair <= {*partial.columns}):
            continue
        by, listed = partial.columns, markers(partial.condition)
        if any(_shared(inferred, marker, by) for marker in listed):
            continue
        for marker in listed:
            word = _word(marker, inferred.makers.get(marker.column), kinds, bounds, enums)
            if word is not None:
                by = tuple(name for name in by if name != marker.column)
                inferred.makers[marker.column] = replace(word, by=by)
                inferred.how[marker.column] = "constraint"
                break
        else:
            sql = f"UNIQUE ({', '.join(partial.columns)}) WHERE {partial.condition}"
            inferred.others = (*inferred.others, Check(columns=partial.columns, sql=sql))


def _shared(inferred: Inferred, marker: Marker, by: tuple[str, ...]) -> bool:
    """Make a column that already decides about one partial index decide about another, and return whether it can.

    Of the rows that are equal in the columns of both indexes, at most one belongs to them. A value that only the other
    index's condition names is no longer made.
    """
    word = inferred.makers.get(marker.column)
    if not isinstance(word, Primary):
        return False
    if marker.null is not None:
        same = marker.null == (word.value is None)
    elif marker.among:
        same = isinstance(word.value, Choice) and {*marker.among} == {*word.value.constants}
    else:
        same = marker.value == word.value
        others = dict(word.otherwise.options) if isinstance(word.otherwise, Choice) else {}
        if not same and others.pop(marker.value, None) is not None and others:
            inferred.makers[marker.column] = replace(word, otherwise=choice(others))
            return True
    if same:
        inferred.makers[marker.column] = replace(word, by=tuple(name for name in word.by if name in by))
    return same


def _word(
    marker: Marker,
    maker: Maker | None,
    kinds: Mapping[str, Type],
    bounds: Mapping[str, Bounds],
    enums: Mapping[str, Enum],
) -> Primary | None:
    """Return a word that replaces the inferred `maker` of a marker's column, or None if no word fits."""
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
    elif bound.values is not None and (marker.among or isinstance(marker.value, str)):
        options = dict.fromkeys(bound.values, 1)
    named = marker.among or (marker.value,)
    among = {value: share for value, share in options.items() if value in named and share}
    others = {value: share for value, share in options.items() if value not in named and share}
    if not others or (marker.among and not among):
        return None
    return Primary(by=(), value=choice(among) if marker.among else marker.value, otherwise=choice(others))
