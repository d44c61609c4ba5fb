"""The commands, put together."""

from __future__ import annotations

import os
from functools import cache
from typing import Annotated, Any

import typer

from snap import __version__
from snap.errors import UsageError
from snap_cli import backup, build, capture, check, db, diff, health, nightly, restore, rm, show
from snap_cli import list as listing
from snap_cli.context import Config, Context, Json, Quiet, Root, epilog
from snap_cli.plain import lighten

EPILOG = epilog(
    example="snap build v3 && snap restore v3",
    codes="""
        0 done, or identical
        1 different, or unhealthy
        3 snapshot missing or corrupt
        4 a check failed
        5 target refused
        6 Postgres, storage or network failed""",
)


@cache
def command() -> Any:
    """The whole command line, as Typer's own command object."""
    app = typer.Typer(
        name="snap",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        invoke_without_command=True,
        epilog=EPILOG,
    )
    app.callback()(snap)
    app.command("build", epilog=build.EPILOG)(build.build)
    app.command("check", short_help="Prove the files and the data of a snapshot.", epilog=check.EPILOG)(check.check)
    app.command("list", epilog=listing.EPILOG)(listing.list_)
    app.command("show", epilog=show.EPILOG)(show.show)
    app.command("rm", epilog=rm.EPILOG)(rm.rm)
    app.command("restore", short_help="Put a snapshot into a Postgres.", epilog=restore.EPILOG)(restore.restore)
    app.command("diff", short_help="Show what differs between two snapshots.", epilog=diff.EPILOG)(diff.diff)
    app.command("capture", short_help="Make a version out of a live database.", epilog=capture.EPILOG)(capture.capture)
    app.command("health", short_help="Hold a database to its snapshot.", epilog=health.EPILOG)(health.health)
    app.command("backup", short_help="Back up a database, or put it back.", epilog=backup.EPILOG)(backup.backup)
    app.command("nightly", short_help="Refresh a staging database.", epilog=nightly.EPILOG)(nightly.nightly)
    server = typer.Typer(name="db", rich_markup_mode=None, help="Start, stop and use the embedded Postgres.")
    server.command("start", epilog=db.START_EPILOG)(db.start)
    server.command("stop", epilog=db.STOP_EPILOG)(db.stop)
    server.command("url", short_help="Print how to connect.", epilog=db.URL_EPILOG)(db.url)
    server.command("psql", epilog=db.PSQL_EPILOG)(db.psql)
    app.add_typer(server)
    return lighten(typer.main.get_command(app))


def snap(
    ctx: typer.Context,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version of snap.")] = False,
) -> None:
    """Realistic data, built once, frozen, proved, and put into any Postgres."""
    if version:
        typer.echo(f"snap {__version__}")
        raise typer.Exit
    ctx.obj = Context(
        root_flag=root,
        config_flag=config,
        json=as_json,
        quiet=quiet,
        environment=ctx.obj if ctx.obj is not None else os.environ,
    )
    if ctx.invoked_subcommand is None:
        raise UsageError("no command was given", "run: snap --help")
