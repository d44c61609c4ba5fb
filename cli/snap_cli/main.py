"""Arguments to an exit code: the only place that turns an exception into an error for people or JSON."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import typer

from snap import durable
from snap.errors import Interrupted, ServiceError, SnapError, UsageError
from snap.redact import scrub, visible
from snap_cli.command import Action
from snap_cli.output import OutputError, error_document, flushed, print_document, print_error, print_result

BUG_HINT = "this is a bug of snap; run it again with SNAP_DEBUG=1 and report what it says"
# What other tools call it.
_MEANT = {"--force": "--yes", "--database": "--db", "--url": "--db", "--dsn": "--db", "--dbname": "--db"}


def main(argv: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    environment = os.environ if environment is None else environment
    with _interruptible() as received:
        try:
            return _run(arguments, environment)
        except BaseException as error:
            if isinstance(error, SystemExit | GeneratorExit):
                raise
            # A library may have put its own exception in the place of the one that the signal raised.
            known = Interrupted(received[0]) if received else explain(error)
            if environment.get("SNAP_DEBUG") == "1":
                sys.stderr.write(visible(scrub("".join(traceback.format_exception(error)))))
            _report(known, as_json=asks_for_json(arguments), environment=environment)
            return known.code


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether --json is among the options. A command line that cannot be parsed gets JSON too."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]


def explain(error: BaseException) -> SnapError:
    """Return any exception as one of ours."""
    if isinstance(error, SnapError):
        return error
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if isinstance(error, KeyboardInterrupt):
        return Interrupted(signal.SIGINT)
    if isinstance(error, OSError) and (hint := durable.advice(error)):
        where = f"{error.filename}: " if error.filename else ""
        return ServiceError(f"{where}{error.strerror}", hint)
    return SnapError(f"{type(error).__name__}: {error}", BUG_HINT)


def _run(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run one command line and print its result. Parsing prints help and version, and returns no action for them."""
    action = None
    with flushed():
        action = _parse(arguments, environment)
    if action is None:
        return 0
    result = action.run(action.context)
    failure = result.failure
    print_result(result, as_json=action.context.json, quiet=action.context.quiet, environment=environment)
    if failure is not None and not action.context.json:
        print_error(failure, environment)
    return result.code if failure is None else failure.code


def _parse(arguments: list[str], environment: Mapping[str, str]) -> Action | None:
    from snap_cli.app import command  # noqa: PLC0415

    try:
        context = command().make_context("snap", list(arguments), obj=environment)
        with context:
            action = context.command.invoke(context)
    except typer.Exit:
        return None
    assert isinstance(action, Action)
    return action


def _usage(error: typer.TyperException) -> UsageError:
    """Return a complaint of the parser in our form: one line, and a hint that names the likely word or the help."""
    message = " ".join(error.format_message().split())
    context: Any = getattr(error, "ctx", None)
    hint = f"run: {context.command_path if context else 'snap'} --help"
    for mark in (" Did you mean ", " (Possible options: "):
        message, separator, words = message.partition(mark)
        if separator:
            hint = f"did you mean {words.rstrip('?)')}? or {hint}"
    meant = _MEANT.get(getattr(error, "option_name", ""))
    if meant and context and any(meant in parameter.opts for parameter in context.command.params):
        hint = f"did you mean {meant}? or run: {context.command_path} --help"
    if "extra argument" in message and "://" in message:
        hint = "name a database with --db URL"
    for technical in ("Input should be a valid integer, unable to parse string as an integer", "Input should be "):
        message = message.replace(technical, "it is no integer" if "integer" in technical else "it should be ")
    message = message.replace("Value error, ", "").rstrip(".")
    return UsageError(message[:1].lower() + message[1:], hint)


def _report(error: SnapError, *, as_json: bool, environment: Mapping[str, str]) -> None:
    """Print the error as JSON on stdout, or on stderr: for people, or because stdout cannot be written."""
    if as_json and not isinstance(error, OutputError):
        with suppress(OutputError):
            print_document({"error": error_document(error)})
            return
    print_error(error, environment)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Raise Interrupted in the main thread on the first SIGINT or SIGTERM. A second one ends the program at once.

    Ending at once is safe: the next command removes what was left. Yields the signals received.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(number, signal.SIG_DFL)
        raise Interrupted(number)

    # Also where SIGINT came in ignored, as for `snap … &` in a script: CI runners cancel with it.
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
