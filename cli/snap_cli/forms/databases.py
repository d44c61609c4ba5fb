"""The JSON of commands on a database (restore, health, night, backup) and on the embedded server."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from snap_cli.forms.common import Bytes, MeasuredForm, Rows, RowsForm, Seconds


class RestoredTableForm(TypedDict):
    """The JSON form of what happened to a table: rows = inserted + updated + unchanged + skipped."""

    name: str
    rows: Rows
    inserted: Rows
    updated: Rows
    deleted: Rows
    unchanged: Rows
    skipped: Rows
    seconds: Seconds


class ConflictForm(TypedDict):
    """The JSON form of a row that was skipped."""

    table: str
    key: str
    reason: str


class CauseForm(TypedDict):
    """The JSON form of why rows of a table were skipped, and how many."""

    table: str
    cause: str
    rows: Rows


class PlannedTableForm(TypedDict):
    """The JSON form of a table's part in a plan: rows and bytes of the snapshot, rows that it replaces, indexes."""

    name: str
    rows: Rows
    bytes: Bytes
    replaces: Rows
    rebuilt: int
    kept: int
    triggers: int
    seconds: Seconds


class OutlineForm(TypedDict):
    """The JSON form of a plan to replace all rows."""

    tables: list[PlannedTableForm]
    locked: list[str]
    views: list[str]
    jobs: int
    shift_days: int
    seconds: Seconds


class EffectsForm(TypedDict):
    """The JSON form of what mode missing or sync would mean for others."""

    triggers: list[str]
    hidden: list[str]
    shift_days: int


class StatisticsForm(TypedDict):
    """The JSON form of where the planner's statistics of tables came from: of the snapshot, or of ANALYZE."""

    imported: int
    analyzed: int


class ShiftForm(TypedDict):
    """The JSON form of the day that dates of a snapshot end with, and of the one that they end with in the database."""

    snapshot: str
    database: str


class RestoreForm(TypedDict):
    """The JSON form of a restore; `plan` stands in a dry run.

    `as_of` are the days of the snapshot and of the database, which lie `shift_days` apart.
    """

    version: str
    db: str
    mode: Literal["replace", "missing", "sync"]
    schema_created: bool
    shift_days: int
    as_of: ShiftForm
    tables: list[RestoredTableForm]
    conflicts: list[ConflictForm]
    causes: list[CauseForm]
    verified: Literal["counts", "full", "none"]
    statistics: StatisticsForm
    plan: NotRequired[OutlineForm | EffectsForm]
    seconds: Seconds


class HealthForm(TypedDict):
    """The JSON form of what was found."""

    version: str
    db: str
    healthy: bool
    checks: list[MeasuredForm]
    seconds: Seconds


class StepForm(TypedDict):
    """The JSON form of a step, as the report's record has it; a dry run's are planned or skipped.

    `facts` are numbers and names that differ by step, `code` the exit code of its failure, `log` what commands printed.
    """

    name: str
    ok: bool
    state: Literal["done", "failed", "skipped", "warned", "planned"]
    seconds: Seconds
    detail: str
    warnings: list[str]
    checks: list[MeasuredForm]
    facts: dict[str, Any]
    hint: str
    code: int
    log: list[str]


class CiForm(TypedDict):
    """The JSON form of a run of CI, and of the project's commit."""

    url: str
    commit: str
    commit_url: str


class NightForm(TypedDict):
    """The JSON form of a night, its record, and of what one would do.

    `urls` are all URLs of the database, without secrets; `rolled_back` says how it was put back, or ""; `changes` are
    rows that differ from the night before, by table, null if nothing was compared; `report` is the page.

    `left` is what the night left in the database, "" if that is not known; `usable` whether people can work with it,
    as it was last looked at; `last_good` the start of the last night that refreshed it and went well; `ci` the run.
    """

    started: str
    seconds: Seconds
    version: str
    digest: str
    db: str
    urls: list[str]
    snap_version: str
    ok: bool
    rolled_back: str
    changes: dict[str, dict[str, int]] | None
    left: Literal["refreshed", "kept", "put back", "broken", ""]
    usable: bool | None
    last_good: str | None
    ci: CiForm | None
    steps: list[StepForm]
    report: str | None


class BackupCreateForm(TypedDict):
    """The JSON form of a backup: the `bytes` that are stored, and those that were dumped.

    `copies` are further places.
    """

    id: str
    db: str
    place: str
    copies: list[str]
    bytes: Bytes
    dumped_bytes: Bytes
    seconds: Seconds


class BackupForm(TypedDict):
    """The JSON form of a backup; `version` is what the database held by its ledger.

    `pg_dump` is the major version of the program that wrote it. `safety`: made before the
    database was put back to another backup.
    """

    id: str
    started: str
    bytes: Bytes
    db: str
    version: str | None
    pg_dump: int
    safety: bool


class BackupListForm(TypedDict):
    """The JSON form of the list."""

    backups: list[BackupForm]


class BackupPruneForm(TypedDict):
    """The JSON form of a pruning: the ids that were removed, and how many backups are kept."""

    removed: list[str]
    kept: int
    seconds: Seconds


class BackupRemoveForm(TypedDict):
    """The JSON form of a backup that was asked to go; `removed` is false if the person asked said no."""

    id: str
    removed: bool
    seconds: Seconds


class BackupDrillForm(TypedDict):
    """The JSON form of a drill; `server` is None for the drill's own."""

    id: str
    server: str | None
    schemas: list[str]
    tables: list[RowsForm]
    seconds: Seconds


class BackupRestoreForm(TypedDict):
    """The JSON form of a put-back; if the person asked said no, `restored` is false and the lists are empty.

    `saved` is the backup of what was there before.
    """

    id: str
    db: str
    restored: bool
    schemas: list[str]
    tables: list[RowsForm]
    lost: list[str]
    saved: str | None
    seconds: Seconds


class StartForm(TypedDict):
    """The JSON form of a server that runs; `data` is its folder."""

    running: bool
    postgres: str
    port: int
    url: str
    data: str
    seconds: Seconds


class StopForm(TypedDict):
    """The JSON form of a server that is down; `stopped`: it ran until now."""

    running: bool
    stopped: bool
    seconds: Seconds


class HeldDatabaseForm(TypedDict):
    """The JSON form of a database of the embedded server; `template`: Postgres lets anybody copy it.

    `about` says what snap made it for (a template, tests, a clone), null for others.
    """

    name: str
    bytes: Bytes
    template: bool
    about: str | None


class DbStatusForm(TypedDict):
    """The JSON form of the embedded server as it is; `data` is its folder, and `made` whether it is there.

    `port` and `url` are null, and the list is empty, if the server does not run.
    """

    running: bool
    postgres: str
    port: int | None
    url: str | None
    data: str
    made: bool
    databases: list[HeldDatabaseForm]
    seconds: Seconds


class EnvForm(TypedDict):
    """The JSON form of variables that libpq reads, by name."""

    variables: dict[str, str]


class ResetForm(TypedDict):
    """The JSON form of a reset: false if the person asked said no."""

    database: str
    reset: bool
    seconds: Seconds


class RemoveDataForm(TypedDict):
    """The JSON form of the removal of the embedded server's data: false if there were none, or somebody said no."""

    folder: str
    removed: bool
    bytes: Bytes
    seconds: Seconds


class AllowForm(TypedDict):
    """The JSON form of a mark: all URLs of the database, and whether nights may change it now."""

    urls: list[str]
    allowed: bool
    seconds: Seconds


class UrlForm(TypedDict):
    """The JSON form of a URL; a secret if the password was asked for."""

    url: str
