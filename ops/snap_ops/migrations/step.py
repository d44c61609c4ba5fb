"""The night's migrations: a folder of plain SQL or a command of the team's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlencode

from snap.errors import ServiceError, TargetError, UsageError
from snap_ops.migrations import commands
from snap_ops.step import StepContext, StepError, StepResult
from snap_restorer import Target
from snap_restorer.schemas.files import Folder, read_folder
from snap_restorer.schemas.migrate import Pending, migrate, pending

_LINES = 200  # of a command's output are kept for the report
_TOLD = 10  # of them stand in an error
_VARIABLE = "DATABASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSettings:
    """Section [migrations] of snap.toml: `folder` or `command`, or neither.

    The command runs in `cwd`, by default the project's folder, and finds the database in `url_variable`. `grace` is
    what it has between SIGTERM and SIGKILL.
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

    `after_reset`: the reset of this night empties the history.
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
        """Return what would be applied or run; read the folder or look for the program, and ask the database."""
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
        try:
            done = migrate(
                context.direct,
                folder,
                lock_timeout_s=self.settings.lock_timeout.total_seconds(),
                progress=context.progress,
                stop=context.stop,
            )
        except (TargetError, ServiceError) as error:  # what a statement says may hold what the environment does
            raise type(error)(
                redact(error.message), redact(error.hint), unchanged=error.unchanged, reported=redact(error.reported)
            ) from None
        return StepResult(
            detail=f"{len(done.applied)} migrations applied, {done.pending.applied} were there",
            warnings=_warnings(folder, done.pending),
            facts={
                "applied": list(done.applied),
                "versions": list(done.versions),
                "skipped": done.pending.applied,
            },
            log=tuple(redact(line) for line in done.log),
        )

    def _run(self, context: StepContext) -> StepResult:
        redact, log = self._redactor(context), deque[str](maxlen=_LINES)

        def on_line(line: str) -> None:
            log.append(line)
            context.progress.note(line)

        code = commands.run_command(
            self._command(),
            folder=self._cwd,
            environment={**self.environment, self.settings.url_variable: target_url(context.direct)},
            redact=redact,
            on_line=on_line,
            stop=context.stop,
            grace_s=self.settings.grace.total_seconds(),
        )
        shown = redact(self.settings.command or "")
        if code != 0:
            how = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
            last = "".join(f"\n- {line}" for line in list(log)[-_TOLD:])
            raise StepError(
                f"{shown} {how}{':' if last else ''}{last}", "see its output; correct what it says", tuple(log)
            )
        return StepResult(
            detail=f"{shown} ended with exit code 0", facts={"command": shown, "exit": code}, log=tuple(log)
        )

    @property
    def _cwd(self) -> Path:
        return self.settings.cwd or self.root

    def _folder(self) -> Folder | None:
        """Read the folder of migrations; return None where a command is configured instead. Errors: UsageError."""
        settings = self.settings
        if settings.folder is None:
            return None
        if settings.command is not None:
            raise UsageError("[migrations] has both a folder and a command", "give one of them")
        return read_folder(settings.folder)

    def _command(self) -> tuple[str, ...]:
        """Return the command's words. Errors: UsageError where it cannot be started."""
        settings = self.settings
        if not settings.url_variable.isidentifier():
            raise UsageError(f"url_variable {settings.url_variable!r} names no variable", f"write {_VARIABLE}")
        argv = commands.arguments(settings.command or "")
        commands.require_program(argv, self._cwd, self.environment)
        return argv

    def _redactor(self, context: StepContext) -> Callable[[str], str]:
        return commands.redactor(self.environment, (context.direct, context.target))


def target_url(target: Target) -> str:
    """Return a target as a URL with its password: a secret, for a command's environment."""
    if target.conninfo.startswith(("postgresql://", "postgres://")):
        return target.conninfo
    parameters = target.parameters()
    user, password, host = parameters.pop("user", ""), parameters.pop("password", ""), parameters.pop("host", "")
    port, name = parameters.pop("port", ""), parameters.pop("dbname", "")
    if "/" in host or "," in host or "," in port:
        parameters = {"host": host, **({"port": port} if port else {}), **parameters}
        host = port = ""
    secret = f":{quote(password, safe='')}" if password else ""
    at = f"{quote(user, safe='')}{secret}@" if user or secret else ""
    where = f"[{host}]" if ":" in host else host
    rest = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
    return f"postgresql://{at}{where}{f':{port}' if port else ''}/{quote(name, safe='')}{rest}"


def _plan(folder: str, unapplied: Pending) -> str:
    todo = unapplied.migrations
    if not todo:
        return f"apply nothing of {folder}: its {unapplied.applied} migrations were applied"
    span = todo[0].file if len(todo) == 1 else f"{todo[0].file} … {todo[-1].file}"
    return f"apply {len(todo)} migrations of {folder}: {span}; {unapplied.applied} were applied"


def _warnings(folder: Folder, unapplied: Pending) -> tuple[str, ...]:
    return (
        *(f"{name} is no migration: its name is not VERSION_NAME.sql" for name in folder.ignored),
        *(f"{name} comes before migrations that were applied" for name in unapplied.late),
        *(f"the database has had migration {version}, which the folder does not hold" for version in unapplied.unknown),
    )
