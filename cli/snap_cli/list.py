"""`snap list`: list the published versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from snap.errors import SnapshotError
from snap.manifest import Manifest
from snap.store import Store
from snap.units import reasons, size
from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Grid, Line, Result, View

if TYPE_CHECKING:
    from snap_cli.forms.snapshots import ListedVersionForm, ListForm

_SHORT = 12  # hexadecimal digits of a digest, enough to compare by eye


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult(Result):
    """All readable manifests, newest last, and the errors of the manifests that cannot be read."""

    answer: ClassVar[bool] = True
    manifests: tuple[Manifest, ...]
    broken: tuple[SnapshotError, ...]

    @property
    def failure(self) -> SnapshotError | None:
        return broken_error(self.broken)

    def document(self) -> ListForm:
        return {
            "versions": [*map(version_document, self.manifests)],
        }

    def view(self) -> View:
        if not self.manifests:
            return () if self.broken else (Line("no snapshot is published yet; run: snap build v1"),)
        return (
            Grid(
                columns=("version", "dataset", "rows", "bytes", "created", "digest"),
                rows=tuple(
                    (
                        manifest.version,
                        _dataset(manifest) or "captured",
                        f"{manifest.rows_total:,}",
                        size(manifest.bytes),
                        manifest.created.replace("T", " ").removesuffix("Z"),
                        manifest.digest[:_SHORT],
                    )
                    for manifest in self.manifests
                ),
                right=frozenset({"rows", "bytes"}),
            ),
        )


def run(_options: NoOptions, context: Context) -> ListResult:
    """Read every manifest. A corrupt manifest does not hide the others."""
    manifests, broken = read_all(context.store())
    return ListResult(manifests=manifests, broken=broken)


def read_all(store: Store) -> tuple[tuple[Manifest, ...], tuple[SnapshotError, ...]]:
    """Return all readable manifests, newest last, and the errors of the manifests that cannot be read."""
    manifests, broken = [], []
    for name in store.names():
        try:
            manifests.append(store.resolve(name).manifest)
        except SnapshotError as error:
            broken.append(error)
    manifests.sort(key=lambda manifest: (manifest.created, manifest.version))
    return tuple(manifests), tuple(broken)


def broken_error(broken: tuple[SnapshotError, ...]) -> SnapshotError | None:
    """Return one error for all manifests that cannot be read, or None."""
    if not broken:
        return None
    first = broken[0]
    if len(broken) == 1:
        return first
    listed = reasons(f"{len(broken)} manifests cannot be read", (error.message for error in broken))
    return SnapshotError(listed, first.hint, option=first.option)


def version_document(manifest: Manifest) -> ListedVersionForm:
    """Return the JSON form of a version."""
    return {
        "version": manifest.version,
        "dataset": _dataset(manifest),
        "rows_total": manifest.rows_total,
        "bytes": manifest.bytes,
        "created": manifest.created,
        "digest": manifest.digest,
    }


def _dataset(manifest: Manifest) -> str | None:
    return manifest.parameters.dataset if manifest.parameters else None


COMMAND = Command(
    name="list",
    options=NoOptions,
    run=run,
    help="List the published versions, newest last.",
    example="snap list",
    codes="""
        0 done
        3 a manifest is corrupt; the others are listed""",
)
