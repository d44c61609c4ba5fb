"""Choose the form in which a live column's values are read, so that a diff can compare them with a snapshot's. Pure.

Most values travel in the column's own type. The diff knows which types hold the same values (integer in bigint, varchar
in text). The other values travel as canonical bytes, which Postgres makes for the snapshot's type by the same
expressions as digests, and as text to show:

- integers and floats in columns of another kind: numeric, text;
- any value in a column that holds something which the snapshot's type cannot: infinite dates, NaN, arrays of two
  dimensions;
- all other values of another kind: their bytes equal no value of the snapshot's type, so every row of them differs.

The snapshot's dates and times lie `shift_days` before the database's. Values travel with the snapshot's dates.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql
from psycopg.sql import Composable

from snap.types import Family, Logical, Type, is_padded
from snap.types.arrow import arrow_type
from snap.types.duckdb import Canonical
from snap_restorer.pg.introspect import TargetColumn
from snap_restorer.values import adbc, canonical_sql

_FIRST_DAY = -719_162  # 0001-01-01 in days since 1970: the first day that Arrow prints like Postgres
_END_DAY = 72_328_869  # 200000-01-01: far from the last day of a timestamp, however dates are shifted
_MOST_DAYS = 10_000_000  # no --as-of shifts by more


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveColumn:
    """A column of the database, to compare with a snapshot's column of type `source`.

    `target_column` describes the database's column as its catalog does. `unfit`: the column holds values that its own
    type's form cannot carry, so that canonical bytes travel.
    """

    name: str
    source: Type
    target_column: TargetColumn
    shift_days: int = 0
    unfit: bool = False

    @property
    def into(self) -> Type:
        """Return the column's type without its domains."""
        return canonical_sql.natural(self.target_column)

    @property
    def type(self) -> Type:
        """Return the type that the diff uses. Its `pg` is the column's own type."""
        source, into = self.source, self.into
        if self._as_text:
            return Type(
                self.target_column.type, source.logical if source.facts.family is Family.CHARACTER else Logical.TEXT
            )
        if not self._natural:
            return Canonical(self.target_column.type, source.logical)
        return Type(self.target_column.type, into.logical, into.length, into.precision, into.scale, into.item)

    @property
    def _as_text(self) -> bool:
        """Return whether the column's canonical bytes are text, which is compared and shown as text."""
        a, b = self.source, self.into
        if a.logical is Logical.DECIMAL:
            return b.facts.family is Family.INTEGER or b.pg == "numeric"
        if a.facts.family is Family.CHARACTER:
            padded = is_padded(a), is_padded(b)
            return b.facts.family is not Family.CHARACTER or (padded[1] and not (padded[0] and a.length == b.length))
        return a.logical is Logical.TEXT

    @property
    def _natural(self) -> bool:
        """Return whether values travel in the form of the column's own type."""
        a, b = self.source, self.into
        if self.unfit:
            return False
        if a.item is not None and b.item is not None:
            padded = is_padded(a.item) or is_padded(b.item)
            return (a.item == b.item or not padded) and _alike(a.item, b.item) and not self._shifted
        return a.item is None and b.item is None and _alike(a, b) and abs(self.shift_days) <= _MOST_DAYS

    @property
    def _shifted(self) -> bool:
        return self.shift_days != 0 and self.into.scalar.facts.end_day is not None

    def asked(self) -> tuple[Composable, ...]:
        """Return the expressions to select from the table t: one expression, or canonical bytes and text."""
        value, into = sql.Identifier("t", self.name), self.into
        if not self._as_text and self._natural:
            unshifted = canonical_sql.days_before(value, into, self.shift_days) if self._shifted else value
            return (adbc.expression(unshifted, into),)
        canonical = canonical_sql.payload(self.source, into, value, shift_days=self.shift_days)
        if self._as_text:
            return (canonical,)
        return canonical, canonical_sql.payload(Type(into.pg, Logical.TEXT), into, value, shift_days=self.shift_days)

    def decode(self, arrays: list[pa.Array]) -> pa.Array:
        """Return the results of the `asked` expressions as one array of `arrow_type`."""
        if self._as_text:
            return arrays[0].cast(pa.string())
        if isinstance(self.type, Canonical):
            return pa.StructArray.from_arrays([arrays[0], arrays[1].cast(pa.string())], names=["bytes", "text"])
        return adbc.decode(arrays[0], self.type)

    def arrow_type(self) -> pa.DataType:
        """Return the Arrow type of the decoded values."""
        compared = self.type
        if isinstance(compared, Canonical):
            return pa.struct([("bytes", pa.binary()), ("text", pa.string())])
        return arrow_type(compared)

    def unfit_condition(self) -> Composable | None:
        """Return the condition, over the table t, under which a value does not fit, None if all values fit."""
        if self._as_text or not self._natural:
            return None
        if self._shifted:
            return sql.SQL("{v} < {first}::{type} OR {v} >= {end}::{type}").format(
                v=sql.Identifier("t", self.name),
                first=sql.Literal(canonical_sql.day(max(_FIRST_DAY + self.shift_days, canonical_sql.EARLIEST))),
                end=sql.Literal(canonical_sql.day(_END_DAY + self.shift_days)),
                type=sql.SQL(self.into.facts.postgres[0]),
            )
        return adbc.unfit_condition(self.name, self.into)


def _alike(a: Type, b: Type) -> bool:
    """Return whether a diff compares values of these two types in the types' own forms."""
    return a.logical is b.logical or (a.facts.family is not None and a.facts.family is b.facts.family)
