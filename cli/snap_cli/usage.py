"""Turn the parser's errors into UsageErrors: one line, and a hint with the likely word or the help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer

from snap.errors import UsageError

# Flags that other tools use, and the flags that they mean here.
_MEANT = {"--force": "--yes", "--database": "--db", "--url": "--db", "--dsn": "--db", "--dbname": "--db"}
_WORDS = (
    (re.compile(r"Input should be a valid integer(, unable to parse string as an integer)?"), "it is not an integer"),
    (re.compile(r"Input should be a valid number(, unable to parse string as a number)?"), "it is not a number"),
    (re.compile("Input should be "), "it should be "),
    (re.compile("Value error, "), ""),
    (re.compile(r"^Got unexpected extra argument(?:\(s\)|s)? \((.*)\)$", re.DOTALL), r"unexpected argument \1"),
    (re.compile(r"^(Option .*) requires an argument"), r"\1 needs a value"),
)
_WANTING = re.compile("Option '(.*)' requires an argument")
_NEAR = 0.7  # --shema is as near to --schema as 0.93, and to --html as 0.62
_SUGGESTIONS = re.compile(r" (?:Did you mean |\(Possible options: )(.*?)[?)]+$")


def usage_error(error: typer.TyperException, command: Any = None, path: str = "snap") -> UsageError:
    """Return the parser's error as a UsageError. `command` and its `path` are used if the error has no context."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else path
    hint = f"run: {path} --help"
    message, words = _suggested(message)
    likely = [word for word in words if word.strip("'") not in {"--help", "-h"}]
    wrong = getattr(error, "option_name", "")
    if wrong:  # the parser also suggests options that are not like this one
        near = get_close_matches(wrong, likely, cutoff=_NEAR)
        likely = near or [word for word in likely if word.startswith(wrong)]
    meant = _MEANT.get(wrong)
    if meant and context and any(meant in parameter.opts for parameter in context.command.params):
        likely = [meant]
    if likely:
        hint = f"did you mean {' or '.join(likely)}? or {hint}"
    if message == "No such command 'help'":
        hint = f"run: {path} --help"
    if message == "No such command 'version'":
        hint = "run: snap --version"
    if message == "Missing command" and context:
        hint = f"the commands are {', '.join(context.command.commands)}; {hint}"
    if "extra argument" in message and "://" in message:
        hint = "name a database with --db URL"
    elif "extra argument" in message and path == "snap health":
        hint = "name a snapshot with --version VERSION"
    elif message.startswith("No such option") and path == "snap db psql":
        hint = "options of psql come after two hyphens: snap db psql -- -c 'SELECT 1'"
    elif wanting := _WANTING.match(message):
        named = (each.metavar for each in getattr(command, "params", ()) if wanting[1] in each.opts)
        hint = "; ".join([*(f"write {wanting[1]} {metavar}" for metavar in named if metavar), hint])
    for pattern, words_of_ours in _WORDS:
        message = pattern.sub(words_of_ours, message)
    return UsageError(message[:1].lower() + message[1:], hint)


def command_of(command: Any, arguments: Sequence[str]) -> tuple[Any, str]:
    """Return the command that a command line names, and its words, starting with `snap`."""
    path = ["snap"]
    for word in arguments:
        if word in getattr(command, "commands", {}):
            path.append(word)
            command = command.commands[word]
    return command, " ".join(path)


def _suggested(message: str) -> tuple[str, list[str]]:
    """Separate an error message from the words that the parser suggests."""
    match = _SUGGESTIONS.search(message)
    if match is None:
        return message, []
    return message[: match.start()].rstrip("."), match[1].split(", ")
