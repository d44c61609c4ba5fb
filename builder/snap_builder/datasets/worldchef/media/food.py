"""Single pieces of food: drops, grains, leaves, slices, chunks and strands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from snap_builder.datasets.worldchef.media.canvas import TURNS, Canvas, Colour, Plane, Point, mix, ramp, tint, turn

Bands = Sequence[tuple[float, Colour]]  # colours from the middle outwards, each up to a part of the radius


def lump(
    canvas: Canvas,
    at: Point,
    size: tuple[float, float],
    along: Point,
    colour: Colour,
    *,
    base: float,
    rise: float,
    gloss: float = 0.2,
    rough: float = 0.0,
    square: bool = False,
    spot: Colour | None = None,
    spots: float = 0.5,
) -> None:
    """A rounded thing: a grain, a bean, a berry, a chunk; `rough` bumps it, `spot` browns it in places."""
    window = canvas.window(*at, max(size) * (1.5 if square else 1.12))
    u, v = canvas.local(window, *at, along)
    u, v = u / np.float32(size[0]), v / np.float32(size[1])
    r2 = u * u + v * v
    if square:
        r2 = u * u * u * u + v * v * v * v
        r2 = np.sqrt(r2) * np.float32(0.5) + r2 * np.float32(0.5)
    fine = 2.2 / min(size)
    bumps = canvas.noise(fine, fine, window) if rough or spot else np.zeros_like(r2)
    r2 = r2 * (1 + bumps * np.float32(0.35 if rough else 0.0))
    dome = np.sqrt(np.maximum(1 - r2, 0))
    shades: list[Plane] = list(tint(colour, 0.9 + dome * np.float32(0.1)))
    if spot is not None:
        edge = 0.5 - spots
        shades = mix(shades, spot, ramp(bumps + canvas.noise(fine / 2, fine / 2, window), edge, edge + 0.6))
    height = np.float32(base) + dome * np.float32(rise) + bumps * np.float32(rough) * dome
    canvas.put(window, height, shades, gloss, r2 < 1)


def slice_(
    canvas: Canvas,
    at: Point,
    radius: float,
    bands: Bands,
    *,
    base: float,
    thick: float,
    spokes: int = 0,
    spoke: Colour | None = None,
    tilt: Point = (0.0, 0.0),
    gloss: float = 0.3,
    oval: float = 1.0,
    along: Point = (1.0, 0.0),
) -> None:
    """A round slice: bands of colour from the middle out; `spokes` divides it as a lemon or a tomato is."""
    window = canvas.window(*at, radius * 1.05)
    u, v = canvas.local(window, *at, along)
    v = v / np.float32(oval)
    r = np.sqrt(u * u + v * v) / np.float32(radius)
    r = r * (1 + canvas.noise(1.6 / radius, 1.6 / radius, window) * np.float32(0.035))
    grain = canvas.noise(5 / radius, 5 / radius, window) * np.float32(0.05)
    colour: list[Plane] = list(tint(bands[0][1], np.ones_like(r)))
    for (end, _), (_, following) in zip(bands, bands[1:], strict=False):
        colour = mix(colour, following, ramp(r, end - 0.025, end + 0.025))
    if spokes and spoke is not None:
        first = canvas.draws.below(len(TURNS))
        line: Plane = np.zeros_like(r)
        for number in range(spokes):
            x, y = TURNS[(first + number * len(TURNS) // spokes) % len(TURNS)]
            off = np.abs(u * np.float32(y) - v * np.float32(x)) / np.float32(radius)
            ahead = (u * np.float32(x) + v * np.float32(y)) > 0
            line = np.maximum(line, (1 - ramp(off, 0.025, 0.07)) * ahead)
        inner = bands[-2][0] if len(bands) > 1 else 1.0
        colour = mix(colour, spoke, line * (1 - ramp(r, inner - 0.12, inner - 0.04)))
    colour = [plane * (1 + grain) for plane in colour]
    slope = u * np.float32(tilt[0]) + v * np.float32(tilt[1])
    edge = ramp(r, 0.86, 1.0) * np.float32(thick * 0.5)
    canvas.put(window, np.float32(base + thick) + slope - edge + grain * np.float32(0.08), colour, gloss, r <= 1)


def leaf(
    canvas: Canvas,
    at: Point,
    size: tuple[float, float],
    along: Point,
    colours: tuple[Colour, Colour],
    *,
    base: float,
    curl: float = 0.06,
    frilly: float = 0.1,
    vein: Colour | None = None,
    gloss: float = 0.25,
) -> None:
    """A leaf: pointed, hollow along its middle rib, `frilly` at its edge."""
    window = canvas.window(*at, max(size) * 1.15)
    u, v = canvas.local(window, *at, along)
    u, v = u / np.float32(size[0]), v / np.float32(size[1])
    edge = canvas.noise(3.2 / size[1], 3.2 / size[1], window)
    wide = (1 - u * u) * (1 + np.float32(0.25) * u) + edge * np.float32(frilly)
    inside = (np.abs(v) < wide) & (np.abs(u) < 1)
    across = np.abs(v) / np.maximum(wide, np.float32(0.05))
    rib = 1 - ramp(across, 0.03, 0.13)
    slanted = u * np.float32(4.5) - np.abs(v) * np.float32(2.6)
    side = np.abs(slanted - np.floor(slanted) - np.float32(0.5))
    veins = np.maximum(rib, (1 - ramp(side, 0.03, 0.14)) * np.float32(0.45))
    share = np.clip(across * np.float32(0.5) + edge * np.float32(0.35) + np.float32(0.2), 0, 1)
    colour = mix(colours[0], colours[1], share)
    if vein is not None:
        colour = mix(colour, vein, veins * np.float32(0.55))
    height = np.float32(base) + (across * across + u * u * np.float32(0.5)) * np.float32(curl)
    height = height + edge * np.float32(curl * 0.5 + frilly * 0.04) - veins * np.float32(0.004)
    canvas.put(window, height, colour, gloss, inside)


def strand(
    canvas: Canvas,
    points: Sequence[Point],
    thick: float,
    colour: Colour,
    heights: Callable[[float, float], float],
    *,
    gloss: float = 0.35,
    flatness: float = 1.0,
) -> None:
    """A noodle along a smooth curve through `points`; `heights` gives what it lies on."""
    reach = max(2, math.ceil(thick * canvas.unit))
    steps = np.arange(-reach, reach + 1, dtype=np.float32) / np.float32(thick * canvas.unit)
    r2 = steps[None, :] * steps[None, :] + steps[:, None] * steps[:, None]
    dome = np.sqrt(np.maximum(1 - r2, 0)) * np.float32(thick * flatness)
    inside = r2 < 1
    left, top = float(canvas.x[0]), float(canvas.y[0])
    rows, columns = canvas.height.shape
    for x, y in _curve(points, max(thick * 0.22, 0.8 / canvas.unit)):
        row, column = math.floor((y - top) * canvas.unit), math.floor((x - left) * canvas.unit)
        if not (reach <= row < rows - reach and reach <= column < columns - reach):
            continue
        window = (slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1))
        canvas.put(window, dome + np.float32(heights(x, y)), colour, gloss, inside)


def scatter(
    canvas: Canvas,
    count: int,
    reach: float,
    heights: Callable[[float, float], float],
    colours: Sequence[Colour],
    size: tuple[float, float],
    *,
    at: Point = (0.0, 0.0),
    gloss: float = 0.2,
    rough: float = 0.0,
    sink: float = 0.3,
    square: bool = False,
    vary: float = 0.2,
) -> None:
    """Strew small lumps over a disc: rice, peas, seeds, herbs."""
    draws = canvas.draws
    for _ in range(count):
        x, y = draws.within(reach)
        x, y = x + at[0], y + at[1]
        grow = 1 + vary * draws.between(-1, 1)
        dim = draws.between(0.88, 1.06)
        colour = colours[draws.below(len(colours))]
        lump(
            canvas,
            (x, y),
            (size[0] * grow, size[1] * grow),
            turn(draws.between(0, 1)),
            (colour[0] * dim, colour[1] * dim, colour[2] * dim),
            base=heights(x, y) - sink * min(size),
            rise=min(size),
            gloss=gloss,
            rough=rough * min(size),
            square=square,
        )


def _curve(points: Sequence[Point], step: float) -> list[Point]:
    """Give points about `step` apart on the curve that quadratic pieces make between the middles of `points`."""
    result: list[Point] = []
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        x0, y0, x2, y2 = (ax + bx) / 2, (ay + by) / 2, (bx + cx) / 2, (by + cy) / 2
        length = _distance(bx - x0, by - y0) + _distance(x2 - bx, y2 - by)
        count = max(2, math.ceil(length / step))
        for k in range(count):
            t = k / count
            s = 1 - t
            result.append((s * s * x0 + 2 * s * t * bx + t * t * x2, s * s * y0 + 2 * s * t * by + t * t * y2))
    return result


def _distance(x: float, y: float) -> float:
    return math.sqrt(x * x + y * y)
