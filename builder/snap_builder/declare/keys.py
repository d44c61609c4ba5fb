"""Words for keys and constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from snap_builder.declare.maker import Maker, Place, Rows, Values, refuse
from snap_builder.engine import columns, streams

_DIGITS = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNumber(Maker):
    """The row's number, counted from `first`: the key of a table whose key is an integer.

    Guarantees: no number occurs twice. Owns: its column. Costs: nothing. Refuses: more rows than the type holds.
    """

    first: int = 1

    def require(self, place: Place) -> None:
        bits = {"int16": 15, "int32": 31}.get(place.column.type.logical.value, 63)
        if place.rows >= 2**bits:
            raise refuse(
                place, f"{place.column.type.pg} does not hold {place.rows:,} different numbers", "ask for fewer rows"
            )

    def values(self, rows: Rows) -> Values:
        return np.arange(rows.start, rows.stop) + self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCode(Maker):
    """The row's number in digits and capital letters, always of the same length: a short unique text.

    Guarantees: no code occurs twice. Owns: its column. Costs: nothing. Refuses: more rows than there are codes.
    """

    length: int

    def require(self, place: Place) -> None:
        if place.rows > 36**self.length:
            raise refuse(
                place,
                f"there are {36**self.length:,} codes of {self.length} characters for {place.rows:,} rows",
                "ask for fewer rows",
            )

    def values(self, rows: Rows) -> Values:
        numbers = np.arange(rows.start, rows.stop)
        powers = 36 ** np.arange(self.length - 1, -1, -1)
        # A letter comes first: A0, A1, not 00, 01.
        digits = _DIGITS[(numbers[:, None] // powers + 10) % 36]
        offsets = pa.py_buffer((np.arange(len(numbers) + 1) * self.length).astype(np.int32))
        return pa.StringArray.from_buffers(len(numbers), offsets, pa.py_buffer(np.ascontiguousarray(digits)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Uuid(Maker):
    """A random (version 4) UUID.

    Guarantees: a row has the same UUID in every build. Owns: its column. Costs: one pass. Refuses: nothing.
    """

    def values(self, rows: Rows) -> Values:
        return columns.uuid(streams.uuids(rows.seeds.stream(rows.name), rows.start, rows.stop))


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Maker):
    """The same value in every row; None is NULL.

    Guarantees: the value. Owns: its column. Costs: nothing. Refuses: nothing.
    """

    value: object = None

    @property
    def gives_null(self) -> bool:
        return self.value is None

    def values(self, rows: Rows) -> Values:
        return pa.array([self.value] * (rows.stop - rows.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOfParent(Maker):
    """A further column of a foreign key of several columns: the value of the parent's column `to`.

    Guarantees: all columns of the foreign key name one parent. Owns: its column. Costs: 8 bytes for each parent.
    Refuses: nothing.
    """

    reference: str
    to: str

    def reads(self) -> tuple[str, ...]:
        return (self.reference,)

    def values(self, rows: Rows) -> Values:
        raise NotImplementedError  # the plan takes it from the parent
