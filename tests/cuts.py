"""Simulate a power cut before any step of a function that moves files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


class Cut(Exception):
    pass


def cut_before(step: int, patch: pytest.MonkeyPatch, *steps: tuple[Any, str]) -> None:
    """Patch `steps`, (object, attribute) pairs, so that all their calls from the `step`-th on raise Cut."""
    left = step

    def cut(real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Cut
            return real(*args, **kwargs)

        return wrapper

    for owner, name in steps:
        patch.setattr(owner, name, cut(getattr(owner, name)))
