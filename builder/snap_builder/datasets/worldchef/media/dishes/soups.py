"""Soups and stews."""

from __future__ import annotations

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, rgb, turn
from snap_builder.datasets.worldchef.media.food import leaf, lump, scatter, strand
from snap_builder.datasets.worldchef.media.larder import (
    BASIL,
    CHARCOAL,
    CREAM,
    SPINACH,
    TERRA,
    greens,
    level,
    ring,
    sauce_drops,
    slices,
)


def tomato_soup(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("f0ebe0"), CREAM)
    setting.liquid(canvas, 0.26, (rgb("c43d1c"), rgb("dd6a30")))
    part = 0.0
    swirl = []
    for k in range(26):
        x, y = turn(part + k * 0.085)
        radius = 0.06 + 0.0165 * k
        swirl.append((x * radius, y * radius))
    for k in range(len(swirl) - 2):
        strand(
            canvas, swirl[k : k + 3], 0.026 + 0.0035 * (k % 5), rgb("f6e8cf"), level(0.2635), gloss=0.3, flatness=0.1
        )
    sauce_drops(canvas, 46, 0.78, 0.265, rgb("e0802a"), 0.022)
    scatter(canvas, 60, 0.7, level(0.268), (rgb("3a2a1c"),), (0.008, 0.007))
    for at, along in ring(3, 0.07, 0.1):
        leaf(canvas, at, (0.17, 0.085), along, BASIL, base=0.28, curl=0.04, frilly=0.04, vein=rgb("8fbf6a"))
    for _ in range(9):
        x, y = canvas.draws.within(0.16)
        lump(
            canvas,
            (x + 0.42, y - 0.38),
            (0.07, 0.065),
            turn(canvas.draws.between(0, 1)),
            rgb("c98f4a"),
            base=0.25,
            rise=0.07,
            rough=0.012,
            square=True,
            spot=rgb("8f5626"),
        )


def pumpkin_soup(canvas: Canvas) -> None:
    setting.bowl(canvas, CHARCOAL, rgb("4a4d50"))
    setting.liquid(canvas, 0.25, (rgb("d98218"), rgb("eda43c")), gloss=0.45)
    for k in range(5):
        x = -0.36 + 0.18 * k
        strand(
            canvas,
            [(x - 0.2, -0.5), (x + 0.05, -0.2), (x - 0.1, 0.1), (x + 0.1, 0.34), (x, 0.56)],
            0.022,
            rgb("f8efdc"),
            level(0.2535),
            flatness=0.12,
        )
    scatter(
        canvas,
        55,
        0.34,
        level(0.262),
        (rgb("6d8a3c"), rgb("55772e"), rgb("7f9a4e")),
        (0.045, 0.022),
        at=(0.06, 0.02),
        gloss=0.3,
    )
    greens(canvas, 7, 0.2, level(0.285), SPINACH, (0.075, 0.04), at=(0.06, 0.02), frilly=0.3)


def dal(canvas: Canvas) -> None:
    setting.bowl(canvas, rgb("a8713a"), rgb("c08a4a"))
    setting.liquid(canvas, 0.25, (rgb("d9a021"), rgb("e6b944")), gloss=0.5, waves=0.012)
    scatter(
        canvas,
        380,
        0.82,
        level(0.255),
        (rgb("e0ab35"), rgb("cf9626"), rgb("ecc25a")),
        (0.026, 0.024),
        sink=0.5,
        gloss=0.4,
    )
    sauce_drops(canvas, 30, 0.6, 0.262, rgb("b8451a"), 0.03)
    scatter(canvas, 40, 0.4, level(0.268), (rgb("6a3a1c"), rgb("8a5426")), (0.03, 0.008))
    for _ in range(4):
        x, y = canvas.draws.within(0.4)
        d = turn(canvas.draws.between(0, 1))
        strand(
            canvas,
            [
                (x - 0.16 * d[0], y - 0.16 * d[1]),
                (x - 0.03 * d[1], y + 0.03 * d[0]),
                (x + 0.16 * d[0], y + 0.16 * d[1]),
            ],
            0.03,
            rgb("8f1f14"),
            level(0.262),
            gloss=0.8,
            flatness=0.6,
        )
    greens(canvas, 16, 0.24, level(0.285), SPINACH, (0.08, 0.045), frilly=0.45)


def chilli(canvas: Canvas) -> None:
    setting.bowl(canvas, TERRA, rgb("8f4526"))
    setting.mound(
        canvas, 0, 0, 0.95, 0.08, (rgb("6e2412"), rgb("96391c")), rough=0.02, ragged=0.02, base=0.2, gloss=0.5
    )
    scatter(
        canvas,
        260,
        0.8,
        level(0.27),
        (rgb("6a2a18"), rgb("7d3620"), rgb("57200f")),
        (0.04, 0.034),
        rough=0.35,
        gloss=0.35,
    )
    scatter(
        canvas,
        85,
        0.76,
        level(0.28),
        (rgb("581a14"), rgb("6f1f18"), rgb("401310")),
        (0.075, 0.042),
        gloss=0.7,
        sink=0.2,
    )
    scatter(canvas, 55, 0.75, level(0.285), (rgb("efc23f"), rgb("e6b22c")), (0.032, 0.026), gloss=0.4)
    scatter(canvas, 40, 0.75, level(0.28), (rgb("b3291a"), rgb("c9452a")), (0.05, 0.04), gloss=0.5, square=True)
    setting.mound(
        canvas, -0.1, -0.05, 0.25, 0.1, (rgb("f8f3e8"), rgb("efe7d6")), rough=0.012, base=0.3, gloss=0.35, ragged=0.12
    )
    scatter(canvas, 55, 0.3, level(0.36), (rgb("e9a92f"), rgb("f0bb4a")), (0.05, 0.009), at=(0.2, 0.2), gloss=0.1)
    greens(canvas, 12, 0.3, level(0.38), SPINACH, (0.07, 0.04), frilly=0.45)
    slices(
        canvas,
        4,
        0.5,
        level(0.34),
        ((0.3, rgb("dfe8b8")), (0.75, rgb("8fbf4f")), (1.0, rgb("3c7a26"))),
        0.06,
        thick=0.02,
    )
