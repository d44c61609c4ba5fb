"""`snap db start`: start the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap.units import duration
from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import started

if TYPE_CHECKING:
    from snap_cli.forms.databases import StartForm
    from snap_restorer import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class StartResult(TimedResult):
    """The embedded server, which is running."""

    server: Server

    def document(self) -> StartForm:
        return {
            "running": True,
            "postgres": self.server.version,
            "port": self.server.port,
            "url": self.server.url("postgres"),
            "data": str(self.server.data),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        return (
            Line(f"Postgres {self.server.version} runs on port {self.server.port}, {duration(self.seconds)}", "good"),
            Line(f"url  {self.server.url('postgres')}"),
            Line(f"data {self.server.data}", "dim"),
        )


def run(_options: NoOptions, context: Context) -> StartResult:
    """Start the server, unless it already runs."""
    _, found = started(context)
    return StartResult(server=found, seconds=context.seconds())


COMMAND = Command(
    name="start",
    options=NoOptions,
    run=run,
    help="Start the embedded Postgres, unless it runs.",
    example="snap db start",
    codes="0 it runs\n6 there is no Postgres to start, or it failed",
)
