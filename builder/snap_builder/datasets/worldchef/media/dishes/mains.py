"""Meat, dumplings and what goes into a hand."""

from __future__ import annotations

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, rgb, turn
from snap_builder.datasets.worldchef.media.food import Bands, leaf, lump, scatter, slice_, strand
from snap_builder.datasets.worldchef.media.larder import (
    BASIL,
    BLUE,
    CHARCOAL,
    HERBS,
    LETTUCE,
    LIME,
    SPINACH,
    TERRA,
    dome,
    greens,
    level,
    ring,
    slices,
)


def steak(canvas: Canvas) -> None:
    setting.plate(canvas, CHARCOAL, None, speckled=False)
    setting.mound(canvas, -0.3, -0.28, 0.34, 0.12, (rgb("efdfa8"), rgb("e6cf8a")), rough=0.03, gloss=0.3)
    for k in range(8):
        at = (-0.02 + 0.062 * k, 0.22 - 0.05 * k)
        bands: Bands = ((0.55, rgb("b8473f")), (0.8, rgb("a1503f")), (0.92, rgb("6a3a26")), (1.0, rgb("3a2015")))
        slice_(
            canvas,
            at,
            0.25,
            bands,
            base=0.015 + 0.012 * k,
            thick=0.05,
            tilt=(-0.25, 0.0),
            oval=0.62,
            along=turn(0.14),
            gloss=0.45,
        )
    for k in range(9):
        y = -0.16 + 0.03 * k
        strand(
            canvas,
            [
                (-0.78 + 0.03 * k, y + 0.62),
                (-0.52, y + 0.44 - 0.02 * k),
                (-0.2 + 0.03 * k, y + 0.5),
                (0.06 + 0.03 * k, y + 0.56),
            ],
            0.026,
            (rgb("4f8a2f"), rgb("5f9c3a"), rgb("427526"))[k % 3],
            level(0.03 + 0.008 * (k % 3)),
            gloss=0.4,
        )
    for x, y in ((0.12, -0.52), (0.3, -0.46), (0.46, -0.36), (0.24, -0.34)):
        lump(
            canvas,
            (x, y),
            (0.095, 0.09),
            turn(canvas.draws.between(0, 1)),
            rgb("cf2f1f"),
            base=0.02,
            rise=0.13,
            gloss=0.95,
            spot=rgb("8f1f14"),
            spots=0.1,
        )
    scatter(canvas, 90, 0.66, level(0.11), (rgb("efe9dc"), rgb("1f1a16")), (0.01, 0.008))
    greens(canvas, 6, 0.07, level(0.14), SPINACH, (0.11, 0.035), at=(-0.3, -0.28), frilly=0.3)
    setting.mound(
        canvas, 0.5, 0.42, 0.15, 0.03, (rgb("2f1a10"), rgb("43261a")), rough=0.004, gloss=0.9, base=0.01, ragged=0.3
    )


def stir_fry(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("ece6da"), rgb("a8322a"))
    heights = dome(0.72, 0.14)
    setting.mound(canvas, 0, 0, 0.66, 0.1, (rgb("6a3418"), rgb("8a4a22")), rough=0.012, gloss=0.6, ragged=0.1)
    draws = canvas.draws
    for _ in range(46):
        x, y = draws.within(0.56)
        size = draws.between(0.08, 0.12)
        lump(
            canvas,
            (x, y),
            (size, size * 0.6),
            turn(draws.between(0, 1)),
            (rgb("8f4f26"), rgb("a5622f"), rgb("7a3f1d"))[draws.below(3)],
            base=heights(x, y) - 0.02,
            rise=0.08,
            rough=0.012,
            gloss=0.6,
        )
    for _ in range(34):
        x, y = draws.within(0.56)
        d = turn(draws.between(0, 1))
        colour = (rgb("d23a22"), rgb("e9b02c"), rgb("4f9432"))[draws.below(3)]
        strand(
            canvas,
            [
                (x - 0.15 * d[0], y - 0.15 * d[1]),
                (x - 0.05 * d[1], y + 0.05 * d[0]),
                (x + 0.15 * d[0], y + 0.15 * d[1]),
            ],
            0.032,
            colour,
            dome(0.72, 0.16, 0.05),
            gloss=0.7,
        )
    for _ in range(15):
        x, y = draws.within(0.54)
        for _ in range(16):
            dx, dy = draws.within(0.075)
            lump(
                canvas,
                (x + dx, y + dy),
                (0.034, 0.034),
                (1.0, 0.0),
                (rgb("3f7a2a"), rgb("4f8f38"))[draws.below(2)],
                base=heights(x, y) + 0.06,
                rise=0.045,
                rough=0.012,
                gloss=0.2,
            )
    slices(canvas, 12, 0.52, dome(0.72, 0.2, 0.06), ((0.3, rgb("ef9a3c")), (1.0, rgb("e2741a"))), 0.08, thick=0.03)
    scatter(canvas, 90, 0.6, dome(0.72, 0.24, 0.06), (rgb("f3e6c2"),), (0.017, 0.011))


