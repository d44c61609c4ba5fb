"""Choose the indexes, keys and foreign keys that are dropped while tables are loaded, and created again after. Pure.

Row-by-row checks and index entries were two thirds of a load of a million rows; built afterwards they were a tenth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snap_restorer.pg.indexes import Definition, Name


def choose_rebuilt(
    definitions: Iterable[Definition], *, large: frozenset[Name], within: frozenset[Name], wanted: frozenset[int]
) -> tuple[Definition, ...]:
    """Return the definitions of indexes and constraints to drop before tables are loaded.

    These are all definitions of the `large` tables, the foreign keys from tables outside `within`, and the `wanted`
    ones. A definition with `stays` is kept, and so is a key on which a kept foreign key relies. A foreign key that
    relies on a dropped key is dropped too. Foreign keys of partitioned tables and partitions are dropped only if
    `wanted`, since Postgres would lock and check each of their partitions again. NOT VALID constraints, too, are
    dropped only if `wanted`: rows of the snapshot may violate those.
    """
    every = tuple(definitions)
    references = [d for d in every if d.kind == "foreign key"]
    fixed = {d.oid for d in every if d.stays is not None or (d.partitioned and not d.gone and d.oid not in wanted)}
    bound = {d.relies_on for d in references if d.oid in fixed}
    gone = {
        d.oid
        for d in every
        if d.kind in {"index", "key"} and (d.gone or (d.table in large and d.oid not in fixed and d.oid not in bound))
    }
    gone |= {d.oid for d in every if d.kind == "check" and d.oid in wanted and d.oid not in fixed}
    gone |= {
        d.oid
        for d in references
        if d.oid not in fixed
        and (d.gone or d.table in large or d.table not in within or d.oid in wanted or d.relies_on in gone)
    }
    return tuple(d for d in every if d.oid in gone)


def blocked(reference: Definition, labels: Mapping[Name, str]) -> tuple[str, str]:
    """Return a table outside the snapshot, and why its foreign key prevents replacing the rows that it references."""
    assert reference.to is not None
    return (
        f"table {'.'.join(reference.table)}",
        f"is outside the snapshot and references {labels[reference.to]} "
        f"(constraint {reference.name}), which cannot be dropped during the restore: "
        f"{reference.stays or 'one of its tables is partitioned or a partition'}",
    )
