"""Which indexes, keys and foreign keys go while tables are loaded, to be created again after. Pure.

Row-by-row checks and index entries were two thirds of a load of a million rows; built afterwards they were a tenth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snap_restorer.pg.indexes import Definition, Name


def choose_rebuilt(
    definitions: Iterable[Definition], *, large: frozenset[Name], within: frozenset[Name], wanted: frozenset[int]
) -> tuple[Definition, ...]:
    """Return what to drop: all of the `large` tables, foreign keys from outside `within`, and those `wanted`.

    What `stays` stays, and so does a key on which a foreign key stays. One on a key that goes has to go too. Foreign
    keys of partitioned tables and partitions go only if `wanted`, since each of their partitions would be locked and
    checked anew, and so does what is NOT VALID, which may bind rows of the snapshot.
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


def blocked(reference: Definition, labels: Mapping[Name, str]) -> str:
    """Return why a foreign key from beyond the snapshot forbids to replace the rows that it points to."""
    assert reference.to is not None
    return (
        f"table {'.'.join(reference.table)} is outside the snapshot and references {labels[reference.to]} "
        f"(constraint {reference.name}), which cannot be lifted meanwhile: "
        f"{reference.stays or 'a table of it is partitioned or a partition'}"
    )
