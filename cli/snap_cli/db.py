"""`snap db`: the embedded Postgres."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import typer

from snap.errors import ServiceError, UsageError
from snap.units import duration
from snap_cli import datasets
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, epilog, given
from snap_cli.render import Line, Result, View

START_FIELDS = ("running", "postgres", "port", "url", "data", "seconds")
STOP_FIELDS = ("running", "stopped", "seconds")
URL_FIELDS = ("url",)
_FAILS = "6 there is no Postgres to start, or it failed"
START_EPILOG = epilog(example="snap db start", codes=f"0 it runs\n{_FAILS}", fields=START_FIELDS)
STOP_EPILOG = epilog(example="snap db stop", codes=f"0 it is down\n{_FAILS}", fields=STOP_FIELDS)
URL_EPILOG = epilog(example='psql "$(snap db url)"', codes="0 done\n6 it does not run", fields=URL_FIELDS)
PSQL_EPILOG = epilog(
    example="snap db psql -- -c 'SELECT count(*) FROM recipes'", codes="0 done\n6 it does not run, or psql failed"
)
Database = Annotated[str, typer.Argument(metavar="[DATABASE]", help="A database of the embedded Postgres.")]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StopResult(Result):
    """A server that is down; `stopped`: it ran until now."""

    stopped: bool
    seconds: float

    def document(self) -> dict[str, Any]:
        return {"running": False, "stopped": self.stopped, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        return (Line("stopped" if self.stopped else "it did not run"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlResult(Result):
    """How to connect. The URL names the password's file, not the password."""

    answer: ClassVar[bool] = True
    url: str

    def document(self) -> dict[str, Any]:
        return {"url": self.url}

    def view(self) -> View:
        return (Line(self.url),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PsqlResult(Result):
    """A session that has ended; psql itself showed everything."""

    def view(self) -> View:
        return ()


def start(
    ctx: typer.Context, root: Root = None, config: Config = None, as_json: Json = False, quiet: Quiet = False
) -> Action:
    """Start the embedded Postgres, unless it runs."""
    return Action(given(ctx, root, config, as_json, quiet), run_start)


def stop(
    ctx: typer.Context, root: Root = None, config: Config = None, as_json: Json = False, quiet: Quiet = False
) -> Action:
    """Stop the embedded Postgres; its data stay."""
    return Action(given(ctx, root, config, as_json, quiet), run_stop)


def url(
    ctx: typer.Context,
    database: Database = datasets.DEFAULT,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Print the URL of a database of the embedded Postgres, for psql and every client on libpq."""
    return Action(given(ctx, root, config, as_json, quiet), partial(run_url, database=database))


def psql(
    ctx: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DATABASE",
            help=f"A database of it [default: {datasets.DEFAULT}]; after -- what psql takes as it is.",
        ),
    ] = None,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Open psql in a database of the embedded Postgres."""
    named, rest = split_database(arguments or [])
    return Action(given(ctx, root, config, as_json, quiet), partial(run_psql, database=named, arguments=rest))


def split_database(arguments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Part the database from psql's own arguments, which begin with the first option."""
    if arguments and not arguments[0].startswith("-"):
        return arguments[0], tuple(arguments[1:])
    return datasets.DEFAULT, tuple(arguments)


def run_start(context: Context) -> StartResult:
    """Start the server."""
    from snap_restorer import Embedded

    started = time.monotonic()
    server = Embedded(environment=context.environment).start()
    return StartResult(
        postgres=server.version,
        port=server.port,
        url=server.url("postgres"),
        data=str(server.data),
        seconds=time.monotonic() - started,
    )


def run_stop(context: Context) -> StopResult:
    """Stop the server."""
    from snap_restorer import Embedded

    started = time.monotonic()
    stopped = Embedded(environment=context.environment).stop()
    return StopResult(stopped=stopped, seconds=time.monotonic() - started)


def run_url(context: Context, *, database: str) -> UrlResult:
    """Return the URL of `database`. Errors: ServiceError when the server does not run."""
    from snap_restorer import Embedded

    return UrlResult(url=Embedded(environment=context.environment).url(database))


def run_psql(context: Context, *, database: str, arguments: tuple[str, ...]) -> PsqlResult:
    """Run psql on the terminal as it is. Errors: ServiceError when it fails."""
    from snap_restorer import Embedded

    if context.json:
        raise UsageError("psql prints no JSON", "leave --json out; snap db url --json gives the URL for other programs")
    embedded = Embedded(environment=context.environment)
    address = embedded.url(database)
    command = [str(embedded.program("psql")), address, *arguments]
    # Ctrl-C ends a query in psql, not this program.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = subprocess.run(command, check=False, env=dict(context.environment)).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise ServiceError(
            f"psql ended with {code}", "see what it said above; if the database is missing, run: snap restore VERSION"
        )
    return PsqlResult()
