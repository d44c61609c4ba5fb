"""The JSON of a manifest, which `snap show --json` prints unchanged. docs/format.md explains the fields."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from snap_cli.forms.common import Bytes, FindingForm, Rows


class EnumForm(TypedDict):
    """An enum type."""

    name: str
    labels: list[str]


class ColumnForm(TypedDict):
    """A column; `type` is what Postgres prints."""

    name: str
    type: str
    logical: str
    nullable: bool
    derived: bool
    generated: bool


class ForeignKeyForm(TypedDict):
    """A foreign key; `references` is a table's label."""

    columns: list[str]
    references: str
    to: list[str]


class PartForm(TypedDict):
    """A file with rows of a table."""

    path: str
    rows: Rows
    bytes: Bytes
    sha256: str
    key_min: NotRequired[list[str]]
    key_max: NotRequired[list[str]]


class FileForm(TypedDict):
    """Another file of the snapshot."""

    path: str
    bytes: Bytes
    sha256: str
    role: NotRequired[Literal["media"]]


class TableForm(TypedDict):
    """A table."""

    schema: str
    name: str
    rows: Rows
    digest: str
    columns: list[ColumnForm]
    primary_key: list[str]
    unique: list[list[str]]
    foreign_keys: list[ForeignKeyForm]
    files: list[PartForm]


class SequenceForm(TypedDict):
    """Where a sequence stood."""

    schema: str
    name: str
    last_value: int
    is_called: bool


class ManifestForm(TypedDict):
    """A manifest. What fixes a build's values is null in a captured snapshot."""

    format: Literal[1, 2]
    version: str
    dataset: str | None
    profile: str | None
    scale: str | None
    set: dict[str, Rows] | None
    seed: int | None
    as_of: str | None
    created: str
    digest: str
    rows_total: Rows
    bytes: Bytes
    estimated_db_bytes: Bytes
    written_by: dict[str, str]
    enums: list[EnumForm]
    tables: list[TableForm]
    files: list[FileForm]
    checks: list[FindingForm]
    sequences: NotRequired[list[SequenceForm]]
    revision: NotRequired[str]
    statistics: NotRequired[dict[str, Any]]
    edge_cases: NotRequired[dict[str, Any]]
    schema_sql: str
    sha256: str


class SchemaForm(TypedDict):
    """The JSON form of what --schema prints."""

    version: str
    schema_sql: str


class DiagramForm(TypedDict):
    """The JSON form of what --erd prints."""

    version: str
    erd: Literal["mermaid", "dbml"]
    text: str


class PageForm(TypedDict):
    """The JSON form of a page that --html wrote."""

    version: str
    digest: str
    file: str
    bytes: Bytes
