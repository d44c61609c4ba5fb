"""Check whether the values of a word fit its column: type, length, uniqueness and the CHECKs that were read."""

from __future__ import annotations

import difflib
from decimal import Decimal

import pyarrow as pa

from snap.types import Logical, Type
from snap.units import some
from snap_builder.compiled.arrays import typed
from snap_builder.declare.array import Array
from snap_builder.declare.document import Document, Items
from snap_builder.declare.elements import Length
from snap_builder.declare.maker import MOMENTS, NUMBERS, TEXTS, Maker, Place, refuse
from snap_builder.declare.numbers import Amount
from snap_builder.declare.pattern import Pattern
from snap_builder.declare.text import Text
from snap_builder.infer.checks import Bounds

_KINDS = {
    **dict.fromkeys(NUMBERS, ("numbers", "write integer(), money() or choice()")),
    **dict.fromkeys(MOMENTS, ("moments", 'write moment(during("-1y"))')),
    **dict.fromkeys(TEXTS, ("texts", "write text(), pattern() or choice()")),
    Logical.ENUM: ("labels", "write choice() of its labels"),
    Logical.INTERVAL: ("durations", 'write duration("15m", "3h")'),
    **dict.fromkeys((Logical.JSON, Logical.JSONB), ("documents", "write document()")),
    Logical.LIST: ("arrays", "write array(0, 3, …) of a word for its values"),
    Logical.BOOL: ("booleans", "write choice({True: 50, False: 50})"),
}
_OTHER = ("values of its own kind", "leave the column to what is inferred, or write choice({…: 1})")


def kind_of(kind: Type) -> str:
    """Return what a column of this type holds, as a word for messages: numbers, moments, texts …"""
    return _KINDS.get(kind.logical, _OTHER)[0]


def require_fit(maker: Maker, place: Place, bounds: Bounds, *, unique: bool) -> None:
    """Raise UsageError if a word makes values that its column cannot hold. The hint says which values it can hold."""
    kind = place.column.type
    if maker.fits is not None and kind.logical not in maker.fits:
        has, hint = _KINDS.get(kind.logical, _OTHER)
        makes = _KINDS[maker.fits[0]][0]
        raise refuse(place, f"the column is {kind.pg}, which holds {has}, but the word makes {makes}", hint)
    for value in maker.constants:
        _require_value(value, place, bounds)
    values = {str(value) for value in maker.constants}
    if unique and maker.constants and len(values) < place.rows:
        raise refuse(
            place,
            f"the column is unique, and {len(values):,} values are too few for {place.rows:,} rows",
            "ask for fewer rows, or for more values",
        )
    if isinstance(maker, Array):
        require_fit(maker.of, maker.item(place), Bounds(), unique=False)
        _require_lengths(maker.length, place, bounds)
    if isinstance(maker, Document):
        _require_document(maker, place, bounds)
    if isinstance(maker, Amount):
        _require_range(maker, place, bounds)
    if isinstance(maker, Text | Pattern) and bounds.longest is not None:
        longest = maker.longest(place.rows)
        if longest > bounds.longest:
            raise refuse(
                place,
                f"a CHECK allows {bounds.longest} characters, and the texts have up to {longest}",
                "write shorter texts",
            )


def _require_value(value: object, place: Place, bounds: Bounds) -> None:
    kind, labels = place.column.type, place.labels
    if value is None:
        return
    if labels is not None and value not in labels:
        raise refuse(place, f"{value!r} is no label of the enum", _near(str(value), labels, "its labels are"))
    try:
        typed(pa.array([value]), kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        raise refuse(place, f"{value!r} is no value of {kind.pg}", _KINDS.get(kind.logical, _OTHER)[1]) from None
    if kind.length is not None and len(str(value)) > kind.length:
        raise refuse(place, f"{str(value)[:30]!r} has {len(str(value))} characters, too many for {kind.pg}", "cut it")
    if bounds.values is not None and str(value) not in bounds.values:
        raise refuse(place, f"a CHECK does not allow {value!r}", _near(str(value), bounds.values, "it allows"))
    if isinstance(value, int) and (
        (bounds.low is not None and value < bounds.low) or (bounds.high is not None and value > bounds.high)
    ):
        raise refuse(place, f"a CHECK does not allow {value!r}", f"it allows {_range(bounds)}")


def _require_document(maker: Document, place: Place, bounds: Bounds) -> None:
    if bounds.document not in (None, maker.kind):
        raise refuse(
            place,
            f"a CHECK requires a JSON {bounds.document}, but the word makes {maker.kind}s",
            "write document(items(…))" if bounds.document == "array" else "write document({…})",
        )
    if isinstance(maker.of, Items):
        _require_lengths(maker.of.length, place, bounds)


def _require_lengths(length: Length, place: Place, bounds: Bounds) -> None:
    if length.low < bounds.shortest or (bounds.longest is not None and length.high > bounds.longest):
        allowed = Bounds(low=Decimal(bounds.shortest), high=None if bounds.longest is None else Decimal(bounds.longest))
        raise refuse(
            place,
            f"a CHECK allows {_range(allowed)} elements, and the word makes {length.low} to {length.high}",
            "change the lengths",
        )


def _require_range(maker: Amount, place: Place, bounds: Bounds) -> None:
    low, high = bounds.low, bounds.high
    if (low is not None and maker.low < low) or (high is not None and maker.high > high):
        raise refuse(
            place,
            f"a CHECK allows {_range(bounds)}, and the word makes {maker.low} to {maker.high}",
            "narrow the range",
        )


def _range(bounds: Bounds) -> str:
    if bounds.high is None:
        return f"{bounds.low} or more"
    return f"{bounds.high} or less" if bounds.low is None else f"{bounds.low} to {bounds.high}"


def _near(value: str, known: tuple[str, ...], listed: str) -> str:
    near = difflib.get_close_matches(value, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"{listed}: {some(known, most=9)}"
