"""Make a bucket hold exactly some files: plan which objects to upload and delete, and do it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeVar

from snap.errors import ServiceError, SnapshotError
from snap.media import MediaFile
from snap.units import some
from snap_ops.object_store import WORKERS, ObjectStore, StoredObject
from snap_restorer.pg.interrupt import require_going

T = TypeVar("T")
Mode = Literal["mirror", "purge"]

_AT_ONCE = 1_000  # the most objects that one request deletes


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorPlan:
    """The uploads and deletions that a bucket needs. `same` are files that the bucket already has, byte for byte."""

    upload: tuple[MediaFile, ...]
    delete: tuple[str, ...]
    same: tuple[MediaFile, ...]


def plan_mirror(stored: Mapping[str, StoredObject], wanted: Sequence[MediaFile], mode: Mode) -> MirrorPlan:
    """Compare a bucket with the files that it shall hold.

    Mode purge deletes every object first and uploads every file.
    """
    if mode == "purge":
        return MirrorPlan(upload=tuple(wanted), delete=tuple(sorted(stored)), same=())
    same = tuple(file for file in wanted if file.key in stored and _is_same(stored[file.key], file))
    kept = {file.key for file in same}
    return MirrorPlan(
        upload=tuple(file for file in wanted if file.key not in kept),
        delete=tuple(sorted(stored.keys() - {file.key for file in wanted})),
        same=same,
    )


def apply_mirror(store: ObjectStore, plan: MirrorPlan, mode: Mode, stop: threading.Event) -> None:
    """Make a bucket hold exactly the planned files.

    Files are uploaded before others are deleted, so that no database row names a missing image. Mode purge deletes
    first. Afterwards the bucket is listed again, and the uploaded objects are read back. Errors: ServiceError;
    Interrupted once `stop` is set. After an error some objects have changed, and the next run does the rest.
    """
    if mode == "purge":
        _delete(store, plan.delete, stop)
    _each(plan.upload, lambda file: store.upload(file.key, _bytes(file), file.content_type), stop)
    if mode == "mirror":
        _delete(store, plan.delete, stop)
    _prove(store, plan, stop)


def _bytes(file: MediaFile) -> bytes:
    """Return a file's bytes. Raise SnapshotError if the file has changed since it was verified."""
    with file.path.open("rb") as stream:
        data = stream.read(file.bytes + 1)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise SnapshotError(f"{file.path} changed after it was verified", "run the step again")
    return data


def _delete(store: ObjectStore, keys: Sequence[str], stop: threading.Event) -> None:
    for start in range(0, len(keys), _AT_ONCE):
        require_going(stop)
        store.delete(keys[start : start + _AT_ONCE])


def _prove(store: ObjectStore, plan: MirrorPlan, stop: threading.Event) -> None:
    wanted = {file.key: file for file in (*plan.upload, *plan.same)}
    stored = store.objects()
    if missing := sorted(wanted.keys() - stored.keys()):
        raise ServiceError(f"{store.shown} lacks {some(missing)} after the upload", "run the step again")
    if others := sorted(stored.keys() - wanted.keys()):
        raise ServiceError(
            f"{store.shown} still holds {some(others)}",
            "somebody uploads to it at the same time, or it keeps what is deleted; run the step again",
        )
    _each(plan.upload, lambda file: _read_back(store, file), stop)


def _read_back(store: ObjectStore, file: MediaFile) -> None:
    digest, length = hashlib.sha256(), 0
    for piece in store.read(file.key, file.bytes):
        digest.update(piece)
        length += len(piece)
        if length > file.bytes:
            break
    if length != file.bytes or digest.hexdigest() != file.sha256:
        raise ServiceError(f"{store.shown} returns other bytes for {file.key} than were uploaded", "run the step again")


def _each(items: Sequence[T], work: Callable[[T], None], stop: threading.Event) -> None:
    """Call `work` for every item, WORKERS at a time. Stop at the first error."""

    def guarded(item: T) -> None:
        require_going(stop)
        work(item)

    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="storage")
    try:
        for done in [pool.submit(guarded, item) for item in items]:
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _is_same(stored: StoredObject, file: MediaFile) -> bool:
    if stored.size != file.bytes:
        return False
    return stored.etag == hashlib.md5(file.path.read_bytes(), usedforsecurity=False).hexdigest()
