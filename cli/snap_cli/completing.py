"""Complete a word of a command line in a shell.

Typer completes commands, flags and their choices, and this module completes versions. A shell runs snap with the
variable _SNAP_COMPLETE for each word that it completes (`snap completion`). Errors are not reported, because the
command line is still incomplete.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from snap.errors import SnapError
from snap.project import find_root
from snap.store import Store

PROGRAM, VARIABLE = "snap", "_SNAP_COMPLETE"


def answer(environment: Mapping[str, str]) -> int:
    """Print the words that may follow the command line in the environment, and return the exit code."""
    from typer.completion import completion_init, shell_complete  # type: ignore[attr-defined]  # noqa: PLC0415

    from snap_cli.app import command  # noqa: PLC0415

    completion_init()
    return shell_complete(command(), {"obj": environment}, PROGRAM, VARIABLE, environment[VARIABLE])


def versions(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
    """Return the project's published versions whose names begin with `incomplete`, or none without a project."""
    del args
    with suppress(SnapError, OSError):
        store = Store(find_root(_root(ctx), os.environ, Path.cwd()))
        return [name for name in store.names() if name.startswith(incomplete)]
    return []


def commands(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
    """Return the commands that may follow in `snap help` and `snap schema`."""
    del args
    node: Any = ctx.find_root().command
    for word in ctx.params.get("command") or ():
        node = getattr(node, "commands", {}).get(word)
    return [name for name in getattr(node, "commands", {}) if name.startswith(incomplete)]


def _root(ctx: Any) -> Path | None:
    """Return the value of --root, given before or after the command."""
    while ctx is not None:
        if ctx.params.get("root"):
            return Path(ctx.params["root"])
        ctx = ctx.parent
    return None
