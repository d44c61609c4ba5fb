"""Render a result as text. Pure: commands return a view, and the caller says for what kind of output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, cast

from snap.errors import SnapError
from snap.redact import visible
from snap_cli.folding import LEAST, column_widths, folded, longest_number, padded, width_of, wrapped

Tone = Literal["plain", "good", "bad", "dim", "strong"]
_SGR: dict[Tone, str] = {"plain": "", "good": "32", "bad": "31", "dim": "2", "strong": "1"}


@dataclass(frozen=True, slots=True)
class Line:
    """Text in one tone. A narrow terminal breaks it between words and indents further lines by `hang` columns.

    `exact`: people copy the text, so it stays on one line.
    """

    text: str
    tone: Tone = "plain"
    hang: int = 2
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Spans:
    """One line of text made of several pieces, each with its own tone."""

    parts: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of texts. `right` are the columns of numbers. With `total` the last row is the sum of the other rows.

    On a terminal that is too narrow, each row becomes a paragraph with one line per column. Its heading is the value of
    the first column. With `records` the heading is the row's number, because no column names the row.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()
    total: bool = False
    records: bool = False


_GAPS = (3, 2)  # spaces between columns; the smaller number is used if the table would not fit otherwise
View = tuple[Line | Spans | Grid, ...]


class Result:
    """The result of a command. If `answer` is true, --quiet does not suppress it, because the user asked for it."""

    __slots__ = ()
    answer: ClassVar[bool] = False

    @property
    def asked(self) -> bool:
        """Return whether the result is printed even with --quiet."""
        return self.answer

    @property
    def failure(self) -> SnapError | None:
        """Return the error with which the command ends although it has a result, or None."""
        return None

    @property
    def code(self) -> int:
        """Return the exit code of a result without a failure."""
        return 0

    def document(self) -> Mapping[str, object] | str:
        """Return the result as JSON values, or as the text of a JSON document."""
        raise NotImplementedError

    def view(self) -> View:
        """Return the result in a form for people."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedResult(Result):
    """A result whose JSON also says how many seconds the command took."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The abilities of the output. `tables`: the output is a terminal with `width` columns."""

    tables: bool
    color: bool
    width: int = 80


def render(view: View, style: Style) -> str:
    """Return the text of a view, with a newline at its end unless it is empty."""
    return "".join(_part(part, style) for part in view)


def paint(text: str, codes: str, style: Style) -> str:
    """Return `text` in an ANSI style, or unchanged if the output has no colour."""
    return f"\x1b[{codes}m{text}\x1b[0m" if style.color and codes else text


def pairs(rows: Iterable[tuple[str, str]]) -> View:
    """Return names and values as lines with aligned values."""
    known = tuple(rows)
    width = max(len(name) for name, _ in known)
    return tuple(Line(f"{name:<{width}}  {value}", hang=width + 2) for name, value in known)


def _part(part: Line | Spans | Grid, style: Style) -> str:
    if isinstance(part, Grid):
        shown = replace(part, rows=tuple(tuple(map(visible, cells)) for cells in part.rows))
        return _drawn_grid(shown, style) if style.tables else _plain_grid(shown)
    lines = part.parts if isinstance(part, Spans) else (part,)
    pieces = [(visible(line.text), line.tone) for line in lines]
    exact = not style.tables or any(line.exact or "\n" in line.text for line in lines)
    broken = [pieces] if exact else wrapped(pieces, style.width, lines[0].hang if lines else 0)
    return "".join("".join(paint(text, _SGR[cast(Tone, tone)], style) for text, tone in line) + "\n" for line in broken)


def _plain_grid(grid: Grid) -> str:
    widths = [max(map(width_of, column)) for column in zip(grid.columns, *grid.rows, strict=True)]
    return "".join(line + "\n" for cells in (grid.columns, *grid.rows) for line in _lines(grid, cells, widths, 2))


def _drawn_grid(grid: Grid, style: Style) -> str:
    """Return a table with columns of natural width, else with texts broken between words, else as records."""
    for gap in _GAPS:
        widths = column_widths(grid.columns, grid.rows, whole=grid.right, room=style.width, gap=gap)
        natural = [max(map(width_of, column)) for column in zip(grid.columns, *grid.rows, strict=True)]
        if widths is not None and (list(widths) == natural or gap == _GAPS[-1]):
            return _table(grid, widths, gap, style)
    return _records(grid, style)


def _table(grid: Grid, widths: Sequence[int], gap: int, style: Style) -> str:
    bold = _SGR["strong"]
    lines = [paint(line, bold, style) for line in _lines(grid, grid.columns, widths, gap)]
    lines.append("─" * (sum(widths) + gap * (len(widths) - 1)))
    rows = grid.rows[:-1] if grid.total else grid.rows
    lines += [line for cells in rows for line in _lines(grid, cells, widths, gap)]
    if grid.total:
        lines += ["", *(paint(line, bold, style) for line in _lines(grid, grid.rows[-1], widths, gap))]
    # The empty line separates the table from the text after it.
    return "\n".join(lines) + "\n\n"


def _lines(grid: Grid, cells: Sequence[str], widths: Sequence[int], gap: int) -> Iterator[str]:
    """Yield the lines of one row, as many as its tallest cell has."""
    high = [folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for number in range(max(map(len, high))):
        texts = (lines[number] if number < len(lines) else "" for lines in high)
        row = (
            padded(text, width, right=name in grid.right)
            for name, text, width in zip(grid.columns, texts, widths, strict=True)
        )
        yield (" " * gap).join(row).rstrip()


def _records(grid: Grid, style: Style) -> str:
    """Return each row as a paragraph of names and values, without empty values.

    A value stands below its name if the room beside the name is too narrow for text, or for a number of the value.
    """
    names = max(map(width_of, grid.columns if grid.records else grid.columns[1:]), default=0)
    room = style.width - names - 2
    paragraphs, head = [], ""
    for number, cells in enumerate(grid.rows, 1):
        head = f"row {number}" if grid.records else cells[0] or head
        shown = list(zip(grid.columns, cells, strict=True))[0 if grid.records else 1 :]
        lines = [paint(line, _SGR["strong"], style) for line in folded(head, max(LEAST, style.width))]
        for name, cell in shown:
            if not cell:
                continue
            digits = width_of(cell) if name in grid.right else longest_number(cell)
            if room < max(LEAST, digits):
                indent = "  " if digits <= style.width - 2 else ""
                below = folded(cell, max(LEAST, style.width - len(indent)))
                lines += [*folded(name, max(LEAST, style.width)), *(indent + line for line in below)]
                continue
            first, *rest = folded(cell, room)
            lines += [f"{padded(name, names, right=False)}  {first}", *(" " * (names + 2) + line for line in rest)]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs) + "\n\n"
