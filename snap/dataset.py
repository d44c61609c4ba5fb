"""What a dataset.py imports: `from snap.dataset import Dataset, Table, choice, ref, text`.

A public module, like snap itself. Each name is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snap_builder.declare import *  # noqa: F403

_WORDS = "snap_builder.declare"


def __getattr__(name: str) -> Any:
    words = import_module(_WORDS)
    if name == "__all__":  # of `from snap.dataset import *`
        return words.__all__
    if name not in words.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(words, name)


def __dir__() -> list[str]:
    return sorted(import_module(_WORDS).__all__)
