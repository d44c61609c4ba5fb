"""Every path of the project's folder: where snapshots are staged, published, resolved and pruned.

    manifests/VERSION.json            a snapshot exists when this does; written last
    snapshots/VERSION/                its files; media/ in it may be absent
    snapshots/.lock-VERSION           held (flock) by whoever stages or removes VERSION
    snapshots/.stage-VERSION/         what a build is writing
    snapshots/.parts-VERSION/         parts that several processes make, until their version is published
    snapshots/.old-VERSION-SHA256/    the folder that is being replaced, and the hash of the manifest that it belongs to
    manifests/.gitignore              names the manifests of captures; each folder of a capture has one of its own

Anyone who may commit to the project may have put anything under these names. So no journal is trusted: the manifest is
the only record. If the replaced folder belongs to the current manifest and the folder in its place does not, a
publication was interrupted and is undone. Otherwise it is complete. A reader sees the old snapshot or the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from snap import durable
from snap.errors import ServiceError, SnapshotError, TargetError, UsageError
from snap.manifest import MEDIA, STATISTICS, DataFile, Manifest
from snap.manifest_json import from_json, to_json

_LONGEST_NAME = 100
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{_LONGEST_NAME - 1}}}")
_IGNORED = ("# Made by snap: captures hold real data. To commit one, take its line away.", "/.gitignore")
_LEFT = re.compile(rf"\.stage-({_NAME.pattern})|\.old-({_NAME.pattern})-[0-9a-f]{{64}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A published (or staged) snapshot: its manifest and the folder of its files."""

    manifest: Manifest
    folder: Path

    def path(self, file: DataFile) -> Path:
        return self.folder / file.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A folder to build `version` in. At the end of staging it is published or removed.

    If `private`, only its owner may read the files, now and after publication. Otherwise the umask decides.
    """

    version: str
    folder: Path
    private: bool = False


def check_name(version: str) -> str:
    """Return `version`. Raise UsageError if it is not a valid name of a snapshot."""
    if len(version) > _LONGEST_NAME:
        raise UsageError(
            f"the version name {version[:20]!r}... has {len(version)} characters",
            f"choose a name of at most {_LONGEST_NAME} characters",
        )
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
        """Return whether `version` is published under exactly this name. Raise UsageError if the name is invalid."""
        return check_name(version) in self.names()

    def resolve(self, version: str) -> Snapshot:
        """Return a published snapshot with its manifest, without reading its files.

        Raise SnapshotError if it does not exist or its manifest is corrupt.
        """
        check_name(version)
        if version not in self.names():
            names = ", ".join(self.names())
            raise SnapshotError(
                f"there is no snapshot {version!r}",
                f"these are published: {names}" if names else f"no version is published yet; run: snap build {version}",
            )
        path = self._manifest(version)
        try:
            data = durable.read(path)
            text = data.decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SnapshotError(
                f"manifests/{path.name} cannot be read: {reason}", "restore the file from version control"
            ) from None
        if os.path.lexists(self._old(version, data)):  # recover, unless the publishing process still runs
            with contextlib.suppress(TargetError), self._locked(version):
                self._recover(version)
        manifest = from_json(text, source=f"manifests/{path.name}")
        if manifest.version != version:
            raise SnapshotError(
                f"manifests/{path.name} is the manifest of {manifest.version!r}",
                "a manifest cannot be renamed; build that version instead",
            )
        return Snapshot(manifest=manifest, folder=self._folder(version))

    @contextlib.contextmanager
    def stage(self, version: str, *, private: bool = False) -> Iterator[Stage]:
        """Lock `version` and yield an empty folder to build it in. Remove the folder if it was not published.

        Raise UsageError for an invalid name, or for a name that differs from a published name only in upper and lower
        case. Raise TargetError while another process builds the same version.
        """
        self._make_room(version)
        self._sweep()
        with self._locked(version):
            self._recover(version)
            folder = self._staging(version)
            durable.remove_in_use(folder)  # workers of a killed build may still write there
            folder.mkdir(mode=0o700 if private else 0o777)
            try:
                yield Stage(version=version, folder=folder, private=private)
            except OSError as error:
                if error.filename is None and durable.advice(error):  # the error of a failed write names no file
                    error.filename = str(folder)
                raise
            finally:
                durable.remove(folder)

    @contextlib.contextmanager
    def sharing(self, version: str) -> Iterator[Path]:
        """Yield the folder of a version's parts, which several processes may fill at once. The folder stays.

        Meanwhile no process can build, publish or remove the version. Errors are those of `stage`.
        """
        self._make_room(version)
        with self._locked(version, shared=True):
            folder = self.shared(version)
            _require_no_link(folder)
            folder.mkdir(exist_ok=True)
            yield folder

    def shared(self, version: str) -> Path:
        """Return the path of the folder of a version's parts, which need not exist."""
        return self._snapshots / f".parts-{check_name(version)}"

    def remove_shared(self, version: str) -> None:
        """Remove the parts of a version, if there are any. Errors: TargetError while other processes make some."""
        with self._locked(version):
            self._recover(version)
            if os.path.lexists(self.shared(version)):
                self._discard(version, self.shared(version))

    def _make_room(self, version: str) -> None:
        """Create the folders for versions.

        Errors: UsageError for an invalid name, or for a name that differs from a published name only in upper and lower
        case.
        """
        check_name(version)
        for name in self.names():
            if name != version and name.lower() == version.lower():
                raise UsageError(
                    f"version {version!r} differs from the published {name!r} only in upper and lower case",
                    "choose another name",
                )
        for folder in (self._snapshots, self._manifests):
            folder.mkdir(parents=True, exist_ok=True)

    def publish(self, stage: Stage, manifest: Manifest) -> Snapshot:
        """Publish the staged files as the snapshot of `manifest`, replacing one with the same name."""
        version, folder = stage.version, self._folder(stage.version)
        if stage.private:
            durable.ignore_all(stage.folder)
        self._ignore(version, ignored=stage.private)
        for path in sorted(stage.folder.rglob("*")):
            if stage.private:
                path.chmod(0o700 if path.is_dir() else 0o600)
            durable.sync(path)
        durable.sync(stage.folder)
        old = self._old(version, self._published(version))
        if os.path.lexists(folder):
            folder.rename(old)
        else:
            old.mkdir()
        stage.folder.rename(folder)
        durable.sync(self._snapshots)
        mode = 0o600 if stage.private else 0o666  # a manifest has keys of rows in it
        durable.write(self._manifest(version), to_json(manifest).encode(), mode=mode)
        self._discard(version, old)
        return Snapshot(manifest=manifest, folder=folder)

    def publish_more(self, stage: Stage, manifest: Manifest) -> Snapshot:
        """Replace a published version by one with its own files and the staged files that `manifest` also lists.

        After an interruption, the old snapshot or the new one is published, as with `publish`.
        """
        folder = self._folder(stage.version)
        _require_no_link(folder)
        durable.add_files(folder, stage.folder, {file.path for file in manifest.files})
        return self.publish(stage, manifest)

    def install_media(self, stage: Stage) -> None:
        """Move the staged media into the published snapshot. After an interruption, it has the new media or none."""
        version, staged = stage.version, stage.folder / MEDIA
        for path in (*staged.rglob("*"), staged):
            durable.sync(path)
        folder = self._folder(version)
        _require_no_link(folder)
        place = folder / MEDIA
        if os.path.lexists(place):
            place.rename(stage.folder / f".old-{MEDIA}")
        staged.rename(place)
        durable.sync(folder)

    def remove(self, version: str) -> None:
        """Remove a published snapshot. Its manifest goes first, so that no incomplete snapshot is ever visible."""
        if not self.exists(version):
            self.resolve(version)  # raises an error that lists the published ones
        with self._locked(version):
            self._recover(version)
            self._manifest(version).unlink()
            durable.sync(self._manifests)
            self._recover(version)
            self._ignore(version, ignored=False)

    def names(self) -> tuple[str, ...]:
        """Return the names of all published versions in alphabetical order, without reading their manifests."""
        for folder in (self._manifests, self._snapshots):
            _require_no_link(folder)
        try:
            files = [path.name for path in self._manifests.iterdir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ServiceError(f"{self._manifests}: {error.strerror}", durable.advice(error)) from None
        names = (file.removesuffix(".json") for file in files if file.endswith(".json"))
        return tuple(sorted(name for name in names if _NAME.fullmatch(name)))

    def _manifest(self, version: str) -> Path:
        return self._manifests / f"{version}.json"

    def _ignore(self, version: str, *, ignored: bool) -> None:
        """Make git ignore a version's manifest, which holds keys of rows, or undo that. Errors: SnapshotError."""
        path, line = self._manifests / durable.GITIGNORE, f"/{version}.json"
        if not ignored and not os.path.lexists(path):
            return
        with self._locked(path.name, wait=True):
            try:
                lines = durable.read(path).decode("utf-8", "surrogateescape").splitlines()
            except FileNotFoundError:
                lines = list(_IGNORED)
            except durable.NotAFileError as error:
                raise _planted(path, error) from None
            if _ignores(lines, line) if ignored else line not in lines:
                return
            lines = [other for other in lines if other != line] + [line] * ignored
            if lines == list(_IGNORED):
                path.unlink()
            else:
                durable.write(path, "".join(f"{each}\n" for each in lines).encode("utf-8", "surrogateescape"))

    def _published(self, version: str) -> bytes:
        """Return the bytes of a version's manifest, empty if it is not published. Errors: SnapshotError."""
        path = self._manifest(version)
        try:
            return durable.read(path)
        except FileNotFoundError:
            return b""
        except durable.NotAFileError as error:
            raise _planted(path, error) from None

    def _folder(self, version: str) -> Path:
        return self._snapshots / version

    def _staging(self, version: str) -> Path:
        return self._snapshots / f".stage-{version}"

    def _old(self, version: str, manifest: bytes) -> Path:
        return self._snapshots / f".old-{version}-{hashlib.sha256(manifest).hexdigest()}"

    def _left(self) -> dict[Path, str]:
        """Return the staging folders and replaced folders that exist, in use or left over, each with its version."""
        matches = ((path, _LEFT.fullmatch(path.name)) for path in self._snapshots.glob(".*"))
        return {path: match[1] or match[2] for path, match in matches if match}

    @contextlib.contextmanager
    def _locked(self, version: str, *, wait: bool = False, shared: bool = False) -> Iterator[None]:
        """Hold the lock of a version, `shared` with other holders that share it. With `wait`, wait for the lock.

        Errors: TargetError if another process holds it.
        """
        path = self._snapshots / f".lock-{version.lower()}"
        try:
            lock = durable.open_file(path, os.O_RDWR | os.O_CREAT)
        except durable.NotAFileError as error:
            raise _planted(path, error) from None
        try:
            try:
                fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise TargetError(
                    f"another process is writing snapshot {version!r}",
                    "wait until it is done, then run this again",
                ) from None
            yield
        finally:
            os.close(lock)

    def _recover(self, version: str) -> None:
        """Complete or undo an interrupted publication or removal. The caller holds the lock of `version`."""
        folder, stage, manifest = self._folder(version), self._staging(version), self._published(version)
        durable.remove_partials(self._manifest(version))
        durable.remove(stage)
        for old in [path for path, name in self._left().items() if name == version]:
            if old == self._old(version, manifest) and not self._fits(version, manifest):  # undo
                if os.path.lexists(folder):
                    folder.rename(stage)
                old.rename(folder)
                durable.remove(stage)
            else:
                self._discard(version, old)
        if os.path.lexists(folder) and not manifest:
            self._discard(version, folder)

    def _fits(self, version: str, manifest: bytes) -> bool:
        """Return whether a version's folder holds a manifest's files except media, and no unlisted statistics file.

        Errors: SnapshotError.
        """
        listed = from_json(manifest.decode(), source=f"manifests/{version}.json").files if manifest else ()
        unlisted = STATISTICS not in {file.path for file in listed} and self._folder(version) / STATISTICS
        return (
            bool(listed)
            and not (unlisted and unlisted.is_file())
            and all(_holds(self._folder(version) / file.path, file.sha256) for file in listed if file.role != MEDIA)
        )

    def _discard(self, version: str, folder: Path) -> None:
        """Remove a folder. It is first renamed to a staging folder, so that its remains never pass for a snapshot."""
        stage = self._staging(version)
        folder.rename(stage)
        durable.remove(stage)

    def _sweep(self) -> None:
        """Complete, undo or remove what killed builds of any version left behind."""
        for version in sorted(set(self._left().values())):
            with contextlib.suppress(TargetError), self._locked(version):
                self._recover(version)


def _holds(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _ignores(lines: Sequence[str], line: str) -> bool:
    """Return whether .gitignore has `line` and no later line revokes it with `!`."""
    return line in lines and not any(later.startswith("!") for later in lines[lines.index(line) :])


def _require_no_link(folder: Path) -> None:
    """Raise SnapshotError if a folder of the project is a link, because writes would go to another place."""
    if folder.is_symlink():
        shown = f"snapshots/{folder.name}" if folder.parent.name == "snapshots" else folder.name
        raise SnapshotError(f"{shown} is a link", "replace the link with the folder itself, or mount the folder there")


def _planted(path: Path, error: durable.NotAFileError) -> SnapshotError:
    return SnapshotError(f"{path.parent.name}/{path.name} cannot be opened: {error.strerror}", "remove it")
