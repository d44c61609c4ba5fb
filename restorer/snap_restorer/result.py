"""Results of a restore or of its dry run, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from snap_restorer.request import Mode, Verify


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """The numbers of rows of one table in a restore. rows = inserted + updated + unchanged + skipped."""

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
class TableOutline:
    """A table in the outline of a restore: `rows` and `bytes` of the snapshot's files, `replaces` rows of the target.

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
    """The outline of a restore. `locked` are other tables that are locked too, `views` are refreshed views."""

    tables: tuple[TableOutline, ...]
    locked: tuple[str, ...]
    views: tuple[str, ...]
    jobs: int
    shift_days: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """The effects of mode missing or sync on other sessions. `triggers` are disabled meanwhile (`table: trigger`).

    Readers of the tables `hidden` wait until the commit; readers of other tables never do. Dates lie `shift_days` after
    the snapshot's.
    """

    triggers: tuple[str, ...]
    hidden: tuple[str, ...]
    shift_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsResult:
    """The number of tables that took the snapshot's planner statistics, and the number that were analysed."""

    imported: int = 0
    analyzed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """The result of mode missing or sync before the commit. `triggers` were disabled meanwhile (`table: trigger`)."""

    tables: tuple[TableResult, ...]
    verified: Verify
    conflicts: tuple[Conflict, ...] = ()
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """The result of a restore or of its dry run, for which `verified` is "none". `db` holds no password.

    The dates in the database lie `shift_days` after the snapshot's, which is as of `own_day`. `outline` is set by a dry
    run, except a clone's.
    """

    version: str
    db: str
    mode: Mode
    schema_created: bool
    own_day: date
    shift_days: int
    tables: tuple[TableResult, ...]
    conflicts: tuple[Conflict, ...]
    verified: Verify | Literal["none"]
    seconds: float
    outline: Outline | Effects | None = None
    statistics: StatisticsResult = StatisticsResult()
