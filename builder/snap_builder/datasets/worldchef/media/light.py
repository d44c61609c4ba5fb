"""How a canvas looks in the light of a window at the upper left: shades, shadows, gloss, and the camera's grain."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.media.canvas import SUPER, Canvas, Draws, Plane, ramp

Pixels = NDArray[np.uint8]

_LIGHT = (-0.48, -0.56, 0.675)  # a unit vector to the window
_HALF = (-0.262, -0.306, 0.915)  # half-way between the window and the camera above
_SKY = 0.52  # light that comes from everywhere
_SUN = 0.80
_STEPS = (1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 27, 30, 33)  # of a hundredth of a plate radius, for shadows
_BAND = 64  # rows at a time, so that they stay in the processor's cache
_SLOPE = 1.15  # how steeply the light falls: height per length


def photograph(canvas: Canvas) -> Pixels:
    """Give the picture, shape (height, width, 3), without a camera's grain."""
    lit, shiny = _faces(canvas)
    coarse = _shrink(canvas.height)
    unit = canvas.unit / SUPER
    open_sky = _openness(coarse, unit)
    sun = _sunlight(coarse, unit)
    ambient = _SKY * open_sky
    direct = _SUN * sun
    picture = np.empty((*coarse.shape, 3), np.float32)
    for channel in range(3):
        warm = (1.03, 1.0, 0.95)[channel]
        cool = (0.97, 1.0, 1.05)[channel]
        albedo = _shrink(canvas.colour[channel])
        shaded = _shrink(canvas.colour[channel] * lit)
        picture[:, :, channel] = albedo * (ambient * np.float32(cool)) + (shaded + shiny) * (direct * np.float32(warm))
    return _develop(picture)


def _faces(canvas: Canvas) -> tuple[Plane, Plane]:
    """Give how much each face looks to the window (drawn size), and its gloss (the picture's size)."""
    height = canvas.height
    across = np.zeros_like(height)
    down = np.zeros_like(height)
    half = np.float32(canvas.unit / 2)
    across[:, 1:-1] = (height[:, 2:] - height[:, :-2]) * half
    down[1:-1] = (height[2:] - height[:-2]) * half
    np.clip(across, -3, 3, out=across)
    np.clip(down, -3, 3, out=down)
    long = 1 / np.sqrt(across * across + down * down + 1)
    lit = np.maximum((-across * np.float32(_LIGHT[0]) - down * np.float32(_LIGHT[1]) + np.float32(_LIGHT[2])) * long, 0)
    shine = np.maximum((-across * np.float32(_HALF[0]) - down * np.float32(_HALF[1]) + np.float32(_HALF[2])) * long, 0)
    for _ in range(5):
        shine *= shine
    return lit, _shrink(shine * canvas.gloss)


def _openness(height: Plane, unit: float) -> Plane:
    """Give how much of the sky each place sees: less where its surroundings are higher than it."""
    result = np.ones_like(height)
    for reach, weight in ((0.02, 5.0), (0.06, 2.2), (0.16, 0.9)):
        around = _blur(height, max(1, int(reach * unit)))
        result -= np.clip((around - height) * np.float32(weight), 0, 0.45)
    return np.maximum(result, 0.25)


def _sunlight(height: Plane, unit: float) -> Plane:
    """Give 1 where the window is seen and less in shadow, by looking along the light at growing distances."""
    blocked = np.zeros_like(height)
    rows, columns = height.shape
    for step in _STEPS:
        right, below = int(step * unit * 0.0065), int(step * unit * 0.0076)
        if right + below == 0 or below >= rows or right >= columns:
            continue
        over = height[: rows - below, : columns - right] - height[below:, right:]
        over -= np.float32(_SLOPE * step * 0.01)
        np.maximum(blocked[below:, right:], over * np.float32(1 / (0.02 + 0.004 * step)), out=blocked[below:, right:])
    soft = _blur(np.clip(blocked, 0, 1), max(1, int(0.012 * unit)))
    return 1 - np.float32(0.78) * soft


