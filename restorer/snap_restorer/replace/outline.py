"""What a restore will do to each table, for people who look before they leap. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snap.manifest import Manifest
from snap_restorer.load.plan import RestorePlan, TablePlan
from snap_restorer.request import Request

# Into Postgres 18 on one machine: 455 MB of tables and indexes in 10 s (bench/RESULTS.md), and 0.2 s at the least.
_BYTES_PER_SECOND = 45e6
_LEAST_SECONDS = 0.2
_SECOND_CONNECTION = 0.7  # what two connections take, where one takes 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOutline:
    """One table's part: `rows` and `bytes` of the snapshot's files, `replaces` rows of the target.

    `rebuilt` counts the indexes and constraints that are dropped and created again, `kept` the indexes that are
    maintained row by row; `seconds` is an estimate.
    """

    name: str
    rows: int
    bytes: int
    replaces: int
    rebuilt: int
    kept: int
    triggers: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The whole of it. `locked` names tables beyond the snapshot that are locked too, `views` are refreshed."""

    tables: tuple[TableOutline, ...]
    locked: tuple[str, ...]
    views: tuple[str, ...]
    jobs: int
    shift_days: int
    seconds: float


def outline(manifest: Manifest, made: RestorePlan, before: Mapping[str, int], request: Request) -> Outline:
    """Outline a plan, tables in the order in which they are loaded."""
    sizes = {table.label: sum(file.bytes for file in table.data.files) for table in made.tables}
    seconds = manifest.estimated_db_bytes / _BYTES_PER_SECOND * (1 if request.jobs == 1 else _SECOND_CONNECTION)
    whole = sum(sizes.values()) or 1
    return Outline(
        tables=tuple(
            _table(table, made, sizes[table.label], before, seconds * sizes[table.label] / whole)
            for table in made.tables
        ),
        locked=tuple(".".join(name) for name in made.outside),
        views=tuple(".".join(view.name) for view in made.views),
        jobs=request.jobs,
        shift_days=request.shift_days,
        seconds=round(_LEAST_SECONDS + seconds, 1),
    )


def _table(table: TablePlan, made: RestorePlan, size: int, before: Mapping[str, int], seconds: float) -> TableOutline:
    own = [d for d in made.definitions if d.table == table.name]
    gone = {d.oid for d in made.dropped}
    return TableOutline(
        name=table.label,
        rows=table.data.rows,
        bytes=size,
        replaces=before.get(table.label, 0),
        rebuilt=sum(d.oid in gone for d in own),
        kept=sum(d.oid not in gone and d.kind != "foreign key" for d in own),
        triggers=sum(trigger.table == table.name for trigger in made.triggers),
        seconds=round(seconds, 2),
    )
