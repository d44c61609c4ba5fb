"""Compare the files of a snapshot with its manifest: size, SHA-256, and unlisted files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from snap.errors import SnapshotError
from snap.manifest import MEDIA, DataFile, Manifest
from snap.progress import Progress, Silent
from snap.store import Snapshot
from snap.units import grouped, reasons, ungrouped


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """The result of verifying one file.

    `detail` says what is wrong with the file, or why it may be `absent`. It is empty for other files.
    """

    path: str
    ok: bool
    detail: str = ""
    absent: bool = False


def verify(snapshot: Snapshot, *, media: bool = True, progress: Progress | None = None) -> tuple[FileFinding, ...]:
    """Compare size and SHA-256 of a snapshot's files with its manifest, and report files that it does not list.

    Media may be absent. Present media are compared too, unless `media` is False.
    """
    manifest, folder, progress = snapshot.manifest, snapshot.folder, progress or Silent()
    files = [file for file in manifest.files if media or file.role != MEDIA]
    progress.start("hash", len(files))
    findings = []
    for file in files:
        findings.append(_finding(snapshot, file))
        progress.advance("hash", 1)
    known = {file.path for file in manifest.files}
    ignored = f"{MEDIA}/" if manifest.media and not media else None
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if (
            (path.is_file() or path.is_symlink())
            and relative.as_posix() not in known
            and not relative.name.startswith(".")
            and not (ignored and f"{relative.as_posix()}/".startswith(ignored))
        ):
            findings.append(FileFinding(path=relative.as_posix(), ok=False, detail="is not in the manifest"))
    return tuple(findings)


def require_intact(snapshot: Snapshot, progress: Progress | None = None) -> None:
    """Verify every file except media, which no restore needs. Raise SnapshotError that names every bad file."""
    _require_ok(snapshot, verify(snapshot, media=False, progress=progress))


def require_files(snapshot: Snapshot, files: Iterable[DataFile]) -> None:
    """Verify some of a snapshot's files. Raise SnapshotError that names every bad file."""
    _require_ok(snapshot, [_compared(snapshot, file) for file in files])


def corrupt(manifest: Manifest, findings: Iterable[FileFinding]) -> SnapshotError | None:
    """Return an error that names every bad file, or None. If only media are bad, its hint is to build them again."""
    bad = [finding for finding in findings if not finding.ok]
    if not bad:
        return None
    of_media = bool(manifest.media) and all(finding.path.startswith(f"{MEDIA}/") for finding in bad)
    pairs = [(finding.path, finding.detail) for finding in bad]
    return SnapshotError(
        reasons(f"snapshot {manifest.version} is corrupt", grouped(pairs)),
        "a build makes a version's media again"
        if of_media
        else f"restore snapshots/{manifest.version} from version control, or build it again",
        option="media" if of_media else "force",
        version=manifest.version,
        every=ungrouped(pairs),
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_ok(snapshot: Snapshot, findings: Iterable[FileFinding]) -> None:
    error = corrupt(snapshot.manifest, findings)
    if error is not None:
        raise error


def _finding(snapshot: Snapshot, file: DataFile) -> FileFinding:
    if file.role == MEDIA and not os.path.lexists(snapshot.path(file)):
        return FileFinding(path=file.path, ok=True, detail="is not here, and need not be", absent=True)
    return _compared(snapshot, file)


def _compared(snapshot: Snapshot, file: DataFile) -> FileFinding:
    wrong = fault(snapshot.folder, file, "the manifest")
    return FileFinding(path=file.path, ok=not wrong, detail=wrong)


def fault(folder: Path, file: DataFile, record: str) -> str:
    """Return what is wrong with a file below `folder`, or "". `record` names the document that lists the file."""
    path = folder / file.path
    if not path.is_file():
        return "is missing"
    if not path.resolve().is_relative_to(folder.resolve()):
        return "leads outside the snapshot's folder"
    size = path.stat().st_size
    if size != file.bytes:
        return f"has {size} bytes, not {file.bytes}"
    return "" if file_sha256(path) == file.sha256 else f"was altered: its SHA-256 does not match {record}"
