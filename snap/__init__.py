"""Realistic data, built once, frozen, proved, and put into any Postgres.

    import snap

    snap.restore("v3", "postgresql://localhost/app", mode="sync")
    snap.diff("v3", db="postgresql://localhost/app").identical
    with snap.cloned("v3") as url: ...

Each function does the same as the command of its name. Errors are those of `snap.errors`. Names are imported on first
use, so that importing snap imports nothing else. This matters for `python -m snap`, which imports snap while the
working directory is still the first entry of sys.path, and that may be a checkout by anybody.
"""

from __future__ import annotations

from snap.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from snap import errors
    from snap.api import build, capture, check, diff, edge, edges, publish, restore
    from snap_restorer import clone, cloned, drop

_MODULES = {
    "build": "snap.api",
    "capture": "snap.api",
    "check": "snap.api",
    "clone": "snap_restorer",
    "cloned": "snap_restorer",
    "diff": "snap.api",
    "drop": "snap_restorer",
    "edge": "snap.api",
    "edges": "snap.api",
    "publish": "snap.api",
    "restore": "snap.api",
}
__all__ = [
    "__version__",
    "build",
    "capture",
    "check",
    "clone",
    "cloned",
    "diff",
    "drop",
    "edge",
    "edges",
    "errors",
    "publish",
    "restore",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - imported on first use

    if name == "errors":
        return import_module("snap.errors")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
