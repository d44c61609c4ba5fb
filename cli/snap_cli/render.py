"""A result as text. Pure: commands say what there is to see, the caller says for what kind of output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import ClassVar, Literal

from snap.errors import SnapError
from snap.redact import visible

Tone = Literal["plain", "good", "bad", "dim", "strong"]
_SGR: dict[Tone, str] = {"plain": "", "good": "32", "bad": "31", "dim": "2", "strong": "1"}


@dataclass(frozen=True, slots=True)
class Line:
    """Text as it is, in one tone."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Spans:
    """One line of several pieces, each in its tone."""

    parts: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of texts. `right` are the columns that hold numbers; `total`: the last row is a sum of the others.

    `records`: on a terminal that is too narrow for its lines, each row is shown below the one before, a line a column.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()
    total: bool = False
    records: bool = False


_GAP = 3  # characters between two columns of a box
_FOLDED = 12  # that the last column needs at least
View = tuple[Line | Spans | Grid, ...]


class Result:
    """What a command returns. `answer`: --quiet does not silence it, because it is what was asked for."""

    __slots__ = ()
    answer: ClassVar[bool] = False

    @property
    def asked(self) -> bool:
        """Return whether --quiet leaves it as it is."""
        return self.answer

    @property
    def failure(self) -> SnapError | None:
        """Return the error that the command ends with although it has a result to show."""
        return None

    @property
    def code(self) -> int:
        """Return the exit code of a result without a failure."""
        return 0

    def document(self) -> Mapping[str, object] | str:
        """Return the result as JSON values, or as the text of a JSON document."""
        raise NotImplementedError

    def view(self) -> View:
        """Return the result for people."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedResult(Result):
    """A result that says in JSON too how many seconds its command took."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What the output can show. `tables`: it is a terminal of `width` columns."""

    tables: bool
    color: bool
    width: int = 80


def render(view: View, style: Style) -> str:
    """Return the text of a view, with a newline at its end unless it is empty."""
    return "".join(_part(part, style) for part in view)


def paint(text: str, codes: str, style: Style) -> str:
    """Return `text` in an ANSI style, or as it is where there is no colour."""
    return f"\x1b[{codes}m{text}\x1b[0m" if style.color and codes else text


def pairs(rows: Iterable[tuple[str, str]]) -> View:
    """Return names and values as lines, the values aligned."""
    known = tuple(rows)
    width = max(len(name) for name, _ in known)
    return tuple(Line(f"{name:<{width}}  {value}") for name, value in known)


def _part(part: Line | Spans | Grid, style: Style) -> str:
    if isinstance(part, Grid):
        shown = replace(part, rows=tuple(tuple(map(visible, cells)) for cells in part.rows))
        if style.tables and _fits(shown, style.width):
            return _rich_grid(shown, style)
        plain = _plain_grid(shown)
        wide = shown.records and style.tables and max(map(len, plain.splitlines())) > style.width
        return _records(shown, style) if wide else plain
    lines = part.parts if isinstance(part, Spans) else (part,)
    return "".join(paint(visible(line.text), _SGR[line.tone], style) for line in lines) + "\n"


def _fits(grid: Grid, width: int) -> bool:
    """Return whether a box `width` characters wide holds the grid uncut: of all columns only the last one folds."""
    *whole, _ = (max(map(len, column)) for column in zip(grid.columns, *grid.rows, strict=True))
    return sum(whole) + len(whole) * _GAP + _FOLDED <= width


def _plain_grid(grid: Grid) -> str:
    widths = [max(map(len, column)) for column in zip(grid.columns, *grid.rows, strict=True)]

    def row(cells: Sequence[str]) -> str:
        texts = (
            f"{cell:>{width}}" if name in grid.right else f"{cell:<{width}}"
            for name, cell, width in zip(grid.columns, cells, widths, strict=True)
        )
        return "  ".join(texts).rstrip() + "\n"

    return "".join(map(row, (grid.columns, *grid.rows)))


def _records(grid: Grid, style: Style) -> str:
    """Return each row as a paragraph of names and values, of which those that are too long are cut."""
    names = max(map(len, grid.columns))
    room = max(_FOLDED, style.width - names - 2)

    def paragraph(number: int, cells: Sequence[str]) -> str:
        head = paint(f"row {number}", "1", style)
        cut = (cell if len(cell) <= room else f"{cell[: room - 1]}…" for cell in cells)
        return "\n".join([head, *(f"{name:<{names}}  {cell}" for name, cell in zip(grid.columns, cut, strict=True))])

    return "\n\n".join(paragraph(number, cells) for number, cells in enumerate(grid.rows, 1)) + "\n"


def _rich_grid(grid: Grid, style: Style) -> str:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, show_footer=grid.total, header_style="bold", footer_style="bold", pad_edge=False)
    rows, footer = (grid.rows[:-1], grid.rows[-1]) if grid.total else (grid.rows, ("",) * len(grid.columns))
    for i, (name, total) in enumerate(zip(grid.columns, footer, strict=True)):
        table.add_column(
            Text(name),
            Text(total),
            justify="right" if name in grid.right else "left",
            no_wrap=i < len(grid.columns) - 1,
            overflow="fold",
        )
    for cells in rows:
        table.add_row(*map(Text, cells))
    console = Console(
        file=StringIO(),
        force_terminal=True,
        width=style.width,
        color_system="standard" if style.color else None,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(table)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    # The box draws an empty line above; the one below sets the table apart from what follows.
    return "\n".join(lines).strip("\n") + "\n\n"
