"""The step after the restore: run the team's SQL files, then the team's command."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from snap.errors import UsageError
from snap.units import plural
from snap_ops.migrations import commands
from snap_ops.migrations.team_command import TeamCommand, redacted_errors
from snap_ops.step import StepContext, StepResult
from snap_restorer.schemas.files import Migration, read_sql
from snap_restorer.schemas.migrate import require_parseable, run_sql

_SECTION = "after_restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterRestoreSettings:
    """Section [after_restore] of snap.toml: a folder `sql`, a `command` (a list of words), or both.

    The SQL runs before the command. The command runs in `cwd`, by default the project's folder, and finds the
    database's URL in the environment variable `url_variable`. `grace` is the time between SIGTERM and SIGKILL.
    """

    sql: Path | None = None
    command: tuple[str, ...] = ()
    cwd: Path | None = None
    url_variable: str = "DATABASE_URL"
    grace: timedelta = timedelta(seconds=10)
    lock_timeout: timedelta = timedelta(seconds=10)

    @property
    def configured(self) -> bool:
        """Return whether there is a folder or a command."""
        return self.sql is not None or bool(self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterRestoreStep:
    """Step "after_restore", for settings with a folder or a command. `root` is the project's folder."""

    name: ClassVar[str] = _SECTION
    settings: AfterRestoreSettings
    root: Path
    environment: Mapping[str, str] = field(repr=False)

    def require_possible(self) -> None:
        """Raise UsageError if the folder or the command cannot be used. No server is needed."""
        self._files()
        if self.settings.command:
            self._command()

    def require_parseable(self, context: StepContext) -> None:
        """Raise UsageError if the server cannot parse a statement. Nothing is run."""
        require_parseable(context.direct, self._files())

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return which files and command would run.

        The files are read, the program is looked for, and the server parses the statements.
        """
        self.require_possible()
        self.require_parseable(context)
        files, where = self._files(), context.direct.redacted
        lines = [f"run {plural(len(files), 'file')} of {self.settings.sql} in {where}"] if files else []
        if self.settings.command:
            shown = self._redactor(context)(shlex.join(self.settings.command))
            lines.append(f"run {shown} in {self._cwd}, with {where} in ${self.settings.url_variable}")
        return tuple(lines)

    def run(self, context: StepContext) -> StepResult:
        """Run the files, each in one transaction if possible, then the command."""
        redact, files = self._redactor(context), self._files()
        said: tuple[str, ...] = ()
        if files:
            with redacted_errors(redact):
                said = run_sql(
                    context.direct,
                    files,
                    section=_SECTION,
                    lock_timeout_s=self.settings.lock_timeout.total_seconds(),
                    progress=context.progress,
                    stop=context.stop,
                )
        log = tuple(redact(line) for line in said)
        details = [f"{plural(len(files), 'file')} run"] if files else []
        facts = {"files": [file.file for file in files]}
        if self.settings.command:
            command = TeamCommand(
                argv=self._command(),
                shown=redact(shlex.join(self.settings.command)),
                folder=self._cwd,
                url_variable=self.settings.url_variable,
                grace_s=self.settings.grace.total_seconds(),
            )
            ran = command.run(context, self.environment, redact)
            details.append(ran.detail)
            facts, log = {**facts, **ran.facts}, (*log, *ran.log)
        return StepResult(detail="; ".join(details), facts=facts, log=log)

    @property
    def _cwd(self) -> Path:
        return self.settings.cwd or self.root

    def _files(self) -> tuple[Migration, ...]:
        return () if self.settings.sql is None else read_sql(self.settings.sql)

    def _command(self) -> tuple[str, ...]:
        """Return the command and its arguments. Errors: UsageError if the command cannot be started."""
        settings = self.settings
        if not settings.url_variable.isidentifier():
            raise UsageError(f"url_variable {settings.url_variable!r} names no variable", "write DATABASE_URL")
        if not settings.command[0].strip():
            raise UsageError("the command in [after_restore] is empty", "write one, or leave it out")
        commands.require_program(settings.command, self._cwd, self.environment)
        return settings.command

    def _redactor(self, context: StepContext) -> Callable[[str], str]:
        return commands.redactor(self.environment, (context.direct, context.target))
