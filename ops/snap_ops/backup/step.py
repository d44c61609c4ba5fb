"""The night's first step: back the database up, read the backup back, and prune old backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from snap.config import Days, Secret
from snap.errors import TargetError, UsageError
from snap.units import plural, size
from snap_ops.backup import origin
from snap_ops.backup.copies import CopySettings, make_copies
from snap_ops.backup.create import create_backup, restore_backup
from snap_ops.backup.dating import agreed, from_the_future
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import Repository, open_repository
from snap_ops.backup.retention import find_backup, list_backups, prune_backups
from snap_ops.object_store import S3Settings
from snap_ops.step import StepContext, StepResult
from snap_restorer import PutBack
from snap_restorer.dump.dump import DumpRequest, existing_schemas, schemas_of
from snap_restorer.dump.put_back import PutBackRequest
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.server_clock import server_time

if TYPE_CHECKING:
    from snap_ops.backup.encryption import AgeKeys

_KEY = 16  # the fewest characters of a key; a shorter key could be guessed
_LEAST = {
    "drill_days": 0,
    "keep_days": 1,
    "keep_last": 1,
    **dict.fromkeys(("keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"), 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings(S3Settings):
    """Section [backup] of snap.toml. `to` is a folder or s3://BUCKET/PREFIX, and the options of that bucket.

    `schemas` and `exclude` are names or patterns with * and ?. Without `schemas`, all schemas of the role are dumped.
    With `seal_key`, records are sealed with that key, and records with another seal are rejected. With `age_key`,
    backups are encrypted. `copies` are further places that get each backup. Every `drill_days` days (0: never) one
    backup is put back into a scratch database, on an embedded server or on the server of the database `drill_db`.
    """

    to: str = "backups"
    keep_days: Days = 7
    keep_last: int = 3
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    keep_yearly: int = 0
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    lock_timeout: timedelta = timedelta(seconds=10)
    seal_key: Secret | None = None
    age_key: Secret | None = None
    copies: tuple[CopySettings, ...] = ()
    drill_days: Days = 7
    drill_db: Secret | None = None

    def open(self, root: Path) -> Repository:
        """Return the repository of the backups. A folder is relative to `root`. Errors: UsageError."""
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise UsageError(f"{name} in [backup] is {getattr(self, name)}", f"write {least} or more")
        return open_repository(self.to, root, self, self._seal_key(), self._age_keys())

    def open_copies(self, root: Path, repository: Repository) -> tuple[Repository, ...]:
        """Return the repositories of the copies. Errors: UsageError, also for a place that is named twice."""
        copies = tuple(copy.open(root, repository.seal_key, repository.age_keys) for copy in self.copies)
        places = [copy.shown for copy in copies]
        for count, place in enumerate(places):
            if place == repository.shown:
                raise UsageError(f"a copy in [backup] is {place}, the backups themselves", "name another place")
            if place in places[:count]:
                raise UsageError(f"two copies in [backup] are {place}: it is named twice", "name another place")
        return copies

    def _seal_key(self) -> bytes:
        key = b"" if self.seal_key is None else self.seal_key.reveal().encode()
        if self.seal_key is not None and len(key) < _KEY:
            raise UsageError(
                f"${self.seal_key.name}, seal_key in [backup], has fewer than {_KEY} characters",
                "take a random one, for example of: openssl rand -hex 32",
            )
        return key

    def _age_keys(self) -> AgeKeys | None:
        if self.age_key is None:
            return None
        from snap_ops.backup.encryption import read_keys  # noqa: PLC0415 - imported on first use

        return read_keys(self.age_key.reveal(), self.age_key.name)

    def keep(self) -> Keep:
        """Return the rules for keeping backups."""
        return Keep(
            last=self.keep_last,
            daily=self.keep_daily,
            weekly=self.keep_weekly,
            monthly=self.keep_monthly,
            yearly=self.keep_yearly,
            within_days=self.keep_days,
        )

    def dump(self, environment: Mapping[str, str], *, trust_code: bool) -> DumpRequest:
        """Return the request for a dump."""
        return DumpRequest(
            schemas=self.schemas,
            exclude=self.exclude,
            lock_timeout_s=self.lock_timeout.total_seconds(),
            trust_code=trust_code,
            environment=environment,
        )

    def put_back(self, environment: Mapping[str, str], guard: Guard, *, lose: bool, trust_code: bool) -> PutBackRequest:
        """Return the request for putting all of a backup back."""
        return PutBackRequest(
            lose=lose,
            guard=guard,
            lock_timeout_s=self.lock_timeout.total_seconds(),
            trust_code=trust_code,
            environment=environment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStep:
    """Step "backup". `root` is the project's folder. The result's fact `id` is the id of the backup, for `put_back`.

    `required` are schemas that later steps empty. A backup without one of them could not undo these steps. With
    `trust_code`, code of the database may run with the night's rights, even a superuser's.
    """

    name: ClassVar[str] = "backup"
    settings: BackupSettings
    root: Path
    environment: Mapping[str, str] = field(repr=False)
    required: tuple[str, ...] = ()
    trust_code: bool = False

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return a plan of what would be backed up. Only the database and the repository are read."""
        settings, repository = self.settings, self.settings.open(self.root)
        backups, _ = list_backups(repository)
        chosen = self._chosen(context)
        copies = settings.open_copies(self.root, repository)
        return (
            f"back up {', '.join(chosen)} of {context.direct.redacted} to {repository.shown}",
            f"keep backups for {plural(settings.keep_days, 'day')}, and the last {settings.keep_last}; "
            f"there are {len(backups)}",
            *(f"copy the backups to {copy.shown}" for copy in copies),
        )

    def run(self, context: StepContext) -> StepResult:
        """Back up the database, then prune. The new backup is verified before an old one is removed."""
        settings, repository = self.settings, self.settings.open(self.root)
        copies = settings.open_copies(self.root, repository)
        self._chosen(context)
        now, warnings = agreed(context.now, server_time(context.direct))
        warnings += from_the_future(list_backups(repository)[0], now)
        new = create_backup(
            repository,
            context.direct,
            settings.dump(self.environment, trust_code=self.trust_code),
            now=now,
            progress=context.progress,
            stop=context.stop,
        )
        pruned = prune_backups(repository, keep=settings.keep(), now=now)
        warnings += make_copies(
            repository, copies, keep=settings.keep(), now=now, stop=context.stop, progress=context.progress
        )
        rows = sum(row[0] for row in new.inventory.rows.values())
        return StepResult(
            detail=f"{new.id}: {plural(rows, 'row')} of {plural(len(new.inventory.rows), 'table')}, "
            f"{size(new.bytes)}, read back",
            warnings=(
                *warnings,
                *(
                    f"{name} depends on the schemas that were backed up, and could not be created again"
                    for name in new.inventory.unrecorded
                ),
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
                "copies": [copy.shown for copy in copies],
            },
        )

    def _chosen(self, context: StepContext) -> tuple[str, ...]:
        """Return the schemas to back up. Errors: TargetError if one of the required schemas is not among them."""
        settings = self.settings
        chosen = schemas_of(context.direct, settings.schemas, settings.exclude)
        existing = existing_schemas(context.direct) if self.required else ()
        missing = [name for name in self.required if name in existing and name not in chosen]
        if missing:
            raise TargetError(
                f"the backup would lack schema {', '.join(missing)}, which is reset, so its data could not be restored",
                "add it to schemas in [backup]",
                unchanged=True,
            )
        return chosen

    def save(self, context: StepContext, backup: str, elapsed: timedelta) -> str | None:
        """Back up the schemas that `backup` is about to replace, and return the new backup's id.

        `elapsed` is the time since the night began. Return None if none of the schemas exists. No backup is pruned.
        Errors: SnapshotError if `backup` no longer exists; those of create_backup.
        """
        repository = self.settings.open(self.root)
        saved = origin.save(
            repository,
            find_backup(repository, backup),
            context.direct,
            self.settings.dump(self.environment, trust_code=self.trust_code),
            now=context.now + elapsed,
            progress=context.progress,
            stop=context.stop,
        )
        return None if saved is None else saved.id

    def put_back(self, context: StepContext, backup: str) -> PutBack:
        """Put the database back to the backup with this id. Objects created since are dropped, and warnings name them.

        `context.stop` ends this too: if that event is already set, pass a context with a new event. Errors: those of
        restore_backup; the database is then unchanged.
        """
        repository = self.settings.open(self.root)
        return restore_backup(
            repository,
            find_backup(repository, backup),
            context.direct,
            self.settings.put_back(self.environment, Guard(yes=True), lose=True, trust_code=self.trust_code),
            progress=context.progress,
            stop=context.stop,
        )
