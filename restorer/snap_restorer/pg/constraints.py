"""Unique indexes and foreign keys of tables, and SQL conditions that check them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.sql import Composable, Composed

from snap_restorer.pg import transaction
from snap_restorer.pg.indexes import Name
from snap_restorer.pg.partition_tree import PartitionTree, tree_records
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.target import Connection

Operator = tuple[str, str]  # schema and symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A unique index or an exclusion constraint. `columns` holds None in place of an expression.

    `uses` are all columns that the index reads. `nulls_equal`: NULLS NOT DISTINCT.
    """

    name: str
    primary: bool
    deferrable: bool
    exclusion: bool
    nulls_equal: bool
    predicate: str | None
    expressions: tuple[str, ...]
    columns: tuple[str | None, ...]
    not_null: bool
    operators: tuple[Operator, ...]
    collations: tuple[str | None, ...]
    uses: frozenset[str]

    @property
    def plain(self) -> bool:
        """Return whether the index makes certain columns unique over all rows."""
        return not self.exclusion and self.predicate is None and None not in self.columns

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name is not None)

    def said(self) -> str:
        """Return the index's name and its expressions as text for messages."""
        return f"{self.name} ({', '.join(self.expressions)})"

    def values(self, alias: str) -> list[Composed]:
        """Return SQL for the compared values, as columns c0, c1 ... of a subquery `alias`, with their collations."""
        return [
            sql.SQL("{}{}").format(
                sql.Identifier(alias, f"c{i}"), sql.SQL(f" COLLATE {collation}" if collation else "")
            )
            for i, collation in enumerate(self.collations)
        ]

    def of(self, relation: Composable, *also: Composable) -> Composed:
        """Return a subquery over the indexed rows of `relation`: the compared values c0, c1 ..., and `also`."""
        named = [sql.SQL(f"({text}) AS c{i}") for i, text in enumerate(self.expressions)]
        where = sql.SQL(f" WHERE {self.predicate}" if self.predicate else "")
        return sql.SQL("(SELECT {} FROM {}{})").format(sql.SQL(", ").join([*named, *also]), relation, where)

    def alike(self, left: str, right: str) -> Composed:
        """Return a SQL condition that is true if rows of two subqueries made by `of` exclude each other."""
        form = (
            "({a} OPERATOR({s}.{o}) {b} OR ({a} IS NULL AND {b} IS NULL))"
            if self.nulls_equal
            else "{a} OPERATOR({s}.{o}) {b}"
        )
        return sql.SQL(" AND ").join(
            sql.SQL(form).format(a=a, b=b, s=sql.Identifier(schema), o=sql.SQL(symbol))
            for a, b, (schema, symbol) in zip(self.values(left), self.values(right), self.operators, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReference:
    """A foreign key of table `child` to table `parent` (OIDs). `on_delete` and `on_update` are as in pg_constraint.

    The referencing or the referenced table may be a single partition of its table, named by the label. The partition's
    bounds, SQL over the columns `routing`, select the table's rows that are in that partition.
    """

    name: str
    child: int
    child_label: Name
    child_partitioned: bool
    child_readable: bool
    child_lockable: bool
    parent: int
    parent_label: Name
    parent_partitioned: bool
    parent_readable: bool
    columns: tuple[str, ...]
    to_columns: tuple[str, ...]
    operators: tuple[Operator, ...]
    match_full: bool
    on_delete: str
    on_update: str
    enforced: bool
    period: bool
    child_bounds: str | None = None
    child_routing: frozenset[str] = frozenset()
    parent_bounds: str | None = None
    parent_routing: frozenset[str] = frozenset()

    def meets(self, parent: str, child: str) -> Composed:
        """Return a SQL condition that is true if the row of alias `child` references the row of alias `parent`."""
        return sql.SQL(" AND ").join(
            sql.SQL("{}.{} OPERATOR({}.{}) {}.{}").format(
                sql.Identifier(parent),
                sql.Identifier(to),
                sql.Identifier(schema),
                sql.SQL(symbol),
                sql.Identifier(child),
                sql.Identifier(name),
            )
            for to, name, (schema, symbol) in zip(self.to_columns, self.columns, self.operators, strict=True)
        )

    def asks(self, child: str) -> Composed:
        """Return a SQL condition that is true if the row of alias `child` must have a parent.

        `child` must be the innermost relation at the place of the condition.
        """
        nulls = [sql.SQL("{}.{} IS NOT NULL").format(sql.Identifier(child), sql.Identifier(n)) for n in self.columns]
        whole = sql.SQL("({})").format(sql.SQL(" OR " if self.match_full else " AND ").join(nulls))
        return sql.SQL("({} AND {})").format(whole, _within(self.child_bounds)) if self.child_bounds else whole

    def within_parent(self) -> Composable:
        """Return a SQL condition that is true if a row of the innermost relation is in the referenced partition."""
        return _within(self.parent_bounds)

    def parents(self) -> Composed:
        """Return the relation of the parent's rows in SQL."""
        return relation(self.parent_label, partitioned=self.parent_partitioned)

    def children(self) -> Composed:
        return relation(self.child_label, partitioned=self.child_partitioned)


def uniques(connection: Connection, tree: PartitionTree) -> dict[int, tuple[Unique, ...]]:
    """Return by table the unique indexes and exclusion constraints of it and its partitions, primary keys first."""

    def unique(relation: int, partition: bool, uses: Sequence[str] | None, **row: Any) -> tuple[int, Unique]:
        routing = tree.routing[relation] if partition else frozenset[str]()
        return relation, Unique(uses=routing.union(uses or ()), **row)

    by_table: dict[int, tuple[Unique, ...]] = dict.fromkeys(tree.routing, ())
    with transaction.qualified_names(connection):
        for oid, value in tree_records(connection, unique, "unique_indexes", tree):
            by_table[oid] += (value,)
    return by_table


def references(connection: Connection, tree: PartitionTree) -> tuple[TargetReference, ...]:
    """Return the foreign keys from and to these tables and their partitions."""

    def reference(**row: Any) -> TargetReference:
        return TargetReference(
            child_routing=tree.routing[row["child"]] if row["child_bounds"] else frozenset(),
            parent_routing=tree.routing[row["parent"]] if row["parent_bounds"] else frozenset(),
            **row,
        )

    with transaction.qualified_names(connection):
        return tuple(tree_records(connection, reference, "references", tree))


def _within(bounds: str | None) -> Composable:
    # Postgres printed this SQL, as it printed the expressions of indexes.
    return sql.SQL(f"({bounds})" if bounds else "true")


def identity(
    uniques: Iterable[Unique],
    columns: Collection[str],
    preferred: Sequence[str],
    referenced: Collection[frozenset[str]],
) -> Unique | None:
    """Return the unique index that identifies a table's rows by some of `columns`, or None.

    The order of preference is the snapshot's own key, the primary key, any index without NULLs, and one that foreign
    keys reference (`referenced` are their columns).
    """

    def rank(unique: Unique) -> tuple[bool, bool, bool, str]:
        return not unique.not_null, set(unique.names) != set(preferred), not unique.primary, unique.name

    fit = [
        u
        for u in uniques
        if u.plain and set(u.names) <= set(columns) and (u.not_null or frozenset(u.names) in referenced)
    ]
    return min(fit, key=rank, default=None)
