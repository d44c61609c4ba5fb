"""Skip Typer's conversion for command-line values that need none.

Typer converts every value with pydantic, even a value that is not given. Importing pydantic takes a sixth of the time
of a small restore.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, get_args, get_origin


def lighten(command: Any) -> Any:
    """Return `command`, changed so that its parameters and subcommands skip Typer's conversion where possible."""
    for below in getattr(command, "commands", {}).values():
        lighten(below)
    command.get_params = partial(_parameters, command.get_params)
    return command


def _parameters(listed: Any, context: Any) -> list[Any]:
    """Return the parameters of a command, including --help, with the shortcut installed."""
    parameters: list[Any] = listed(context)
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = partial(_process, parameter, parameter.process_value)
    return parameters


def _process(parameter: Any, convert: Any, context: Any, value: Any) -> Any:
    if not _plain(parameter, value):
        return convert(context, value)
    if value is None and (parameter.multiple or parameter.nargs == -1):
        value = ()
    return value if parameter.callback is None else parameter.callback(context, parameter, value)


def _plain(parameter: Any, value: Any) -> bool:
    """Return whether `value` needs no conversion: it is missing and optional, or has the wanted type."""
    if value is None:
        return not parameter.required
    wanted = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if get_origin(wanted) is Literal:
        return value in get_args(wanted)
    return wanted in (str, bool, int, float) and type(value) is wanted
