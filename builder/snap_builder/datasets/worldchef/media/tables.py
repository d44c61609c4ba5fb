"""The tables that plates stand on."""

from __future__ import annotations

from snap_builder.datasets.worldchef.media import setting
from snap_builder.datasets.worldchef.media.canvas import Canvas, rgb


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
