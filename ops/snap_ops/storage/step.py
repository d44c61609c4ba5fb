"""The step for images: make the configured bucket hold exactly the snapshot's media."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar

from snap import units
from snap.config import Secret
from snap.errors import TargetError, UsageError
from snap.media import MediaFile, require_media
from snap.store import Snapshot
from snap_ops.object_store import ObjectStore, S3Settings
from snap_ops.step import StepContext, StepResult
from snap_ops.storage.mirror import MirrorPlan, Mode, apply_mirror, plan_mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings(S3Settings):
    """Section [storage] of snap.toml.

    Only objects below `prefix` of `bucket` are read, changed or deleted. `max_deletes` protects against a wrong bucket
    name: if more objects than that would be deleted, nothing is changed.
    """

    bucket: str | None = None
    prefix: str | None = None
    mode: Mode = "mirror"
    max_deletes: int = 1_000
    url: str | None = None
    service_key: Secret | None = None

    @property
    def configured(self) -> bool:
        """Return whether any setting is given."""
        return self != StorageSettings()

    def open(self) -> ObjectStore:
        """Return the bucket. Errors: UsageError."""
        if self.bucket is None:
            raise UsageError("[storage] names no bucket", 'add bucket = "recipe-images"')
        if "/" in self.bucket or not self.bucket.strip("."):
            raise UsageError(f"bucket in [storage] is {self.bucket!r}, not a bucket's name", "a path goes into prefix")
        if any(part in {"", ".", ".."} for part in (self.prefix or "x").strip("/").split("/")):
            raise UsageError(f"prefix in [storage] is {self.prefix!r}", "write it as staging/images")
        prefix = f"{self.prefix.strip('/')}/" if self.prefix else ""
        if self.url is None and self.service_key is None:
            return self.open_s3(self.bucket, prefix, section="storage")
        if self.url is None or self.service_key is None:
            raise UsageError("url and service_key in [storage] belong together", "write both for Supabase's REST API")
        if self.speaks_s3:
            raise UsageError(
                "[storage] has keys for S3 and for Supabase's REST API",
                "write url and service_key, or endpoint, access_key and secret_key",
            )
        if not self.url.startswith(("https://", "http://")) or "@" in self.url:
            raise UsageError("url in [storage] is not an address", 'write url = "https://PROJECT.supabase.co"')
        from snap_ops.object_store.supabase import SupabaseBucket  # noqa: PLC0415

        url = self.url.rstrip("/").removesuffix("/storage/v1")
        return SupabaseBucket(url=url, bucket=self.bucket, prefix=prefix, service_key=self.service_key.reveal())


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageStep:
    """Step "storage". The step is never rolled back: the next run completes what an interrupted run left."""

    name: ClassVar[str] = "storage"
    settings: StorageSettings

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return which images would be uploaded and deleted. The bucket is only listed."""
        with closing(self.settings.open()) as store:
            plan = self._plan(store, context.snapshot)
        uploads, deletions = _lines(plan, store)
        return (uploads, deletions) if self.settings.mode == "mirror" else (deletions, uploads)

    def run(self, context: StepContext) -> StepResult:
        """Upload and delete images, then list the bucket and read the images back to check the result."""
        with closing(self.settings.open()) as store:
            plan = self._plan(store, context.snapshot)
            apply_mirror(store, plan, self.settings.mode, context.stop)
        wanted = (*plan.upload, *plan.same)
        size = sum(file.bytes for file in wanted)
        return StepResult(
            detail=(
                f"{store.shown} holds {units.plural(len(wanted), 'image')}, {units.size(size)}: "
                f"{len(plan.upload):,} uploaded and read back, {len(plan.delete):,} deleted, "
                f"{len(plan.same):,} were there"
            ),
            facts={
                "bucket": store.shown,
                "objects": len(wanted),
                "bytes": size,
                "uploaded": len(plan.upload),
                "deleted": len(plan.delete),
                "unchanged": len(plan.same),
            },
        )

    def _plan(self, store: ObjectStore, snapshot: Snapshot) -> MirrorPlan:
        plan = plan_mirror(store.objects(), self._wanted(snapshot), self.settings.mode)
        if len(plan.delete) > self.settings.max_deletes:
            raise TargetError(
                f"{units.plural(len(plan.delete), 'object')} of {store.shown} are not the snapshot's, "
                "more than max_deletes allows",
                f"if they may go, set max_deletes in [storage], which is {self.settings.max_deletes:,}",
            )
        return plan

    def _wanted(self, snapshot: Snapshot) -> tuple[MediaFile, ...]:
        if not snapshot.manifest.media and self.settings.mode == "mirror":
            raise UsageError(
                f"{snapshot.manifest.version} has no media, so that nothing in the bucket would stay",
                'skip the step, or empty the bucket with mode = "purge"',
            )
        return require_media(snapshot)


def _lines(plan: MirrorPlan, store: ObjectStore) -> tuple[str, str]:
    size = sum(file.bytes for file in plan.upload)
    unchanged = f"; {len(plan.same):,} are there" if plan.same else ""
    return (
        f"upload {units.plural(len(plan.upload), 'image')}, {units.size(size)}, to {store.shown}{unchanged}",
        f"delete {units.plural(len(plan.delete), 'other object')} below {store.shown}",
    )
