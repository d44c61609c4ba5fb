"""Place the boxes and lines of an entity diagram: parents to the left of their children, in layers. Pure.

The method is Sugiyama's: assign each table to a layer, route long lines through the layers between, sort each layer so
that few lines cross, and choose positions that keep lines short. Everything is arithmetic over the input's order, so
the same input gives the same drawing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TypeAlias

WIDTH = 208  # of every box
_BETWEEN = 76  # between layers
_GAP, _WAY = 20, 12  # above a box, and above a line that passes its layer
_SWEEPS, _SETTLING = 16, 10
_LEAST, _TALL = 4, 1.5  # boxes that every layer may hold; for many boxes, the ratio of boxes per layer to layers
_ALONE = 3 * (WIDTH + _BETWEEN)  # the least width of the rows of boxes without a line

Node: TypeAlias = tuple[str, str, int]  # a box as (name, "", 0), or a line's node: its first box and row, and its layer
Point: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A table's box to place. `rows` are the distances of the box's rows from its top."""

    name: str
    height: int
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A foreign key's line from the row `to` of the box `parent` to the row `own` of the box `child`."""

    parent: str
    to: str
    child: str
    own: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The top left corner of each box, and the points of each line from parent to child.

    A line is curved from its first point to the second, straight to the third, curved to the fourth, and so on. A line
    from a box to itself has two points, on the box's right side.
    """

    width: int
    height: int
    boxes: Mapping[str, Point]
    lines: Mapping[Line, tuple[Point, ...]]


@dataclass(frozen=True, slots=True)
class _Link:
    """A piece of a line between neighbouring layers: its two nodes, and its ends' distances from the tops of these."""

    left: Node
    out: int
    right: Node
    into: int


def layout(boxes: Sequence[Box], lines: Sequence[Line]) -> Layout:
    """Place boxes. They must be sorted so that parents come first where possible."""
    known, place = {box.name: box for box in boxes}, {box.name: number for number, box in enumerate(boxes)}
    others = [line for line in lines if line.parent != line.child]
    ahead = {line: line if place[line.parent] < place[line.child] else _turned(line) for line in others}
    joined = {name for line in others for name in (line.parent, line.child)}
    web = [box for box in boxes if box.name in joined]
    layer = _layers(web, ahead.values())
    chains = {line: _chain(turned, layer) for line, turned in ahead.items()}
    links = list(dict.fromkeys(link for line, turned in ahead.items() for link in _links(turned, chains[line], known)))
    tops = _placed(_nodes(web, chains.values(), layer), links, known)
    corners = {box.name: (layer[box.name] * (WIDTH + _BETWEEN), tops[(box.name, "", 0)]) for box in web}
    right = max((x + WIDTH for x, _ in corners.values()), default=0)
    below = max((corners[box.name][1] + box.height + 2 * _GAP for box in web), default=0)
    corners |= _rows([box for box in boxes if box.name not in joined], max(right, _ALONE), below)
    points: dict[Line, tuple[Point, ...]] = {}
    for line in lines:
        if line in ahead:
            way = _points(ahead[line], chains[line], known, corners, tops)
            points[line] = way if ahead[line] is line else way[::-1]
        else:
            x, y = corners[line.parent]
            points[line] = tuple((x + WIDTH, y + known[line.parent].rows[row]) for row in (line.to, line.own))
    return Layout(
        width=max((x + WIDTH for x, _ in corners.values()), default=0),
        height=max(
            [corners[box.name][1] + box.height for box in boxes] + [y for way in points.values() for _, y in way],
            default=0,
        ),
        boxes=corners,
        lines=points,
    )


def _turned(line: Line) -> Line:
    return Line(parent=line.child, to=line.own, child=line.parent, own=line.to)


def _layers(boxes: Sequence[Box], lines: Iterable[Line]) -> dict[str, int]:
    """Return the layer of each box: to the right of all its parents, and in a layer that has room."""
    parents: dict[str, list[str]] = {box.name: [] for box in boxes}
    children: dict[str, list[str]] = {box.name: [] for box in boxes}
    for line in lines:
        parents[line.child].append(line.parent)
        children[line.parent].append(line.child)
    room, held = max(_LEAST, ceil(sqrt(_TALL * len(boxes)))), dict[int, int]()
    layer: dict[str, int] = {}
    for box in boxes:
        at = max((layer[name] + 1 for name in parents[box.name]), default=0)
        while held.get(at, 0) >= room:
            at += 1
        layer[box.name] = at
        held[at] = held.get(at, 0) + 1
    for box in reversed(boxes):  # a box without parents moves next to its children
        at = min((layer[name] for name in children[box.name]), default=0) - 1
        if not parents[box.name] and at > layer[box.name] and held.get(at, 0) < room:
            held[layer[box.name]] -= 1
            held[at] = held.get(at, 0) + 1
            layer[box.name] = at
    used = {at: number for number, at in enumerate(sorted(set(layer.values())))}
    return {name: used[at] for name, at in layer.items()}


def _chain(line: Line, layer: Mapping[str, int]) -> tuple[Node, ...]:
    """Return the nodes of a line: its two boxes, and one node in each layer between.

    Lines that begin in the same row share their intermediate nodes.
    """
    ways = [(line.parent, line.to, at) for at in range(layer[line.parent] + 1, layer[line.child])]
    return (line.parent, "", 0), *ways, (line.child, "", 0)


def _links(line: Line, chain: Sequence[Node], known: Mapping[str, Box]) -> Iterable[_Link]:
    ends = {0: known[line.parent].rows[line.to], len(chain) - 1: known[line.child].rows[line.own]}
    for number, (left, right) in enumerate(zip(chain, chain[1:], strict=False)):
        yield _Link(left, ends.get(number, 0), right, ends.get(number + 1, 0))