def _develop(picture: Plane) -> Pixels:
    """Darken the corners, bend the tones, and round to bytes."""
    rows, columns, _ = picture.shape
    y = ((np.arange(rows, dtype=np.float32) * 2 + (1 - rows)) / np.float32(rows))[:, None]
    x = ((np.arange(columns, dtype=np.float32) * 2 + (1 - columns)) / np.float32(columns))[None, :]
    picture *= (1 - np.float32(0.13) * ramp(x * x + y * y, 0.5, 2.0))[:, :, None]
    np.clip(picture, 0, 1.25, out=picture)
    picture /= 1 + np.float32(0.15) * picture * picture  # highlights roll off
    np.clip(picture, 0, 1, out=picture)
    bent = picture * picture * (3 - 2 * picture)
    picture += np.float32(0.35) * (bent - picture)
    return cast(Pixels, np.rint(picture * 255).astype(np.uint8))


def enlarge(pixels: Pixels) -> Pixels:
    """Give the picture twice as wide and high, by quarters of what lies around, rounded."""
    for axis in (0, 1):
        wide = np.moveaxis(pixels, axis, 0).astype(np.uint16)
        before, after = np.concatenate([wide[:1], wide[:-1]]), np.concatenate([wide[1:], wide[-1:]])
        doubled = np.stack([3 * wide + before + 2, 3 * wide + after + 2], 1) >> 2
        pixels = np.moveaxis(doubled.reshape(-1, *wide.shape[1:]), 0, axis).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def grain(pixels: Pixels, draws: Draws, deviation: int) -> Pixels:
    """Add a sensor's noise, `deviation` in quarters of a level: a word is eight bytes, four of them a pixel's noise."""
    rows, columns, _ = pixels.shape
    levels = ((np.arange(4 * 255 + 1) - 510) * deviation + 296) // 592  # four bytes' sum has a deviation of 148
    words = draws.words(-(-rows * columns // 2))
    words = (words & np.uint64(0x00FF00FF00FF00FF)) + ((words >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF))
    words = (words + (words >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    sums = words.astype("<u8").view("<u4")[: rows * columns].reshape(rows, columns)
    result = np.empty_like(pixels)
    for row in range(0, rows, _BAND):
        band = slice(row, row + _BAND)
        noisy = pixels[band] + levels.astype(np.int16)[sums[band]][:, :, None]
        np.clip(noisy, 0, 255, out=noisy)
        result[band] = noisy
    return result


def _shrink(plane: Plane) -> Plane:
    """Average 2 x 2 pixels into one; the order of the additions is fixed."""
    return (plane[::2, ::2] + plane[1::2, ::2] + (plane[::2, 1::2] + plane[1::2, 1::2])) * np.float32(0.25)


def _blur(plane: Plane, reach: int) -> Plane:
    """Average over (2 reach + 1)² pixels, in integers: sums of floats would depend on their order.

    Two plate radii are 65,536: no row or column of fewer than 30,000 pixels overflows.
    """
    fixed = np.rint(np.clip(plane, -1, 2) * 32768).astype(np.int32)
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (reach + 1, reach)
        total = np.cumsum(np.pad(fixed, padding, mode="edge"), axis=axis, dtype=np.int32)
        size = fixed.shape[axis]
        step = 2 * reach + 1
        high, low = (total[step:], total[:size]) if axis == 0 else (total[:, step:], total[:, :size])
        fixed = (high - low) // step
    return fixed.astype(np.float32) * np.float32(1 / 32768)


def coverage(canvas: Canvas, radius: float) -> NDArray[np.uint8]:
    """Give the opacity of a cut-out around the plate, shape (height, width), soft over one pixel."""
    x, y = canvas.x[None, :], canvas.y[:, None]
    distance = _shrink(np.sqrt(x * x + y * y)) - np.float32(radius)
    return np.rint((1 - ramp(distance, -SUPER / canvas.unit, SUPER / canvas.unit)) * 255).astype(np.uint8)
