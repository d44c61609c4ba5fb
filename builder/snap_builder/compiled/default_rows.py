"""Compute how many rows an undeclared table has, and how many each table has in a profile. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from snap.schema import ForeignKey, Schema
from snap.schema import Table as SchemaTable
from snap_builder.declare.checked import require_known
from snap_builder.declare.dataset import Table
from snap_builder.infer.unique_keys import most_rows

_ROWS_A_PARENT = 3  # rows of an undeclared table for each row of its largest parent
_ROWS = 10  # rows of an undeclared table without parents
_MOST_ROWS = 300  # the most rows of an undeclared table with no declared table above it
Links = Mapping[str, tuple[ForeignKey, ...]]  # the references of each table


def default_rows(
    declared: Mapping[str, Table],
    tables: tuple[SchemaTable, ...],
    schema: Schema,
    links: Links,
    fixed: Mapping[str, int],
) -> dict[str, int]:
    """Return the number of rows of every table at scale 1.

    An undeclared table has three rows for each row of its largest parent. If none of the tables that it references
    directly or indirectly is declared, the number is limited, so that long chains of tables do not grow without end.
    A table with fixed rows has only these, unless more rows are declared.
    """
    rows: dict[str, int] = {}
    grown = set[str]()  # declared tables, and tables with a declared table above them
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


def profile_rows(
    profiles: Mapping[str, int | Mapping[str, int]],
    declared: Mapping[str, Table],
    rows: Mapping[str, int],
    count: Callable[[Mapping[str, Table]], Mapping[str, int]],
    constant: Collection[str],
) -> dict[str, Mapping[str, int]]:
    """Return the number of rows of every table in each profile.

    `rows` are the numbers of rows at scale 1, and `count` computes them for other declared tables. `constant` tables do
    not grow.

    Errors: UsageError for a profile of a table that does not exist.
    """
    made: dict[str, Mapping[str, int]] = {}
    for name, profile in profiles.items():
        if isinstance(profile, int):
            made[name] = {label: n if label in constant else n * profile for label, n in rows.items()}
            continue
        require_known(profile, rows, f"profile {name!r} names a table that the schema does not have:")
        named = {label: replace(declared.get(label, Table(label, n)), rows=n) for label, n in profile.items()}
        made[name] = count({**declared, **named})
    return made