def _nodes(boxes: Iterable[Box], chains: Iterable[Sequence[Node]], layer: Mapping[str, int]) -> list[list[Node]]:
    """Return the nodes of each layer."""
    every = dict.fromkeys((box.name, "", 0) for box in boxes) | dict.fromkeys(node for way in chains for node in way)
    layers: list[list[Node]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in every:
        layers[_layer(node, layer)].append(node)
    return layers


def _layer(node: Node, layer: Mapping[str, int]) -> int:
    return node[2] or layer[node[0]]


def _placed(layers: list[list[Node]], links: Sequence[_Link], known: Mapping[str, Box]) -> dict[Node, int]:
    """Return the top of each node, in the order with the fewest crossings that sweeps in both directions have found."""
    before: dict[Node, list[tuple[Node, int]]] = {node: [] for nodes in layers for node in nodes}
    after: dict[Node, list[tuple[Node, int]]] = {node: [] for nodes in layers for node in nodes}
    for link in links:
        before[link.right].append((link.left, link.out - link.into))
        after[link.left].append((link.right, link.into - link.out))
    height = {node: 0 if node[1] else known[node[0]].height for nodes in layers for node in nodes}
    room = max((_tall(nodes, height) for nodes in layers), default=0)
    tops: dict[Node, float] = {}
    for nodes in layers:
        tops |= _stacked(nodes, dict.fromkeys(nodes, 0.0), height, room)

    def pull(nodes: Sequence[Node], *sides: Mapping[Node, list[tuple[Node, int]]]) -> dict[Node, float]:
        wanted = {}
        for node in nodes:
            near = [tops[other] + by for side in sides for other, by in side[node]]
            wanted[node] = sum(near) / len(near) if near else tops[node]
        return wanted

    number = {node: at for at, nodes in enumerate(layers) for node in nodes}
    between = [[link for link in links if number[link.left] == at] for at in range(len(layers))]
    best, fewest = [list(nodes) for nodes in layers], sum(_crossings(each, tops) for each in between)
    for sweep in range(_SWEEPS):
        there, side = (layers, before) if sweep % 2 == 0 else (layers[::-1], after)
        for nodes in there:
            wanted = pull(nodes, side)
            nodes.sort(key=lambda node: wanted[node] + height[node] / 2)
            tops |= _stacked(nodes, wanted, height, room)
        crossings = sum(_crossings(each, tops) for each in between)
        if crossings < fewest:
            best, fewest = [list(nodes) for nodes in layers], crossings
    for _ in range(_SETTLING):
        for nodes in (*best, *best[::-1]):
            tops |= _stacked(nodes, pull(nodes, before, after), height, room)
    first = min(tops.values(), default=0.0)
    return {node: round(top - first) for node, top in tops.items()}


def _tall(nodes: Iterable[Node], height: Mapping[Node, int]) -> int:
    return sum(height[node] + (_WAY if node[1] else _GAP) for node in nodes)


def _stacked(
    nodes: Sequence[Node], wanted: Mapping[Node, float], height: Mapping[Node, int], room: int
) -> dict[Node, float]:
    """Return positions of a layer's nodes that are nearest to the wanted ones, by least squares.

    The nodes keep their order and distance. Each position is the top of a node, and is within `room`. Otherwise each
    layer would hang from the lowest node of the layer before.
    """
    offsets, below = [], 0
    for node in nodes:
        below += _WAY if node[1] else _GAP
        offsets.append(below)
        below += height[node]
    runs: list[tuple[float, int]] = []  # the mean shift of neighbours that touch, and their number
    for node, offset in zip(nodes, offsets, strict=True):
        shift, count = wanted[node] - offset, 1
        while runs and runs[-1][0] > shift:
            other, many = runs.pop()
            shift, count = (other * many + shift * count) / (many + count), many + count
        runs.append((shift, count))
    shifts = [min(max(shift, 0.0), float(room - below)) for shift, count in runs for _ in range(count)]
    return {node: shift + offset for node, shift, offset in zip(nodes, shifts, offsets, strict=True)}


def _crossings(links: Iterable[_Link], tops: Mapping[Node, float]) -> int:
    """Return the number of crossings between the links of two layers."""
    ends = sorted((tops[link.left] + link.out, tops[link.right] + link.into) for link in links)
    seen: list[float] = []
    crossings = 0
    for _, end in ends:
        crossings += len(seen) - bisect_right(seen, end)
        insort(seen, end)
    return crossings


def _rows(boxes: Iterable[Box], width: int, top: int) -> dict[str, Point]:
    """Place boxes in rows of at most `width`, starting at `top`."""
    corners, x, tallest = dict[str, Point](), 0, 0
    for box in boxes:
        if x + WIDTH > width:
            x, top, tallest = 0, top + tallest + _GAP, 0
        corners[box.name] = x, top
        x, tallest = x + WIDTH + _BETWEEN // 2, max(tallest, box.height)
    return corners


def _points(
    line: Line, chain: Sequence[Node], known: Mapping[str, Box], corners: Mapping[str, Point], tops: Mapping[Node, int]
) -> tuple[Point, ...]:
    (x, y), (end, below) = corners[line.parent], corners[line.child]
    lefts = [(node[2] * (WIDTH + _BETWEEN), tops[node]) for node in chain[1:-1]]
    ways = [point for left, top in lefts for point in ((left, top), (left + WIDTH, top))]
    first, last = known[line.parent].rows[line.to], known[line.child].rows[line.own]
    return (x + WIDTH, y + first), *ways, (end, below + last)
