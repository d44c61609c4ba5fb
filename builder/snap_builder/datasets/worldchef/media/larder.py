"""What dishes share: colours, the cuts of vegetables, and how things are heaped and strewn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from snap_builder.datasets.worldchef.media.canvas import Canvas, Colour, Point, rgb, turn
from snap_builder.datasets.worldchef.media.food import Bands, leaf, lump, slice_, strand

Heights = Callable[[float, float], float]
WHITE, CREAM, SAND, BLUE, NAVY, TERRA, CHARCOAL, SAGE = map(
    rgb, ("f2f0ea", "efe6d2", "d9c7a6", "7fa3bd", "27415f", "b5613c", "33363a", "a9b79b")
)
BASIL = (rgb("2f6b22"), rgb("5c9a3a"))
LETTUCE = (rgb("b5d36b"), rgb("5f9e33"))
SPINACH = (rgb("3d7a2c"), rgb("23561f"))
HERBS = (rgb("3f8a2b"), rgb("2d6b22"), rgb("5da23e"))
RICE = (rgb("f4efe2"), rgb("ece4d1"), rgb("f8f5ea"))
TOMATO: Bands = ((0.30, rgb("e08a72")), (0.84, rgb("d8432a")), (1.0, rgb("b3261a")))
CUCUMBER: Bands = ((0.45, rgb("d9e6ae")), (0.88, rgb("c6dd96")), (1.0, rgb("2f6a2c")))
LIME: Bands = ((0.80, rgb("b9d35a")), (0.88, rgb("eef2c4")), (1.0, rgb("4f8f2a")))
ONION: Bands = (
    (0.28, rgb("efe3ec")),
    (0.36, rgb("a85a92")),
    (0.60, rgb("f1e6ee")),
    (0.68, rgb("b26a9c")),
    (0.9, rgb("efe2ea")),
    (1.0, rgb("7d2d63")),
)
EGG: Bands = ((0.52, rgb("f2a51f")), (0.62, rgb("f6c14a")), (1.0, rgb("f7f4ec")))
RADISH: Bands = ((0.88, rgb("f8f2f0")), (1.0, rgb("c4295a")))
MOZZARELLA: Bands = ((0.9, rgb("f7f2e4")), (1.0, rgb("efe6d2")))


def dome(reach: float, height: float, base: float = 0.02, at: Point = (0.0, 0.0)) -> Heights:
    """Give the height of a heap over each place; `base` beyond its foot."""

    def heights(x: float, y: float) -> float:
        x, y = x - at[0], y - at[1]
        return base + height * max(0.0, 1 - (x * x + y * y) / (reach * reach))

    return heights


def cap(reach: float, height: float, base: float, at: Point) -> Heights:
    """Give the height of a round heap with steep sides, as `setting.mound` makes it."""

    def heights(x: float, y: float) -> float:
        x, y = x - at[0], y - at[1]
        return base + height * math.sqrt(max(0.0, 1 - (x * x + y * y) / (reach * reach)))

    return heights


def raised(heights: Heights, lift: float) -> Heights:
    """Give what lies `lift` above something."""
    return lambda x, y: heights(x, y) + lift


def level(height: float) -> Heights:
    return lambda _x, _y: height


def greens(
    canvas: Canvas,
    count: int,
    reach: float,
    heights: Heights,
    colours: tuple[Colour, Colour],
    size: tuple[float, float],
    *,
    at: Point = (0.0, 0.0),
    frilly: float = 0.25,
    vein: Colour | None = None,
    curl: float = 0.07,
) -> None:
    """Strew leaves over a disc."""
    draws = canvas.draws
    for _ in range(count):
        x, y = draws.within(reach)
        x, y = x + at[0], y + at[1]
        grow = draws.between(0.75, 1.2)
        leaf(
            canvas,
            (x, y),
            (size[0] * grow, size[1] * grow),
            turn(draws.between(0, 1)),
            colours,
            base=heights(x, y),
            curl=curl,
            frilly=frilly,
            vein=vein,
        )


def slices(
    canvas: Canvas,
    count: int,
    reach: float,
    heights: Heights,
    bands: Bands,
    radius: float,
    *,
    thick: float = 0.03,
    spokes: int = 0,
    spoke: Colour | None = None,
    at: Point = (0.0, 0.0),
    oval: float = 1.0,
) -> None:
    """Strew slices over a disc, each a little tilted."""
    draws = canvas.draws
    for _ in range(count):
        x, y = draws.within(reach)
        x, y = x + at[0], y + at[1]
        slice_(
            canvas,
            (x, y),
            radius * draws.between(0.85, 1.12),
            bands,
            base=heights(x, y) + draws.between(0, 0.03),
            thick=thick,
            spokes=spokes,
            spoke=spoke,
            tilt=(draws.between(-0.35, 0.35), draws.between(-0.35, 0.35)),
            oval=oval,
            along=turn(draws.between(0, 1)),
        )


def nest(
    canvas: Canvas,
    count: int,
    reach: float,
    heights: Heights,
    colours: Sequence[Colour],
    thick: float,
    *,
    at: Point = (0.0, 0.0),
    gloss: float = 0.35,
    flatness: float = 1.0,
) -> None:
    """Heap noodles that wind around the middle."""
    draws = canvas.draws
    for number in range(count):
        part, radius = draws.between(0, 1), reach * math.sqrt(draws.between(0.01, 1.0))
        centre = draws.within(reach * 0.45)
        radius *= 0.62
        lift = thick * 1.6 * number / count * 2.2
        points = []
        for k in range(draws.below(6) + 7):
            x, y = turn(part + k * 0.09)
            swing = radius * draws.between(0.78, 1.18)
            points.append((at[0] + centre[0] + x * swing, at[1] + centre[1] + y * swing))
        dim = draws.between(0.9, 1.05)
        colour = colours[draws.below(len(colours))]
        strand(
            canvas,
            points,
            thick,
            (colour[0] * dim, colour[1] * dim, colour[2] * dim),
            raised(heights, lift),
            gloss=gloss,
            flatness=flatness,
        )


def ring(count: int, radius: float, start: float = 0.0) -> list[tuple[Point, Point]]:
    """Give `count` places on a circle, and the direction outwards at each."""
    result = []
    for number in range(count):
        x, y = turn(start + number / count + 1 / 128)
        result.append(((x * radius, y * radius), (x, y)))
    return result


def sauce_drops(canvas: Canvas, count: int, reach: float, height: float, colour: Colour, size: float) -> None:
    """Beads of oil on a surface."""
    draws = canvas.draws
    for _ in range(count):
        radius = size * draws.between(0.4, 1.3)
        lump(
            canvas,
            draws.within(reach),
            (radius, radius),
            (1.0, 0.0),
            colour,
            base=height - 0.004,
            rise=0.012,
            gloss=0.9,
        )
