"""`snap db start`: start the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from snap.units import duration
from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Line, Result, View

FIELDS = ("running", "postgres", "port", "url", "data", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartResult(Result):
    """A server that runs."""

    postgres: str
    port: int
    url: str
    data: str
    seconds: float

    def document(self) -> dict[str, Any]:
        return {
            "running": True,
            "postgres": self.postgres,
            "port": self.port,
            "url": self.url,
            "data": self.data,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        return (
            Line(f"Postgres {self.postgres} runs on port {self.port}, {duration(self.seconds)}", "good"),
            Line(f"url  {self.url}"),
            Line(f"data {self.data}", "dim"),
        )


def run(_options: NoOptions, context: Context) -> StartResult:
    """Start the server, unless it runs."""
    from snap_restorer import Embedded  # noqa: PLC0415

    server = Embedded(environment=context.environment).start()
    return StartResult(
        postgres=server.version,
        port=server.port,
        url=server.url("postgres"),
        data=str(server.data),
        seconds=context.seconds(),
    )


COMMAND = Command(
    name="start",
    options=NoOptions,
    run=run,
    help="Start the embedded Postgres, unless it runs.",
    example="snap db start",
    codes="0 it runs\n6 there is no Postgres to start, or it failed",
    fields=FIELDS,
)
