"""The Dockerfile and its build context: a folder without secrets that `docker build` takes as it is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from snap import durable, scratch
from snap.errors import UsageError
from snap.progress import Progress
from snap.store import Snapshot
from snap_restorer.image.data_folder import DataFolder, make_data_folder, require_name

DOCKERFILE = "Dockerfile"
_BEGINS = "# Written by snap image"
_FILES = (DOCKERFILE, "entrypoint.sh", "first-start.sql")
_IGNORED = "*\n!seed\n!entrypoint.sh\n!first-start.sql\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """The options of an image. `force`: an image that is already in the folder is replaced.

    `trust_code`: code of the snapshot may run with a superuser's rights while the data folder is filled.
    """

    folder: Path
    database: str
    written_by: str
    force: bool = False
    trust_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A written build context: its data folder, and the total bytes of its files."""

    data: DataFolder
    bytes: int


def tag(database: str, version: str) -> str:
    """Return a Docker name for the image: the database's name in lower case, with the version as tag."""
    return f"{re.sub(r'[^a-z0-9]+', '-', database.lower()).strip('-') or 'snap'}:{version}"


def require_free(folder: Path, *, force: bool) -> None:
    """Raise UsageError if `folder` holds anything except an image that may be replaced."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", option="out")
    if not any(folder.iterdir()):
        return
    if _written(folder) is None:
        raise UsageError(f"{folder} is not empty, and its files are not an image that snap wrote", option="out")
    if not force:
        raise UsageError(f"{folder} holds an image already", option="replace")


def digest_of(folder: Path) -> str | None:
    """Return the digest in the label of the Dockerfile in `folder`, None if there is no Dockerfile of snap's."""
    text = _written(folder)
    match = re.search(r'^ +snap\.digest="([^"]*)"', text, re.MULTILINE) if text else None
    return match[1] if match else None


def write_image(
    snapshot: Snapshot,
    request: ImageRequest,
    *,
    environment: Mapping[str, str],
    progress: Progress | None = None,
) -> Image:
    """Write the build context into its folder, which is then complete, or unchanged after an error.

    Errors: UsageError for a folder or name that cannot be used, before anything is made; the errors of a restore.
    """
    require_free(request.folder, force=request.force)
    require_name(request.database)
    folder = request.folder.absolute()
    with durable.explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch.folder() as work:
        new = work / "image"
        (new / "seed").mkdir(parents=True)
        data = make_data_folder(
            snapshot,
            new / "seed" / "data",
            request.database,
            environment=environment,
            trust_code=request.trust_code,
            progress=progress,
        )
        _write_files(new, snapshot, data, request.written_by)
        with durable.explained(folder):
            _replace(folder, new)
    return Image(data=data, bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def _write_files(folder: Path, snapshot: Snapshot, data: DataFolder, written_by: str) -> None:
    values = {
        "version": snapshot.manifest.version,
        "digest": snapshot.manifest.digest,
        "database": data.database,
        "owner": data.owner,
        "major": str(data.major),
        "written_by": written_by,
    }
    for name in _FILES:
        text = resources.files(__package__).joinpath("files", name).read_text("utf-8")
        filled = text if name.endswith(".sh") else Template(text).substitute(values)  # a shell uses $ itself
        (folder / name).write_text(filled, "utf-8")
    (folder / ".dockerignore").write_text(_IGNORED, "utf-8")
    durable.ignore_all(folder)


def _replace(folder: Path, new: Path) -> None:
    """Put the new folder in the place of the old one, which is an image or empty."""
    beside = folder.with_name(f".{folder.name}.{durable.fresh_name()}")  # beside it, so that only a rename remains
    old = beside.with_name(f"{beside.name}.old")
    try:
        shutil.move(new, beside)
        if os.path.lexists(folder):
            folder.rename(old)
        beside.rename(folder)
    except BaseException:
        if old.exists():
            old.rename(folder)
        raise
    finally:
        durable.remove(beside)
        durable.remove(old)


def _written(folder: Path) -> str | None:
    """Return the text of the Dockerfile in `folder`, None if snap did not write it."""
    try:
        text = (folder / DOCKERFILE).read_text("utf-8", "replace")
    except OSError:
        return None
    return text if text.startswith(_BEGINS) else None
