"""The base class of all words, and the rows that a word sees while it makes values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import pyarrow as pa

from snap.errors import UsageError
from snap.types import Logical, Type
from snap_builder.declare.checked import Percent
from snap_builder.engine.columns import NEVER, Mask
from snap_builder.engine.streams import Ints, Seeds

if TYPE_CHECKING:
    from snap.schema import Column

NUMBERS = (Logical.INT16, Logical.INT32, Logical.INT64, Logical.FLOAT32, Logical.FLOAT64, Logical.DECIMAL)
LARGEST = {Logical.INT16: 2**15 - 1, Logical.INT32: 2**31 - 1, Logical.INT64: 2**63 - 1}
MOMENTS = (Logical.TIMESTAMP, Logical.TIMESTAMPTZ, Logical.DATE)
TEXTS = (Logical.STRING, Logical.TEXT)
NULL = NEVER  # in a vector of integers: the row has no value

Values = Any  # int64 of shape (rows,) with NULL, or a pa.Array: pyarrow has no types


class Rows(Protocol):
    """Rows [start, stop) of a table, as a maker sees them.

    `seeds` are the seeds of the table. `name` is the stream of the values: their column, unless `stream=` names
    another. `as_of` is in microseconds since 1970, UTC.
    """

    @property
    def seeds(self) -> Seeds: ...
    @property
    def name(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def as_of(self) -> int: ...
    @property
    def tested(self) -> bool:
        """Whether user-defined functions are also called for cuts of these rows, and must give the same values."""

    @property
    def scale(self) -> int:
        """The decimal places of this column's integers, or of the elements of its lists."""

    @property
    def nested(self) -> bool:
        """Whether these are elements of lists in rows. case() does not count such elements value by value."""

    def integers(self, path: str) -> Ints:
        """Return another column's integers, NULL for none: numbers, moments, parents' row numbers, places of choices.

        `path` is a column of this table, or `org.slug` for a column of the parent that `org_id` names.
        """

    def integers_of(self, path: str, start: int, stop: int) -> Ints:
        """Return another column's integers for rows [start, stop), which may end after the table: blocks are whole."""

    def seeds_of(self, path: str) -> Seeds:
        """Return the seeds of the table whose row numbers another column has."""

    def texts(self, path: str) -> pa.StringArray:
        """Return another column's values as texts."""

    def copied(self, path: str) -> Values:
        """Return another column's values: integers with this column's decimal places, else values as in files."""

    def stored(self, path: str) -> pa.Array:
        """Return another column's values as files store them."""

    def items(self, values: Values, of: Maker) -> pa.Array:
        """Return the values of the word `of` as elements of this column's lists."""

    def number_of(self, columns: tuple[str, ...]) -> Ints:
        """Return for each row how many earlier rows of the table have the same values in some columns, or NULL.

        NULL is equal to nothing. Without columns the result is the number of the row.
        """

    def first_of(self, columns: tuple[str, ...]) -> Ints:
        """Return for each row the first row of the table with the same values in some columns."""


class Place(Protocol):
    """The place of a word in a declaration, for errors that are raised before a row is made."""

    @property
    def label(self) -> str:
        """The column as a declaration writes it: `orders.total`."""

    @property
    def column(self) -> Column: ...
    @property
    def rows(self) -> int:
        """The number of rows of the table in this build."""

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels of the column's enum type, or None for other types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlace:
    """The place of a word that makes a column, or values within a column."""

    label: str
    column: Column
    rows: int
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A word: how the values of a column are made.

    `number` grows when the values of a word change, and is part of a dataset's revision. `called` is the word as a
    declaration writes it, if that is not the name of its class. `stream` names the stream of random bits, so that a
    renamed column keeps its values. `written` is the file and line of the word in dataset.py. `fits` are the types of
    columns that the word makes values for, and `reads_only` the types of columns that it can read. None is any type.
    """

    number: ClassVar[int] = 1
    called: ClassVar[str | None] = None
    fits: ClassVar[tuple[Logical, ...] | None] = None
    reads_only: ClassVar[tuple[Logical, ...] | None] = None
    stream: str | None = None
    written: str | None = field(default=None, compare=False, repr=False)

    @classmethod
    def word(cls) -> str:
        """Return the word as a declaration writes it."""
        return cls.called or cls.__name__.lower()

    def functions(self) -> tuple[Callable[..., object], ...]:
        """Return the user-defined functions that this word calls."""
        return ()

    def reads(self) -> tuple[str, ...]:
        """Return the paths of the columns that this word reads."""
        return ()

    def compares(self) -> tuple[str, ...]:
        """Return the paths of the columns whose types are checked, because this word has to read them."""
        return self.reads()

    def waits(self) -> tuple[str, ...]:
        """Return the paths of the columns to make first. Where these are NULL, this word's value need not be NULL."""
        return self.reads()

    def readable(self, _own: Logical, /) -> tuple[Logical, ...] | None:
        """Return the types of columns that this word can read if it makes a column of type `_own`. None is any type."""
        return self.reads_only

    def others(self, _name: str) -> Mapping[str, Maker]:
        """Return the words of the other columns that come with this word, which makes column `_name`."""
        return {}

    def made_for(self, _kind: Type, /) -> Maker:
        """Return this word for a column of a type."""
        return self

    def files(self) -> tuple[bytes, ...]:
        """Return the contents of the files that this word reads, which are part of the dataset's revision."""
        return ()

    def parts(self) -> Iterator[Maker]:
        """Return the words that this word is made of, or the word itself if it has no parts."""
        yield self

    def require(self, place: Place) -> None:
        """Raise UsageError if this word cannot make values that the column at `place` can hold."""

    def require_as_of(self, label: str, as_of: int) -> None:
        """Raise UsageError if this word, which makes the column `label`, can make no moment before as-of."""

    def values(self, rows: Rows) -> Values:
        """Return a value for each row: int64 with NULL for a missing value, or an Arrow array. The shape is (rows,)."""
        raise NotImplementedError

    @property
    def gives_null(self) -> bool:
        """Whether some rows have no value, regardless of the columns that this word reads."""
        return False

    @property
    def choices(self) -> tuple[object, ...] | None:
        """The list of values that the word's integers point into, or None if the integers are the values."""
        return None

    @property
    def constants(self) -> tuple[object, ...]:
        """All values that the word can give, if they are listed."""
        return self.choices or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseMaker(Maker):
    """A word that leaves an exact percentage of the rows without a value."""

    none: Percent = 0

    @property
    def gives_null(self) -> bool:
        return bool(self.none)


def refuse(place: Place, message: str, hint: str) -> UsageError:
    """Return the error for a declaration, with the column that it is about."""
    return UsageError(f"{place.label}: {message}", hint)


def with_nulls(values: Ints, where: Mask) -> Ints:
    """Return `values` with NULL in the rows that the mask `where` marks."""
    return np.where(where, NULL, values)
