"""Noodles and pasta."""

from __future__ import annotations

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, rgb, turn
from snap_builder.datasets.worldchef.media.food import lump, scatter, slice_, strand
from snap_builder.datasets.worldchef.media.larder import (
    BASIL,
    EGG,
    LIME,
    NAVY,
    SPINACH,
    WHITE,
    dome,
    greens,
    level,
    nest,
    raised,
    sauce_drops,
)


def spaghetti(canvas: Canvas) -> None:
    setting.plate(canvas, WHITE)
    heights = dome(0.72, 0.22)
    nest(canvas, 85, 0.68, heights, (rgb("e9c777"), rgb("efd48c"), rgb("e2b960")), 0.021)
    setting.mound(
        canvas, 0.02, 0.0, 0.36, 0.13, (rgb("b02a16"), rgb("d9502a")), rough=0.022, gloss=0.5, base=0.24, ragged=0.35
    )
    scatter(canvas, 60, 0.34, level(0.36), (rgb("8a3a22"), rgb("7a3019"), rgb("c4422a")), (0.035, 0.028), rough=0.3)
    greens(canvas, 4, 0.13, level(0.42), BASIL, (0.16, 0.085), frilly=0.04, vein=rgb("8fbf6a"), curl=0.05)
    scatter(canvas, 130, 0.55, dome(0.6, 0.33, 0.06), (rgb("f6ead0"),), (0.016, 0.009), gloss=0.0)


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
        strand(
            canvas,
            [(x - 0.2 * d[0], y - 0.2 * d[1]), (x - bend * d[1], y + bend * d[0]), (x + 0.2 * d[0], y + 0.2 * d[1])],
            0.042,
            (colour[0] * dim, colour[1] * dim, colour[2] * dim),
            raised(heights, lift),
            gloss=0.4,
        )
    scatter(
        canvas,
        420,
        0.68,
        dome(0.8, 0.28, 0.12),
        (rgb("4f7a26"), rgb("65902f"), rgb("3f661d")),
        (0.024, 0.017),
        rough=0.3,
        gloss=0.4,
    )
    scatter(canvas, 34, 0.6, dome(0.8, 0.3, 0.12), (rgb("e9cf92"), rgb("dcb870")), (0.04, 0.022), gloss=0.2)
    for _ in range(9):
        x, y = draws.within(0.55)
        lump(
            canvas,
            (x, y),
            (0.085, 0.08),
            turn(draws.between(0, 1)),
            rgb("cf3a22"),
            base=heights(x, y) + 0.08,
            rise=0.08,
            gloss=0.9,
        )
    greens(canvas, 5, 0.14, level(0.42), BASIL, (0.15, 0.08), frilly=0.04, vein=rgb("8fbf6a"))


def pad_thai(canvas: Canvas) -> None:
    setting.plate(canvas, NAVY, rgb("c9a35a"))
    heights = dome(0.72, 0.2)
    nest(canvas, 62, 0.66, heights, (rgb("d59a52"), rgb("c98742"), rgb("dfad68")), 0.029, flatness=0.6)
    for _ in range(26):
        x, y = canvas.draws.within(0.5)
        strand(
            canvas,
            [(x - 0.14, y), (x - 0.04, y + 0.03), (x + 0.05, y - 0.02), (x + 0.16, y + 0.02)],
            0.011,
            rgb("efe9d4"),
            dome(0.72, 0.24, 0.08),
            gloss=0.5,
        )
    for k in range(6):
        x, y = canvas.draws.within(0.45)
        d = turn(k / 6 + 0.02)
        strand(
            canvas,
            [
                (x - 0.12 * d[0], y - 0.12 * d[1]),
                (x - 0.1 * d[1], y + 0.1 * d[0]),
                (x + 0.12 * d[0], y + 0.12 * d[1]),
                (x + 0.1 * d[1], y - 0.1 * d[0]),
                (x, y),
            ],
            0.05,
            rgb("ef8f5e"),
            dome(0.72, 0.2, 0.1),
            gloss=0.5,
        )
    scatter(canvas, 110, 0.5, dome(0.7, 0.28, 0.08), (rgb("cf9f5e"), rgb("b9813f")), (0.022, 0.017), rough=0.3)
    scatter(canvas, 60, 0.56, dome(0.72, 0.28, 0.08), (rgb("5f9c36"), rgb("7fb552")), (0.03, 0.016))
    greens(canvas, 6, 0.18, level(0.34), SPINACH, (0.09, 0.05), frilly=0.4)
    for at in ((0.62, -0.36), (0.5, -0.52)):
        slice_(
            canvas,
            at,
            0.2,
            LIME,
            base=0.09,
            thick=0.06,
            spokes=8,
            spoke=rgb("e4edb0"),
            oval=0.9,
            along=turn(0.1),
            gloss=0.4,
        )


def ramen(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("2c2a2d"), rgb("8f2a20"), depth=0.5)
    setting.liquid(canvas, 0.26, (rgb("a8692c"), rgb("c58b48")), gloss=0.8)
    nest(canvas, 60, 0.62, dome(0.72, 0.1, 0.215), (rgb("ecd08a"), rgb("f1dba0"), rgb("e4c276")), 0.023)
    for x, y, part in ((-0.42, -0.34, 0.1), (-0.2, -0.5, 0.16)):
        slice_(
            canvas,
            (x, y),
            0.25,
            ((0.5, rgb("c98f70")), (0.8, rgb("e7bfa4")), (1.0, rgb("8f5838"))),
            base=0.35,
            thick=0.04,
            oval=0.9,
            along=turn(part),
            gloss=0.4,
        )
    for x, y in ((0.4, -0.28), (0.52, 0.02)):
        slice_(canvas, (x, y), 0.175, EGG, base=0.33, thick=0.06, oval=0.82, along=turn(0.4), gloss=0.5)
    for k in range(3):
        lump(
            canvas,
            (-0.68 + 0.1 * k, 0.24 + 0.05 * k),
            (0.3, 0.2),
            turn(0.17),
            rgb("1f2b22"),
            base=0.3 + 0.016 * k,
            rise=0.05,
            square=True,
            rough=0.003,
            gloss=0.25,
        )
    greens(canvas, 9, 0.2, level(0.34), SPINACH, (0.18, 0.09), at=(0.2, 0.48), frilly=0.2, vein=rgb("a8c98a"))
    for _ in range(46):
        x, y = canvas.draws.within(0.26)
        slice_(
            canvas,
            (x + 0.02, y + 0.06),
            canvas.draws.between(0.024, 0.04),
            ((0.45, rgb("5f8f33")), (0.75, rgb("c4dd9a")), (1.0, rgb("4c8a2c"))),
            base=0.36,
            thick=0.02,
        )
    sauce_drops(canvas, 70, 0.85, 0.266, rgb("d99a3c"), 0.026)
