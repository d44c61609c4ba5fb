"""How many rows a table has that a declaration does not name. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from snap.schema import ForeignKey, Schema
from snap.schema import Table as SchemaTable
from snap_builder.declare.dataset import Table
from snap_builder.infer.unique_keys import most_rows

_ROWS_A_PARENT = 3  # of a table that a declaration does not name
_ROWS = 10  # of one that has no parent
_MOST_ROWS = 300  # of one that has parents, none of which is declared
Links = Mapping[str, tuple[ForeignKey, ...]]  # the references of each table


def default_rows(
    declared: Mapping[str, Table],
    tables: tuple[SchemaTable, ...],
    schema: Schema,
    links: Links,
    fixed: Mapping[str, int],
) -> dict[str, int]:
    """Return the rows of every table at scale 1: three for each row of a parent where a table is not declared.

    A table with fixed rows has no others until it is declared, and no fewer then. Where no table above is declared, a
    long chain of tables does not grow without end.
    """
    rows: dict[str, int] = {}
    grown = set[str]()  # tables of which one above is declared
    enums = {enum.name: enum for enum in schema.enums}
    for table in tables:
        if table.label in declared:
            rows[table.label] = max(declared[table.label].rows, fixed.get(table.label, 0))
            grown.add(table.label)
            continue
        if table.label in fixed:
            rows[table.label] = fixed[table.label]
            continue
        parents = [rows[key.references] for key in links[table.label] if key.references in rows]
        wanted = _ROWS_A_PARENT * max(parents) if parents else _ROWS
        if grown.intersection(key.references for key in links[table.label]):
            grown.add(table.label)
        elif parents:
            wanted = min(wanted, max(_MOST_ROWS, *parents))
        most = most_rows(table, schema.detail(table.label), enums, rows)
        rows[table.label] = wanted if most is None else min(wanted, most)
    return rows
