"""`snap db stop`: stop the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import server

if TYPE_CHECKING:
    from snap_cli.forms.databases import StopForm


@dataclass(frozen=True, slots=True, kw_only=True)
class StopResult(TimedResult):
    """A stopped server. `stopped` says whether it was running before."""

    stopped: bool

    def document(self) -> StopForm:
        return {"running": False, "stopped": self.stopped, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        return (Line("stopped" if self.stopped else "it did not run"),)


def run(_options: NoOptions, context: Context) -> StopResult:
    """Stop the server."""
    stopped = server(context).stop()
    return StopResult(stopped=stopped, seconds=context.seconds())


COMMAND = Command(
    name="stop",
    options=NoOptions,
    run=run,
    help="Stop the embedded Postgres; its data stay.",
    example="snap db stop",
    codes="0 it is down\n6 there is no Postgres to start, or it failed",
)
