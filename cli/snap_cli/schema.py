"""`snap schema`: print the JSON Schemas of the commands' --json output and of snap.toml."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from snap.errors import UsageError
from snap_cli.command import BY_DEFAULT, Command
from snap_cli.completing import commands
from snap_cli.context import Context
from snap_cli.render import Line, Result, View

_FILE = "snap.toml"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap schema`."""

    command: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="COMMAND",
            help="A command, such as build or backup list, or snap.toml [default: all].",
            autocompletion=commands,
        ),
    ] = ()


@dataclass(frozen=True, slots=True)
class SchemaResult(Result):
    """The JSON Schema of a command's output, of snap.toml, or of all."""

    answer: ClassVar[bool] = True
    schema: dict[str, Any]

    def document(self) -> dict[str, Any]:
        return self.schema

    def view(self) -> View:
        return (Line(json.dumps(self.schema, indent=2)),)


def run(options: Options, _context: Context) -> SchemaResult:
    """Return the schema of one command, of snap.toml, or of all. Errors: UsageError that lists the commands."""
    from snap_cli.forms import FORMS, FailureForm  # noqa: PLC0415
    from snap_cli.json_form import command_schema  # noqa: PLC0415

    name = " ".join(options.command)
    name += f" {BY_DEFAULT[name]}" if name in BY_DEFAULT else ""
    if not name:
        every = {each: command_schema(form, FailureForm) for each, form in FORMS.items()}
        return SchemaResult(
            {
                "$schema": _DIALECT,
                "title": "snap COMMAND --json",
                "anyOf": [{"$ref": f"#/$defs/{each.replace(' ', '%20')}"} for each in every],
                "$defs": {**every, _FILE: _settings()},
            }
        )
    if name == _FILE:
        return SchemaResult({"$schema": _DIALECT, "title": _FILE, **_settings()})
    if name not in FORMS:
        near = difflib.get_close_matches(name, (*FORMS, _FILE), n=1)
        names = f"these have a schema: {', '.join((*FORMS, _FILE))}"
        raise UsageError(f"there is no command {name!r}", f"did you mean {near[0]!r}? {names}" if near else names)
    return SchemaResult(
        {"$schema": _DIALECT, "title": f"snap {name} --json", **command_schema(FORMS[name], FailureForm)}
    )


def _settings() -> dict[str, Any]:
    """Return the schema of snap.toml. Importing the classes of its sections takes seconds."""
    from snap_cli.settings_schema import settings_schema  # noqa: PLC0415
    from snap_ops.night.configure import SETTINGS  # noqa: PLC0415

    return settings_schema(SETTINGS)


COMMAND = Command(
    name="schema",
    options=Options,
    run=run,
    help="Print the JSON Schema of what a command prints with --json, of the settings file snap.toml, or all of them.",
    short="Print the JSON Schemas of --json and of snap.toml.",
    example="snap schema backup list",
    codes="0 done",
)
