"""Salads, and vegetables in slices."""

from __future__ import annotations

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, rgb, turn
from snap_builder.datasets.worldchef.media.food import Bands, leaf, lump, scatter, slice_
from snap_builder.datasets.worldchef.media.larder import (
    BASIL,
    CUCUMBER,
    HERBS,
    LETTUCE,
    MOZZARELLA,
    NAVY,
    ONION,
    RADISH,
    SAND,
    SPINACH,
    TERRA,
    TOMATO,
    dome,
    greens,
    level,
    ring,
    slices,
)


def green_salad(canvas: Canvas) -> None:
    setting.bowl(canvas, SAND, rgb("c9b089"), depth=0.38)
    heights = dome(0.9, 0.26, 0.14)
    greens(canvas, 60, 0.74, heights, LETTUCE, (0.27, 0.17), frilly=0.45, vein=rgb("dcebb0"), curl=0.12)
    greens(canvas, 26, 0.7, dome(0.9, 0.3, 0.16), SPINACH, (0.17, 0.1), frilly=0.12, vein=rgb("8fb56c"))
    slices(canvas, 9, 0.6, dome(0.9, 0.34, 0.18), CUCUMBER, 0.14, thick=0.02)
    slices(canvas, 6, 0.6, dome(0.9, 0.35, 0.18), RADISH, 0.1, thick=0.014)
    for _ in range(11):
        x, y = canvas.draws.within(0.62)
        lump(
            canvas,
            (x, y),
            (0.105, 0.1),
            turn(canvas.draws.between(0, 1)),
            rgb("cf2f1f"),
            base=heights(x, y) + 0.05,
            rise=0.1,
            gloss=0.9,
        )
    slices(canvas, 7, 0.55, dome(0.9, 0.36, 0.18), ONION, 0.1, thick=0.012)
    scatter(canvas, 70, 0.62, dome(0.9, 0.38, 0.17), (rgb("d9bf86"), rgb("c9a766")), (0.022, 0.014))


def greek_salad(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("e8eef2"), NAVY)
    heights = dome(0.8, 0.2)
    greens(canvas, 16, 0.58, heights, LETTUCE, (0.24, 0.15), frilly=0.4, vein=rgb("dcebb0"))
    for _ in range(20):
        x, y = canvas.draws.within(0.58)
        slice_(
            canvas,
            (x, y),
            0.16,
            TOMATO,
            base=heights(x, y) + 0.03,
            thick=0.06,
            spokes=6,
            spoke=rgb("ef9f86"),
            tilt=(canvas.draws.between(-0.6, 0.6), canvas.draws.between(-0.6, 0.6)),
            oval=0.62,
            along=turn(canvas.draws.between(0, 1)),
            gloss=0.5,
        )
    slices(canvas, 14, 0.56, dome(0.8, 0.24, 0.05), CUCUMBER, 0.13, thick=0.04)
    slices(canvas, 8, 0.5, dome(0.8, 0.29, 0.05), ONION, 0.14, thick=0.014)
    for _ in range(12):
        x, y = canvas.draws.within(0.52)
        lump(
            canvas,
            (x, y),
            (0.075, 0.06),
            turn(canvas.draws.between(0, 1)),
            rgb("33222c"),
            base=heights(x, y) + 0.06,
            rise=0.07,
            gloss=0.9,
        )
    for _ in range(15):
        x, y = canvas.draws.within(0.42)
        side = canvas.draws.between(0.055, 0.085)
        lump(
            canvas,
            (x, y),
            (side, side * 0.85),
            turn(canvas.draws.between(0, 1)),
            rgb("f7f4ea"),
            base=heights(x, y) + 0.09,
            rise=0.07,
            square=True,
            rough=0.008,
            gloss=0.02,
        )
    scatter(canvas, 90, 0.55, dome(0.8, 0.33, 0.06), HERBS, (0.018, 0.009))


def caprese(canvas: Canvas) -> None:
    setting.plate(canvas, rgb("e9e4da"), speckled=True)
    for number, (at, along) in enumerate(ring(16, 0.47)):
        if number % 2:
            slice_(
                canvas,
                at,
                0.235,
                MOZZARELLA,
                base=0.02 + 0.012 * (number % 4),
                thick=0.05,
                tilt=(0.2, 0.1),
                along=along,
                gloss=0.15,
            )
        else:
            slice_(
                canvas,
                at,
                0.225,
                TOMATO,
                base=0.04 + 0.012 * (number % 4),
                thick=0.05,
                spokes=7,
                spoke=rgb("f0b49c"),
                tilt=(0.2, 0.1),
                along=along,
                gloss=0.5,
            )
    slice_(canvas, (0.0, 0.0), 0.22, TOMATO, base=0.06, thick=0.05, spokes=7, spoke=rgb("f0b49c"), gloss=0.5)
    for at, along in ring(8, 0.45, 0.06):
        leaf(
            canvas,
            at,
            (0.15, 0.08),
            (along[1], -along[0]),
            BASIL,
            base=0.125,
            curl=0.05,
            frilly=0.04,
            vein=rgb("8fbf6a"),
        )
    greens(canvas, 5, 0.09, level(0.15), BASIL, (0.17, 0.09), frilly=0.04, vein=rgb("8fbf6a"))
    for at, _ in ring(23, 0.69, 0.02):
        radius = canvas.draws.between(0.012, 0.034)
        lump(canvas, at, (radius, radius), (1.0, 0.0), rgb("3a1710"), base=0.03, rise=0.016, gloss=0.8)
    scatter(canvas, 80, 0.62, level(0.12), (rgb("2c241c"), rgb("f4efe4")), (0.009, 0.008))


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
            slice_(
                canvas,
                at,
                0.135,
                kinds[number % 4],
                base=0.04 + 0.002 * number,
                thick=0.04,
                along=along,
                tilt=(0.1, 0.55),
                gloss=0.4,
            )
    greens(canvas, 4, 0.05, level(0.18), SPINACH, (0.12, 0.035), frilly=0.3)
    scatter(canvas, 140, 0.7, level(0.15), HERBS, (0.016, 0.007))
