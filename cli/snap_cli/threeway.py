"""Show a three-way diff to people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from snap.units import plural
from snap_cli import changes
from snap_cli.changes import plain
from snap_cli.render import Grid, Line, Spans, View

if TYPE_CHECKING:
    from snap.compare import Collision, TableDiff, ThreeWay, ThreeWayTable
    from snap_cli.forms.diff import CollisionForm, SchemaChangeForm, ThreeWayTableForm, ValuesForm

_DATABASE = "database"
_KINDS = ("added", "removed", "changed")


def schema_documents(diff: ThreeWay) -> list[SchemaChangeForm]:
    """Return the JSON form of both sides' schema changes."""
    version, database = map(changes.schema_documents, (diff.version_schema, diff.database_schema))
    for change in version:
        change["by"] = "version"
    for change in database:
        change["by"] = "database"
    return version + database


def table_document(table: ThreeWayTable, *, samples: bool) -> ThreeWayTableForm:
    """Return the JSON form of both sides' changes to a table."""
    document: ThreeWayTableForm = {
        "name": table.name,
        "version": changes.side_document(table.version, samples=samples),
        "database": changes.side_document(table.database, samples=samples),
        "collisions": table.collisions,
    }
    if samples:
        document["samples"] = [_sample_document(sample) for sample in table.samples]
    return document


def _sample_document(sample: Collision) -> CollisionForm:
    columns: dict[str, ValuesForm] = {
        name: {"old": old, "version": new, "database": other} for name, old, new, other in sample.columns
    }
    version, database = changes.kind_document(sample.version), changes.kind_document(sample.database)
    return {"key": dict(sample.key), "version": version, "database": database, "columns": columns}


def view(diff: ThreeWay, version: str) -> View:
    """Return a line per table and side, then sample rows, then sums. `version` is the name of the new version."""
    tables = [table for table in diff.tables if not table.identical]
    return (
        *changes.schema_view(diff.version_schema, f"schema, by {version}"),
        *changes.schema_view(diff.database_schema, f"schema, in the {_DATABASE}"),
        *_grid(tables, version),
        *changes.left_out_view((table.version for table in diff.tables), f" ({version})"),
        *changes.left_out_view((table.database for table in diff.tables), f" ({_DATABASE})"),
        *([Line("")] if any(t.samples or t.version.samples or t.database.samples for t in tables) else []),
        *(line for table in tables for line in _samples(table, version)),
        *_sums(diff, version),
    )


def _grid(tables: list[ThreeWayTable], version: str) -> View:
    if not tables:
        return ()
    rows = []
    for table in tables:
        sides = [
            (by, side) for by, side in ((version, table.version), (_DATABASE, table.database)) if not side.identical
        ]
        for number, (by, side) in enumerate(sides):
            rows.append(
                (
                    "" if number else plain(table.name),
                    by,
                    *(f"{getattr(side, kind):,}" if getattr(side, kind) else "" for kind in _KINDS),
                    f"{table.collisions:,}" if table.collisions and number == len(sides) - 1 else "",
                    changes.columns_text(side),
                )
            )
    grid = Grid(
        columns=("table", "by", *_KINDS, "collide", "in columns"),
        rows=tuple(rows),
        right=frozenset({*_KINDS, "collide"}),
    )
    derived = any(side.derived for table in tables for side in (table.version, table.database))
    return grid, *([Line("* derived: triggers of the database maintain it", "dim")] if derived else [])


def _samples(table: ThreeWayTable, version: str) -> Iterator[Line | Spans]:
    for by, side in ((f"by {version}", table.version), (f"in the {_DATABASE}", table.database)):
        yield from _side(side, by)
    if not table.samples:
        return
    named = ", ".join(plain(name) for name, _ in table.samples[0].key)
    yield Spans((Line(plain(table.name), "strong"), Line(f"  collisions, by {named}", "dim")))
    for sample in table.samples:
        key = ", ".join(changes.short(value, changes.KEY_WIDTH) for _, value in sample.key)
        did = f"{version} {sample.version} it, the {_DATABASE} {sample.database} it"
        yield Spans((Line(f"  ! {key}  ", "bad"), Line(did, "dim")))
        width = max((len(plain(name)) for name, *_ in sample.columns), default=0)
        for name, old, new, other in sample.columns:
            parts = [
                Line(f"      {plain(name):<{width}}  {'' if sample.version == 'added' else changes.short(old) + ' → '}")
            ]
            if sample.version != "removed":
                parts += [Line(f"{version}: ", "dim"), Line(changes.short(new), "good")]
            if sample.version != "removed" and sample.database != "removed":
                parts.append(Line(", ", "dim"))
            if sample.database != "removed":
                parts += [Line(f"{_DATABASE}: ", "dim"), Line(changes.short(other), "bad")]
            yield Spans(tuple(parts))
    yield Line("")


def _side(side: TableDiff, by: str) -> Iterator[Line | Spans]:
    lines = list(changes.samples_view(side))
    if lines:
        yield Spans((*(lines[0].parts if isinstance(lines[0], Spans) else (lines[0],)), Line(f", {by}", "dim")))
        yield from lines[1:]


def _sums(diff: ThreeWay, version: str) -> Iterator[Line]:
    for by, sides in (
        (version, [table.version for table in diff.tables]),
        (f"the {_DATABASE}", [table.database for table in diff.tables]),
    ):
        counts = ", ".join(f"{sum(getattr(side, kind) for side in sides):,} {kind}" for kind in _KINDS)
        yield Line(f"{by}: {counts}", "strong")
    count = sum(table.collisions for table in diff.tables)
    if count:
        where = plural(sum(table.collisions > 0 for table in diff.tables), "table")
        yield Line(f"{plural(count, 'row')} in {where} collide", "bad")
    else:
        yield Line("nothing collides", "good")
