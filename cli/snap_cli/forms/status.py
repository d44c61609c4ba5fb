"""The JSON of `snap status`: the versions, the target's content, and the embedded server."""

from __future__ import annotations

from typing import TypedDict

from snap_cli.forms.common import Rows, Seconds
from snap_cli.forms.snapshots import ListedVersionForm


class HeldForm(TypedDict):
    """The JSON form of the last restore into a database, as its ledger tells it.

    `published`: the project has a version of this name and digest; null if it has none of this name. `finished` is
    false while a restore runs, or after one that was cut.
    """

    version: str
    digest: str
    published: bool | None
    since: str | None
    mode: str
    shift_days: int
    finished: bool
    snap_version: str


class DriftForm(TypedDict):
    """The JSON form of a table with other numbers of rows; `database` is null if there is no such table."""

    name: str
    ledger: Rows
    database: Rows | None


class TargetStatusForm(TypedDict):
    """The JSON form of a database; `holds` is null if no ledger tells of a restore, or it could not be read.

    `unread` are tables of which the role may not read every row; `night` is the start of a night that changes the
    database, or was cut while it did.
    """

    db: str
    holds: HeldForm | None
    drifted: list[DriftForm]
    unread: list[str]
    night: str | None


class EmbeddedStatusForm(TypedDict):
    """The JSON form of the embedded server; `data` is null if this machine has no Postgres to start.

    `databases` are the names of its databases without templates, if it runs.
    """

    running: bool
    postgres: str | None
    port: int | None
    data: str | None
    databases: list[str]


class StatusForm(TypedDict):
    """The JSON form of a project's state; `target` is null if no database is named, and none runs here."""

    root: str
    versions: list[ListedVersionForm]
    newest: str | None
    target: TargetStatusForm | None
    embedded: EmbeddedStatusForm
    seconds: Seconds
