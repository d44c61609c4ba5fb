"""The word for columns that are set together, from a table of combinations and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from snap.errors import UsageError
from snap.types import Logical, Type
from snap_builder.declare.checked import Percent, word
from snap_builder.declare.maker import NULL, Place, Rows, SparseMaker, refuse
from snap_builder.declare.numbers import shares_with_none
from snap_builder.declare.weights_file import Weighed, read_weights
from snap_builder.engine.streams import Ints

_LONGEST = 1_000_000  # the most rows of a block: all of it is kept in memory, with 32 bytes for each row
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_HINT = 'write joint(["city", "state"], {("Austin", "TX"): 3, ("Boston", "MA"): 1})'


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint(SparseMaker):
    """Some columns of a row, which have one of the combinations of a table, each with its weight.

    This word makes the column at place `at` of the combinations.

    Guarantees: no row has another combination. Each combination has exactly its share in every whole block of rows. A
    block is the least number of rows that makes all shares whole. The columns are NULL together in exactly `none`
    percent of the rows. Owns: all its columns. Costs: one pass for each column, and 32 bytes for each row of a block.
    Refuses: a file that does not exist or lacks these columns; weights that are not whole numbers; a block of more than
    1,000,000 rows; values that a column's type, its length or its CHECKs do not allow.
    """

    columns: tuple[str, ...]
    weighed: tuple[Weighed, ...]
    at: int = 0
    file: bytes | None = None

    def others(self, name: str) -> dict[str, Joint]:
        if name != self.columns[0]:
            raise UsageError(
                f"{name}: joint() has to be declared at its first column", f"write it as {self.columns[0]!r}: joint(…)"
            )
        return {
            column: replace(self, at=place, stream=self.stream or name)
            for place, column in enumerate(self.columns)
            if place
        }

    def made_for(self, kind: Type, /) -> Joint:
        """Return the word with whole numbers in place of a file's texts, if the column has whole numbers."""
        if self.file is None or kind.logical not in _INTEGERS:
            return self
        return replace(self, weighed=tuple((self._with_number(values), weight) for values, weight in self.weighed))

    def _with_number(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        value = values[self.at]
        if not isinstance(value, str) or not value.removeprefix("-").isdecimal():
            return values
        return (*values[: self.at], int(value), *values[self.at + 1 :])

    def files(self) -> tuple[bytes, ...]:
        return () if self.file is None else (self.file,)

    def require(self, place: Place) -> None:
        size = shares_with_none(self._weights, self.none).size
        if size > _LONGEST:
            raise refuse(
                place,
                f"the weights of {len(self.weighed):,} combinations are exact only in blocks of {size:,} rows",
                f"round the weights, so that a block has at most {_LONGEST:,} rows",
            )

    def values(self, rows: Rows) -> Ints:
        shares = shares_with_none(self._weights, self.none)
        chosen = shares.choose(rows.seeds.stream(rows.name), rows.start, rows.stop)
        values, choices = self._values, self.choices
        if choices is None:
            numbers = [NULL if value is None else value * 10**rows.scale for value in values]
        else:
            places = {value: place for place, value in enumerate(choices)}
            numbers = [NULL if value is None else places[value] for value in values]
        return np.array([*numbers, NULL], np.int64)[chosen]

    @property
    def _values(self) -> tuple[Any, ...]:
        return tuple(values[self.at] for values, _ in self.weighed)

    @property
    def _weights(self) -> list[int]:
        return [weight for _, weight in self.weighed]

    @property
    def gives_null(self) -> bool:
        return bool(self.none) or None in self._values

    @property
    def constants(self) -> tuple[object, ...]:
        return tuple(dict.fromkeys(value for value in self._values if value is not None))

    @property
    def choices(self) -> tuple[object, ...] | None:
        """The values, or None if they are whole numbers, because other words compute with these."""
        values = self.constants
        return None if values and all(type(value) is int for value in values) else values


@word
def joint(
    columns: Sequence[str],
    table: Mapping[Any, int] | str,
    /,
    *,
    none: Percent = 0,
    stream: str | None = None,
) -> Joint:
    """Return a word for columns that are set together: `joint(["city", "state"], {("Austin", "TX"): 3})`.

    Write the word at the first of its columns. None in a combination is NULL. The table may be a CSV file in the
    dataset's folder: `joint(["city", "state"], "places.csv")`. Its header names the columns and `weight`. Other columns
    are ignored, and an empty field is NULL.

    Example:
        Table("orgs", 40, {
            "plan": joint(["plan", "user_count"], {("free", 1): 14, ("pro", 5): 5, ("enterprise", 80): 1})
        })
    """
    names = tuple(columns)
    if len(names) < 2 or len({*names}) < len(names):
        raise UsageError(f"joint() needs two columns or more, each of them once, not {list(names)}", _HINT)
    content = None
    if isinstance(table, str):
        weighed, content = read_weights(table, names)
    else:
        weighed = tuple((combination, weight) for combination, weight in table.items())
    for combination, weight in weighed:
        if not isinstance(combination, tuple) or len(combination) != len(names):
            raise UsageError(f"joint() has {combination!r} for {', '.join(names)}", "write a value for each column")
        if type(weight) is not int or weight < 0:
            raise UsageError(f"joint(): {combination!r} has the weight {weight!r}", "write a whole number, 0 or more")
    kept = tuple((values, weight) for values, weight in weighed if weight)
    if not kept:
        raise UsageError("joint() has no combination with a weight above 0", _HINT)
    for place, name in enumerate(names):
        kinds = {type(values[place]) for values, _ in kept} - {type(None)}
        if len(kinds) > 1:
            listed = " and ".join(sorted(kind.__name__ for kind in kinds))
            raise UsageError(f"joint(): the values of {name} are {listed}", "write values of the same type")
    return Joint(columns=names, weighed=kept, none=none, file=content, stream=stream)
