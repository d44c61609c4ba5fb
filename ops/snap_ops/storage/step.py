"""The night's step for images: the configured bucket ends with exactly the snapshot's media."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from snap.config import Secret
from snap.errors import TargetError, UsageError
from snap.media import MediaFile, require_media
from snap.store import Snapshot
from snap_ops.object_store import Objects
from snap_ops.object_store.supabase import SupabaseObjects
from snap_ops.step import Night, Outcome
from snap_ops.storage.mirror import Changes, Mode, apply, changes
from snap_ops.storage.s3 import S3Objects


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Section [storage] of snap.toml. Without a bucket there is nothing to do.

    Only objects below `prefix` of `bucket` are looked at, changed or deleted. `max_deletes` is for who named another
    bucket than they meant: if more objects than that would go, nothing is touched.
    """

    bucket: str | None = None
    prefix: str | None = None
    mode: Mode = "mirror"
    max_deletes: int = 1_000
    endpoint: str | None = None
    region: str | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    url: str | None = None
    service_key: Secret | None = None

    def objects(self) -> Objects | None:
        """Return the bucket, None where none is configured. Errors: UsageError."""
        if self.bucket is None:
            if self != StorageSettings():
                raise UsageError("[storage] names no bucket", 'add bucket = "recipe-images"')
            return None
        if "/" in self.bucket or not self.bucket.strip("."):
            raise UsageError(f"bucket in [storage] is {self.bucket!r}, not a bucket's name", "a path goes into prefix")
        if any(part in {"", ".", ".."} for part in (self.prefix or "x").strip("/").split("/")):
            raise UsageError(f"prefix in [storage] is {self.prefix!r}", "write it as staging/images")
        prefix = f"{self.prefix.strip('/')}/" if self.prefix else ""
        if self.url is None and self.service_key is None:
            return self._s3(self.bucket, prefix)
        if self.url is None or self.service_key is None:
            raise UsageError("url and service_key in [storage] belong together", "give both for Supabase's REST API")
        if self.endpoint or self.region or self.access_key or self.secret_key:
            raise UsageError(
                "[storage] has keys for S3 and for Supabase's REST API",
                "give url and service_key, or endpoint, access_key and secret_key",
            )
        if not self.url.startswith(("https://", "http://")) or "@" in self.url:
            raise UsageError("url in [storage] is not an address", 'write url = "https://PROJECT.supabase.co"')
        url = self.url.rstrip("/").removesuffix("/storage/v1")
        return SupabaseObjects(url=url, bucket=self.bucket, prefix=prefix, service_key=self.service_key.reveal())

    def _s3(self, bucket: str, prefix: str) -> S3Objects:
        if (self.access_key is None) != (self.secret_key is None):
            raise UsageError(
                "access_key and secret_key in [storage] belong together", "give both, or neither for the machine's own"
            )
        return S3Objects(
            bucket=bucket,
            prefix=prefix,
            endpoint=self.endpoint,
            region=self.region,
            access_key=self.access_key.reveal() if self.access_key else None,
            secret_key=self.secret_key.reveal() if self.secret_key else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageStep:
    """Step "storage". What it leaves half done, the next run does: nothing of it is rolled back."""

    settings: StorageSettings

    @property
    def name(self) -> str:
        return "storage"

    def plan(self, night: Night) -> tuple[str, ...]:
        """Say what would come and go; lists the bucket."""
        objects = self.settings.objects()
        if objects is None:
            return ("no bucket is configured",)
        with closing(objects):
            made = self._changes(objects, night.snapshot)
        first, second = _lines(made, objects)
        return (first, second) if self.settings.mode == "mirror" else (second, first)

    def run(self, night: Night) -> Outcome:
        """Upload and delete, and prove it by listing and reading back."""
        objects = self.settings.objects()
        if objects is None:
            return Outcome(detail="no bucket is configured")
        with closing(objects):
            made = self._changes(objects, night.snapshot)
            apply(objects, made, self.settings.mode, night.stop)
        held = (*made.upload, *made.same)
        size = sum(file.bytes for file in held)
        return Outcome(
            detail=(
                f"{objects.shown} holds {len(held):,} images, {size:,} bytes: {len(made.upload):,} uploaded and read "
                f"back, {len(made.delete):,} deleted, {len(made.same):,} were there"
            ),
            facts={
                "bucket": objects.shown,
                "objects": len(held),
                "bytes": size,
                "uploaded": len(made.upload),
                "deleted": len(made.delete),
                "unchanged": len(made.same),
            },
        )

    def _changes(self, objects: Objects, snapshot: Snapshot) -> Changes:
        made = changes(objects.held(), self._wanted(snapshot), self.settings.mode)
        if len(made.delete) > self.settings.max_deletes:
            raise TargetError(
                f"{len(made.delete):,} objects of {objects.shown} are not the snapshot's, more than max_deletes allows",
                f"if they may go, set max_deletes in [storage], which is {self.settings.max_deletes:,}",
            )
        return made

    def _wanted(self, snapshot: Snapshot) -> tuple[MediaFile, ...]:
        if not snapshot.manifest.media and self.settings.mode == "mirror":
            raise UsageError(
                f"{snapshot.manifest.version} has no media, so that nothing in the bucket would stay",
                'skip the step, or empty the bucket with mode = "purge"',
            )
        return require_media(snapshot)


def _lines(made: Changes, objects: Objects) -> tuple[str, str]:
    size = sum(file.bytes for file in made.upload)
    there = f"; {len(made.same):,} are there" if made.same else ""
    return (
        f"upload {len(made.upload):,} images, {size:,} bytes, to {objects.shown}{there}",
        f"delete {len(made.delete):,} other objects below {objects.shown}",
    )
