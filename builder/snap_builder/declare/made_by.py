"""The word for columns that a user-defined function makes together, and the rows that the function sees."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from snap.errors import UsageError
from snap_builder.declare.checked import word
from snap_builder.declare.maker import NULL, Maker, Rows
from snap_builder.engine.streams import Bits, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRows:
    """Rows [start, stop) of a table, as a user-defined function sees them: `def compose(rows: OwnRows): …`.

    A function for made_by() takes it. `start`, `stop`, `numbers`, `as_of` and `NULL` describe the rows and the time.
    `bits` and `wide` give random words, `integers` and `texts` other columns. The rows are the part `part` of `within`.
    `reads` are the paths that the function may read, and `what` names the function in errors.

    Guarantees: what a row reads and draws is the same, whichever rows it is made with. Owns: nothing: made_by() has the
    columns. Costs: 8 bytes for each row of a column that is read, and more for texts. Refuses: a path that `reads=`
    does not name, and integers of a column that has none.

    Example:
        def compose(rows: OwnRows):
            return {"stock": 10 * rows.integers("popularity") + (rows.bits("more") % 7).astype("int64")}

        Table("products", 60, {"stock": made_by(compose, reads="popularity")}, traits={"popularity": weights(1, 2, 4)})
    """

    NULL: ClassVar[int] = NULL

    within: Rows
    part: slice
    reads: tuple[str, ...]
    what: str

    @property
    def start(self) -> int:
        """The number of the first row."""
        return self.within.start + int(self.part.start)

    @property
    def stop(self) -> int:
        return self.within.start + int(self.part.stop)

    @property
    def numbers(self) -> Ints:
        """The numbers of the rows; shape (rows,)."""
        return np.arange(self.start, self.stop)

    @property
    def as_of(self) -> int:
        """As-of in microseconds since 1970, UTC."""
        return self.within.as_of

    def bits(self, purpose: str) -> Bits:
        """Return a random 64-bit word for each row, from the stream that `purpose` names; shape (rows,)."""
        return self.within.seeds.bits(self._stream(purpose), self.start, self.stop)

    def wide(self, purpose: str, width: int) -> Bits:
        """Return `width` random 64-bit words a row, from the stream that `purpose` names; shape (rows, width)."""
        return self.within.seeds.wide(self._stream(purpose), self.start, self.stop, width)

    def integers(self, path: str) -> Ints:
        """Return a column's integers, read-only: numbers, moments, places of choices, row numbers of parents.

        Errors: UsageError for a path that `reads` does not name, and for a column that has no integers.
        """
        self._require(path)
        values = self.within.integers(path)
        if not isinstance(values, np.ndarray) or values.dtype != np.int64:
            raise UsageError(
                f"{self.what} reads integers of {path}, but that column has no integers", f"read rows.texts({path!r})"
            )
        view = values[self.part]
        view.flags.writeable = False
        return view

    def texts(self, path: str) -> pa.StringArray:
        """Return a column's values as texts. Errors: UsageError for a path that `reads` does not name."""
        self._require(path)
        return self.within.texts(path)[self.part]

    def _stream(self, purpose: str) -> str:
        return f"{self.within.name}\0{purpose}"

    def _require(self, path: str) -> None:
        if path not in self.reads:
            near = difflib.get_close_matches(path, self.reads, n=1)
            raise UsageError(
                f"{self.what} reads {path!r}, which reads= does not name",
                f"did you mean {near[0]!r}?" if near else f"write reads={(*self.reads, path)!r}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy(Maker):
    """Columns of a row, or traits, that a user-defined function makes together, in one call for some rows.

    Guarantees: the columns have what the function gives. Each of its streams of random words has a name of its own.
    Owns: its columns. Costs: what the function costs. Refuses: a function that raises, a vector of another length, a
    column that the function leaves out, a column that is not its own, NULL for a column that is NOT NULL, a value that
    the column's type does not take, a path that `reads` does not name, and a function that gives a row another value
    when it is called for fewer rows. This is tested for the first part, and for every part by `snap check --purity`.
    """

    called = "made_by"

    function: Callable[..., object] = field(compare=False)
    more: tuple[str, ...]
    paths: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    null: tuple[str, ...]
    first: str | None = None

    def together(self, name: str) -> tuple[str, ...]:
        """Return all columns of the function; this word makes the column `name`."""
        return (self.first or name, *self.more)

    def functions(self) -> tuple[Callable[..., object], ...]:
        return () if self.first is not None else (self.function,)

    def reads(self) -> tuple[str, ...]:
        return self.paths

    def others(self, name: str) -> dict[str, Maker]:
        columns = self.together(name)
        twice = next((each for each in columns if columns.count(each) > 1), None)
        if twice is not None:
            raise UsageError(f"{name}: made_by() names {twice} twice", "name each of its columns once")
        return {column: replace(self, first=name) for column in self.more}


@word
def made_by(
    function: Callable[..., Any],
    /,
    *others: str,
    reads: str | Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    null: str | Sequence[str] = (),
    stream: str | None = None,
) -> MadeBy:
    """Return a word for columns that a function makes together: `made_by(compose, "slug", reads=("author.region",))`.

    Write the word at the first of its columns; `others` are the other columns. In `traits=` it makes traits.

    The function takes rows and returns a dict with a vector for each column. A vector is int64 with `rows.NULL`, in
    units of the last decimal place as everywhere, or an Arrow array that the column's type takes (texts, labels, JSON
    as texts, lists, intervals). `rows` has `start`, `stop`, `numbers` (the numbers of the rows), `NULL` and `as_of`.
    Random 64-bit words come from `rows.bits("dish")`, one for each row, and from `rows.wide("odd", 12)`, twelve for
    each. Each call names its stream.

    `reads` are the paths of the columns that the function may read. These are made first. `rows.integers(path)` gives
    numbers, moments in microseconds since 1970, places of choices or rows of parents; `rows.texts(path)` gives texts.
    Where they are NULL, the result need not be NULL.

    `types` has the Postgres types of traits; a trait that it does not name is `bigint`. `null` names the traits that
    may be NULL.

    Example:
        import pyarrow as pa

        NOUNS = pa.array(["tea", "rice", "soap"])

        def compose(rows):
            nouns = NOUNS.take(pa.array(rows.bits("noun") % 3))
            return {"name": nouns, "stock": 10 * rows.integers("popularity") + rows.numbers % 7}

        Table("products", 60, {"name": made_by(compose, "stock", reads="popularity")},
              traits={"popularity": weights(1, 2, 4)})
    """
    return MadeBy(
        function=function,
        more=others,
        paths=_listed(reads),
        types=tuple((types or {}).items()),
        null=_listed(null),
        stream=stream,
    )


def _listed(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
