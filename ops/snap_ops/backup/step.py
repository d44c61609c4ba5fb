"""The night's first step: a backup of the database as it is, proved by reading it back, and old ones pruned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from snap.config import Days, Secret
from snap.errors import TargetError, UsageError
from snap_ops.backup.create import create_backup, restore_backup
from snap_ops.backup.repository import Repository, open_repository
from snap_ops.backup.retention import find_backup, list_backups, prune_backups
from snap_ops.object_store import S3Settings
from snap_ops.step import StepContext, StepResult
from snap_restorer import PutBack
from snap_restorer.dump.dump import DumpRequest, schemas_of
from snap_restorer.dump.put_back import PutBackRequest
from snap_restorer.pg.guard import Guard

_KEY = 16  # characters of a key that nobody guesses


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings(S3Settings):
    """Section [backup] of snap.toml. `to` is a folder, or s3://BUCKET/PREFIX with what follows it.

    `schemas` and `exclude` are names or patterns with * and ?; without `schemas` all of the role's own are dumped.
    With `seal_key` records are sealed with it, and no others are believed.
    """

    to: str = "backups"
    keep_days: Days = 7
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    lock_timeout: timedelta = timedelta(seconds=10)
    seal_key: Secret | None = None

    def open(self, root: Path) -> Repository:
        """Return where backups lie; a folder is relative to `root`. Errors: UsageError."""
        if self.keep_days < 1:
            raise UsageError(f"keep_days in [backup] is {self.keep_days}", "give 1 or more")
        key = b"" if self.seal_key is None else self.seal_key.reveal().encode()
        if self.seal_key is not None and len(key) < _KEY:
            raise UsageError(
                f"${self.seal_key.name}, seal_key in [backup], has fewer than {_KEY} characters",
                "take a random one, for example of: openssl rand -hex 32",
            )
        return open_repository(self.to, root, self, key)

    def dump(self, environment: Mapping[str, str]) -> DumpRequest:
        """Return what to dump."""
        return DumpRequest(
            schemas=self.schemas,
            exclude=self.exclude,
            lock_timeout_s=self.lock_timeout.total_seconds(),
            environment=environment,
        )

    def put_back(self, environment: Mapping[str, str], guard: Guard, *, lose: bool) -> PutBackRequest:
        """Return what to put back: all that a backup holds."""
        return PutBackRequest(
            lose=lose, guard=guard, lock_timeout_s=self.lock_timeout.total_seconds(), environment=environment
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStep:
    """Step "backup". `root` is the project's folder. The result's fact `id` names the backup for `put_back`.

    `required` are schemas that later steps empty: a backup that lacks one of them could not undo that.
    """

    name: ClassVar[str] = "backup"
    settings: BackupSettings
    root: Path
    environment: Mapping[str, str] = field(repr=False)
    required: tuple[str, ...] = ()

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return what would be backed up; look at the database and at the repository."""
        settings, repository = self.settings, self.settings.open(self.root)
        backups, _ = list_backups(repository)
        chosen = self._chosen(context)
        return (
            f"back up {', '.join(chosen)} of {context.direct.redacted} to {repository.shown}",
            f"keep backups for {settings.keep_days} days; there are {len(backups)}",
        )

    def run(self, context: StepContext) -> StepResult:
        """Back up, and prune afterwards: the new backup is proved before an old one goes."""
        settings, repository = self.settings, self.settings.open(self.root)
        self._chosen(context)
        new = create_backup(
            repository,
            context.direct,
            settings.dump(self.environment),
            now=context.now,
            progress=context.progress,
            stop=context.stop,
        )
        pruned = prune_backups(repository, keep_days=settings.keep_days, now=context.now)
        rows = sum(row[0] for row in new.inventory.rows.values())
        return StepResult(
            detail=f"{new.id}: {rows:,} rows of {len(new.inventory.rows)} tables, {new.bytes:,} bytes, read back",
            warnings=tuple(
                f"{name} depends on the schemas that were backed up, and could not be made again"
                for name in new.inventory.unrecorded
            ),
            facts={
                "id": new.id,
                "place": repository.shown,
                "bytes": new.bytes,
                "dumped_bytes": new.dumped_bytes,
                "rows": {label: row[0] for label, row in new.inventory.rows.items()},
                "version": new.version,
                "removed": list(pruned.removed),
                "kept": pruned.kept,
            },
        )

    def _chosen(self, context: StepContext) -> tuple[str, ...]:
        """Return the schemas to back up. Errors: TargetError where one that is required would not be among them."""
        settings = self.settings
        chosen = schemas_of(context.direct, settings.schemas, settings.exclude)
        existing = schemas_of(context.direct, ("*",)) if self.required else ()
        missing = [name for name in self.required if name in existing and name not in chosen]
        if missing:
            raise TargetError(
                f"the backup would lack schema {', '.join(missing)}, which is reset: nothing could put it back",
                "add it to schemas in [backup]",
                unchanged=True,
            )
        return chosen

    def put_back(self, context: StepContext, backup: str) -> PutBack:
        """Put the database back to a backup, by its id. Objects that came since go, named by warnings.

        `context.stop` ends it too: pass a context with an event of its own where the first one is set already. Errors:
        those of restore_backup; the database is as it was then.
        """
        repository = self.settings.open(self.root)
        return restore_backup(
            repository,
            find_backup(repository, backup),
            context.direct,
            self.settings.put_back(self.environment, Guard(yes=True), lose=True),
            progress=context.progress,
            stop=context.stop,
        )
