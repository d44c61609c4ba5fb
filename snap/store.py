"""Every path of the project's folder: where snapshots are staged, published, resolved and pruned.

    manifests/VERSION.json            a snapshot exists when this does; written last
    snapshots/VERSION/                its files; media/ in it may be absent
    snapshots/.lock-VERSION           held (flock) by whoever stages or removes VERSION
    snapshots/.stage-VERSION/         what a build is writing
    manifests/.VERSION.json.next      journal: the manifest about to be published
    snapshots/.old-VERSION/           what is being replaced: the folder, or its media/ alone

A publication that was cut short is completed or undone by whoever comes next, so that a reader sees the old snapshot
or the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from snap import durable
from snap.errors import SnapshotError, TargetError, UsageError
from snap.manifest import MEDIA, DataFile, Manifest
from snap.manifest_json import from_json, to_json

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A published (or staged) snapshot: its manifest and the folder of its files."""

    manifest: Manifest
    folder: Path

    def path(self, file: DataFile) -> Path:
        return self.folder / file.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A folder to build `version` in. When the staging ends, it is published or removed."""

    version: str
    folder: Path


def find_root(given: Path | None, environment: Mapping[str, str], start: Path) -> Path:
    """Return the project's root: `given`, else $SNAP_ROOT, else the nearest folder from `start` upwards that is one.

    Raise UsageError if there is none, or the one named is no folder.
    """
    named = given or (Path(environment["SNAP_ROOT"]) if environment.get("SNAP_ROOT") else None)
    if named is not None:
        if not named.is_dir():
            raise UsageError(f"root {named} is not a folder", "name a folder that holds manifests/ and snapshots/")
        return named.resolve()
    for folder in (start, *start.parents):
        if (folder / "snap.toml").is_file() or all((folder / n).is_dir() for n in ("manifests", "snapshots")):
            return folder
    raise UsageError(
        f"no snapshots here: neither {start} nor a folder above holds snap.toml, or manifests/ and snapshots/",
        "go to the project's folder, or name it",
        option="root",
    )


def check_name(version: str) -> str:
    """Return `version`. Raise UsageError if it may not name a snapshot."""
    if not _NAME.fullmatch(version):
        raise UsageError(
            f"{version!r} is not a version name",
            "use letters, digits, '.', '_' and '-', starting with a letter or digit",
        )
    return version


class Store:
    """The snapshots of one project folder."""

    def __init__(self, root: Path) -> None:
        self._manifests = root / "manifests"
        self._snapshots = root / "snapshots"

    def all(self) -> tuple[Snapshot, ...]:
        """Return every published snapshot, newest last."""
        snapshots = [self.resolve(name) for name in self.names()]
        return tuple(sorted(snapshots, key=lambda s: (s.manifest.created, s.manifest.version)))

    def exists(self, version: str) -> bool:
        """Return whether exactly `version` is published. Raise UsageError if it may not name a snapshot."""
        return check_name(version) in self.names()

    def resolve(self, version: str) -> Snapshot:
        """Return a published snapshot with its manifest. Its files are not read.

        Raise SnapshotError if it does not exist or its manifest is corrupt.
        """
        check_name(version)
        self._recover_if_abandoned(version)
        if version not in self.names():
            names = ", ".join(self.names())
            raise SnapshotError(
                f"there is no snapshot {version!r}",
                f"these are published: {names}" if names else f"none is published yet; run: snap build {version}",
            )
        path = self._manifest(version)
        try:
            text = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise SnapshotError(
                f"manifests/{path.name} cannot be read: {error}", "restore the file from version control"
            ) from None
        manifest = from_json(text, source=f"manifests/{path.name}")
        if manifest.version != version:
            raise SnapshotError(
                f"manifests/{path.name} is the manifest of {manifest.version!r}",
                "a manifest cannot be renamed; build that version instead",
            )
        return Snapshot(manifest=manifest, folder=self._folder(version))

    @contextlib.contextmanager
    def stage(self, version: str) -> Iterator[Stage]:
        """Lock `version` and yield an empty folder to build it in. A folder that was not published is removed.

        Raise UsageError for a bad name or one that differs from a published one only in case, TargetError while another
        process builds the same version.
        """
        check_name(version)
        for name in self.names():
            if name != version and name.lower() == version.lower():
                raise UsageError(
                    f"version {version!r} differs from the published {name!r} only in case",
                    "choose another name",
                )
        self._snapshots.mkdir(parents=True, exist_ok=True)
        self._manifests.mkdir(parents=True, exist_ok=True)
        self._sweep()
        with self._locked(version):
            self._recover(version)
            folder = self._staging(version)
            folder.mkdir()
            try:
                yield Stage(version=version, folder=folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def publish(self, stage: Stage, manifest: Manifest) -> Snapshot:
        """Publish the staged files as the snapshot that `manifest` describes, in place of one of that name."""
        version, folder = stage.version, self._folder(stage.version)
        for path in sorted(stage.folder.rglob("*")):
            durable.sync(path)
        durable.sync(stage.folder)
        durable.write(self._journal(version), to_json(manifest).encode())
        if folder.exists():
            folder.rename(self._old(version))
        stage.folder.rename(folder)
        durable.sync(self._snapshots)
        self._journal(version).rename(self._manifest(version))
        durable.sync(self._manifests)
        shutil.rmtree(self._old(version), ignore_errors=True)
        return Snapshot(manifest=manifest, folder=folder)

    def install_media(self, stage: Stage) -> None:
        """Move the staged media into the published snapshot. Cut short, the snapshot has the new ones or none."""
        version, staged = stage.version, stage.folder / MEDIA
        for path in (*staged.rglob("*"), staged):
            durable.sync(path)
        place = self._folder(version) / MEDIA
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.exists():
            place.rename(self._old(version))
        staged.rename(place)
        durable.sync(place.parent)
        shutil.rmtree(self._old(version), ignore_errors=True)

    def remove(self, version: str) -> None:
        """Remove a published snapshot, its manifest first, so that no half of it is ever visible."""
        if not self.exists(version):
            self.resolve(version)  # says which ones there are
        with self._locked(version):
            self._recover(version)
            self._manifest(version).unlink()
            durable.sync(self._manifests)
            self._recover(version)

    def names(self) -> tuple[str, ...]:
        """Return the names of all published versions, in alphabetical order. Their manifests are not read."""
        return tuple(sorted(p.name[:-5] for p in self._manifests.glob("[!.]*.json") if _NAME.fullmatch(p.name[:-5])))

    def _manifest(self, version: str) -> Path:
        return self._manifests / f"{version}.json"

    def _journal(self, version: str) -> Path:
        return self._manifests / f".{version}.json.next"

    def _folder(self, version: str) -> Path:
        return self._snapshots / version

    def _staging(self, version: str) -> Path:
        return self._snapshots / f".stage-{version}"

    def _old(self, version: str) -> Path:
        return self._snapshots / f".old-{version}"

    @contextlib.contextmanager
    def _locked(self, version: str) -> Iterator[None]:
        with (self._snapshots / f".lock-{version.lower()}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TargetError(
                    f"another process is writing snapshot {version!r}",
                    "wait until it is done, then run this again",
                ) from None
            yield

    def _recover_if_abandoned(self, version: str) -> None:
        if self._journal(version).exists() or self._old(version).exists():
            with contextlib.suppress(TargetError), self._locked(version):
                self._recover(version)

    def _recover(self, version: str) -> None:
        """Complete or undo a publication or removal that was cut short, under the lock of `version`."""
        folder, old, journal = self._folder(version), self._old(version), self._journal(version)
        durable.remove_partials(journal)
        if journal.exists():
            if self._staging(version).exists():  # not renamed yet: undo
                if old.exists() and not folder.exists():
                    old.rename(folder)
                journal.unlink()
            else:
                journal.rename(self._manifest(version))
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self._staging(version), ignore_errors=True)
        if folder.exists() and not self._manifest(version).exists():
            folder.rename(old)
            shutil.rmtree(old, ignore_errors=True)

    def _sweep(self) -> None:
        """Clean up after builds that were killed, whatever their version."""
        for stage in self._snapshots.glob(".stage-*"):
            version = stage.name.removeprefix(".stage-")
            with contextlib.suppress(TargetError), self._locked(version):
                self._recover(version)
