"""The night's migrations: a folder of SQL, or the team's own command."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from nightly.step import Night, Outcome, StepError
from restorer.migrate import files, migrate, migrations, pending
from snap.errors import UsageError
from snap.redact import clean, scrub

_KEPT = 500  # lines of what a command printed
_GRACE_S = 10.0  # between asking a command to end and ending it


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateSettings:
    """Section [migrations] of snap.toml: a `folder` of SQL, or a `command`; without either nothing is migrated.

    The command runs in `directory`, without a shell, and finds the database's own address in `url_variable`.
    """

    folder: Path | None = None
    command: str | None = None
    directory: Path = Path()
    url_variable: str = "DATABASE_URL"
    lock_timeout: timedelta = timedelta(seconds=10)

    def require_possible(self, root: Path, environment: Mapping[str, str]) -> None:
        """Look whether there are migrations, or such a command. Errors: UsageError."""
        if self.folder is not None and self.command is not None:
            raise UsageError("[migrations] has a folder and a command", "give one of them")
        if self.folder is not None:
            migrations(root / self.folder)
        if self.command is not None:
            self.words(root, environment)

    def words(self, root: Path, environment: Mapping[str, str]) -> list[str]:
        """Give the command's program and arguments. Errors: UsageError where there is no such program."""
        try:
            words = shlex.split(self.command or "")
        except ValueError as error:
            raise UsageError(f"command in [migrations] cannot be read: {error}", "quote it as for a shell") from None
        where = root / self.directory
        if not where.is_dir():
            raise UsageError(f"directory in [migrations] is {where}, which is not there", "check its name")
        if not words:
            raise UsageError("command in [migrations] is empty", 'write it as command = "alembic upgrade head"')
        program = str(where / words[0]) if "/" in words[0] else words[0]
        if shutil.which(program, path=environment.get("PATH", os.defpath)) is None:
            raise UsageError(f"command in [migrations]: there is no program {words[0]}", "install it, or check PATH")
        return [program, *words[1:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateStep:
    """Step "migrate". After a reset the history begins anew."""

    settings: MigrateSettings
    root: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return "migrate"

    def plan(self, night: Night) -> tuple[str, ...]:
        """Say which migrations would be applied, or which command would run."""
        self.settings.require_possible(self.root, self.environment)
        if self.settings.folder is None:
            return (f"run: {scrub(self.settings.command or '')}",)
        known = migrations(self.root / self.settings.folder)
        todo = known if "reset" in night.done else pending(night.direct, known)
        if not todo:
            return (f"all {len(known):,} migrations are applied",)
        return (f"apply {len(todo):,} of {len(known):,} migrations: {files(todo)}",)

    def run(self, night: Night) -> Outcome:
        """Apply them, or run the command. Errors: TargetError; StepError with what the command printed."""
        if self.settings.folder is None:
            return self._run_command(night)
        known = migrations(self.root / self.settings.folder)
        done = migrate(
            night.direct,
            known,
            anew="reset" in night.done,
            lock_timeout_s=self.settings.lock_timeout.total_seconds(),
            progress=night.progress,
        )
        return Outcome(
            detail=f"{len(done.applied):,} migrations applied, {done.before:,} were before",
            facts={"applied": list(done.applied), "before": done.before},
        )

    def _run_command(self, night: Night) -> Outcome:
        words = self.settings.words(self.root, self.environment)
        shown = scrub(self.settings.command or "")
        try:
            process = subprocess.Popen(
                words,
                cwd=self.root / self.settings.directory,
                env={**self.environment, self.settings.url_variable: night.direct.conninfo},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise StepError(f"{shown} cannot be run: {error.strerror}", "check command in [migrations]") from None
        lines: deque[str] = deque(maxlen=_KEPT)
        try:
            assert process.stdout is not None
            for raw in process.stdout:
                line = clean(scrub(night.direct.scrub(raw.decode("utf-8", "replace").rstrip())))
                lines.append(line)
                night.progress.note(f"migrate: {line}")
            code = process.wait()
        finally:
            _end(process)
        if code != 0:
            last = next((line for line in reversed(lines) if line), "it printed nothing")
            raise StepError(f"{shown} ended with exit code {code}: {last}", "its output is in the report", tuple(lines))
        return Outcome(detail=f"{shown}: exit code 0", facts={"lines": len(lines)}, log=tuple(lines))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and all that it started, however it came to that."""
    for number, seconds in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, None)):
        if process.poll() is not None and number == signal.SIGTERM:
            continue  # it ended by itself; what it left behind is ended at once
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
