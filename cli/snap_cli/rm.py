"""`snap rm`: remove a version."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import typer

from snap.errors import SnapshotError, UsageError
from snap.store import Store
from snap.units import plural, size
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, Version, Yes, epilog, given
from snap_cli.render import Line, Result, View

FIELDS = ("version", "removed", "seconds")
EPILOG = epilog(
    example="snap rm v2 --yes",
    codes="""
        0 removed, or kept because you said no
        3 there is no such snapshot
        5 another process works on this version now
        6 the disk failed""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveResult(Result):
    """Whether the version is gone; it is not when the person asked said no."""

    version: str
    removed: bool
    seconds: float

    def document(self) -> dict[str, Any]:
        return {"version": self.version, "removed": self.removed, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        return (Line(f"removed {self.version}" if self.removed else f"kept {self.version}"),)


def rm(
    ctx: typer.Context,
    version: Version,
    yes: Yes = False,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Remove a published snapshot: its manifest and its files."""
    return Action(given(ctx, root, config, as_json, quiet), partial(run_rm, version=version, yes=yes))


def run_rm(context: Context, *, version: str, yes: bool) -> RemoveResult:
    """Remove `version`, once someone said yes. Errors: UsageError when there is nobody to ask."""
    started = time.monotonic()
    store = context.store()
    if not store.exists(version):
        context.resolve(store, version)  # says which ones there are
    removed = yes or _confirmed(context, store, version)
    if removed:
        store.remove(version)
    return RemoveResult(version=version, removed=removed, seconds=time.monotonic() - started)


def _confirmed(context: Context, store: Store, version: str) -> bool:
    if not context.asks():
        raise UsageError(f"removing {version} wants a yes, and there is no terminal to ask on", "add --yes")
    try:
        manifest = store.resolve(version).manifest
        what = f"{version} ({plural(manifest.rows_total, 'row')}, {size(manifest.bytes)})"
    except SnapshotError:
        what = f"{version} (its manifest is corrupt)"
    sys.stderr.write(f"Remove {what}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
