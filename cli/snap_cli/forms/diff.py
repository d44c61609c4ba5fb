"""The JSON of differences between schemas and between rows."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from snap_cli.forms.common import Rows, Seconds

Value: TypeAlias = str | int | bool | None
KindForm: TypeAlias = Literal["added", "removed", "changed"]


class SchemaChangeForm(TypedDict):
    """The JSON form of a schema change; `by` stands in a three-way diff."""

    kind: KindForm
    what: str
    table: str | None
    name: str
    before: str | None
    after: str | None
    by: NotRequired[Literal["version", "database"]]


class PairForm(TypedDict):
    """The JSON form of a value that changed."""

    old: Value
    new: Value


class SampleForm(TypedDict):
    """The JSON form of a differing row: all of it, or the columns that changed."""

    kind: KindForm
    key: dict[str, Value]
    count: Rows
    row: NotRequired[dict[str, Value]]
    columns: NotRequired[dict[str, PairForm]]


class SideForm(TypedDict):
    """The JSON form of rows that differ; `columns` says in how many changed rows each column does.

    `not_compared` are the columns that only one side stores.
    """

    added: Rows
    removed: Rows
    changed: Rows
    unchanged: Rows
    columns: dict[str, Rows]
    not_compared: list[str]
    samples: NotRequired[list[SampleForm]]


class TableDiffForm(SideForm):
    """The JSON form of a table's differences."""

    name: str


class ValuesForm(TypedDict):
    """The JSON form of a column that both sides changed."""

    old: Value
    version: Value
    database: Value


class CollisionForm(TypedDict):
    """The JSON form of a row that both sides changed."""

    key: dict[str, Value]
    version: KindForm
    database: KindForm
    columns: dict[str, ValuesForm]


class ThreeWayTableForm(TypedDict):
    """The JSON form of what both sides did to a table; `collisions` counts rows."""

    name: str
    version: SideForm
    database: SideForm
    collisions: Rows
    samples: NotRequired[list[CollisionForm]]


class DiffForm(TypedDict):
    """The JSON form of a diff: `tables` of one form with two sides, of the other with three. `file` is the page."""

    version: str
    other: str | None
    db: str | None
    identical: bool
    schema: list[SchemaChangeForm]
    tables: list[TableDiffForm] | list[ThreeWayTableForm]
    file: str | None
    seconds: Seconds
