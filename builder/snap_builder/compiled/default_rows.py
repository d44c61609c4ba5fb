"""How many rows a table has that a declaration does not name, and how many each has in a profile. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from snap.schema import ForeignKey, Schema
from snap.schema import Table as SchemaTable
from snap_builder.declare.checked import require_known
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


def profile_rows(
    profiles: Mapping[str, int | Mapping[str, int]],
    declared: Mapping[str, Table],
    rows: Mapping[str, int],
    count: Callable[[Mapping[str, Table]], Mapping[str, int]],
    constant: Collection[str],
) -> dict[str, Mapping[str, int]]:
    """Return the rows of every table in each profile.

    `rows` are those at scale 1, `count` counts them for other declared tables. `constant` tables do not grow. Errors:
    UsageError for a profile of a table that there is not.
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
