"""`snap rm`: remove a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap.errors import SnapshotError
from snap.store import Store
from snap.units import plural, size
from snap_cli.command import Command
from snap_cli.context import Context, Version, Yes
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_cli.forms.snapshots import RemoveForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap rm` takes."""

    version: Version
    yes: Yes = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveResult(TimedResult):
    """Whether the version is gone; it is not when the person asked said no."""

    version: str
    removed: bool

    def document(self) -> RemoveForm:
        return {"version": self.version, "removed": self.removed, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        return (Line(f"removed {self.version}" if self.removed else f"kept {self.version}"),)


def run(options: Options, context: Context) -> RemoveResult:
    """Remove a version, once someone said yes. Errors: UsageError where there is nobody to ask."""
    store, version = context.store(), options.version
    if not store.exists(version):
        context.resolve(store, version)  # says which ones there are
    removed = options.yes or context.confirms(f"Remove {_about(store, version)}?", f"removing {version}")
    if removed:
        store.remove(version)
    return RemoveResult(version=version, removed=removed, seconds=context.seconds())


def _about(store: Store, version: str) -> str:
    try:
        manifest = store.resolve(version).manifest
    except SnapshotError:
        return f"{version} (its manifest is corrupt)"
    return f"{version} ({plural(manifest.rows_total, 'row')}, {size(manifest.bytes)})"


COMMAND = Command(
    name="rm",
    options=Options,
    run=run,
    help="Remove a published snapshot: its manifest and its files.",
    example="snap rm v2 --yes",
    codes="""
        0 removed, or kept because you said no
        3 there is no such snapshot
        5 another process works on this version now
        6 the disk failed""",
)
