"""The word for a row of one of several tables; another column says of which one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snap.errors import UsageError
from snap_builder.declare.checked import Percent, word
from snap_builder.declare.maker import Maker, SparseMaker
from snap_builder.declare.numbers import Choice, Shape, uniform
from snap_builder.declare.references import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A table that rows may name: its value in the other column, and its share of the rows.

    `column` is the table's column that rows store; None is its key.
    """

    value: str
    table: str
    column: str | None
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Polymorphic(SparseMaker):
    """A row of one of several tables. Column `kind` says of which one.

    Guarantees: each table has exactly its share of the rows in every whole block of them. Every row references an
    existing row. Both columns are NULL in exactly `none` percent of the rows. Owns: its column, and `kind`. Costs: 17
    bytes for each row of each table. Refuses: tables that the schema does not have; a table whose key has several
    columns, or is of a type that the column does not store.
    """

    kind: str
    targets: tuple[Target, ...]
    fanout: Shape

    def others(self, _name: str) -> dict[str, Maker]:
        return {self.kind: self.kinds}

    def reads(self) -> tuple[str, ...]:
        return (self.kind,)

    @property
    def kinds(self) -> Choice:
        """The word for column `kind`."""
        options = tuple((target.value, target.share) for target in self.targets)
        return Choice(options=options, none=self.none, written=self.written)

    def reference(self, target: Target) -> Reference:
        """Return the word for the rows that name one of the tables."""
        return Reference(parent=target.table, fanout=self.fanout, written=self.written)


@word
def polymorphic(
    tables: Mapping[str, str],
    /,
    *,
    kind: str,
    shares: Mapping[str, int] | None = None,
    fanout: Shape | None = None,
    none: Percent = 0,
    stream: str | None = None,
) -> Polymorphic:
    """Return a word for a row of one of some tables: `polymorphic({"post": "posts"}, kind="subject_type")`.

    `tables` has the table for each value of column `kind`, or a column of the table: `{"post": "posts.uid"}`. `shares`
    has the weight of each value. Without it all weights are equal.

    Example:
        Table(
            "comments",
            900,
            {
                "subject_id": polymorphic(
                    {"order": "orders", "product": "products"}, kind="subject_type", shares={"order": 3, "product": 1}
                )
            },
        )
    """
    strange = next((value for value in shares or () if value not in tables), None)
    if not tables or strange is not None:
        raise UsageError(
            "polymorphic() names no table" if strange is None else f"polymorphic() has no table for {strange!r}",
            'write polymorphic({"post": "posts", "photo": "photos"}, kind="subject_type")',
        )
    weights = dict.fromkeys(tables, 1) if shares is None else shares
    if any(value not in weights for value in tables) or not sum(weights.values()):
        lost = [value for value in tables if value not in weights]
        raise UsageError(f"polymorphic() has no share for {', '.join(map(repr, lost))}", "give each table a share")
    targets = []
    for value, path in tables.items():
        table, _, column = path.partition(".")
        targets.append(Target(value=value, table=table, column=column or None, share=weights[value]))
    return Polymorphic(kind=kind, targets=tuple(targets), fanout=fanout or uniform(1, 3), none=none, stream=stream)
