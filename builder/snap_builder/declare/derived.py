"""Words for what is computed from other rows: counts, sums and averages of children, over several hops."""

from __future__ import annotations

from dataclasses import dataclass

from snap.errors import UsageError
from snap_builder.declare.checked import word
from snap_builder.declare.maker import Maker


@dataclass(frozen=True, slots=True, kw_only=True)
class OfChildren(Maker):
    """A number computed from the rows of a child table. `kind` is count, sum, average, first or last (the least, the
    largest).

    Guarantees: the number agrees with the child's rows, which a check proves. Owns: its column, which is derived: it
    moves when a larger build appends children. Costs: one pass over the child, and 16 bytes for each row. Refuses: a
    child that does not name this table.
    """

    kind: str
    child: str
    column: str | None
    by: str | None = None

    @property
    def gives_null(self) -> bool:
        return self.kind in ("average", "first", "last")


def _of(kind: str, path: str, by: str | None) -> OfChildren:
    child, _, column = path.partition(".")
    if not column:
        raise UsageError(f"{path!r} names no column of a child table", f'write {kind}_of("order_lines.amount")')
    return OfChildren(kind=kind, child=child, column=column, by=by)


@word
def count_of(child: str, *, by: str | None = None) -> OfChildren:
    """Return a word for the number of a row's children. `by` is the child's reference, where it has several.

    Example:
        Table("orgs", 40, {"user_count": count_of("users")})
    """
    return OfChildren(kind="count", child=child, column=None, by=by)


@word
def sum_of(path: str, *, by: str | None = None) -> OfChildren:
    """Return a word for the sum of a column of the children: `sum_of("order_lines.amount")`; 0 without any.

    Example:
        Table("orders", 900, {"total": sum_of("order_lines.amount")})
    """
    return _of("sum", path, by)


@word
def average_of(path: str, *, by: str | None = None) -> OfChildren:
    """Return a word for the average of a column of the children: `average_of("reviews.stars")`; NULL without any.

    Children without a value do not count. The average is rounded once, to the decimals of its own column, and half away
    from zero as Postgres rounds numeric.

    Example:
        Table("orders", 900, {"total": money(5, 60)}),
        Table("users", 300, {"rating": average_of("orders.total")}),
    """
    return _of("average", path, by)


@word
def first_of(path: str, *, by: str | None = None) -> OfChildren:
    """Return a word for the least of a column of the children, such as the first moment; NULL without any.

    Example:
        Table("users", 300, {"last_seen_at": first_of("orders.placed_at")})
    """
    return _of("first", path, by)


@word
def last_of(path: str, *, by: str | None = None) -> OfChildren:
    """Return a word for the largest of a column of the children, such as the last moment; NULL without any.

    Example:
        Table("users", 300, {"last_order_at": last_of("orders.placed_at")})
    """
    return _of("last", path, by)
