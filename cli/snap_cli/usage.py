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
_NEAR = 0.7  # --shema is as near to --schema as 0.93, and to --html as 0.62
_SUGGESTIONS = re.compile(r" (?:Did you mean |\(Possible options: )(.*?)[?)]+$")


def usage_error(error: typer.TyperException, path: str = "snap") -> UsageError:
    """Return the parser's error as a UsageError. `path` names the command if the error does not."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context else path
    hint = f"run: {command} --help"
    message, words = _suggested(message)
    likely = [word for word in words if word.strip("'") not in {"--help", "-h"}]
    wrong = getattr(error, "option_name", "")
    likely = get_close_matches(wrong, likely, cutoff=_NEAR) or likely  # the parser's own also have far ones
    meant = _MEANT.get(wrong)
    if meant and context and any(meant in parameter.opts for parameter in context.command.params):
        likely = [meant]
    if likely:
        hint = f"did you mean {' or '.join(likely)}? or {hint}"
    if message == "No such command 'help'":
        hint = f"run: {command} --help"
    if message == "No such command 'version'":
        hint = "run: snap --version"
    if message == "Missing command" and context:
        hint = f"the commands are {', '.join(context.command.commands)}; {hint}"
    if "extra argument" in message and "://" in message:
        hint = "name a database with --db URL"
    elif "extra argument" in message and command == "snap health":
        hint = "name a snapshot with --version VERSION"
    elif message.startswith("No such option") and command == "snap db psql":
        hint = "options of psql come after two hyphens: snap db psql -- -c 'SELECT 1'"
    elif message == "Option '--html' requires an argument":
        hint = f"name a file, such as --html page.html; {hint}"
    for pattern, words_of_ours in _WORDS:
        message = pattern.sub(words_of_ours, message)
    return UsageError(message[:1].lower() + message[1:], hint)


def command_path(command: Any, arguments: Sequence[str]) -> str:
    """Return the words of the command in a command line, starting with `snap`."""
    path = ["snap"]
    for word in arguments:
        if word in getattr(command, "commands", {}):
            path.append(word)
            command = command.commands[word]
    return " ".join(path)


def _suggested(message: str) -> tuple[str, list[str]]:
    """Separate an error message from the words that the parser suggests."""
    match = _SUGGESTIONS.search(message)
    if match is None:
        return message, []
    return message[: match.start()].rstrip("."), match[1].split(", ")
