"""Draw an entity diagram as SVG: boxes with key columns, lines from column to column. Pure.

Colours come from the page's style, by class. A crow's foot marks the end with many rows, a bar the end with one row. A
broken line means that a row needs no parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from snap.redact import visible
from snap.schema import Table, load_order
from snap_cli.folding import width_of
from snap_cli.page.entities import Entity, Relation, entities, relations
from snap_cli.page.layout import WIDTH, Box, Layout, Line, Point, layout

_HEAD, _ROW, _FOOT = 30, 20, 6  # heights within a box
_MARGIN = 26  # around the drawing, for loops and shadows
_LETTER = 7.3  # width of a letter of 12 px
_PADDING, _MARKS = 10, 44


def drawing(tables: Sequence[Table]) -> Markup:
    """Return the SVG of the tables' diagram. Each box links to the element `table-N`, where N is the table's number."""
    drawn = entities(tables)
    known = {entity.table.label: entity for entity in drawn}
    lines = {line: each for each in relations(drawn) for line in _lines(each)}
    placed = layout([_box(known[table.label]) for table in load_order(tables)], list(lines))
    body = [*_paths(placed, lines), *(part for entity in drawn for part in _drawn(entity, placed))]
    width, height = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    label = escape(f"Entity diagram of {len(drawn)} tables")
    return Markup(  # noqa: S704 - texts were escaped
        f'<svg class="erd" viewBox="{-_MARGIN} {-_MARGIN} {width} {height}" width="{width}" height="{height}" '
        f'role="group" aria-label="{label}">\n' + "\n".join(body) + "\n</svg>"
    )


def _box(entity: Entity) -> Box:
    rows = {column.name: _HEAD + _ROW * number + _ROW // 2 for number, column in enumerate(entity.keys)}
    return Box(name=entity.table.label, height=_height(entity), rows=rows)


def _height(entity: Entity) -> int:
    return _HEAD + _ROW * len(entity.keys) + (_FOOT if entity.keys else 0)


def _lines(relation: Relation) -> Iterator[Line]:
    for own, to in zip(relation.key.columns, relation.key.to, strict=True):
        if relation.child is relation.parent and own == to:
            continue  # for example, the shop of a category and of its parent category
        yield Line(parent=relation.parent.table.label, to=to, child=relation.child.table.label, own=own)


def _paths(placed: Layout, lines: dict[Line, Relation]) -> Iterator[str]:
    """Yield the lines, and a mark at each child's end. A path that several lines share is drawn once."""
    seen: set[str] = set()
    for line, points in placed.lines.items():
        relation = lines[line]
        kind = "optional" if relation.optional else "required"
        for shape in _shapes(points, loop=line.parent == line.child):
            if shape not in seen:
                seen.add(shape)
                yield f'<path class="{kind}" d="{shape}"/>'
        (x, y), before = points[-1], points[-2]
        ahead = 9 if line.parent == line.child or before[0] > x else -9
        foot = f"M{x + ahead} {y - 4}v8" if relation.single else f"M{x} {y - 5}L{x + ahead} {y}L{x} {y + 5}"
        name = f"{line.child}.{line.own} → {line.parent}.{line.to}"
        yield f'<path class="end" d="{foot}"><title>{escape(visible(name))}</title></path>'


def _shapes(points: Sequence[Point], *, loop: bool) -> Iterator[str]:
    for number, ((x, y), (end, below)) in enumerate(zip(points, points[1:], strict=False)):
        if loop:
            yield f"M{x} {y}C{x + 24} {y} {end + 24} {below} {end} {below}"
        elif number % 2:
            yield f"M{x} {y}H{end}"
        else:
            middle = (x + end) // 2
            yield f"M{x} {y}C{middle} {y} {middle} {below} {end} {below}"


def _drawn(entity: Entity, placed: Layout) -> Iterator[str]:
    """Yield the elements of a box: a link with the table's name and its key columns."""
    x, y = placed.boxes[entity.table.label]
    label, height = visible(entity.table.label), _height(entity)
    yield f'<a href="#table-{entity.number}"><title>{escape(label)}</title>'
    yield f'<rect class="box" x="{x}" y="{y}" width="{WIDTH}" height="{height}" rx="6"/>'
    yield f'<path class="rule" d="M{x} {y + _HEAD - 3}h{WIDTH}"/>' if entity.keys else ""
    yield _text("name", x + _PADDING, y + 18, label, WIDTH - 2 * _PADDING)
    for number, column in enumerate(entity.keys):
        base = y + _HEAD + _ROW * number + 14
        yield _text("column", x + _PADDING, base, visible(column.name), WIDTH - 2 * _PADDING - _MARKS)
        marks = " ".join(entity.marks(column.name))
        yield (
            f'<text class="mark" x="{x + WIDTH - _PADDING}" y="{base}" text-anchor="end">{marks}</text>'
            if marks
            else ""
        )
    yield "</a>"


def _text(kind: str, x: int, y: int, text: str, room: int) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(_fitting(" ".join(text.split()), room))}</text>'


def _fitting(text: str, room: int) -> str:
    """Return a text cut to fit, with an ellipsis if something is cut."""
    if width_of(text) * _LETTER <= room:
        return text
    while text and (width_of(text) + 1) * _LETTER > room:
        text = text[:-1]
    return text + "…"
