"""The JSON of published versions: built, captured, checked, listed, removed."""

from __future__ import annotations

from typing import TypedDict

from snap_cli.forms.common import Bytes, MeasuredForm, Rows, RowsForm, Seconds


class PublishedForm(TypedDict):
    """What the JSON of both has."""

    version: str
    digest: str
    rows: list[RowsForm]
    bytes: Bytes
    estimated_db_bytes: Bytes
    checks: list[MeasuredForm]
    seconds: Seconds


class BuildForm(PublishedForm):
    """The JSON form of a build: whether a published version was `reproduced`, null for a new one.

    `statistics`: the planner's were published with it, or added to it.
    """

    dataset: str | None
    reproduced: bool | None
    statistics: bool


class ShareForm(TypedDict):
    """The JSON form of a share: `made` is false if it was there; `missing` are the shares that are not there yet."""

    version: str
    dataset: str
    share: int
    shares: int
    made: bool
    rows: list[RowsForm]
    files: int
    bytes: Bytes
    missing: list[int]
    seconds: Seconds


class GuessedForm(TypedDict):
    """The JSON form of what was recognised of a table: its columns by what each was recognised.

    `always_null` are those that nothing but NULL is known for.
    """

    name: str
    rows: int
    columns: dict[str, str]
    always_null: list[str]


class LeftForm(TypedDict):
    """The JSON form of a CHECK that a person has to look at."""

    table: str
    check: str


class InitForm(TypedDict):
    """The JSON form of a new dataset: the files written, the tables, what was not understood, what changed."""

    dataset: str
    files: list[str]
    tables: list[GuessedForm]
    left: list[LeftForm]
    changes: list[str]


class PreviewForm(TypedDict):
    """The JSON form of some rows of a table; each is an object of texts, NULL is null."""

    dataset: str
    table: str
    rows: list[dict[str, str | None]]


class PersonalForm(TypedDict):
    """The JSON form of a column that looks personal and is not masked; `column` is what --mask takes.

    `unmaskable` says why --mask refuses the column, and what to do instead.
    """

    column: str
    kind: str
    unmaskable: str | None


class NotCapturedForm(TypedDict):
    """The JSON form of what a capture does not carry, of one kind."""

    kind: str
    count: int
    names: list[str]


class CaptureForm(PublishedForm):
    """The JSON form of a capture."""

    db: str
    masked: list[str]
    personal: list[PersonalForm]
    not_captured: list[NotCapturedForm]


class CheckedFileForm(TypedDict):
    """The JSON form of what was found of a file."""

    path: str
    ok: bool
    detail: str


class CheckForm(TypedDict):
    """The JSON form of a check."""

    version: str
    digest: str
    files: list[CheckedFileForm]
    checks: list[MeasuredForm]
    not_run: list[str]
    seconds: Seconds


class SidesForm(TypedDict):
    """The JSON form of a number that both sides have."""

    database: float
    version: float


class FittedForm(TypedDict):
    """The JSON form of a column's score, from 0 to 100, and those of its parts; `nulls` are shares of the rows."""

    table: str
    column: str
    score: int
    parts: dict[str, int]
    nulls: SidesForm
    distinct: SidesForm


class FitForm(TypedDict):
    """The JSON form of how near a version comes to a database, the worst column first; `missed` have no statistics."""

    version: str
    db: str
    score: int | None
    columns: list[FittedForm]
    missed: list[str]
    seconds: Seconds


class ListedVersionForm(TypedDict):
    """The JSON form of a published version; `dataset` is null for a captured one."""

    version: str
    dataset: str | None
    rows_total: Rows
    bytes: Bytes
    created: str
    digest: str


class ListForm(TypedDict):
    """The JSON form of the list."""

    versions: list[ListedVersionForm]


class RemoveForm(TypedDict):
    """The JSON form of a removal; `removed` is false if the person asked said no."""

    version: str
    removed: bool
    seconds: Seconds
