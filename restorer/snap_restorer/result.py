"""What a restore did, or would do, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What mode missing or sync would mean for others. `triggers` are held off (`table: trigger`); readers of the
    tables `hidden` wait until the commit, those of others never do; dates lie `shift_days` after the snapshot's."""

    triggers: tuple[str, ...]
    hidden: tuple[str, ...]
    shift_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsResult:
    """How many tables took the planner's statistics that come with the snapshot, and how many were analysed."""

    imported: int = 0
    analyzed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """What mode missing or sync has written before the commit. `triggers` were held off (`table: trigger`)."""

    tables: tuple[TableResult, ...]
    verified: Verify
    conflicts: tuple[Conflict, ...] = ()
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """What a restore did, or, of a dry run, would do: then `verified` is "none". `db` holds no password.

    The dates in the database lie `shift_days` after the snapshot's, which is as of `own_day`.
    `outline` is a dry run's, but for a clone's.
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
