"""What lies under the food: tables, plates, bowls, boards, and the liquid in a bowl."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from snap_builder.datasets.worldchef.media.canvas import Canvas, Colour, Plane, mix, ramp, rgb, tint

_TABLE = -0.12  # heights are in plate radii; a plate's bottom is at 0
_ALL = (slice(None), slice(None))


def wood(canvas: Canvas, light: Colour, dark: Colour) -> None:
    """Planks from left to right."""
    width = canvas.draws.between(0.5, 0.7)
    across = canvas.y / np.float32(width) + np.float32(canvas.draws.between(0, 1) + 16)
    plank = np.floor(across).astype(np.int64)
    seam = np.abs(across - plank - np.float32(0.5))
    shade = (canvas.draws.units(int(plank.max()) + 1).astype(np.float32) * np.float32(0.5) - np.float32(0.25))[plank]
    grain = canvas.noise(0.8, 26) * np.float32(0.5) + canvas.noise(1.6, 70) * np.float32(0.35)
    grain += canvas.noise(6, 150) * np.float32(0.3)
    share = np.clip(grain * np.float32(0.55) + np.float32(0.5) + shade[:, None], 0, 1)
    gap = ramp(seam, 0.482, 0.494)[:, None]
    colour = tint_planes(mix(light, dark, share), 1 - np.float32(0.65) * gap)
    canvas.put(_ALL, _TABLE - np.float32(0.02) * gap + grain * np.float32(0.0016), colour, 0.12)


def cloth(canvas: Canvas, ground: Colour, stripe: Colour, checks: float) -> None:
    """A woven cloth; with `checks` stripes per plate radius both ways, without when 0."""
    threads = 46.0
    warp = _wave(canvas.x, threads)[None, :]
    weft = _wave(canvas.y, threads)[:, None]
    weave = np.maximum(warp, weft) * np.float32(0.7) + warp * weft * np.float32(0.3)
    folds = canvas.noise(0.5, 0.6) * np.float32(0.05) + canvas.noise(1.3, 1.1) * np.float32(0.018)
    share: Plane = np.zeros_like(canvas.height)
    if checks:
        columns = (_wave(canvas.x, checks) > 0.5)[None, :]
        rows = (_wave(canvas.y, checks) > 0.5)[:, None]
        share = (columns * np.float32(0.5) + rows * np.float32(0.5)).astype(np.float32)
    shade = np.float32(0.90) + np.float32(0.12) * weave + canvas.noise(3, 3) * np.float32(0.02)
    canvas.put(
        _ALL,
        np.float32(_TABLE) + folds + weave * np.float32(0.004),
        tint_planes(mix(ground, stripe, share), shade),
        0.0,
    )


def stone(canvas: Canvas, ground: Colour, vein: Colour, veins: float) -> None:
    """Slate or marble: clouds, and `veins` (0 to 1) where two noises meet."""
    clouds = canvas.noise(1.2, 1.2) + canvas.noise(4, 4) * np.float32(0.5) + canvas.noise(11, 11) * np.float32(0.3)
    wander = canvas.noise(1.4, 0.9) + canvas.noise(5, 4) * np.float32(0.28) + canvas.noise(17, 17) * np.float32(0.06)
    line = 1 - ramp(np.abs(wander), 0.0, 0.09)
    specks = canvas.noise(60, 60) * np.float32(0.03)
    share = np.clip(clouds * np.float32(0.14) + np.float32(0.18) + line * np.float32(veins), 0, 1)
    colour = [plane + specks for plane in mix(ground, vein, share)]
    canvas.put(_ALL, np.float32(_TABLE) + specks * np.float32(0.02), colour, 0.25)


def plate(
    canvas: Canvas, glaze: Colour, rim: Colour | None = None, *, radius: float = 1.0, speckled: bool = False
) -> None:
    """A round plate with a flat middle and a raised rim; `rim` is the colour of a band at its edge."""
    window, r = _disc(canvas, radius)
    height = ramp(r, 0.60, 0.74) * np.float32(0.085) + ramp(r, 0.74, 1.0) * np.float32(0.045)
    height -= ramp(r, 0.975, 1.0) * np.float32(0.05)
    colour: list[Plane] = list(tint(glaze, np.ones_like(r)))
    if rim is not None:
        band = ramp(r, 0.925, 0.932) * (1 - ramp(r, 0.972, 0.979))
        colour = mix(colour, rim, band + ramp(r, 0.895, 0.9) * (1 - ramp(r, 0.907, 0.912)) * (1 - band))
    if speckled:
        dots = ramp(canvas.noise(34, 34, window) + canvas.noise(55, 55, window), 1.12, 1.22)
        colour = mix(colour, rgb("5a4a3c"), dots * np.float32(0.8))
    canvas.put(window, height, colour, 0.55, r <= 1)


def bowl(canvas: Canvas, glaze: Colour, inside: Colour, *, radius: float = 1.0, depth: float = 0.42) -> None:
    """A bowl seen from above: its bottom is at 0, its rim at `depth`."""
    window, r = _disc(canvas, radius)
    wall = r * r
    height = wall * wall * np.float32(depth) - ramp(r, 0.975, 1.0) * np.float32(0.06)
    edge = ramp(r, 0.93, 0.95)
    canvas.put(window, height, mix(tint(inside, np.ones_like(r)), glaze, edge), 0.6, r <= 1)


def board(canvas: Canvas, light: Colour, dark: Colour, half: tuple[float, float]) -> None:
    """A wooden or slate board with round corners, `half` as wide and high."""
    window = canvas.window(0, 0, max(half) + 0.1)
    x, y = canvas.local(window, 0, 0, (1.0, 0.0))
    corner = 0.12
    out_x, out_y = (
        np.maximum(np.abs(x) - np.float32(half[0] - corner), 0),
        np.maximum(np.abs(y) - np.float32(half[1] - corner), 0),
    )
    r = np.sqrt(out_x * out_x + out_y * out_y)
    grain = canvas.noise(1.0, 22, window) * np.float32(0.5) + canvas.noise(3, 80, window) * np.float32(0.5)
    colour = mix(light, dark, np.clip(grain * np.float32(0.6) + np.float32(0.5), 0, 1))
    height = -ramp(r, corner - 0.025, corner) * np.float32(0.03) + grain * np.float32(0.001)
    canvas.put(window, height, colour, 0.15, r <= corner)


def liquid(
    canvas: Canvas, level: float, colours: tuple[Colour, Colour], *, gloss: float = 0.7, waves: float = 0.006
) -> None:
    """Fill a bowl: flat but for waves, in clouds of two colours."""
    window, r = _disc(canvas, 1.0)
    clouds = canvas.noise(2.2, 2.2, window) + canvas.noise(7, 7, window) * np.float32(0.45)
    clouds += canvas.noise(21, 21, window) * np.float32(0.25)
    ripple = canvas.noise(5, 5, window) * np.float32(waves) + canvas.noise(13, 13, window) * np.float32(waves * 0.5)
    share = np.clip(clouds * np.float32(0.42) + np.float32(0.45), 0, 1)
    canvas.put(window, np.float32(level) + ripple, mix(colours[0], colours[1], share), gloss, r <= 0.98)


def mound(
    canvas: Canvas,
    x: float,
    y: float,
    reach: float,
    height: float,
    colours: tuple[Colour, Colour],
    *,
    rough: float = 0.03,
    gloss: float = 0.1,
    ragged: float = 0.18,
    base: float = 0.0,
) -> None:
    """A heap of something soft with an uneven edge: mash, sauce, a bed that other things lie on."""
    window = canvas.window(x, y, reach * (1 + ragged))
    dx, dy = canvas.local(window, x, y, (1.0, 0.0))
    edge = 1 + canvas.noise(2.4 / reach, 2.4 / reach, window) * np.float32(ragged)
    r2 = (dx * dx + dy * dy) / np.float32(reach * reach) / (edge * edge)
    dome = np.sqrt(np.maximum(1 - r2, 0))
    bumps = canvas.noise(9, 9, window) + canvas.noise(22, 22, window) * np.float32(0.5)
    share = np.clip(canvas.noise(6, 6, window) * np.float32(0.4) + bumps * np.float32(0.25) + np.float32(0.5), 0, 1)
    canvas.put(
        window,
        np.float32(base) + dome * np.float32(height) + bumps * np.float32(rough) * np.minimum(dome * 2, 1),
        mix(colours[0], colours[1], share),
        gloss,
        r2 < 1,
    )


def flat(canvas: Canvas, radius: float, paint: Callable[[Plane], list[Plane]], *, height: float, gloss: float) -> None:
    """A round flat thing in the middle, such as a pizza; `paint` gives its colours from r / radius."""
    window, r = _disc(canvas, radius)
    wobble = 1 + canvas.noise(2, 2, window) * np.float32(0.02)
    r = r * wobble
    canvas.put(window, np.full_like(r, height), paint(r), gloss, r <= 1)


def tint_planes(colour: list[Plane], factor: Plane) -> list[Plane]:
    return [plane * factor for plane in colour]


def _disc(canvas: Canvas, radius: float) -> tuple[tuple[slice, slice], Plane]:
    """Give the window of a disc in the middle and each pixel's distance from there, over `radius`."""
    window = canvas.window(0, 0, radius * 1.03)
    x, y = canvas.local(window, 0, 0, (1.0, 0.0))
    return window, np.sqrt(x * x + y * y) / np.float32(radius)


def _wave(position: Plane, frequency: float) -> Plane:
    """Give a triangle wave between 0 and 1."""
    place = position * np.float32(frequency)
    return np.abs(place - np.floor(place) - np.float32(0.5)) * 2
