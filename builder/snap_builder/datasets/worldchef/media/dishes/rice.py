"""Rice, and what is served with it."""

from __future__ import annotations

from collections.abc import Sequence

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, Colour, rgb, turn
from snap_builder.datasets.worldchef.media.food import Bands, lump, scatter, slice_, strand
from snap_builder.datasets.worldchef.media.larder import (
    BASIL,
    BLUE,
    CUCUMBER,
    RICE,
    SAGE,
    SPINACH,
    cap,
    greens,
    level,
    raised,
    ring,
    sauce_drops,
    slices,
)


def rice_bowl(canvas: Canvas) -> None:
    setting.bowl(canvas, BLUE, rgb("d7e1e6"), depth=0.45)
    setting.mound(canvas, 0, 0, 0.92, 0.06, (rgb("e9e2d0"), rgb("dcd3bd")), rough=0.02, base=0.24, ragged=0.02)
    scatter(canvas, 1900, 0.86, level(0.305), RICE, (0.046, 0.016), gloss=0.15, sink=0.2)
    for k in range(8):
        at = (-0.5 + 0.1 * k, -0.28 + 0.02 * k)
        slice_(
            canvas,
            at,
            0.2,
            ((0.75, rgb("ee8a5c")), (0.95, rgb("e67a4a")), (1.0, rgb("d96a40"))),
            base=0.3 + 0.012 * k,
            thick=0.035,
            tilt=(-0.3, 0.05),
            oval=0.62,
            along=turn(0.22),
            spokes=6,
            spoke=rgb("f6c3a4"),
            gloss=0.5,
        )
    slices(canvas, 9, 0.2, level(0.32), CUCUMBER, 0.12, thick=0.02, at=(0.42, 0.26))
    for _ in range(20):
        x, y = canvas.draws.within(0.19)
        lump(
            canvas,
            (x - 0.42, y + 0.32),
            (0.052, 0.042),
            turn(canvas.draws.between(0, 1)),
            rgb("93b84a"),
            base=0.3,
            rise=0.05,
            gloss=0.5,
        )
    for k in range(8):
        slice_(
            canvas,
            (-0.02 + 0.035 * k, 0.5 - 0.02 * k),
            0.17,
            ((0.72, rgb("d9dd8c")), (0.95, rgb("a9bf4f")), (1.0, rgb("55742a"))),
            base=0.3 + 0.008 * k,
            thick=0.03,
            oval=0.45,
            along=turn(0.2),
            tilt=(0.0, 0.2),
            gloss=0.3,
        )
    scatter(canvas, 80, 0.7, level(0.33), (rgb("f3e6c2"), rgb("2a2622")), (0.016, 0.01))
    greens(canvas, 5, 0.08, level(0.38), SPINACH, (0.1, 0.055), at=(0.1, 0.05), frilly=0.4)


def bibimbap(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("2b2826"), rgb("35302c"), depth=0.45)
    setting.mound(canvas, 0, 0, 0.92, 0.05, (rgb("e9e2d0"), rgb("dcd3bd")), rough=0.02, base=0.24, ragged=0.02)
    scatter(canvas, 1700, 0.86, level(0.295), RICE, (0.046, 0.016), gloss=0.15, sink=0.2)
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
            strand(
                canvas,
                [
                    (x - 0.2 * d[0], y - 0.2 * d[1]),
                    (x - bend * d[1], y + bend * d[0]),
                    (x + 0.2 * d[0], y + 0.2 * d[1]),
                ],
                thick,
                light if k % 2 else dark,
                level(0.30 + 0.0022 * k),
                gloss=0.35,
            )
    setting.mound(
        canvas, 0, 0, 0.32, 0.045, (rgb("faf7f0"), rgb("f2ebdc")), rough=0.004, base=0.385, gloss=0.4, ragged=0.16
    )
    lump(canvas, (0.02, -0.01), (0.14, 0.14), (1.0, 0.0), rgb("f2a01c"), base=0.405, rise=0.08, gloss=1.0)
    scatter(canvas, 70, 0.5, level(0.41), (rgb("f3e6c2"), rgb("2a2622")), (0.016, 0.01))


