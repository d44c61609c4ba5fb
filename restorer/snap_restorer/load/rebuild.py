"""Which indexes, keys and foreign keys go while tables are loaded, to be created again after. Pure.

Row-by-row checks and index entries were two thirds of a load of a million rows; built afterwards they were a tenth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snap_restorer.pg.indexes import Definition, Name


def choose_rebuilt(
    definitions: Iterable[Definition], *, large: frozenset[Name], within: frozenset[Name], backward: frozenset[int]
) -> tuple[Definition, ...]:
    """Return what to drop: all of the `large` tables, foreign keys from outside `within`, and those `backward`.

    What `stays` stays, and so does a key on which a foreign key stays. One on a key that goes has to go too.
    """
    every = tuple(definitions)
    references = [d for d in every if d.kind == "foreign key"]
    bound = {d.relies_on for d in references if d.stays is not None}
    gone = {
        d.oid
        for d in every
        if d.kind != "foreign key" and (d.gone or (d.table in large and d.stays is None and d.oid not in bound))
    }
    gone |= {
        d.oid
        for d in references
        if d.stays is None
        and (d.gone or d.table in large or d.table not in within or d.oid in backward or d.relies_on in gone)
    }
    return tuple(d for d in every if d.oid in gone)


def blocked(reference: Definition, labels: Mapping[Name, str]) -> str:
    """Return why a foreign key from beyond the snapshot forbids to replace the rows that it points to."""
    assert reference.to is not None
    return (
        f"table {'.'.join(reference.table)} is outside the snapshot and references {labels[reference.to]} "
        f"(constraint {reference.name}), which cannot be lifted meanwhile: {reference.stays}"
    )
