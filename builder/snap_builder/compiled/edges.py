"""Compile the edge cases of a declaration: which rows hold them, and whether columns can hold their values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from snap.errors import UsageError
from snap.schema import Details
from snap.types import Logical
from snap.units import plural
from snap_builder.compiled.edge_values import Holder, as_stored, text_of
from snap_builder.compiled.planned import EdgeRow, PlannedTable
from snap_builder.compiled.requirements import null_source
from snap_builder.compiled.standard_edges import SLOTS, standard_rows
from snap_builder.dataset import DeclaredEdge
from snap_builder.declare.booking import Booking, BookingEnd
from snap_builder.declare.checked import at, require_known
from snap_builder.declare.computed import Copy, Formula
from snap_builder.declare.dataset import Table
from snap_builder.declare.derived import Derived
from snap_builder.declare.distinct import RowCombination
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.lifecycle import Lifecycle, Reached
from snap_builder.declare.made_by import MadeBy
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.position import Position
from snap_builder.declare.primary import Primary
from snap_builder.declare.references import Reference
from snap_builder.infer.checks import Bounds
from snap_builder.infer.references import Inferred

# Words whose values follow from other rows or columns.
_FOLLOWING = (
    Booking,
    BookingEnd,
    Copy,
    Derived,
    Formula,
    KeyOfParent,
    Lifecycle,
    Polymorphic,
    Position,
    Primary,
    Reached,
    Reference,
    RowCombination,
)
_IN_KEYS = (
    *(Logical.INT16, Logical.INT32, Logical.INT64, Logical.DECIMAL, Logical.STRING, Logical.TEXT, Logical.UUID),
    *(Logical.DATE, Logical.TIMESTAMP, Logical.TIMESTAMPTZ, Logical.TIME, Logical.ENUM, Logical.BOOL),
)


def edges_of(
    own: Table,
    planned: Mapping[str, PlannedTable],
    inferred: Inferred,
    details: Details,
    labels: Mapping[str, tuple[str, ...]],
    year: int,
) -> tuple[EdgeRow, ...]:
    """Return the rows of a table that hold edge cases: the standard ones, then the named ones.

    `labels` are the labels of enum types by name. Standard moments lie in the years before `year`. Errors: UsageError.
    """
    if not own.edges and not own.standard_edges:
        return ()
    table = planned[own.name]
    _require_key(table)
    holders = dict(_holders(table, planned, inferred, labels))
    with at(own):
        filed = [column.name for column in table.filed.stored]
        require_known(_listed(own), filed, f"table {own.name} has no column")
        in_files = {name: holders[name] for name in filed}
        rows = standard_rows(own, table, in_files, inferred, details, year) if own.standard_edges else ()
        first = SLOTS if own.standard_edges else 0
        named = tuple(
            _named(own, name, table.fixed.num_rows + first + number, values, holders)
            for number, (name, values) in enumerate(own.edges.items())
        )
        _require_different(own, table, (*rows, *named))
    return (*rows, *named)


def declared_edges(planned: Mapping[str, PlannedTable]) -> tuple[DeclaredEdge, ...]:
    """Return the edge cases of all tables as a manifest lists them, without the values of traits."""
    return tuple(
        DeclaredEdge(
            table=label,
            name=edge.name,
            row=edge.row,
            values={c: text_of(value[0]) for c, value in edge.values.items() if c not in table.traits},
        )
        for label, table in planned.items()
        for edge in table.edges
    )


def require_rows(planned: Mapping[str, PlannedTable], rows: Mapping[str, int]) -> None:
    """Raise UsageError if a build makes fewer rows of a table than the table's edge cases need."""
    for label, table in planned.items():
        needed = max((edge.row + 1 for edge in table.edges), default=0)
        if rows[label] < needed:
            inserted = table.fixed.num_rows
            of_them = f", {plural(inserted, 'row')} of them from the schema's script" if inserted else ""
            raise UsageError(
                f"the edge cases of {label} take its first {plural(needed, 'row')}{of_them}, but the build makes only "
                f"{rows[label]:,}",
                f"ask for {needed:,} rows of {label} or more, or declare fewer edge cases",
            )


def _listed(own: Table) -> Sequence[str]:
    return own.standard_edges if isinstance(own.standard_edges, Sequence) else ()


