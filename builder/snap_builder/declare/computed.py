"""Words that compute a column from other columns of its row: a copy of another value, and a formula."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from snap.errors import UsageError
from snap.types import Logical
from snap_builder.declare.checked import word
from snap_builder.declare.maker import MOMENTS, NULL, NUMBERS, TEXTS, Maker, Rows, Values, with_nulls
from snap_builder.declare.own_code import OwnFunction
from snap_builder.engine.streams import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Maker):
    """The value of another column, often a parent's: an order line keeps the price of its product.

    Guarantees: the value is that of the row that the path names, or NULL if there is none. Decimal places that its
    column lacks are cut. Owns: its column. Costs: one pass; for a parent's value, the passes of all parents. Refuses: a
    column of another kind.
    """

    path: str

    def reads(self) -> tuple[str, ...]:
        return (self.path,)

    def readable(self, own: Logical, /) -> tuple[Logical, ...]:
        return next((kinds for kinds in (NUMBERS, MOMENTS, TEXTS) if own in kinds), (own,))

    def values(self, rows: Rows) -> Values:
        return rows.copied(self.path)


@word
def copy(path: str, /) -> Copy:
    """Return a word for the value of another column: `copy("product.price")`.

    Example:
        Table("order_lines", 2_000, {"price": copy("product.price")})
    """
    return Copy(path=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Maker):
    """A number or a moment that a function computes from other columns of the row, as vectors of whole numbers.

    Numbers with decimals are passed as whole numbers of their last decimal place, and the result is one too: for `price
    numeric(8,2)`, 12.50 is 1250. Moments are microseconds since 1970, UTC. The function has to ensure that a computed
    moment is not after as-of.

    Guarantees: the value is what the function gives, or NULL if a column that it reads is NULL. Owns: its column.
    Costs: what the function costs. Refuses: a function that gives a row another value when it is called for fewer rows,
    a vector of another length, values that are not whole numbers, and a function that changes the vectors that it gets.
    This is tested for the first part, and for every part by `snap check --purity`.
    """

    fits = (*NUMBERS, *MOMENTS)
    reads_only = (*NUMBERS, *MOMENTS)

    compute: Callable[..., object] = field(compare=False)
    paths: tuple[tuple[str, str], ...]

    def reads(self) -> tuple[str, ...]:
        return tuple(path for _, path in self.paths)

    def functions(self) -> tuple[Callable[..., object], ...]:
        return (self.compute,)

    def values(self, rows: Rows) -> Ints:
        given = {name: rows.integers(path) for name, path in self.paths}
        empty = np.logical_or.reduce([values == NULL for values in given.values()])
        known = {name: np.where(empty, 0, values) for name, values in given.items()}
        for values in known.values():
            values.flags.writeable = False

        def call(part: slice) -> object:
            return self.compute(**{name: values[part] for name, values in known.items()})

        own = OwnFunction(function=self.compute, label="the formula", each="row")
        made = own.numbers(call, rows.stop - rows.start, first=rows.start, tested=rows.tested)
        return with_nulls(made, empty)


@word
def formula(compute: Callable[..., object], /, **paths: str) -> Formula:
    """Return a word for a computed number or moment: `formula(lambda quantity, price: quantity * price)`.

    The function's arguments have the names of the columns that it reads. `price="product.price"` sets the path of an
    argument.

    Example:
        Table("order_lines", 2_000, {
            "quantity": choice({1: 6, 2: 3, 5: 1}),
            "amount": formula(lambda quantity, price: quantity * price),
        })
    """
    names = list(inspect.signature(compute).parameters)
    strange = [name for name in paths if name not in names]
    if strange or not names:
        raise UsageError(
            f"formula() has a path for {strange[0]!r}, but its function has no argument of that name"
            if strange
            else "formula() has a function that reads no column",
            "give the function's arguments the names of columns: formula(lambda quantity, price: quantity * price)",
        )
    return Formula(compute=compute, paths=tuple((name, paths.get(name, name)) for name in names))
