"""The dishes that are photographed, each with what it is served on. A dish draws itself on a canvas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from builder.datasets.worldchef.media import setting
from builder.datasets.worldchef.media.canvas import Canvas, Colour, Point, rgb, turn
from builder.datasets.worldchef.media.food import Bands, leaf, lump, scatter, slice_, strand

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
LEMON: Bands = ((0.80, rgb("f0d552")), (0.90, rgb("f8f1c6")), (1.0, rgb("e3b822")))
ONION: Bands = ((0.28, rgb("efe3ec")), (0.36, rgb("a85a92")), (0.60, rgb("f1e6ee")), (0.68, rgb("b26a9c")), (0.9, rgb("efe2ea")), (1.0, rgb("7d2d63")))
EGG: Bands = ((0.52, rgb("f2a51f")), (0.62, rgb("f6c14a")), (1.0, rgb("f7f4ec")))
RADISH: Bands = ((0.88, rgb("f8f2f0")), (1.0, rgb("c4295a")))
MOZZARELLA: Bands = ((0.9, rgb("f7f2e4")), (1.0, rgb("efe6d2")))


def dome(reach: float, height: float, base: float = 0.02, at: Point = (0.0, 0.0)) -> Heights:
    """Give the height of a heap over each place; `base` beyond its foot."""

    def heights(x: float, y: float) -> float:
        x, y = x - at[0], y - at[1]
        return base + height * max(0.0, 1 - (x * x + y * y) / (reach * reach))

    return heights


def level(height: float) -> Heights:
    return lambda _x, _y: height


def wooden(canvas: Canvas) -> None:
    setting.wood(canvas, rgb("b98a5a"), rgb("6e4526"))


def dark_wood(canvas: Canvas) -> None:
    setting.wood(canvas, rgb("6a4a36"), rgb("2c1c14"))


def pale_wood(canvas: Canvas) -> None:
    setting.wood(canvas, rgb("dccdb4"), rgb("a98f6c"))


def linen(canvas: Canvas) -> None:
    setting.cloth(canvas, rgb("d8d0bf"), rgb("d8d0bf"), 0)


def checked(canvas: Canvas) -> None:
    setting.cloth(canvas, rgb("f2ede4"), rgb("b3302b"), 3.1)


def blue_cloth(canvas: Canvas) -> None:
    setting.cloth(canvas, rgb("e9eaec"), rgb("4a6d94"), 4.0)


def slate(canvas: Canvas) -> None:
    setting.stone(canvas, rgb("3a3d41"), rgb("6a6e73"), 0.0)


def marble(canvas: Canvas) -> None:
    setting.stone(canvas, rgb("ece9e4"), rgb("8f8d8c"), 0.45)


def greens(canvas: Canvas, count: int, reach: float, heights: Heights, colours: tuple[Colour, Colour], size: tuple[float, float], *, at: Point = (0.0, 0.0), frilly: float = 0.25, vein: Colour | None = None, curl: float = 0.07) -> None:
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


def slices(canvas: Canvas, count: int, reach: float, heights: Heights, bands: Bands, radius: float, *, thick: float = 0.03, spokes: int = 0, spoke: Colour | None = None, at: Point = (0.0, 0.0), oval: float = 1.0) -> None:
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


def nest(canvas: Canvas, count: int, reach: float, heights: Heights, colours: Sequence[Colour], thick: float, *, at: Point = (0.0, 0.0), gloss: float = 0.35, flatness: float = 1.0) -> None:
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
            lambda x, y, lift=lift: heights(x, y) + lift,  # type: ignore[misc]
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
        lump(canvas, draws.within(reach), (radius, radius), (1.0, 0.0), colour, base=height - 0.004, rise=0.012, gloss=0.9)


# --- dishes -----------------------------------------------------------------------------------------------------------


def spaghetti(canvas: Canvas) -> None:
    setting.plate(canvas, WHITE)
    heights = dome(0.72, 0.22)
    nest(canvas, 85, 0.68, heights, (rgb("e9c777"), rgb("efd48c"), rgb("e2b960")), 0.021)
    setting.mound(canvas, 0.02, 0.0, 0.36, 0.13, (rgb("b02a16"), rgb("d9502a")), rough=0.022, gloss=0.5, base=0.24, ragged=0.35)
    scatter(canvas, 60, 0.34, level(0.36), (rgb("8a3a22"), rgb("7a3019"), rgb("c4422a")), (0.035, 0.028), rough=0.3)
    greens(canvas, 4, 0.13, level(0.42), BASIL, (0.16, 0.085), frilly=0.04, vein=rgb("8fbf6a"), curl=0.05)
    scatter(canvas, 130, 0.55, dome(0.6, 0.33, 0.06), (rgb("f6ead0"),), (0.016, 0.009), gloss=0.0)


def tomato_soup(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("f0ebe0"), CREAM)
    setting.liquid(canvas, 0.26, (rgb("c43d1c"), rgb("dd6a30")))
    part = 0.0
    swirl = []
    for k in range(26):
        x, y = turn(part + k * 0.085)
        radius = 0.06 + 0.0165 * k
        swirl.append((x * radius, y * radius))
    strand(canvas, swirl, 0.034, rgb("f6e8cf"), level(0.2625), gloss=0.3, flatness=0.22)
    sauce_drops(canvas, 46, 0.78, 0.265, rgb("e0802a"), 0.022)
    scatter(canvas, 60, 0.7, level(0.268), (rgb("3a2a1c"),), (0.008, 0.007))
    for at, along in ring(3, 0.07, 0.1):
        leaf(canvas, at, (0.17, 0.085), along, BASIL, base=0.28, curl=0.04, frilly=0.04, vein=rgb("8fbf6a"))
    for _ in range(9):
        x, y = canvas.draws.within(0.16)
        lump(canvas, (x + 0.42, y - 0.38), (0.07, 0.065), turn(canvas.draws.between(0, 1)), rgb("c98f4a"), base=0.25, rise=0.07, rough=0.012, square=True, spot=rgb("8f5626"))


def pumpkin_soup(canvas: Canvas) -> None:
    setting.bowl(canvas, CHARCOAL, rgb("4a4d50"))
    setting.liquid(canvas, 0.25, (rgb("d98218"), rgb("eda43c")), gloss=0.45)
    for k in range(5):
        x = -0.36 + 0.18 * k
        strand(canvas, [(x - 0.2, -0.5), (x + 0.05, -0.2), (x - 0.1, 0.1), (x + 0.1, 0.34), (x, 0.56)], 0.022, rgb("f8efdc"), level(0.2525), flatness=0.25)
    scatter(canvas, 55, 0.34, level(0.262), (rgb("6d8a3c"), rgb("55772e"), rgb("7f9a4e")), (0.045, 0.022), at=(0.06, 0.02), gloss=0.3)
    greens(canvas, 7, 0.2, level(0.285), SPINACH, (0.075, 0.04), at=(0.06, 0.02), frilly=0.3)


def green_salad(canvas: Canvas) -> None:
    setting.bowl(canvas, SAND, rgb("c9b089"), depth=0.38)
    heights = dome(0.9, 0.26, 0.14)
    greens(canvas, 60, 0.74, heights, LETTUCE, (0.27, 0.17), frilly=0.45, vein=rgb("dcebb0"), curl=0.12)
    greens(canvas, 26, 0.7, dome(0.9, 0.3, 0.16), SPINACH, (0.17, 0.1), frilly=0.12, vein=rgb("8fb56c"))
    slices(canvas, 9, 0.6, dome(0.9, 0.34, 0.18), CUCUMBER, 0.14, thick=0.02)
    slices(canvas, 6, 0.6, dome(0.9, 0.35, 0.18), RADISH, 0.1, thick=0.014)
    for _ in range(11):
        x, y = canvas.draws.within(0.62)
        lump(canvas, (x, y), (0.105, 0.1), turn(canvas.draws.between(0, 1)), rgb("cf2f1f"), base=heights(x, y) + 0.05, rise=0.1, gloss=0.9)
    slices(canvas, 7, 0.55, dome(0.9, 0.36, 0.18), ONION, 0.1, thick=0.012)
    scatter(canvas, 70, 0.62, dome(0.9, 0.38, 0.17), (rgb("d9bf86"), rgb("c9a766")), (0.022, 0.014))


def greek_salad(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("e8eef2"), NAVY)
    heights = dome(0.8, 0.2)
    greens(canvas, 16, 0.58, heights, LETTUCE, (0.24, 0.15), frilly=0.4, vein=rgb("dcebb0"))
    for _ in range(20):
        x, y = canvas.draws.within(0.58)
        slice_(canvas, (x, y), 0.16, TOMATO, base=heights(x, y) + 0.03, thick=0.06, spokes=6, spoke=rgb("ef9f86"), tilt=(canvas.draws.between(-0.6, 0.6), canvas.draws.between(-0.6, 0.6)), oval=0.62, along=turn(canvas.draws.between(0, 1)), gloss=0.5)
    slices(canvas, 14, 0.56, dome(0.8, 0.24, 0.05), CUCUMBER, 0.13, thick=0.04)
    slices(canvas, 8, 0.5, dome(0.8, 0.29, 0.05), ONION, 0.14, thick=0.014)
    for _ in range(12):
        x, y = canvas.draws.within(0.52)
        lump(canvas, (x, y), (0.075, 0.06), turn(canvas.draws.between(0, 1)), rgb("33222c"), base=heights(x, y) + 0.06, rise=0.07, gloss=0.9)
    for _ in range(15):
        x, y = canvas.draws.within(0.42)
        side = canvas.draws.between(0.055, 0.085)
        lump(canvas, (x, y), (side, side * 0.85), turn(canvas.draws.between(0, 1)), rgb("f7f4ea"), base=heights(x, y) + 0.09, rise=0.07, square=True, rough=0.008, gloss=0.02)
    scatter(canvas, 90, 0.55, dome(0.8, 0.33, 0.06), HERBS, (0.018, 0.009))


def caprese(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("e9e4da"), speckled=True)
    for number, (at, along) in enumerate(ring(16, 0.47)):
        if number % 2:
            slice_(canvas, at, 0.235, MOZZARELLA, base=0.02 + 0.012 * (number % 4), thick=0.05, tilt=(0.2, 0.1), along=along, gloss=0.15)
        else:
            slice_(canvas, at, 0.225, TOMATO, base=0.04 + 0.012 * (number % 4), thick=0.05, spokes=7, spoke=rgb("f0b49c"), tilt=(0.2, 0.1), along=along, gloss=0.5)
    slice_(canvas, (0.0, 0.0), 0.22, TOMATO, base=0.06, thick=0.05, spokes=7, spoke=rgb("f0b49c"), gloss=0.5)
    for at, along in ring(8, 0.45, 0.06):
        leaf(canvas, at, (0.15, 0.08), (along[1], -along[0]), BASIL, base=0.125, curl=0.05, frilly=0.04, vein=rgb("8fbf6a"))
    greens(canvas, 5, 0.09, level(0.15), BASIL, (0.17, 0.09), frilly=0.04, vein=rgb("8fbf6a"))
    for at, _ in ring(23, 0.69, 0.02):
        radius = canvas.draws.between(0.012, 0.034)
        lump(canvas, at, (radius, radius), (1.0, 0.0), rgb("3a1710"), base=0.03, rise=0.016, gloss=0.8)
    scatter(canvas, 80, 0.62, level(0.12), (rgb("2c241c"), rgb("f4efe4")), (0.009, 0.008))


def pizza(canvas: Canvas) -> None:
    setting.board(canvas, rgb("c89a63"), rgb("8d5f35"), (1.12, 1.06))
    setting.mound(canvas, 0, 0, 0.96, 0.075, (rgb("d9a35c"), rgb("b87634")), rough=0.014, ragged=0.02)
    for at, _ in ring(64, 0.885):
        size = canvas.draws.between(0.075, 0.105)
        lump(canvas, at, (size, size * 0.9), turn(canvas.draws.between(0, 1)), rgb("d29a54"), base=0.03, rise=0.085, rough=0.008, spot=rgb("7a4420"), spots=0.3)
    setting.mound(canvas, 0, 0, 0.84, 0.03, (rgb("b8341a"), rgb("cf5426")), rough=0.006, ragged=0.025, base=0.062, gloss=0.4)
    for _ in range(26):
        x, y = canvas.draws.within(0.68)
        setting.mound(canvas, x, y, canvas.draws.between(0.12, 0.22), 0.03, (rgb("f4e2b4"), rgb("efc878")), rough=0.012, ragged=0.3, base=0.085, gloss=0.4)
    slices(canvas, 13, 0.7, level(0.1), ((0.7, rgb("b53a24")), (1.0, rgb("8f2417"))), 0.115, thick=0.016)
    slices(canvas, 8, 0.65, level(0.105), ((0.55, rgb("3a2a30")), (0.56, rgb("2a2026")), (1.0, rgb("231b22"))), 0.05, thick=0.02)
    greens(canvas, 9, 0.6, level(0.13), BASIL, (0.13, 0.07), frilly=0.05, vein=rgb("8fbf6a"))
    scatter(canvas, 90, 0.75, level(0.115), HERBS, (0.013, 0.007))


def fried_rice(canvas: Canvas) -> None:
    setting.plate(canvas, SAGE, rgb("6f7f63"))
    heights = dome(0.74, 0.2)
    setting.mound(canvas, 0, 0, 0.72, 0.2, (rgb("c8a266"), rgb("b08748")), rough=0.02, ragged=0.08)
    scatter(canvas, 900, 0.68, heights, (rgb("e6c98f"), rgb("dcb877"), rgb("efd9a8"), rgb("cfa05c")), (0.04, 0.0155), gloss=0.2)
    scatter(canvas, 70, 0.64, heights, (rgb("5da032"), rgb("74b545")), (0.03, 0.03), gloss=0.5, sink=0.1)
    scatter(canvas, 48, 0.64, heights, (rgb("e07a1f"), rgb("ec8f34")), (0.034, 0.03), gloss=0.3, square=True, sink=0.1)
    scatter(canvas, 34, 0.62, heights, (rgb("f3cf5a"), rgb("efc04a")), (0.06, 0.042), rough=0.3, sink=0.2)
    for _ in range(13):
        x, y = canvas.draws.within(0.58)
        strand(canvas, [(x - 0.09, y), (x - 0.05, y + 0.08), (x + 0.06, y + 0.07), (x + 0.08, y - 0.04), (x + 0.02, y - 0.1)], 0.036, rgb("ef9a6c"), dome(0.74, 0.2, 0.035), gloss=0.5)
    scatter(canvas, 60, 0.6, dome(0.74, 0.22, 0.03), (rgb("6aa53a"), rgb("8dbf58")), (0.024, 0.014))


def pad_thai(canvas: Canvas) -> None:
    setting.plate(canvas, NAVY, rgb("c9a35a"))
    heights = dome(0.72, 0.2)
    nest(canvas, 62, 0.66, heights, (rgb("d59a52"), rgb("c98742"), rgb("dfad68")), 0.029, flatness=0.6)
    for _ in range(26):
        x, y = canvas.draws.within(0.5)
        strand(canvas, [(x - 0.14, y), (x - 0.04, y + 0.03), (x + 0.05, y - 0.02), (x + 0.16, y + 0.02)], 0.011, rgb("efe9d4"), dome(0.72, 0.24, 0.08), gloss=0.5)
    for k in range(6):
        x, y = canvas.draws.within(0.45)
        d = turn(k / 6 + 0.02)
        strand(canvas, [(x - 0.12 * d[0], y - 0.12 * d[1]), (x - 0.1 * d[1], y + 0.1 * d[0]), (x + 0.12 * d[0], y + 0.12 * d[1]), (x + 0.1 * d[1], y - 0.1 * d[0]), (x, y)], 0.05, rgb("ef8f5e"), dome(0.72, 0.2, 0.1), gloss=0.5)
    scatter(canvas, 110, 0.5, dome(0.7, 0.28, 0.08), (rgb("cf9f5e"), rgb("b9813f")), (0.022, 0.017), rough=0.3)
    scatter(canvas, 60, 0.56, dome(0.72, 0.28, 0.08), (rgb("5f9c36"), rgb("7fb552")), (0.03, 0.016))
    greens(canvas, 6, 0.18, level(0.34), SPINACH, (0.09, 0.05), frilly=0.4)
    for at in ((0.62, -0.36), (0.5, -0.52)):
        slice_(canvas, at, 0.2, LIME, base=0.09, thick=0.06, spokes=8, spoke=rgb("e4edb0"), oval=0.9, along=turn(0.1), gloss=0.4)


def sushi(canvas: Canvas) -> None:
    setting.board(canvas, rgb("54504b"), rgb("2b2a29"), (1.3, 0.86))
    fillings = (rgb("f0855a"), rgb("d8432f"), rgb("8fbf4a"), rgb("f2c94a"))
    for row in range(3):
        for column in range(6):
            x, y = -0.98 + 0.34 * column + 0.03 * canvas.draws.between(-1, 1), -0.5 + 0.42 * row
            bands: Bands = ((0.36, fillings[(row + column // 3) % 4]), (0.9, rgb("f3eee0")), (1.0, rgb("1d2a22")))
            slice_(canvas, (x, y), 0.165, bands, base=0.0, thick=0.15, gloss=0.25)
            scatter(canvas, 46, 0.13, level(0.148), RICE, (0.026, 0.013), at=(x, y), sink=0.5)
            for _ in range(3):
                dx, dy = canvas.draws.within(0.028)
                lump(canvas, (x + dx, y + dy), (0.05, 0.04), turn(canvas.draws.between(0, 1)), fillings[(row + column // 3) % 4], base=0.145, rise=0.03, gloss=0.5)
            scatter(canvas, 9, 0.12, level(0.164), (rgb("2a2a28"), rgb("efe3c0")), (0.012, 0.008), at=(x, y))
    setting.mound(canvas, 1.06, -0.46, 0.13, 0.1, (rgb("9fc46a"), rgb("86b04e")), rough=0.02)
    for k in range(14):
        x, y = canvas.draws.within(0.1)
        slice_(canvas, (1.06 + x, 0.08 + y), 0.1, ((0.8, rgb("f3c9b4")), (1.0, rgb("efae96"))), base=0.004 * k, thick=0.02, tilt=(0.5, 0.3), oval=0.7, along=turn(k / 14))
    greens(canvas, 5, 0.05, level(0.05), BASIL, (0.12, 0.06), at=(1.06, 0.46), frilly=0.2)


def chilli(canvas: Canvas) -> None:
    setting.bowl(canvas, TERRA, rgb("8f4526"))
    setting.mound(canvas, 0, 0, 0.95, 0.08, (rgb("6e2412"), rgb("96391c")), rough=0.02, ragged=0.02, base=0.2, gloss=0.5)
    scatter(canvas, 260, 0.8, level(0.27), (rgb("6a2a18"), rgb("7d3620"), rgb("57200f")), (0.04, 0.034), rough=0.35, gloss=0.35)
    scatter(canvas, 85, 0.76, level(0.28), (rgb("581a14"), rgb("6f1f18"), rgb("401310")), (0.075, 0.042), gloss=0.7, sink=0.2)
    scatter(canvas, 55, 0.75, level(0.285), (rgb("efc23f"), rgb("e6b22c")), (0.032, 0.026), gloss=0.4)
    scatter(canvas, 40, 0.75, level(0.28), (rgb("b3291a"), rgb("c9452a")), (0.05, 0.04), gloss=0.5, square=True)
    setting.mound(canvas, -0.1, -0.05, 0.25, 0.1, (rgb("f8f3e8"), rgb("efe7d6")), rough=0.012, base=0.3, gloss=0.35, ragged=0.12)
    scatter(canvas, 55, 0.3, level(0.36), (rgb("e9a92f"), rgb("f0bb4a")), (0.05, 0.009), at=(0.2, 0.2), gloss=0.1)
    greens(canvas, 12, 0.3, level(0.38), SPINACH, (0.07, 0.04), frilly=0.45)
    slices(canvas, 4, 0.5, level(0.34), ((0.3, rgb("dfe8b8")), (0.75, rgb("8fbf4f")), (1.0, rgb("3c7a26"))), 0.06, thick=0.02)


def tacos(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("e9b94f"), TERRA)
    for number, x in enumerate((-0.43, 0.0, 0.43)):
        along = turn(0.25 + 0.015 * (number - 1))
        for side in (-1, 1):
            lump(canvas, (x + side * 0.085, 0.0), (0.56, 0.105), along, rgb("e2b868"), base=0.02, rise=0.22, rough=0.006, spot=rgb("9a6426"), spots=0.15, gloss=0.1)
        heights = level(0.2)
        for _ in range(36):
            _, y = canvas.draws.within(0.48)
            dx = canvas.draws.between(-0.055, 0.055)
            lump(canvas, (x + dx, y), (0.05, 0.04), turn(canvas.draws.between(0, 1)), rgb("7a4022"), base=heights(x, y) - 0.03, rise=0.05, rough=0.012, gloss=0.3)
        for _ in range(14):
            y = canvas.draws.between(-0.44, 0.44)
            leaf(canvas, (x + canvas.draws.between(-0.05, 0.05), y), (0.1, 0.045), turn(canvas.draws.between(0, 1)), LETTUCE, base=0.225, frilly=0.45)
        for _ in range(18):
            y = canvas.draws.between(-0.45, 0.45)
            colour = (rgb("d23a22"), rgb("f3ead8"), rgb("f0c04a"))[canvas.draws.below(3)]
            lump(canvas, (x + canvas.draws.between(-0.06, 0.06), y), (0.034, 0.028), turn(canvas.draws.between(0, 1)), colour, base=0.24, rise=0.035, square=True, gloss=0.4)
    for at in ((0.72, 0.42), (-0.74, 0.38)):
        slice_(canvas, at, 0.15, LIME, base=0.09, thick=0.06, spokes=8, spoke=rgb("e4edb0"), gloss=0.4)


def curry_and_rice(canvas: Canvas, sauce: tuple[Colour, Colour], pieces: Sequence[Colour]) -> None:
    """Rice in one half of a deep plate, a curry in the other."""
    setting.bowl(canvas, rgb("ece8df"), rgb("e6e0d3"), depth=0.3)
    setting.liquid(canvas, 0.1, sauce, gloss=0.6, waves=0.01)
    for _ in range(20):
        x, y = canvas.draws.within(0.5)
        x, y = abs(x) * 0.95 + 0.02, y * 1.1
        size = canvas.draws.between(0.085, 0.13)
        colour = pieces[canvas.draws.below(len(pieces))]
        lump(canvas, (x, y), (size, size * 0.8), turn(canvas.draws.between(0, 1)), colour, base=0.06, rise=0.1, rough=0.012, square=bool(canvas.draws.below(2)), gloss=0.5)
    heights = dome(0.5, 0.2, 0.08, (-0.36, 0.0))
    setting.mound(canvas, -0.36, 0, 0.47, 0.24, (rgb("e4dcc8"), rgb("d9cfb8")), rough=0.012, ragged=0.12, base=0.04)
    scatter(canvas, 620, 0.45, heights, RICE, (0.043, 0.0145), at=(-0.36, 0.0), gloss=0.15)
    sauce_drops(canvas, 40, 0.8, 0.112, pieces[0], 0.018)
    greens(canvas, 11, 0.26, level(0.2), SPINACH, (0.08, 0.045), at=(0.3, 0.0), frilly=0.45)


def tikka(canvas: Canvas) -> None:
    curry_and_rice(canvas, (rgb("c4611c"), rgb("dd8838")), (rgb("b8551f"), rgb("cf7a36"), rgb("a3481c")))


def green_curry(canvas: Canvas) -> None:
    curry_and_rice(canvas, (rgb("9fae58"), rgb("c3c987")), (rgb("e8dcc0"), rgb("7fa53f"), rgb("cf3b26"), rgb("efe6d0")))


def dal(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("a8713a"), rgb("c08a4a"))
    setting.liquid(canvas, 0.25, (rgb("d9a021"), rgb("e6b944")), gloss=0.5, waves=0.012)
    scatter(canvas, 380, 0.82, level(0.255), (rgb("e0ab35"), rgb("cf9626"), rgb("ecc25a")), (0.026, 0.024), sink=0.5, gloss=0.4)
    sauce_drops(canvas, 30, 0.6, 0.262, rgb("b8451a"), 0.03)
    scatter(canvas, 40, 0.4, level(0.268), (rgb("6a3a1c"), rgb("8a5426")), (0.03, 0.008))
    for _ in range(4):
        x, y = canvas.draws.within(0.4)
        d = turn(canvas.draws.between(0, 1))
        strand(canvas, [(x - 0.16 * d[0], y - 0.16 * d[1]), (x - 0.03 * d[1], y + 0.03 * d[0]), (x + 0.16 * d[0], y + 0.16 * d[1])], 0.03, rgb("8f1f14"), level(0.262), gloss=0.8, flatness=0.6)
    greens(canvas, 16, 0.24, level(0.285), SPINACH, (0.08, 0.045), frilly=0.45)


def ramen(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("2c2a2d"), rgb("8f2a20"), depth=0.5)
    setting.liquid(canvas, 0.26, (rgb("a8692c"), rgb("c58b48")), gloss=0.8)
    nest(canvas, 60, 0.62, dome(0.72, 0.1, 0.215), (rgb("ecd08a"), rgb("f1dba0"), rgb("e4c276")), 0.023)
    for x, y, part in ((-0.42, -0.34, 0.1), (-0.2, -0.5, 0.16)):
        slice_(canvas, (x, y), 0.25, ((0.5, rgb("c98f70")), (0.8, rgb("e7bfa4")), (1.0, rgb("8f5838"))), base=0.35, thick=0.04, oval=0.9, along=turn(part), gloss=0.4)
    for x, y in ((0.4, -0.28), (0.52, 0.02)):
        slice_(canvas, (x, y), 0.175, EGG, base=0.33, thick=0.06, oval=0.82, along=turn(0.4), gloss=0.5)
    for k in range(3):
        lump(canvas, (-0.68 + 0.1 * k, 0.24 + 0.05 * k), (0.3, 0.2), turn(0.17), rgb("1f2b22"), base=0.3 + 0.016 * k, rise=0.05, square=True, rough=0.003, gloss=0.25)
    greens(canvas, 9, 0.2, level(0.34), SPINACH, (0.18, 0.09), at=(0.2, 0.48), frilly=0.2, vein=rgb("a8c98a"))
    for _ in range(46):
        x, y = canvas.draws.within(0.26)
        slice_(canvas, (x + 0.02, y + 0.06), canvas.draws.between(0.024, 0.04), ((0.45, rgb("5f8f33")), (0.75, rgb("c4dd9a")), (1.0, rgb("4c8a2c"))), base=0.36, thick=0.02)
    sauce_drops(canvas, 70, 0.85, 0.266, rgb("d99a3c"), 0.026)


def bibimbap(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("2b2826"), rgb("35302c"), depth=0.45)
    setting.mound(canvas, 0, 0, 0.92, 0.05, (rgb("e9e2d0"), rgb("dcd3bd")), rough=0.02, base=0.24, ragged=0.02)
    scatter(canvas, 420, 0.84, level(0.28), RICE, (0.043, 0.0145), gloss=0.15)
    sections = (
        (rgb("e07a1f"), rgb("ec9440"), 0.012),
        (rgb("2f6a28"), rgb("47893a"), 0.02),
        (rgb("efe6cd"), rgb("e3d4ac"), 0.014),
        (rgb("6a3c22"), rgb("83512f"), 0.03),
        (rgb("8fb04a"), rgb("b4cc78"), 0.016),
        (rgb("5c3a2a"), rgb("7a5038"), 0.024),
    )
    for (at, along), (dark, light, thick) in zip(ring(6, 0.52), sections, strict=True):
        for k in range(30):
            x, y = canvas.draws.within(0.21)
            x, y = at[0] + x, at[1] + y
            d = turn(canvas.draws.between(-0.06, 0.06))
            d = (d[0] * along[0] - d[1] * along[1], d[0] * along[1] + d[1] * along[0])
            bend = canvas.draws.between(-0.05, 0.05)
            strand(canvas, [(x - 0.2 * d[0], y - 0.2 * d[1]), (x - bend * d[1], y + bend * d[0]), (x + 0.2 * d[0], y + 0.2 * d[1])], thick, light if k % 2 else dark, level(0.30 + 0.0022 * k), gloss=0.35)
    setting.mound(canvas, 0, 0, 0.32, 0.045, (rgb("faf7f0"), rgb("f2ebdc")), rough=0.004, base=0.385, gloss=0.4, ragged=0.16)
    lump(canvas, (0.02, -0.01), (0.14, 0.14), (1.0, 0.0), rgb("f2a01c"), base=0.405, rise=0.08, gloss=1.0)
    scatter(canvas, 70, 0.5, level(0.41), (rgb("f3e6c2"), rgb("2a2622")), (0.016, 0.01))


def pancakes(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("f1ece4"), rgb("c98f8a"))
    for k in range(4):
        x, y = canvas.draws.within(0.05)
        bands: Bands = ((0.8, rgb("c07a32")), (0.93, rgb("d39a50")), (1.0, rgb("efd49a")))
        slice_(canvas, (x, y), 0.62 - 0.02 * k, bands, base=0.02 + 0.075 * k, thick=0.085, gloss=0.1)
    setting.mound(canvas, 0.05, 0.05, 0.44, 0.022, (rgb("9a4a10"), rgb("b8651c")), rough=0.004, base=0.335, gloss=1.0, ragged=0.42)
    for part in (0.08, 0.3, 0.55, 0.86):
        d = turn(part)
        strand(canvas, [(d[0] * r, d[1] * r) for r in (0.3, 0.46, 0.56, 0.64, 0.72)], 0.05, rgb("9a4a10"), dome(0.9, 0.32, 0.02), gloss=1.0, flatness=0.6)
    lump(canvas, (-0.03, -0.02), (0.12, 0.1), turn(0.08), rgb("f6de83"), base=0.355, rise=0.06, square=True, gloss=0.5)
    for _ in range(17):
        x, y = canvas.draws.within(0.36)
        lump(canvas, (x + 0.08, y + 0.12), (0.062, 0.062), (1.0, 0.0), rgb("34406e"), base=0.35, rise=0.07, gloss=0.25, spot=rgb("6f7ea6"), spots=0.1)
    for _ in range(7):
        x, y = canvas.draws.within(0.72)
        slice_(canvas, (x * 0.5, y * 0.5), 0.12, ((0.3, rgb("f6cfc0")), (0.75, rgb("dd3f3a")), (1.0, rgb("c01f26"))), base=0.36, thick=0.03, oval=0.8, along=turn(canvas.draws.between(0, 1)), tilt=(0.2, 0.2), gloss=0.5)
    greens(canvas, 3, 0.05, level(0.43), BASIL, (0.09, 0.05), at=(0.12, -0.12), frilly=0.25, vein=rgb("8fbf6a"))


def steak(canvas: Canvas) -> None:
    setting.plate(canvas, CHARCOAL, None, speckled=False)
    setting.mound(canvas, -0.3, -0.28, 0.34, 0.12, (rgb("efdfa8"), rgb("e6cf8a")), rough=0.03, gloss=0.3)
    for k in range(8):
        at = (-0.02 + 0.062 * k, 0.22 - 0.05 * k)
        bands: Bands = ((0.55, rgb("b8473f")), (0.8, rgb("a1503f")), (0.92, rgb("6a3a26")), (1.0, rgb("3a2015")))
        slice_(canvas, at, 0.25, bands, base=0.015 + 0.012 * k, thick=0.05, tilt=(-0.25, 0.0), oval=0.62, along=turn(0.14), gloss=0.45)
    for k in range(9):
        y = -0.16 + 0.03 * k
        strand(canvas, [(-0.78 + 0.03 * k, y + 0.62), (-0.52, y + 0.44 - 0.02 * k), (-0.2 + 0.03 * k, y + 0.5), (0.06 + 0.03 * k, y + 0.56)], 0.026, (rgb("4f8a2f"), rgb("5f9c3a"), rgb("427526"))[k % 3], level(0.03 + 0.008 * (k % 3)), gloss=0.4)
    for x, y in ((0.12, -0.52), (0.3, -0.46), (0.46, -0.36), (0.24, -0.34)):
        lump(canvas, (x, y), (0.095, 0.09), turn(canvas.draws.between(0, 1)), rgb("cf2f1f"), base=0.02, rise=0.13, gloss=0.95, spot=rgb("8f1f14"), spots=0.1)
    scatter(canvas, 90, 0.66, level(0.11), (rgb("efe9dc"), rgb("1f1a16")), (0.01, 0.008))
    greens(canvas, 6, 0.07, level(0.14), SPINACH, (0.11, 0.035), at=(-0.3, -0.28), frilly=0.3)
    setting.mound(canvas, 0.5, 0.42, 0.15, 0.03, (rgb("2f1a10"), rgb("43261a")), rough=0.004, gloss=0.9, base=0.01, ragged=0.3)


def dumplings(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("dfe7e6"), BLUE)
    for at, along in (*ring(9, 0.5, 0.03), *ring(4, 0.17, 0.1)):
        x, y = at
        lump(canvas, at, (0.185, 0.115), (-along[1], along[0]), rgb("f0e4c6"), base=0.02, rise=0.13, gloss=0.45, spot=rgb("c98f4a"), spots=-0.25)
        for k in range(7):
            side = -0.13 + 0.044 * k
            bow = 0.055 - side * side * 2.2
            px, py = x - along[1] * side + along[0] * bow, y + along[0] * side + along[1] * bow
            lump(canvas, (px, py), (0.045, 0.02), along, rgb("f3e9d0"), base=0.1, rise=0.045, gloss=0.4)
    scatter(canvas, 60, 0.62, level(0.15), (rgb("f3e6c2"), rgb("2a2622")), (0.015, 0.009))
    for _ in range(44):
        x, y = canvas.draws.within(0.6)
        slice_(canvas, (x, y), canvas.draws.between(0.02, 0.034), ((0.45, rgb("5f8f33")), (0.75, rgb("c4dd9a")), (1.0, rgb("4c8a2c"))), base=0.14, thick=0.02)


def ratatouille(canvas: Canvas) -> None:
    setting.plate(canvas, TERRA, rgb("8f4526"))
    setting.mound(canvas, 0, 0, 0.8, 0.03, (rgb("a8321a"), rgb("c4512a")), rough=0.008, gloss=0.5, ragged=0.04)
    kinds: tuple[Bands, ...] = (
        ((0.8, rgb("d84a30")), (1.0, rgb("b02a1a"))),
        ((0.84, rgb("e6e3b0")), (1.0, rgb("4f8030"))),
        ((0.84, rgb("e4d3b4")), (1.0, rgb("4a2548"))),
        ((0.84, rgb("f0dc86")), (1.0, rgb("dba82a"))),
    )
    for count, radius in ((34, 0.62), (24, 0.43), (14, 0.245), (6, 0.09)):
        for number, (at, along) in enumerate(ring(count, radius)):
            slice_(canvas, at, 0.135, kinds[number % 4], base=0.04 + 0.002 * number, thick=0.04, along=along, tilt=(0.1, 0.55), gloss=0.4)
    greens(canvas, 4, 0.05, level(0.18), SPINACH, (0.12, 0.035), frilly=0.3)
    scatter(canvas, 140, 0.7, level(0.15), HERBS, (0.016, 0.007))


def fruit_tart(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("ebe6e0"), SAGE)
    setting.mound(canvas, 0, 0, 0.76, 0.1, (rgb("d69f58"), rgb("c08442")), rough=0.008, ragged=0.01, base=0.02)
    for at, along in ring(64, 0.72):
        lump(canvas, at, (0.05, 0.034), along, rgb("d9a560"), base=0.05, rise=0.1, rough=0.004, spot=rgb("a86a30"), spots=0.1)
    setting.mound(canvas, 0, 0, 0.67, 0.04, (rgb("f6e4a8"), rgb("f2d98c")), rough=0.004, ragged=0.01, base=0.1, gloss=0.5)
    kiwi: Bands = ((0.22, rgb("e9edc4")), (0.42, rgb("5a8a24")), (0.9, rgb("8fb83e")), (1.0, rgb("6a8f2c")))
    berry: Bands = ((0.35, rgb("f6cfc0")), (0.8, rgb("dd3f3a")), (1.0, rgb("c01f26")))
    for at, along in ring(16, 0.56):
        slice_(canvas, at, 0.125, berry, base=0.13, thick=0.05, oval=0.8, along=along, tilt=(0.15, 0.4), gloss=0.8)
    for at, along in ring(10, 0.36, 0.02):
        slice_(canvas, at, 0.125, kiwi, base=0.13, thick=0.05, along=along, tilt=(0.15, 0.4), gloss=0.8, spokes=12, spoke=rgb("a9c860"))
    for _ in range(46):
        x, y = canvas.draws.within(0.21)
        lump(canvas, (x, y), (0.058, 0.058), (1.0, 0.0), rgb("34406e"), base=0.15, rise=0.08, gloss=0.4, spot=rgb("6f7ea6"), spots=0.05)
    greens(canvas, 3, 0.04, level(0.25), BASIL, (0.11, 0.055), frilly=0.25, vein=rgb("8fbf6a"))


def pesto_pasta(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("dcd9d2"), WHITE, depth=0.34)
    heights = dome(0.8, 0.2, 0.08)
    draws = canvas.draws
    for _ in range(150):
        x, y = draws.within(0.66)
        d = turn(draws.between(0, 1))
        bend = draws.between(-0.02, 0.02)
        dim = draws.between(0.88, 1.06)
        colour = (rgb("cfc068"), rgb("bdb354"), rgb("dccb7c"))[draws.below(3)]
        lift = draws.between(0, 0.08)
        strand(canvas, [(x - 0.2 * d[0], y - 0.2 * d[1]), (x - bend * d[1], y + bend * d[0]), (x + 0.2 * d[0], y + 0.2 * d[1])], 0.042, (colour[0] * dim, colour[1] * dim, colour[2] * dim), lambda px, py, lift=lift: heights(px, py) + lift, gloss=0.4)  # type: ignore[misc]
    scatter(canvas, 420, 0.68, dome(0.8, 0.28, 0.12), (rgb("4f7a26"), rgb("65902f"), rgb("3f661d")), (0.024, 0.017), rough=0.3, gloss=0.4)
    scatter(canvas, 34, 0.6, dome(0.8, 0.3, 0.12), (rgb("e9cf92"), rgb("dcb870")), (0.04, 0.022), gloss=0.2)
    for _ in range(9):
        x, y = draws.within(0.55)
        lump(canvas, (x, y), (0.085, 0.08), turn(draws.between(0, 1)), rgb("cf3a22"), base=heights(x, y) + 0.08, rise=0.08, gloss=0.9)
    greens(canvas, 5, 0.14, level(0.42), BASIL, (0.15, 0.08), frilly=0.04, vein=rgb("8fbf6a"))


def rice_bowl(canvas: Canvas) -> None:
    setting.bowl(canvas, BLUE, rgb("d7e1e6"), depth=0.45)
    setting.mound(canvas, 0, 0, 0.92, 0.06, (rgb("e9e2d0"), rgb("dcd3bd")), rough=0.02, base=0.24, ragged=0.02)
    scatter(canvas, 700, 0.84, level(0.29), RICE, (0.045, 0.015), gloss=0.15)
    for k in range(8):
        at = (-0.5 + 0.1 * k, -0.28 + 0.02 * k)
        slice_(canvas, at, 0.2, ((0.75, rgb("ee8a5c")), (0.95, rgb("e67a4a")), (1.0, rgb("d96a40"))), base=0.3 + 0.012 * k, thick=0.035, tilt=(-0.3, 0.05), oval=0.62, along=turn(0.22), spokes=6, spoke=rgb("f6c3a4"), gloss=0.5)
    slices(canvas, 9, 0.2, level(0.32), CUCUMBER, 0.12, thick=0.02, at=(0.42, 0.26))
    for _ in range(20):
        x, y = canvas.draws.within(0.19)
        lump(canvas, (x - 0.42, y + 0.32), (0.052, 0.042), turn(canvas.draws.between(0, 1)), rgb("93b84a"), base=0.3, rise=0.05, gloss=0.5)
    for k in range(8):
        slice_(canvas, (-0.02 + 0.035 * k, 0.5 - 0.02 * k), 0.17, ((0.72, rgb("d9dd8c")), (0.95, rgb("a9bf4f")), (1.0, rgb("55742a"))), base=0.3 + 0.008 * k, thick=0.03, oval=0.45, along=turn(0.2), tilt=(0.0, 0.2), gloss=0.3)
    scatter(canvas, 80, 0.7, level(0.33), (rgb("f3e6c2"), rgb("2a2622")), (0.016, 0.01))
    greens(canvas, 5, 0.08, level(0.38), SPINACH, (0.1, 0.055), at=(0.1, 0.05), frilly=0.4)


def stir_fry(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("ece6da"), rgb("a8322a"))
    heights = dome(0.72, 0.14)
    setting.mound(canvas, 0, 0, 0.66, 0.1, (rgb("6a3418"), rgb("8a4a22")), rough=0.012, gloss=0.6, ragged=0.1)
    draws = canvas.draws
    for _ in range(46):
        x, y = draws.within(0.56)
        size = draws.between(0.08, 0.12)
        lump(canvas, (x, y), (size, size * 0.6), turn(draws.between(0, 1)), (rgb("8f4f26"), rgb("a5622f"), rgb("7a3f1d"))[draws.below(3)], base=heights(x, y) - 0.02, rise=0.08, rough=0.012, gloss=0.6)
    for _ in range(34):
        x, y = draws.within(0.56)
        d = turn(draws.between(0, 1))
        colour = (rgb("d23a22"), rgb("e9b02c"), rgb("4f9432"))[draws.below(3)]
        strand(canvas, [(x - 0.15 * d[0], y - 0.15 * d[1]), (x - 0.05 * d[1], y + 0.05 * d[0]), (x + 0.15 * d[0], y + 0.15 * d[1])], 0.032, colour, dome(0.72, 0.16, 0.05), gloss=0.7)
    for _ in range(15):
        x, y = draws.within(0.54)
        for _ in range(16):
            dx, dy = draws.within(0.075)
            lump(canvas, (x + dx, y + dy), (0.034, 0.034), (1.0, 0.0), (rgb("3f7a2a"), rgb("4f8f38"))[draws.below(2)], base=heights(x, y) + 0.06, rise=0.045, rough=0.012, gloss=0.2)
    slices(canvas, 12, 0.52, dome(0.72, 0.2, 0.06), ((0.3, rgb("ef9a3c")), (1.0, rgb("e2741a"))), 0.08, thick=0.03)
    scatter(canvas, 90, 0.6, dome(0.72, 0.24, 0.06), (rgb("f3e6c2"),), (0.017, 0.011))

