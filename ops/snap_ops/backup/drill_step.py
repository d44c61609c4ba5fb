"""Prove once a week that the night's backup can be put back: the step "drill", and when it is due.

drill.json   in the repository: which backup was last tried, when, and whether it came back; sealed as records are
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from snap.errors import TargetError
from snap.units import plural
from snap_ops.backup.drill import drill
from snap_ops.backup.origin import Owner
from snap_ops.backup.repository import Repository
from snap_ops.backup.retention import list_backups
from snap_ops.backup.sealed import Backup, SealKey, require_sealed, seal_of
from snap_ops.backup.step import BackupSettings
from snap_ops.step import StepContext, StepResult
from snap_restorer import Target
from snap_restorer.pg.guard import NO_GUARD

PROOF = "drill.json"
_MOST = 10_000  # bytes; a drill.json of this size or more is not read
_SLACK = timedelta(hours=12)  # a schedule starts each night at a slightly different time


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The backup of the last drill, and whether it was restored completely (`proved`)."""

    backup: str
    at: datetime
    proved: bool

    def to_json(self, key: SealKey) -> bytes:
        """Return the proof as sealed JSON."""
        plain = {"backup": self.backup, "at": self.at.astimezone(UTC).isoformat(), "proved": self.proved}
        return json.dumps({**plain, "seal": seal_of(plain, key)}).encode()


def write_proof(repository: Repository, backup: Backup, now: datetime, *, proved: bool) -> None:
    """Write the result of a drill to the repository. Errors: ServiceError."""
    proof = Proof(backup=backup.id, at=now, proved=proved)
    repository.put(PROOF, proof.to_json(repository.seal_key))


def read_proof(repository: Repository) -> Proof | None:
    """Return the result of the last drill, or None if none with a valid seal is stored. Errors: ServiceError."""
    if repository.sizes().get(PROOF, _MOST) >= _MOST:
        return None
    try:
        plain = json.loads(b"".join(repository.read(PROOF)))
        require_sealed(plain, plain.pop("seal"), repository.seal_key)
        proof = Proof(backup=plain["backup"], at=datetime.fromisoformat(plain["at"]), proved=plain["proved"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return proof if proof.at.tzinfo is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillStep:
    """Step "drill". Without `drill_db` the backup is restored into a temporary embedded server."""

    name: ClassVar[str] = "drill"
    settings: BackupSettings
    root: Path
    environment: Mapping[str, str] = field(repr=False)
    trust_code: bool = False

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return whether a drill is due. Only the repository is read."""
        repository = self.settings.open(self.root)
        waits = self._waits(repository, context)
        return (waits or f"restore the night's backup into {self._where()}, compare it, and drop it again",)

    def run(self, context: StepContext) -> StepResult:
        """Put the night's backup, or else the newest one, into a scratch database if a drill is due.

        A server that cannot hold the backup causes a warning. Errors: SnapshotError, CheckError if the backup does not
        come back.
        """
        repository = self.settings.open(self.root)
        if (waits := self._waits(repository, context)) is not None:
            return StepResult(detail=waits)
        backup = Owner(target=context.direct).find(repository, context.backup or "latest", foreign=False)
        server = None if self.settings.drill_db is None else Target(self.settings.drill_db.reveal())
        request = self.settings.put_back(self.environment, NO_GUARD, lose=False, trust_code=self.trust_code)
        try:
            done = drill(repository, backup, server, request, progress=context.progress, stop=context.stop)
        except TargetError as error:
            write_proof(repository, backup, context.now, proved=False)
            return StepResult(
                detail=f"{backup.id} could not be tried in {self._where()}",
                warnings=(f"{backup.id} is not proved: {error.reported}", *filter(None, [error.hint])),
                facts={"backup": backup.id, "proved": False},
            )
        write_proof(repository, backup, context.now, proved=True)
        rows = sum(done.tables.values())
        return StepResult(
            detail=f"{backup.id} can be put back: {plural(rows, 'row')} in {plural(len(done.tables), 'table')}",
            facts={"backup": backup.id, "proved": True, "rows": dict(done.tables)},
        )

    def _where(self) -> str:
        return (
            "an embedded server" if self.settings.drill_db is None else "a scratch database on the server of drill_db"
        )

    def _waits(self, repository: Repository, context: StepContext) -> str | None:
        """Return why no drill is due yet: the last drill, or else the first backup, is younger than `drill_days`."""
        last = read_proof(repository)
        backups, _ = list_backups(repository)
        if last is None and not backups:
            return None if context.backup else "there is no backup yet to prove"
        since = last.at if last is not None else min(backup.started for backup in backups)
        due = since + timedelta(days=self.settings.drill_days)
        # If the last proof or the first backup lies after `now`, the clock was set back, and a drill is due at once.
        # Up to _SLACK after `now` is normal: the first backup may be this night's own, made after the night began.
        if since > context.now + _SLACK or context.now >= due - _SLACK:
            return None
        if last is None:
            return f"the first backup is proved on or after {due:%Y-%m-%d}"
        said = "was proved" if last.proved else "could not be tried"
        return f"{last.backup} {said} on {last.at:%Y-%m-%d}; the next one is due on {due:%Y-%m-%d}"
