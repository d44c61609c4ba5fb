"""The content of a snapshot's page, from its manifest and overview. Pure: the same values give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap.manifest import Manifest, TableData
from snap.overview import ColumnOverview, FanOut, Overview, TableOverview
from snap.schema import Column, ForeignKey
from snap_cli.page.drawing import drawing
from snap_cli.page.entities import Entity, entities
from snap_cli.page.rendering import template

if TYPE_CHECKING:
    from snap.compare import Diff


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value of a sample row. None is NULL. `href` links to the row or table that the value refers to, or is ""."""

    value: str | None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A column with its marks. `overview` is None if no file holds the column's values."""

    column: Column
    marks: tuple[str, ...]
    overview: ColumnOverview | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceView:
    """A foreign key with its parent's number and the child rows per parent row.

    The number is None if the snapshot does not hold the parent.
    """

    key: ForeignKey
    parent: int | None
    fan_out: FanOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table on the page. `number` is the table's number in the manifest, which its anchors use."""

    number: int
    data: TableData
    columns: tuple[ColumnView, ...]
    references: tuple[ReferenceView, ...]
    referenced: tuple[tuple[int, str], ...]
    samples: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The previous snapshot of the same dataset, and its differences from this one.

    If `diff` is None, `reason` says why.
    """

    version: str
    diff: Diff | None
    reason: str = ""


def page(manifest: Manifest, overview: Overview, earlier: Earlier | None = None) -> str:
    """Render the page of a snapshot."""
    tables = _tables(manifest, overview)
    schemas: dict[str, list[TableView]] = {}
    for table in tables:
        schemas.setdefault(table.data.table.schema, []).append(table)
    failed = [check for check in manifest.checks if not check.ok]
    return template("snapshot.html.j2")(
        manifest=manifest,
        made=_made(manifest),
        diagram=drawing([data.table for data in manifest.tables]) if manifest.tables else "",
        schemas=schemas,
        numbers={table.data.table.label: table.number for table in tables},
        checks=[*failed, *(check for check in manifest.checks if check.ok)],
        failed=len(failed),
        earlier=earlier,
    )


def _made(manifest: Manifest) -> list[tuple[str, str]]:
    """Return how a snapshot was made, as pairs of a name and a value."""
    parameters = manifest.parameters
    if parameters is None:
        made = [("Captured", "from a database")]
    else:
        made = [
            ("Dataset", parameters.dataset),
            ("Profile", parameters.profile + ("" if parameters.scale == "1" else f" × {parameters.scale}")),
            *(("Set", f"{table} = {rows:,}") for table, rows in parameters.sets),
            ("Seed", str(parameters.seed)),
            ("As of", parameters.as_of),
        ]
    return [
        *made,
        ("Created", manifest.created.replace("T", " ").replace("Z", " UTC")),
        ("By", ", ".join(f"{name} {version}" for name, version in manifest.written_by)),
        ("Digest", manifest.digest),
    ]


def _tables(manifest: Manifest, overview: Overview) -> list[TableView]:
    drawn = entities(data.table for data in manifest.tables)
    numbers = {entity.table.label: entity.number for entity in drawn}
    known = {each.table.label: each for each in overview.tables}
    rows = {label: _named_rows(each, manifest) for label, each in known.items()}
    return [
        TableView(
            number=entity.number,
            data=data,
            columns=_columns(entity, known[entity.table.label]),
            references=_references(entity, known[entity.table.label], numbers),
            referenced=tuple(
                dict.fromkeys(
                    (other.number, other.table.label)
                    for other in drawn
                    for key in other.table.foreign_keys
                    if key.references == entity.table.label
                )
            ),
            samples=_samples(known[entity.table.label], numbers, rows),
        )
        for entity, data in zip(drawn, manifest.tables, strict=True)
    ]


def _columns(entity: Entity, overview: TableOverview) -> tuple[ColumnView, ...]:
    held = {each.column.name: each for each in overview.columns}
    return tuple(
        ColumnView(column=column, marks=entity.marks(column.name), overview=held.get(column.name))
        for column in entity.table.columns
    )


def _references(entity: Entity, overview: TableOverview, numbers: Mapping[str, int]) -> tuple[ReferenceView, ...]:
    fan_outs = {each.key: each for each in overview.fan_outs}
    return tuple(
        ReferenceView(key=key, parent=numbers.get(key.references), fan_out=fan_outs.get(key))
        for key in dict.fromkeys(entity.table.foreign_keys)
    )


_Rows = Mapping[tuple[str, ...], Mapping[tuple[str | None, ...], int]]  # by columns, then by values: a row's number


def _named_rows(overview: TableOverview, manifest: Manifest) -> _Rows:
    """Return a table's sample rows, indexed by the values of the columns that foreign keys refer to."""
    label, names = overview.table.label, [column.name for column in overview.table.stored]
    asked = {
        key.to
        for data in manifest.tables
        for key in data.table.foreign_keys
        if key.references == label and set(key.to) <= set(names)
    }
    return {
        to: {tuple(row[names.index(name)] for name in to): place for place, row in enumerate(overview.samples, 1)}
        for to in asked
    }


def _samples(
    overview: TableOverview, numbers: Mapping[str, int], rows: Mapping[str, _Rows]
) -> tuple[tuple[Cell, ...], ...]:
    table = overview.table
    names = [column.name for column in table.stored]
    keys = [key for key in table.foreign_keys if key.references in numbers and set(key.columns) <= set(names)]

    def cell(name: str, row: Sequence[str | None]) -> Cell:
        value = row[names.index(name)]
        key = next((key for key in keys if name in key.columns), None)
        if key is None or value is None:
            return Cell(value=value, href="")
        values = tuple(row[names.index(own)] for own in key.columns)
        place = rows[key.references].get(key.to, {}).get(values)
        number = numbers[key.references]
        return Cell(value=value, href=f"#table-{number}" if place is None else f"#row-{number}-{place}")

    return tuple(tuple(cell(name, row) for name in names) for row in overview.samples)
