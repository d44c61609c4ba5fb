"""The media of a dataset: the list of files for manifests, and the files themselves, which builds copy."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from snap.errors import CheckError, UsageError
from snap.manifest import MEDIA, DataFile, Manifest
from snap.units import some


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The files that a dataset's rows reference by key.

    `folder` holds each file under its key, and `files` lists them.
    """

    files: tuple[DataFile, ...]
    folder: Traversable


def load(folder: Traversable) -> Media:
    """Load the list of media files of a folder, `files.json`. The files themselves are read when they are copied."""
    listed = json.loads((folder / "files.json").read_text("utf-8"))
    files = (DataFile(path=f"{MEDIA}/{f['key']}", bytes=f["bytes"], sha256=f["sha256"], role=MEDIA) for f in listed)
    return Media(files=tuple(files), folder=folder)


def require_media(dataset: str, media: Media | None, published: Manifest | None) -> Media:
    """Return a dataset's media. Errors: UsageError if the dataset has none, or if the published manifest lists none."""
    if media is None:
        raise UsageError(f"dataset {dataset} has no media", "build it without media")
    if published is not None and not published.media:
        raise UsageError(
            f"{published.version} was published without media",
            "a published version is immutable: build another one with media",
            option="force",
            version=published.version,
        )
    return media


def copy(media: Media, manifest: Manifest, folder: Path) -> None:
    """Copy all media files to `folder`/media. Errors: CheckError for files that differ from the manifest's records."""
    ours, theirs = ({file.path: file.sha256 for file in files} for files in (media.files, manifest.media))
    if ours != theirs:
        differ = sorted(path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path))
        raise CheckError(
            f"the media of {manifest.version} were not reproduced: {some(differ)} differ from the manifest",
            f"the dataset's media have changed since {manifest.version}: use the commit that made it",
            unchanged=True,
        )
    altered = []
    for file in media.files:
        source = media.folder / file.path.removeprefix(f"{MEDIA}/")
        data = source.read_bytes() if source.is_file() else b""
        if hashlib.sha256(data).hexdigest() != file.sha256:
            altered.append(file.path)
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    if altered:
        raise CheckError(
            f"the media of {manifest.version} were not reproduced: the dataset's own {some(altered)} "
            "are missing or altered",
            "install snap again",
            unchanged=True,
        )
