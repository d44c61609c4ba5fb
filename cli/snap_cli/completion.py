"""`snap completion`: print the script that completes commands, flags and versions in a shell. Typer provides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import typer

from snap_cli.command import Command
from snap_cli.completing import PROGRAM, VARIABLE
from snap_cli.context import Context
from snap_cli.render import Line, Result, View

if TYPE_CHECKING:
    from snap_cli.forms.common import CompletionForm

Shell = Literal["bash", "zsh", "fish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap completion`."""

    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="The shell.", show_default=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionResult(Result):
    """The completion script of a shell."""

    answer: ClassVar[bool] = True
    shell: Shell
    script: str

    def document(self) -> CompletionForm:
        return {"shell": self.shell, "script": self.script}

    def view(self) -> View:
        return (Line(self.script, exact=True),)


def run(options: Options, _context: Context) -> CompletionResult:
    """Return the completion script of a shell."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415

    script = get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=options.shell)
    return CompletionResult(shell=options.shell, script=script)


COMMAND = Command(
    name="completion",
    options=Options,
    run=run,
    help="""
    Print the script with which a shell completes commands, flags and the project's versions.

    \b
    bash  eval "$(snap completion bash)"            in ~/.bashrc
    zsh   eval "$(snap completion zsh)"             in ~/.zshrc, after compinit
    fish  snap completion fish | source             in ~/.config/fish/config.fish
    """,
    short="Print the completion script of a shell.",
    example='eval "$(snap completion bash)"',
    codes="0 done",
)
