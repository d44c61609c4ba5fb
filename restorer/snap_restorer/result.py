"""What a restore did, or would do, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from snap.manifest import Manifest
from snap_restorer.replace.outline import Outline
from snap_restorer.replace.survey import Survey
from snap_restorer.request import Mode, Verify


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """What happened to one table. rows = inserted + updated + unchanged + skipped."""

    name: str
    rows: int
    inserted: int
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A row of the snapshot that the target could not take."""

    table: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What mode missing or sync would mean for others. `triggers` are held off (`table: trigger`); readers of the
    tables `hidden` wait until the commit, those of others never do; dates lie `shift_days` after the snapshot's."""

    triggers: tuple[str, ...]
    hidden: tuple[str, ...]
    shift_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """What a restore did, or would do: then `verified` is False and `outline` is there. `db` holds no password."""

    version: str
    db: str
    mode: Mode
    schema_created: bool
    tables: tuple[TableResult, ...]
    conflicts: tuple[Conflict, ...]
    verified: Verify | Literal[False]
    seconds: float
    outline: Outline | Effects | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the replacing of rows came to: the plan, the rows before and the seconds by label, what was verified."""

    survey: Survey
    before: Mapping[str, int]
    seconds: Mapping[str, float]
    verified: Verify | Literal[False]


def replaced(manifest: Manifest, done: Done) -> tuple[TableResult, ...]:
    """Return the result of replacing each table's rows, in the manifest's order."""
    place = {data.table.label: i for i, data in enumerate(manifest.tables)}
    return tuple(
        TableResult(
            name=table.label,
            rows=table.data.rows,
            inserted=table.data.rows,
            deleted=done.before.get(table.label, 0),
            seconds=done.seconds.get(table.label, 0.0),
        )
        for table in sorted(done.survey.made.tables, key=lambda table: place[table.label])
    )
