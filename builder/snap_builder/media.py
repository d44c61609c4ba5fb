"""Media of a dataset: the list that manifests carry, and the files themselves, made anew and compared with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from snap.errors import CheckError, UsageError
from snap.manifest import MEDIA, DataFile, Manifest
from snap.progress import Progress

_NAMED = 3  # files that an error names


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What a dataset's keys name. `files` is a committed list: builds without the files need not make them.

    `made_by` are (library, version) under which the list holds; `draw` gives a key's bytes, from any thread.
    """

    files: tuple[DataFile, ...]
    made_by: tuple[tuple[str, str], ...]
    draw: Callable[[str], bytes]


def load(listed: Traversable, draw: Callable[[str], bytes]) -> Media:
    """Read the list that `listing` gave."""
    body = json.loads(listed.read_text("utf-8"))
    return Media(
        files=tuple(
            DataFile(path=f"{MEDIA}/{file['key']}", bytes=file["bytes"], sha256=file["sha256"], role=MEDIA)
            for file in body["files"]
        ),
        made_by=tuple(body["made_by"].items()),
        draw=draw,
    )


def listing(made: Iterable[DataFile], made_by: dict[str, str]) -> str:
    """Return the text of a list."""
    files = [{"key": key(file), "bytes": file.bytes, "sha256": file.sha256} for file in made]
    return json.dumps({"made_by": made_by, "files": files}, indent=1) + "\n"


def key(file: DataFile) -> str:
    """Return the key that rows name a file by."""
    return file.path.removeprefix(f"{MEDIA}/")


def make(
    folder: Path, keys: Iterable[str], draw: Callable[[str], bytes], *, jobs: int, progress: Progress
) -> tuple[DataFile, ...]:
    """Write the file of every key below `folder`/media, `jobs` at a time, and describe them in the order of keys."""
    wanted = tuple(keys)
    progress.start(MEDIA, len(wanted))

    def work(name: str) -> DataFile:
        data = draw(name)
        path = folder / MEDIA / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return DataFile(path=f"{MEDIA}/{name}", bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), role=MEDIA)

    made = []
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for file in pool.map(work, wanted):
                made.append(file)
                progress.advance(MEDIA, 1)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(made)


def require_media(dataset: str, media: Media | None, published: Manifest | None) -> Media:
    """Return the media of a dataset. Errors: UsageError when it has none, or the published manifest lists none."""
    if media is None:
        raise UsageError(f"dataset {dataset} has no media", "leave out --media")
    if published is not None and not published.media:
        raise UsageError(
            f"{published.version} was published without media",
            "a published version is immutable: build another with --media, or replace it with --force",
        )
    return media


def require_same(version: str, listed: tuple[DataFile, ...], made: tuple[DataFile, ...], media: Media) -> None:
    """Errors: CheckError that says which files came out other than `version` lists them, and what they hold under."""
    before, after = ({file.path: file.sha256 for file in files} for files in (listed, made))
    differ = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if differ:
        named = ", ".join(differ[:_NAMED]) + (f" and {len(differ) - _NAMED} more" if len(differ) > _NAMED else "")
        libraries = ", ".join(f"{name} {number}" for name, number in media.made_by)
        if listed != media.files:
            raise CheckError(
                f"the media of {version} were not reproduced: {named} differ from the manifest",
                f"nothing was changed; the dataset's media have changed since {version}; use the commit that made it",
            )
        raise CheckError(
            f"the media of {version} were not reproduced: {named} differ from the manifest",
            f"nothing was changed; they are the same bytes under {libraries}, which requirements.lock pins",
        )
