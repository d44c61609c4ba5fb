"""`snap rm`: remove a version."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

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
    """The options of `snap rm`."""

    version: Version
    yes: Yes = False
    parts: Annotated[
        bool,
        typer.Option(
            "--parts", help="Remove the unpublished parts that snap build --parts has made, not a published version."
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveResult(TimedResult):
    """Whether the version was removed, or kept because the user said no."""

    version: str
    removed: bool
    parts: bool = False

    def document(self) -> RemoveForm:
        return {"version": self.version, "removed": self.removed, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        what = f"the parts of {self.version}" if self.parts else self.version
        return (Line(f"removed {what}" if self.removed else f"kept {what}"),)


def run(options: Options, context: Context) -> RemoveResult:
    """Remove a version after a confirmation. Errors: UsageError if nobody can be asked."""
    store, version = context.store(), options.version
    if options.parts:
        return _without_parts(store, options, context)
    if not store.exists(version):
        context.resolve(store, version)  # raises an error that lists the published ones
    removed = options.yes or context.confirms(f"Remove {_about(store, version)}?", f"removing {version}")
    if removed:
        store.remove(version)
    return RemoveResult(version=version, removed=removed, seconds=context.seconds())


def _without_parts(store: Store, options: Options, context: Context) -> RemoveResult:
    """Remove the unpublished parts of a version. Errors: SnapshotError if there are none."""
    version, folder = options.version, store.shared(options.version)
    if not os.path.lexists(folder):
        raise SnapshotError(f"there are no parts of {version}", f"they would be in {folder}")
    held = sum(path.lstat().st_size for path in folder.rglob("*.parquet"))
    removed = options.yes or context.confirms(
        f"Remove the parts of {version} ({size(held)})?", f"removing the parts of {version}"
    )
    if removed:
        store.remove_shared(version)
    return RemoveResult(version=version, removed=removed, seconds=context.seconds(), parts=True)


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
    help="Remove a published snapshot: its manifest and its files. With --parts: the parts of an unpublished one.",
    short="Remove a published snapshot.",
    example="snap rm v2 --yes",
    codes="""
        0 removed, or kept because you said no
        3 there is no such snapshot
        5 another process works on this version now
        6 the disk failed""",
)
