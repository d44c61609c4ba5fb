"""`snap db stop`: stop the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View


@dataclass(frozen=True, slots=True, kw_only=True)
class StopResult(TimedResult):
    """A server that is down; `stopped`: it ran until now."""

    stopped: bool

    def document(self) -> dict[str, Any]:
        return {"running": False, "stopped": self.stopped}

    def view(self) -> View:
        return (Line("stopped" if self.stopped else "it did not run"),)


def run(_options: NoOptions, context: Context) -> StopResult:
    """Stop the server."""
    from snap_restorer import Embedded  # noqa: PLC0415

    stopped = Embedded(environment=context.environment, project=context.project()).stop()
    return StopResult(stopped=stopped, seconds=context.seconds())


COMMAND = Command(
    name="stop",
    options=NoOptions,
    run=run,
    help="Stop the embedded Postgres; its data stay.",
    example="snap db stop",
    codes="0 it is down\n6 there is no Postgres to start, or it failed",
    fields=("running", "stopped", "seconds"),
)
