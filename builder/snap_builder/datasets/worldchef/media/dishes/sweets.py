"""Sweet dishes."""

from __future__ import annotations

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, rgb, turn
from snap_builder.datasets.worldchef.media.food import Bands, lump, slice_
from snap_builder.datasets.worldchef.media.larder import BASIL, SAGE, greens, level, ring


def pancakes(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("f1ece4"), rgb("c98f8a"))
    for k in range(4):
        x, y = canvas.draws.within(0.05)
        bands: Bands = ((0.8, rgb("c07a32")), (0.93, rgb("d39a50")), (1.0, rgb("efd49a")))
        slice_(canvas, (x, y), 0.62 - 0.02 * k, bands, base=0.02 + 0.075 * k, thick=0.085, gloss=0.1)
    setting.mound(
        canvas, 0.05, 0.05, 0.44, 0.022, (rgb("9a4a10"), rgb("b8651c")), rough=0.004, base=0.335, gloss=1.0, ragged=0.42
    )
    lump(canvas, (-0.03, -0.02), (0.12, 0.1), turn(0.08), rgb("f6de83"), base=0.355, rise=0.06, square=True, gloss=0.5)
    for _ in range(17):
        x, y = canvas.draws.within(0.36)
        lump(
            canvas,
            (x + 0.08, y + 0.12),
            (0.062, 0.062),
            (1.0, 0.0),
            rgb("34406e"),
            base=0.35,
            rise=0.07,
            gloss=0.25,
            spot=rgb("6f7ea6"),
            spots=0.1,
        )
    for _ in range(7):
        x, y = canvas.draws.within(0.72)
        slice_(
            canvas,
            (x * 0.5, y * 0.5),
            0.12,
            ((0.3, rgb("f6cfc0")), (0.75, rgb("dd3f3a")), (1.0, rgb("c01f26"))),
            base=0.36,
            thick=0.03,
            oval=0.8,
            along=turn(canvas.draws.between(0, 1)),
            tilt=(0.2, 0.2),
            gloss=0.5,
        )
    greens(canvas, 3, 0.05, level(0.43), BASIL, (0.09, 0.05), at=(0.12, -0.12), frilly=0.25, vein=rgb("8fbf6a"))


def fruit_tart(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("ebe6e0"), SAGE)
    setting.mound(canvas, 0, 0, 0.76, 0.1, (rgb("d69f58"), rgb("c08442")), rough=0.008, ragged=0.01, base=0.02)
    for at, along in ring(64, 0.72):
        lump(
            canvas,
            at,
            (0.05, 0.034),
            along,
            rgb("d9a560"),
            base=0.05,
            rise=0.1,
            rough=0.004,
            spot=rgb("a86a30"),
            spots=0.1,
        )
    setting.mound(
        canvas, 0, 0, 0.67, 0.04, (rgb("f6e4a8"), rgb("f2d98c")), rough=0.004, ragged=0.01, base=0.1, gloss=0.5
    )
    kiwi: Bands = ((0.22, rgb("e9edc4")), (0.42, rgb("5a8a24")), (0.9, rgb("8fb83e")), (1.0, rgb("6a8f2c")))
    berry: Bands = ((0.35, rgb("f6cfc0")), (0.8, rgb("dd3f3a")), (1.0, rgb("c01f26")))
    for at, along in ring(16, 0.56):
        slice_(canvas, at, 0.125, berry, base=0.13, thick=0.05, oval=0.8, along=along, tilt=(0.15, 0.4), gloss=0.8)
    for at, along in ring(10, 0.36, 0.02):
        slice_(
            canvas,
            at,
            0.125,
            kiwi,
            base=0.13,
            thick=0.05,
            along=along,
            tilt=(0.15, 0.4),
            gloss=0.8,
            spokes=12,
            spoke=rgb("a9c860"),
        )
    for _ in range(46):
        x, y = canvas.draws.within(0.21)
        lump(
            canvas,
            (x, y),
            (0.058, 0.058),
            (1.0, 0.0),
            rgb("34406e"),
            base=0.15,
            rise=0.08,
            gloss=0.4,
            spot=rgb("6f7ea6"),
            spots=0.05,
        )
    greens(canvas, 3, 0.04, level(0.25), BASIL, (0.11, 0.055), frilly=0.25, vein=rgb("8fbf6a"))
