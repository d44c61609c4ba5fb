"""A power cut before any step of what moves files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


class Cut(Exception):
    pass


def cut_before(step: int, patch: pytest.MonkeyPatch, *steps: tuple[Any, str]) -> None:
    """Let `steps`, functions that are attributes of objects, raise Cut from the `step`-th call of any of them on."""
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
