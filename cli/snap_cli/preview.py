"""`snap preview`: show a few rows of a table as a build would make them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from snap_cli import datasets
from snap_cli.changes import short, text
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.render import Grid, Line, Result, View

if TYPE_CHECKING:
    from snap_cli.forms.snapshots import PreviewForm

_WIDEST = 40  # the most characters of a value that is no number; --json prints the whole value


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap preview`."""

    table: Annotated[str, typer.Argument(metavar="TABLE", help="The table, such as users.", show_default=False)]
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE.py:NAME", help="The dataset [default: the one that snap build uses]."),
    ] = None
    rows: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="The number of rows.")] = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult(Result):
    """Sample rows as texts, by column. A NULL is None."""

    answer: ClassVar[bool] = True
    dataset: str
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    numbers: frozenset[str]

    def document(self) -> PreviewForm:
        return {
            "dataset": self.dataset,
            "table": self.table,
            "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
        }

    def view(self) -> View:
        shown = tuple(
            tuple(
                text(value) if name in self.numbers else short(value, _WIDEST)
                for name, value in zip(self.columns, row, strict=True)
            )
            for row in self.rows
        )
        if not self.columns:
            return (Line(f"table {self.table} has no stored column"),)
        return (Grid(columns=self.columns, rows=shown, right=self.numbers, records=True),)


def run(options: Options, context: Context) -> PreviewResult:
    """Make the first rows of a table, and only the other data that they need."""
    import pyarrow as pa  # noqa: PLC0415

    from snap_builder import preview  # noqa: PLC0415

    dataset = datasets.find(context, options.dataset)
    batch = preview(dataset, options.table, options.rows)
    fields = batch.schema
    numbers = {field.name for field in fields if pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)}
    return PreviewResult(
        dataset=dataset.name,
        table=options.table,
        columns=tuple(fields.names),
        rows=tuple(tuple(_text(value) for value in row.values()) for row in batch.to_pylist()),
        numbers=frozenset(numbers),
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    return value.hex() if isinstance(value, bytes) else str(value)


COMMAND = Command(
    name="preview",
    options=Options,
    run=run,
    help="""
    Show rows of a table as a build would make them.

    Nothing is written. The rows are the first ones of the dataset's smallest profile.
    """,
    short="Show rows that a build would make.",
    example="snap preview users --rows 5",
    codes="0 done",
)
