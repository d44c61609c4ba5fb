"""Test the layout of boxes and lines: boxes never overlap and parents are on the left, for any references."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from snap_cli.page.layout import WIDTH, Box, Line, layout


def box(name: str, rows: int = 2) -> Box:
    return Box(name=name, height=40 + 20 * rows, rows={str(row): 40 + 20 * row for row in range(rows)})


def line(parent: str, child: str, *, to: str = "0", own: str = "1") -> Line:
    return Line(parent=parent, to=to, child=child, own=own)


@st.composite
def webs(draw: st.DrawFn) -> tuple[list[Box], list[Line]]:
    boxes = [box(str(number), draw(st.integers(2, 5))) for number in range(draw(st.integers(0, 14)))]
    names = st.sampled_from([each.name for each in boxes]) if boxes else st.nothing()
    rows = st.sampled_from("01")
    lines = st.lists(st.builds(Line, parent=names, to=rows, child=names, own=rows), max_size=25, unique=True)
    return boxes, draw(lines) if boxes else []


@given(webs())
def test_no_box_lies_on_another_and_lines_end_at_their_rows(web: tuple[list[Box], list[Line]]) -> None:
    boxes, lines = web
    placed = layout(boxes, lines)
    heights = {each.name: each.height for each in boxes}
    assert placed.boxes.keys() == heights.keys()
    for one, other in itertools.combinations(boxes, 2):
        (x, y), (a, b) = placed.boxes[one.name], placed.boxes[other.name]
        apart = x + WIDTH <= a or a + WIDTH <= x or y + one.height <= b or b + other.height <= y
        assert apart, (one, other)
    rows = {each.name: each.rows for each in boxes}
    for each in lines:
        for (x, y), name, row in (
            (placed.lines[each][0], each.parent, each.to),
            (placed.lines[each][-1], each.child, each.own),
        ):
            left, top = placed.boxes[name]
            assert x in (left, left + WIDTH)
            assert y == top + rows[name][row]
    corners = [(x + WIDTH, y + heights[name]) for name, (x, y) in placed.boxes.items()]
    assert all(0 <= x <= placed.width and 0 <= y <= placed.height for x, y in (*corners, *placed.boxes.values()))


@given(webs())
def test_the_same_tables_are_placed_the_same(web: tuple[list[Box], list[Line]]) -> None:
    assert layout(*web) == layout(*web)


def test_parents_stand_left_of_their_children() -> None:
    placed = layout([box("a"), box("b"), box("c")], [line("a", "b"), line("b", "c"), line("a", "c")])
    assert placed.boxes["a"][0] < placed.boxes["b"][0] < placed.boxes["c"][0]
    assert len(placed.lines[line("a", "c")]) == 4  # past b


def test_a_line_past_a_layer_crosses_no_box() -> None:
    boxes = [box(name) for name in "abcd"]
    placed = layout(boxes, [line("a", "b"), line("a", "c"), line("b", "d"), line("a", "d")])
    (_, entered), (_, left) = placed.lines[line("a", "d")][1:3]
    assert entered == left
    for name in "bc":
        top = placed.boxes[name][1]
        assert not top <= entered <= top + 80


def test_lines_of_one_parent_share_their_way() -> None:
    boxes = [box(name) for name in "abcd"]
    lines = [line("a", "b"), line("b", "c"), line("b", "d"), line("a", "c"), line("a", "d")]
    placed = layout(boxes, lines)
    assert placed.lines[lines[3]][:3] == placed.lines[lines[4]][:3]


def test_tables_that_refer_to_each_other_and_to_themselves_have_a_place() -> None:
    placed = layout([box("a"), box("b")], [line("a", "b"), line("b", "a"), line("a", "a")])
    assert placed.lines[line("b", "a")][0][0] > placed.lines[line("b", "a")][-1][0]
    assert {x for x, _ in placed.lines[line("a", "a")]} == {placed.boxes["a"][0] + WIDTH}


def test_tables_without_a_reference_stand_in_rows_below() -> None:
    placed = layout([box("a"), box("b"), *(box(f"alone {number}") for number in range(7))], [line("a", "b")])
    alone = [placed.boxes[f"alone {number}"] for number in range(7)]
    assert min(y for _, y in alone) > max(placed.boxes[name][1] for name in "ab")
    assert len({y for _, y in alone}) == 3


def test_many_tables_of_one_parent_are_spread_over_layers_of_the_same_height() -> None:
    boxes = [box("hub"), *(box(str(number)) for number in range(116))]
    placed = layout(boxes, [line("hub", str(number)) for number in range(116)])
    assert placed.height < 2 * placed.width
    assert placed.width < 3 * placed.height
