"""Check output of --json against the schema that `snap schema` publishes for the command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from jsonschema import Draft202012Validator

from snap_cli.command import BY_DEFAULT
from snap_cli.forms import FORMS, FailureForm
from snap_cli.json_form import command_schema


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = command_schema(FORMS[name], FailureForm)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def command_of(arguments: Sequence[str]) -> str | None:
    """Return the command whose schema applies to a command line, or None if the command line names no command."""
    for flag, name in (("--help",) * 2, ("-h", "--help"), ("--version",) * 2, ("-V", "--version")):
        if flag in arguments and (flag != "--version" or not {"health"} & set(arguments)):
            return name
    words = [word for word in arguments if not word.startswith("-")]
    for length in (2, 1):
        if " ".join(words[:length]) in FORMS:
            return " ".join(words[:length])
    if not words:
        return "--help"
    return " ".join((*words[:1], BY_DEFAULT[words[0]])) if words[0] in BY_DEFAULT else None


def require_declared(arguments: Sequence[str], out: str) -> None:
    """Raise unless stdout is one document that fits the command's schema."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    command = command_of(arguments[:end])
    if "--json" in arguments[:end] and command is not None:
        _validator(command).validate(json.loads(out))
