"""A command as a value: its options are a frozen dataclass that Typer reads as parameters."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand

from snap_cli.context import Context
from snap_cli.render import Result

O = TypeVar("O")  # noqa: E741 - the options of one command

SHARED: dict[str, Any] = {
    "root": Annotated[
        Path | None,
        typer.Option(
            "--root", metavar="DIR", help="The project's folder; else $SNAP_ROOT, else the nearest one upwards."
        ),
    ],
    "config": Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings, instead of snap.toml in the root.")
    ],
    "as_json": Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, on failure too.")],
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print only answers, warnings and errors.")],
}
BY_DEFAULT = {"backup": "create", "nightly": "run"}  # the default command of each group
_COMMON = ("2 usage", "70 a bug of snap", "130 interrupted", "143 terminated")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOptions:
    """The options of a command that has none of its own."""


@dataclass(frozen=True, slots=True)
class Action:
    """A parsed command line: the function to run, and its context."""

    context: Context
    run: Callable[[Context], Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[O]):
    """One command. `options` declares its options, `run` executes it, and the other fields are its help.

    A field of `options` is Annotated with Typer's parameter. A repeatable option is a tuple of texts.
    """

    name: str
    options: type[O]
    run: Callable[[O, Context], Result]
    help: str
    short: str | None = None
    example: str
    codes: str

    def add(self, app: typer.Typer) -> None:
        """Add this command to `app`."""
        end = epilog(example=self.example, codes=self.codes)
        app.command(self.name, cls=_Helped, help=self.help, short_help=self.short, epilog=end)(self._parser())

    def _parser(self) -> Callable[..., Action]:
        """Return the function that Typer calls with the values of a command line."""
        hints = get_type_hints(self.options, include_extras=True)
        repeated = {name for name, hint in hints.items() if get_origin(get_args(hint)[0]) is tuple}

        def parse(ctx: typer.Context, **values: Any) -> Action:
            context = shared_context(ctx, **{name: values.pop(name) for name in SHARED})
            given = {name: tuple(value or ()) if name in repeated else value for name, value in values.items()}
            return Action(context, partial(self.run, self.options(**given)))

        parameters = []
        for field in fields(self.options):  # type: ignore[arg-type]
            hint, default = hints[field.name], Parameter.empty if field.default is MISSING else field.default
            if field.name in repeated:
                hint, default = Annotated[list[str] | None, *hint.__metadata__], None
            parameters.append(Parameter(field.name, Parameter.KEYWORD_ONLY, annotation=hint, default=default))
        declare(parse, [*parameters, *shared_parameters()])
        return parse


class _Helped(TyperCommand):
    """A command whose help ends with the fields of its JSON. The forms are imported only when the help is printed."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from snap_cli.forms import FORMS  # noqa: PLC0415
        from snap_cli.json_form import fields_of  # noqa: PLC0415

        super().format_epilog(ctx, formatter)
        form = FORMS.get(ctx.command_path.partition(" ")[2])
        if form is not None:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(f"JSON: {fields_of(form)}")


def declare(function: Callable[..., Any], parameters: Sequence[Parameter]) -> None:
    """Give `function` the signature that Typer reads: the context, then these parameters."""
    every = (Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context), *parameters)
    function.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in every}


def shared_parameters() -> list[Parameter]:
    """Return the parameters of the options that every command has."""
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=hint, default=None if name in {"root", "config"} else False)
        for name, hint in SHARED.items()
    ]


def shared_context(
    ctx: typer.Context, *, root: Path | None, config: Path | None, as_json: bool, quiet: bool
) -> Context:
    """Return the context of a command. Options before the command apply unless the command has its own."""
    before = ctx.obj if isinstance(ctx.obj, Context) else None
    return Context(
        root_flag=root or (before.root_flag if before else None),
        config_flag=config or (before.config_flag if before else None),
        json=as_json or (before is not None and before.json),
        quiet=quiet or (before is not None and before.quiet),
        environment=before.environment if before else ctx.obj or os.environ,
    )


def epilog(*, example: str, codes: str) -> str:
    """Return the end of a command's help: an example and its exit codes. `codes` may describe a common code anew."""
    table = dict(line.split(maxsplit=1) for line in (*_COMMON, *codes.strip().splitlines()))
    lines = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in sorted(table.items(), key=lambda row: int(row[0])))
    return f"\b\nExample:\n  {example}\n\n\b\nExit codes:\n{lines}"
