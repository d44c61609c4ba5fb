"""The step "migrate": apply a folder of SQL files, or run the team's command."""

from __future__ import annotations

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
from snap_restorer.schemas.files import Folder, read_folder
from snap_restorer.schemas.migrate import Pending, migrate, pending

_VARIABLE = "DATABASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSettings:
    """Section [migrations] of snap.toml: `folder` or `command`, or neither.

    The command runs in `cwd`, by default the project's folder, and finds the database's URL in the environment variable
    `url_variable`. `grace` is the time between SIGTERM and SIGKILL.
    """

    folder: Path | None = None
    command: str | None = None
    cwd: Path | None = None
    url_variable: str = _VARIABLE
    grace: timedelta = timedelta(seconds=10)
    lock_timeout: timedelta = timedelta(seconds=10)

    @property
    def configured(self) -> bool:
        """Return whether a folder or a command is configured."""
        return self.folder is not None or self.command is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateStep:
    """Step "migrate", for settings with a folder or a command. `root` is the project's folder.

    `after_reset`: this night's reset also empties the history of migrations.
    """

    name: ClassVar[str] = "migrate"
    settings: MigrationSettings
    root: Path
    environment: Mapping[str, str] = field(repr=False)
    after_reset: bool = False

    def require_possible(self) -> None:
        """Raise UsageError if the folder or the command cannot be used."""
        if self._folder() is None:
            self._command()

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Return the migrations that would be applied, or the command that would run.

        The folder is read or the program is looked for, and the database is asked.
        """
        settings, folder = self.settings, self._folder()
        if folder is not None:
            unapplied = pending(context.direct, folder, from_nothing=self.after_reset)
            return (_plan(str(settings.folder), unapplied), *_warnings(folder, unapplied))
        self._command()
        shown = self._redactor(context)(settings.command or "")
        return (f"run {shown} in {self._cwd}, with {context.direct.redacted} in ${settings.url_variable}",)

    def run(self, context: StepContext) -> StepResult:
        """Apply the migrations, or run the command."""
        folder = self._folder()
        return self._run(context) if folder is None else self._apply(context, folder)

    def _apply(self, context: StepContext, folder: Folder) -> StepResult:
        redact = self._redactor(context)
        with redacted_errors(redact):
            done = migrate(
                context.direct,
                folder,
                lock_timeout_s=self.settings.lock_timeout.total_seconds(),
                progress=context.progress,
                stop=context.stop,
            )
        return StepResult(
            detail=f"{plural(len(done.applied), 'migration')} applied, {done.pending.applied} there before",
            warnings=_warnings(folder, done.pending),
            facts={
                "applied": list(done.applied),
                "versions": list(done.versions),
                "skipped": done.pending.applied,
            },
            log=tuple(redact(line) for line in done.log),
        )

    def _run(self, context: StepContext) -> StepResult:
        redact = self._redactor(context)
        command = TeamCommand(
            argv=self._command(),
            shown=redact(self.settings.command or ""),
            folder=self._cwd,
            url_variable=self.settings.url_variable,
            grace_s=self.settings.grace.total_seconds(),
        )
        return command.run(context, self.environment, redact)

    @property
    def _cwd(self) -> Path:
        return self.settings.cwd or self.root

    def _folder(self) -> Folder | None:
        """Read the folder of migrations, or return None if a command is configured instead. Errors: UsageError."""
        settings = self.settings
        if settings.folder is None:
            return None
        if settings.command is not None:
            raise UsageError("[migrations] has both a folder and a command", "write one of them")
        return read_folder(settings.folder)

    def _command(self) -> tuple[str, ...]:
        """Return the command and its arguments. Errors: UsageError if the command cannot be started."""
        settings = self.settings
        if not settings.url_variable.isidentifier():
            raise UsageError(f"url_variable {settings.url_variable!r} names no variable", f"write {_VARIABLE}")
        argv = commands.arguments(settings.command or "")
        commands.require_program(argv, self._cwd, self.environment)
        return argv

    def _redactor(self, context: StepContext) -> Callable[[str], str]:
        return commands.redactor(self.environment, (context.direct, context.target))


def _plan(folder: str, unapplied: Pending) -> str:
    todo = unapplied.migrations
    if not todo:
        return f"apply nothing of {folder}: {plural(unapplied.applied, 'migration')} applied before"
    span = todo[0].file if len(todo) == 1 else f"{todo[0].file} … {todo[-1].file}"
    return f"apply {plural(len(todo), 'migration')} of {folder}: {span}; {unapplied.applied} applied before"


def _warnings(folder: Folder, unapplied: Pending) -> tuple[str, ...]:
    return (
        *(f"{name} is no migration: its name is not VERSION_NAME.sql" for name in folder.ignored),
        *(f"{name} comes before migrations that were applied" for name in unapplied.late),
        *(
            f"migration {version} was applied to the database, but is not in the folder"
            for version in unapplied.unknown
        ),
    )
