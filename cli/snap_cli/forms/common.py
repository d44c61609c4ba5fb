"""The JSON that many documents share: numbers with a unit, findings, errors."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from snap.errors import Kind
from snap.units import Unit

Seconds = Annotated[float, "seconds"]
Bytes = Annotated[int, "bytes"]
Rows = Annotated[int, "rows"]


class RowsForm(TypedDict):
    """The JSON form of a table's number of rows."""

    name: str
    rows: Rows


class FindingForm(TypedDict):
    """The JSON form of a finding."""

    name: str
    ok: bool
    value: float | int | str
    limit: float | int | str
    detail: str


class MeasuredForm(FindingForm):
    """The JSON form of a finding with the unit of its value and limit, null for plain numbers and texts."""

    unit: Unit | None


class ErrorForm(TypedDict):
    """The JSON form of an error; `reasons` are what `message` says: one text, or each of several by itself."""

    kind: Kind
    message: str
    reasons: list[str]
    hint: str


class FailureForm(TypedDict):
    """The JSON form of a command that failed without a result."""

    error: ErrorForm


class VersionForm(TypedDict):
    """The JSON form of `snap --version`."""

    program: str
    version: str


class CompletionForm(TypedDict):
    """The JSON form of what a shell evaluates."""

    shell: Literal["bash", "zsh", "fish"]
    script: str


class HelpForm(TypedDict):
    """The JSON form of a command's help."""

    help: str
