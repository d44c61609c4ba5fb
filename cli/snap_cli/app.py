"""The command line, assembled from all commands."""

from __future__ import annotations

from functools import cache
from inspect import Parameter
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from snap_cli import (
    backup,
    build,
    capture,
    check,
    completion,
    compose,
    db,
    diff,
    fit,
    health,
    helped,
    image,
    init,
    nightly,
    preview,
    publish,
    restore,
    rm,
    schema,
    show,
    status,
    version,
)
from snap_cli import list as listing
from snap_cli.command import BY_DEFAULT, Command, declare, epilog, shared_context, shared_parameters
from snap_cli.conversion import lighten

COMMANDS: tuple[Command[Any], ...] = (
    *(
        init.COMMAND,
        build.COMMAND,
        publish.COMMAND,
        preview.COMMAND,
        check.COMMAND,
        fit.COMMAND,
        listing.COMMAND,
        show.COMMAND,
        status.COMMAND,
        rm.COMMAND,
        restore.COMMAND,
        diff.COMMAND,
    ),
    *(
        capture.COMMAND,
        health.COMMAND,
        image.COMMAND,
        compose.COMMAND,
        schema.COMMAND,
        completion.COMMAND,
        helped.COMMAND,
    ),
)
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
_BACKUP = """
Back up a database, list backups, restore one, or remove old ones.

Without a command, snap backup [OPTIONS] is snap backup create [OPTIONS].
"""


_NIGHTLY = """
Refresh a staging database, or repair it after an interrupted night.

Without a command, snap nightly [OPTIONS] is snap nightly run [OPTIONS].
"""


class _WithDefault(TyperGroup):
    """A group with a default command: `snap backup` means `snap backup create`. Options may come before the command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options = args[: args.index("--")] if "--" in args else args
        valued = {
            name
            for command in self.commands.values()
            for parameter in command.params
            if not getattr(parameter, "is_flag", False)
            for name in parameter.opts
        }
        words = (i for i, word in enumerate(options) if word in self.commands)
        at = next((i for i in words if i == 0 or options[i - 1] not in valued), None)  # skip values of options
        if at is not None:
            args = [args[at], *args[:at], *args[at + 1 :]]
        elif not args and ctx.resilient_parsing:
            pass  # a shell asks for completions
        elif not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [BY_DEFAULT[self.name or ""], *args]
        return super().parse_args(ctx, args)


@cache
def command() -> Any:
    """Return the whole command line as a Typer command object."""
    app = typer.Typer(
        name="snap",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        invoke_without_command=True,
        epilog=EPILOG,
    )
    flag = Annotated[bool, typer.Option("--version", "-V", help="Print the version of snap.")]
    own = Parameter("version", Parameter.KEYWORD_ONLY, annotation=flag, default=False)
    declare(snap, [*shared_parameters(), own])
    app.callback()(snap)
    for each in COMMANDS:
        each.add(app)
    for name, commands, about, kind in (
        ("backup", backup.COMMANDS, (_BACKUP, "Back up a database, or restore a backup."), _WithDefault),
        ("nightly", nightly.COMMANDS, (_NIGHTLY, "Refresh a staging database."), _WithDefault),
        ("db", db.COMMANDS, ("Start, stop and use the embedded Postgres.", None), TyperGroup),
    ):
        group = typer.Typer(name=name, cls=kind, rich_markup_mode=None, short_help=about[1])

        def below(ctx: typer.Context, **shared: Any) -> None:
            ctx.obj = shared_context(ctx, **shared)

        declare(below, shared_parameters())
        group.callback(help=about[0])(below)
        for each in commands:
            each.add(group)
        app.add_typer(group)
    whole: Any = typer.main.get_command(app)
    for name in (
        "nightly",
        "db",
        "schema",
        "completion",
        "help",
    ):  # Typer puts groups last, and backup comes before nightly
        whole.commands[name] = whole.commands.pop(name)
    return lighten(whole)


def snap(ctx: typer.Context, **shared: Any) -> None:
    """Realistic data, built once, frozen, proved, and put into any Postgres."""
    if shared.pop("version"):
        raise version.AnsweredError(version.VersionResult())
    ctx.obj = shared_context(ctx, **shared)
    if ctx.invoked_subcommand is None:
        raise version.AnsweredError(version.HelpResult(ctx.get_help()))