def dumplings(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("dfe7e6"), BLUE)
    for at, along in (*ring(9, 0.5, 0.03), *ring(4, 0.17, 0.1)):
        x, y = at
        lump(
            canvas,
            at,
            (0.185, 0.115),
            (-along[1], along[0]),
            rgb("f0e4c6"),
            base=0.02,
            rise=0.13,
            gloss=0.45,
            spot=rgb("c98f4a"),
            spots=-0.25,
        )
        for k in range(7):
            side = -0.13 + 0.044 * k
            bow = 0.055 - side * side * 2.2
            px, py = x - along[1] * side + along[0] * bow, y + along[0] * side + along[1] * bow
            lump(canvas, (px, py), (0.045, 0.02), along, rgb("f3e9d0"), base=0.1, rise=0.045, gloss=0.4)
    scatter(canvas, 60, 0.62, level(0.15), (rgb("f3e6c2"), rgb("2a2622")), (0.015, 0.009))
    for _ in range(44):
        x, y = canvas.draws.within(0.6)
        slice_(
            canvas,
            (x, y),
            canvas.draws.between(0.02, 0.034),
            ((0.45, rgb("5f8f33")), (0.75, rgb("c4dd9a")), (1.0, rgb("4c8a2c"))),
            base=0.14,
            thick=0.02,
        )


def tacos(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("e9b94f"), TERRA)
    for number, x in enumerate((-0.43, 0.0, 0.43)):
        along = turn(0.25 + 0.015 * (number - 1))
        for side in (-1, 1):
            lump(
                canvas,
                (x + side * 0.085, 0.0),
                (0.56, 0.105),
                along,
                rgb("e2b868"),
                base=0.02,
                rise=0.2,
                spot=rgb("9a6426"),
                spots=0.05,
                gloss=0.1,
            )
        heights = level(0.2)
        for _ in range(36):
            _, y = canvas.draws.within(0.48)
            dx = canvas.draws.between(-0.055, 0.055)
            lump(
                canvas,
                (x + dx, y),
                (0.05, 0.04),
                turn(canvas.draws.between(0, 1)),
                rgb("7a4022"),
                base=heights(x, y) - 0.03,
                rise=0.05,
                rough=0.012,
                gloss=0.3,
            )
        for _ in range(14):
            y = canvas.draws.between(-0.44, 0.44)
            leaf(
                canvas,
                (x + canvas.draws.between(-0.05, 0.05), y),
                (0.1, 0.045),
                turn(canvas.draws.between(0, 1)),
                LETTUCE,
                base=0.225,
                frilly=0.45,
            )
        for _ in range(18):
            y = canvas.draws.between(-0.45, 0.45)
            colour = (rgb("d23a22"), rgb("f3ead8"), rgb("f0c04a"))[canvas.draws.below(3)]
            lump(
                canvas,
                (x + canvas.draws.between(-0.06, 0.06), y),
                (0.034, 0.028),
                turn(canvas.draws.between(0, 1)),
                colour,
                base=0.24,
                rise=0.035,
                square=True,
                gloss=0.4,
            )
    for at in ((0.72, 0.42), (-0.74, 0.38)):
        slice_(canvas, at, 0.15, LIME, base=0.09, thick=0.06, spokes=8, spoke=rgb("e4edb0"), gloss=0.4)


def pizza(canvas: Canvas) -> None:
    setting.board(canvas, rgb("c89a63"), rgb("8d5f35"), (1.12, 1.06))
    setting.mound(canvas, 0, 0, 0.96, 0.075, (rgb("d9a35c"), rgb("b87634")), rough=0.014, ragged=0.02)
    for at, _ in ring(64, 0.885):
        size = canvas.draws.between(0.075, 0.105)
        lump(
            canvas,
            at,
            (size, size * 0.9),
            turn(canvas.draws.between(0, 1)),
            rgb("d29a54"),
            base=0.03,
            rise=0.085,
            rough=0.008,
            spot=rgb("7a4420"),
            spots=0.3,
        )
    setting.mound(
        canvas, 0, 0, 0.84, 0.03, (rgb("b8341a"), rgb("cf5426")), rough=0.006, ragged=0.025, base=0.062, gloss=0.4
    )
    for _ in range(26):
        x, y = canvas.draws.within(0.68)
        setting.mound(
            canvas,
            x,
            y,
            canvas.draws.between(0.12, 0.22),
            0.03,
            (rgb("f4e2b4"), rgb("efc878")),
            rough=0.012,
            ragged=0.3,
            base=0.085,
            gloss=0.4,
        )
    slices(canvas, 13, 0.7, level(0.1), ((0.7, rgb("b53a24")), (1.0, rgb("8f2417"))), 0.115, thick=0.016)
    slices(
        canvas,
        8,
        0.65,
        level(0.105),
        ((0.55, rgb("3a2a30")), (0.56, rgb("2a2026")), (1.0, rgb("231b22"))),
        0.05,
        thick=0.02,
    )
    greens(canvas, 9, 0.6, level(0.13), BASIL, (0.13, 0.07), frilly=0.05, vein=rgb("8fbf6a"))
    scatter(canvas, 90, 0.75, level(0.115), HERBS, (0.013, 0.007))
