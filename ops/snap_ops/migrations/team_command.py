"""Run a command of the team as a step: the database's URL in its environment, its output in the report."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from snap.errors import ServiceError, TargetError
from snap_ops.migrations import commands
from snap_ops.step import StepContext, StepError, StepResult
from snap_restorer import Target

_LINES = 200  # the most lines of a command's output that are kept for the report
_TOLD = 10  # the most of these lines in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCommand:
    """A command of the team. `shown` is its text for people.

    `url_variable` is the environment variable for the database's URL.
    """

    argv: tuple[str, ...]
    shown: str
    folder: Path
    url_variable: str
    grace_s: float

    def run(self, context: StepContext, environment: Mapping[str, str], redact: Callable[[str], str]) -> StepResult:
        """Run the command to its end. Errors: StepError if its exit code is not 0; those of commands.run_command."""
        log = deque[str](maxlen=_LINES)

        def on_line(line: str) -> None:
            log.append(line)
            context.progress.note(line)

        code = commands.run_command(
            self.argv,
            folder=self.folder,
            environment={**environment, self.url_variable: target_url(context.direct)},
            redact=redact,
            on_line=on_line,
            stop=context.stop,
            grace_s=self.grace_s,
        )
        if code != 0:
            how = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
            last = "".join(f"\n- {line}" for line in list(log)[-_TOLD:])
            raise StepError(
                f"{self.shown} {how}{':' if last else ''}{last}", "see its output; correct what it says", tuple(log)
            )
        facts = {"command": self.shown, "exit": code}
        return StepResult(detail=f"{self.shown} ended with exit code 0", facts=facts, log=tuple(log))


@contextlib.contextmanager
def redacted_errors(redact: Callable[[str], str]) -> Iterator[None]:
    """Remove secrets from errors raised in the block: a quoted statement may contain values of the environment."""
    try:
        yield
    except (TargetError, ServiceError) as error:
        raise type(error)(
            redact(error.message), redact(error.hint), unchanged=error.unchanged, reported=redact(error.reported)
        ) from None


def target_url(target: Target) -> str:
    """Return a target as a URL with its password. The URL is secret, for the environment of a command only."""
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
