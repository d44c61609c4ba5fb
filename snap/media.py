"""Find a snapshot's media: files that rows refer to by key, such as the photos in a bucket. Media may be absent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from snap.manifest import MEDIA
from snap.store import Snapshot
from snap.verify import require_files

_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """One media file: its object key in a bucket (`recipes/00.jpg`), and its path, which may not exist."""

    key: str
    path: Path
    sha256: str
    bytes: int
    content_type: str


def media_files(snapshot: Snapshot) -> tuple[MediaFile, ...]:
    """Return the media files that the manifest lists, in its order, without reading them (see `require_media`)."""
    return tuple(
        MediaFile(
            key=file.path.removeprefix(f"{MEDIA}/"),
            path=snapshot.path(file),
            sha256=file.sha256,
            bytes=file.bytes,
            content_type=_TYPES.get(PurePosixPath(file.path).suffix.lower(), "application/octet-stream"),
        )
        for file in snapshot.manifest.media
    )


def require_media(snapshot: Snapshot) -> tuple[MediaFile, ...]:
    """Return a snapshot's media files. Raise SnapshotError that names each missing or altered file."""
    require_files(snapshot, snapshot.manifest.media)
    return media_files(snapshot)
