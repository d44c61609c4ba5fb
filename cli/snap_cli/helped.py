"""`snap help`: print the help of a command, as its --help does."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Annotated

import typer

from snap.errors import UsageError
from snap_cli.command import Command
from snap_cli.completing import commands
from snap_cli.context import Context
from snap_cli.version import HelpResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap help`."""

    command: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="COMMAND",
            help="A command, such as build or backup list [default: snap itself].",
            autocompletion=commands,
        ),
    ] = ()


def run(options: Options, _context: Context) -> HelpResult:
    """Return the help of a command. Errors: UsageError that lists the commands."""
    from snap_cli.app import command  # noqa: PLC0415

    node = command()
    context = node.make_context("snap", [], resilient_parsing=True)
    for word in options.command:
        known = getattr(node, "commands", {})
        if word not in known:
            raise _unknown(word, tuple(known), context.command_path)
        node = known[word]
        context = node.make_context(word, [], parent=context, resilient_parsing=True)
    return HelpResult(node.get_help(context))


def _unknown(word: str, known: tuple[str, ...], path: str) -> UsageError:
    if not known:
        return UsageError(f"{path} has no subcommand {word!r}", f"run: snap help{path[4:]}")
    near = difflib.get_close_matches(word, known, n=1)
    listed = f"the commands of {path} are {', '.join(known)}"
    return UsageError(f"{path} has no command {word!r}", f"did you mean {near[0]!r}? {listed}" if near else listed)


COMMAND = Command(
    name="help",
    options=Options,
    run=run,
    help="Print the help of a command, or of snap itself.",
    example="snap help backup restore",
    codes="0 done",
)