def fried_rice(canvas: Canvas) -> None:
    setting.plate(canvas, SAGE, rgb("6f7f63"))
    heights = cap(0.7, 0.2, 0.01, (0.0, 0.0))
    setting.mound(canvas, 0, 0, 0.69, 0.19, (rgb("c8a266"), rgb("b08748")), rough=0.008, ragged=0.05)
    scatter(
        canvas,
        1900,
        0.68,
        heights,
        (rgb("e6c98f"), rgb("dcb877"), rgb("efd9a8"), rgb("cfa05c")),
        (0.04, 0.0155),
        gloss=0.2,
    )
    scatter(canvas, 70, 0.64, heights, (rgb("5da032"), rgb("74b545")), (0.03, 0.03), gloss=0.5, sink=0.1)
    scatter(canvas, 48, 0.64, heights, (rgb("e07a1f"), rgb("ec8f34")), (0.034, 0.03), gloss=0.3, square=True, sink=0.1)
    scatter(canvas, 34, 0.62, heights, (rgb("f3cf5a"), rgb("efc04a")), (0.06, 0.042), rough=0.3, sink=0.2)
    for _ in range(13):
        x, y = canvas.draws.within(0.58)
        c, d = turn(canvas.draws.between(0, 1))
        bow = ((-0.09, 0.0), (-0.05, 0.08), (0.06, 0.07), (0.08, -0.04), (0.02, -0.1))
        strand(
            canvas,
            [(x + u * c - v * d, y + u * d + v * c) for u, v in bow],
            0.036,
            rgb("ef9a6c"),
            raised(heights, 0.03),
            gloss=0.5,
        )
    scatter(canvas, 60, 0.6, raised(heights, 0.02), (rgb("6aa53a"), rgb("8dbf58")), (0.024, 0.014))


def curry_and_rice(canvas: Canvas, sauce: tuple[Colour, Colour], pieces: Sequence[Colour]) -> None:
    """Rice in one half of a deep plate, a curry in the other."""
    setting.bowl(canvas, rgb("ece8df"), rgb("e6e0d3"), depth=0.3)
    setting.liquid(canvas, 0.13, sauce, gloss=0.6, waves=0.01)
    for _ in range(24):
        x, y = canvas.draws.within(0.62)
        x = abs(x) * 0.85 + 0.1
        size = canvas.draws.between(0.085, 0.13)
        colour = pieces[canvas.draws.below(len(pieces))]
        lump(
            canvas,
            (x, y),
            (size, size * 0.8),
            turn(canvas.draws.between(0, 1)),
            colour,
            base=0.09,
            rise=0.1,
            rough=0.012,
            square=bool(canvas.draws.below(2)),
            gloss=0.5,
        )
    setting.mound(canvas, -0.36, 0, 0.46, 0.22, (rgb("e4dcc8"), rgb("d9cfb8")), rough=0.008, ragged=0.06, base=0.06)
    heights = cap(0.46, 0.22, 0.063, (-0.36, 0.0))
    scatter(canvas, 1300, 0.45, heights, RICE, (0.043, 0.0145), at=(-0.36, 0.0), gloss=0.15, sink=0.1)
    sauce_drops(canvas, 40, 0.8, 0.14, pieces[0], 0.018)
    greens(canvas, 11, 0.26, level(0.2), SPINACH, (0.08, 0.045), at=(0.3, 0.0), frilly=0.45)


def tikka(canvas: Canvas) -> None:
    curry_and_rice(canvas, (rgb("c4611c"), rgb("dd8838")), (rgb("b8551f"), rgb("cf7a36"), rgb("a3481c")))


def green_curry(canvas: Canvas) -> None:
    curry_and_rice(canvas, (rgb("9fae58"), rgb("c3c987")), (rgb("e8dcc0"), rgb("7fa53f"), rgb("cf3b26"), rgb("efe6d0")))


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
                lump(
                    canvas,
                    (x + dx, y + dy),
                    (0.05, 0.04),
                    turn(canvas.draws.between(0, 1)),
                    fillings[(row + column // 3) % 4],
                    base=0.145,
                    rise=0.03,
                    gloss=0.5,
                )
            scatter(canvas, 9, 0.12, level(0.164), (rgb("2a2a28"), rgb("efe3c0")), (0.012, 0.008), at=(x, y))
    setting.mound(canvas, 1.06, -0.46, 0.13, 0.1, (rgb("9fc46a"), rgb("86b04e")), rough=0.02)
    for k in range(14):
        x, y = canvas.draws.within(0.1)
        slice_(
            canvas,
            (1.06 + x, 0.08 + y),
            0.1,
            ((0.8, rgb("f3c9b4")), (1.0, rgb("efae96"))),
            base=0.004 * k,
            thick=0.02,
            tilt=(0.5, 0.3),
            oval=0.7,
            along=turn(k / 14),
        )
    greens(canvas, 5, 0.05, level(0.05), BASIL, (0.12, 0.06), at=(1.06, 0.46), frilly=0.2)
