"""Words for values that are computed from other rows: counts, sums and averages of children, over several hops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snap.errors import UsageError
from snap_builder.declare.checked import require_known, word
from snap_builder.declare.maker import Maker


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Maker):
    """A word that computes with the rows of child tables, to which a larger build appends rows."""

    def of_children(self) -> tuple[OfChildren, ...]:
        """Return what the word computes from the column of each child table."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class OfChildren(Derived):
    """A number that is computed from the rows of a child table.

    `kind` is count, sum, average, first or last (the least, the largest).

    Guarantees: the number agrees with the child's rows, which a check proves. Owns: its column. The column is derived:
    it changes when a larger build appends children. Costs: one pass over the child, and 16 bytes for each row. Refuses:
    a child that does not reference this table.
    """

    kind: str
    child: str
    column: str | None
    by: str | None = None

    def of_children(self) -> tuple[OfChildren, ...]:
        return (self,)

    @property
    def gives_null(self) -> bool:
        return self.kind in ("average", "first", "last")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSeveral(Derived):
    """The first or the last value of several columns: of child tables, and of the row itself. `kind` is first or last.

    Guarantees: the value is that of a child or of the row, and it is the first or the last of them. It is NULL if there
    is none. Owns: its column, which is derived. Costs: the same as each of the columns alone. Refuses: what each of the
    columns alone refuses.
    """

    kind: str
    children: tuple[OfChildren, ...]
    own: tuple[str, ...]

    def of_children(self) -> tuple[OfChildren, ...]:
        return self.children

    def waits(self) -> tuple[str, ...]:
        return self.own

    @property
    def gives_null(self) -> bool:
        return not self.own


def _of_several(kind: str, paths: tuple[str, ...], by: str | Mapping[str, str] | None) -> OfChildren | OfSeveral:
    children = tuple(path for path in paths if "." in path)
    tables = list(dict.fromkeys(path.partition(".")[0] for path in children))
    if not paths or paths == tuple(path for path in paths[:1] if "." not in path):
        raise UsageError(
            f"{paths[0]!r} names no column of a child table" if paths else f"{kind}_of() names no column",
            f'write {kind}_of("orders.placed_at")',
        )
    if isinstance(by, str) and len(tables) != 1:
        raise UsageError(
            f"by={by!r} names a column of one child table, but {kind}_of() names {len(tables)} child tables",
            f'name the tables: by={{"{tables[0] if tables else "orders"}": {by!r}}}',
        )
    named = {tables[0]: by} if isinstance(by, str) else by or {}
    require_known(named, tables, f"{kind}_of() names no column of")
    made = tuple(_of(kind, path, named.get(path.partition(".")[0])) for path in children)
    own = tuple(path for path in paths if "." not in path)
    return made[0] if len(made) == 1 and not own else OfSeveral(kind=kind, children=made, own=own)


def _of(kind: str, path: str, by: str | None) -> OfChildren:
    child, _, column = path.partition(".")
    if not column:
        raise UsageError(f"{path!r} names no column of a child table", f'write {kind}_of("order_lines.amount")')
    return OfChildren(kind=kind, child=child, column=column, by=by)


@word
def count_of(child: str, *, by: str | None = None) -> OfChildren:
    """Return a word for the number of a row's children. `by` is the child's reference, if it has several.

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

    Children without a value do not count. The average is rounded once, to the decimals of its own column. It is rounded
    half away from zero, as Postgres rounds numeric.

    Example:
        Table("orders", 900, {"total": money(5, 60)}),
        Table("users", 300, {"rating": average_of("orders.total")}),
    """
    return _of("average", path, by)


@word
def first_of(*paths: str, by: str | Mapping[str, str] | None = None) -> OfChildren | OfSeveral:
    """Return a word for the least value of a column of the children, such as the first moment; NULL without any.

    Several paths, and `by`, work as in last_of().

    Guarantees: the value is that of a child or of the row, and it is the least of them, or NULL if all are NULL. Owns:
    its column. The column is derived: it changes when a larger build appends children. Costs: one pass over each child,
    and for each child 16 bytes for each row. Refuses: a child that does not reference this table, columns of neither
    numbers nor moments, and a column that waits for itself over the children.

    Example:
        Table("users", 300, {"last_seen_at": first_of("orders.placed_at")})
    """
    return _of_several("first", paths, by)


@word
def last_of(*paths: str, by: str | Mapping[str, str] | None = None) -> OfChildren | OfSeveral:
    """Return a word for the largest value of a column of the children, such as the last moment; NULL without any.

    With several paths it is the largest value of all. The paths may name other child tables, and columns of the row
    itself, which are written without a table. NULL does not count. `by` is the child's reference if the child has
    several; for several tables, it has their names: `by={"follows": "follower_id"}`.

    Guarantees: the value is that of a child or of the row, and it is the largest of them, or NULL if all are NULL.
    Owns: its column. The column is derived: it changes when a larger build appends children. Costs: one pass over each
    child, and for each child 16 bytes for each row. Refuses: a child that does not reference this table, columns of
    neither numbers nor moments, and a column that waits for itself over the children.

    Example:
        Table("users", 300, {
            "created_at": moment(during("-3y")),
            "last_order_at": last_of("orders.placed_at"),
            "last_seen_at": last_of("orders.placed_at", "visits.ends_at", "created_at", by={"visits": "user_id"}),
        })
    """
    return _of_several("last", paths, by)