def _require_key(table: PlannedTable) -> None:
    keys = [table.table.column(name) for name in table.table.primary_key]
    if not keys or any(column.generated or column.type.logical not in _IN_KEYS for column in keys):
        raise UsageError(
            f"table {table.table.label} has no primary key that a manifest can hold, and the manifest lists edge cases "
            "by primary key",
            "leave out its edge cases",
        )


def _holders(
    table: PlannedTable,
    planned: Mapping[str, PlannedTable],
    inferred: Inferred,
    labels: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[str, Holder]]:
    """Yield the name of each column of a table, and what the column can hold."""
    label, read = table.table.label, _read(planned)
    words = {name: maker for name, maker in table.makers.items() if not isinstance(maker, MadeBy)}
    companions = {other for name, maker in words.items() for other in maker.others(name)}
    paired = () if table.pairs is None else (table.pairs.left, table.pairs.right)
    coupled = {*table.joints, *(driver.column for joint in table.joints.values() for driver in joint.drivers)}
    for column in table.table.stored:
        name, maker, kind = column.name, table.makers.get(column.name), table.kind(column.name)
        gives_null = null_source(planned, table, name) is not None
        why = None
        if name in table.table.primary_key:
            why = "it is part of the primary key"
        elif name in table.parents or name in paired or isinstance(maker, Reference):
            why = "it references another row"
        elif maker is None or isinstance(maker, _FOLLOWING) or name in companions or column.derived:
            why = "its values follow from other rows or columns"
        elif name in coupled:
            why = "a CHECK couples it with other columns"
        yield (
            name,
            Holder(
                label=f"{label}.{name}",
                column=replace(column, nullable=gives_null or (column.nullable and name not in table.traits)),
                kind=kind,
                bounds=inferred.bounds.get(name, Bounds()),
                choices=None if maker is None else maker.choices,
                labels=labels.get(kind.enum) if kind.enum is not None else None,
                read=(label, name) in read and not gives_null,
                why_not=why,
            ),
        )


def _read(planned: Mapping[str, PlannedTable]) -> frozenset[tuple[str, str]]:
    """Return the columns that words of other columns read, as pairs of table and column."""
    read = set[tuple[str, str]]()
    for label, table in planned.items():
        for maker in table.makers.values():
            for path in (*maker.reads(), *maker.waits()):
                read |= set(_on_path(planned, label, path))
            if isinstance(maker, Reference):
                read |= {(maker.parent, column) for column in maker.waits_for_parent()}
            for child in maker.of_children() if isinstance(maker, Derived) else ():
                read |= {(child.child, column) for column in (child.column,) if column is not None}
    return frozenset(read)


def _on_path(planned: Mapping[str, PlannedTable], label: str, path: str) -> Iterator[tuple[str, str]]:
    name, _, rest = path.partition(".")
    table = planned[label]
    column = table.reference(name) if rest else name
    yield label, column
    if rest:
        yield from _on_path(planned, table.parents[column].label, rest)


def _named(own: Table, name: str, row: int, values: Mapping[str, object], holders: Mapping[str, Holder]) -> EdgeRow:
    if not values or not name.isprintable() or not name:
        raise UsageError(
            f"edge case {name!r} of {own.name} has no {'column' if values == {} else 'printable name'}",
            'write edges={"longest name": {"name": longest()}}',
        )
    require_known(values, holders, f"table {own.name} has no column")
    stored = {column: as_stored(value, holders[column], name) for column, value in values.items()}
    return EdgeRow(name=name, row=row, values=stored)


def _require_different(own: Table, table: PlannedTable, edges: Sequence[EdgeRow]) -> None:
    """Raise UsageError if two edge cases have the same name, or the same value in a unique column."""
    names = [edge.name for edge in edges]
    twice = next((name for name in own.edges if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{own.name} has a standard edge case {twice!r} already", "give yours another name")
    for key in table.table.unique:
        seen: dict[str, str] = {}
        for edge in edges if len(key) == 1 else ():
            value = str(edge.values[key[0]][0]) if key[0] in edge.values and edge.values[key[0]][0].is_valid else None
            if value is not None and seen.setdefault(value, edge.name) != edge.name:
                raise UsageError(
                    f"{own.name}.{key[0]} is unique, and edge cases {seen[value]!r} and {edge.name!r} have the same "
                    "value",
                    "write different ones",
                )
