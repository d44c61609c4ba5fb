"""Test a command as a value: its options become words of a command line."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from snap.errors import UsageError
from snap_cli.command import Action, Command, NoOptions, epilog
from snap_cli.context import Context
from snap_cli.main import explain
from snap_cli.render import Line, Result, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    version: Annotated[str, typer.Argument(metavar="VERSION")]
    rows: Annotated[int, typer.Option(metavar="N", min=0, help="Rows.")] = 3
    masks: Annotated[tuple[str, ...], typer.Option("--mask", metavar="COLUMN", help="Repeatable.")] = ()


@dataclass(frozen=True, slots=True)
class Taken(Result):
    options: Options
    context: Context

    def view(self) -> View:
        return (Line(self.options.version),)


COMMAND = Command(
    name="take",
    options=Options,
    run=Taken,
    help="Take it.\n\nIn more words.",
    short="Take.",
    example="snap take v3",
    codes="0 done\n5 refused",
)


def parsed(*words: str, command: Command[Any] = COMMAND, environment: dict[str, str] | None = None) -> Action:
    app = typer.Typer(rich_markup_mode=None)
    command.add(app)
    parser = typer.main.get_command(app)
    context = parser.make_context("take", list(words), obj=environment or {"A": "b"})
    with context:
        return context.command.invoke(context)


def taken(*words: str) -> Taken:
    action = parsed(*words)
    result = action.run(action.context)
    assert isinstance(result, Taken)
    return result


def test_a_field_is_an_argument_or_an_option_with_its_default() -> None:
    assert taken("v3").options == Options(version="v3", rows=3, masks=())
    assert taken("v3", "--rows", "7").options == Options(version="v3", rows=7)
    with pytest.raises(FrozenInstanceError):
        taken("v3").options.rows = 4  # type: ignore[misc]


def test_an_option_that_may_be_repeated_is_a_tuple() -> None:
    assert taken("--mask", "a", "v3", "--mask", "b").options.masks == ("a", "b")


def test_every_command_has_the_shared_options_and_keeps_the_environment() -> None:
    context = taken("v3", "--root", "r", "--config", "c", "--json", "-q").context
    assert context == Context(root_flag=Path("r"), config_flag=Path("c"), json=True, quiet=True, environment={"A": "b"})
    plain = parsed(command=Command(name="x", options=NoOptions, run=Taken, help="X.", example="x", codes="0 done"))
    assert plain.context == Context(environment={"A": "b"})


@pytest.mark.parametrize(
    ("words", "message"),
    [((), "missing argument 'VERSION'"), (("v3", "--rows", "-1"), "--rows"), (("v3", "--row", "1"), "no such option")],
)
def test_what_is_not_declared_is_wrong_use(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(typer.TyperException) as refused:
        parsed(*words)
    error = explain(refused.value)
    assert isinstance(error, UsageError)
    assert message in error.message


def test_help_ends_with_an_example_and_the_exit_codes_in_order() -> None:
    app = typer.Typer(rich_markup_mode=None)
    COMMAND.add(app)
    parser = typer.main.get_command(app)
    text = parser.get_help(parser.make_context("take", [], resilient_parsing=True))
    assert text.index("Take it.") < text.index("In more words.") < text.index("--rows N")
    ending = epilog(example="snap take v3", codes="0 done\n5 refused")
    codes = [line.split()[0] for line in ending.splitlines() if line.strip()[:1].isdigit()]
    assert codes == ["0", "2", "5", "70", "130", "143"]
    own = epilog(example="snap take v3", codes="0 done\n2 usage, or a file is there")
    assert [line for line in own.splitlines() if line.startswith("    2")] == ["    2  usage, or a file is there"]
    assert "snap take v3" in text
