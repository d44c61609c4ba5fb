"""Run the command line: arguments in, exit code out. Only here are exceptions turned into errors for people or JSON."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO

import typer

from snap import durable
from snap.errors import Interrupted, Interruption, ServiceError, SnapError
from snap.redact import scrub, visible
from snap.signals import raising
from snap_cli.command import Action
from snap_cli.completing import VARIABLE, answer
from snap_cli.context import Context
from snap_cli.output import OutputError, error_document, print_document, print_error, print_result
from snap_cli.usage import command_of, usage_error

BUG_HINT = "this is a bug of snap; run it again with SNAP_DEBUG=1 and report what it says"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(argv: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    environment = os.environ if environment is None else environment
    if VARIABLE in environment:
        return answer(environment)
    with _interruptible() as received:
        try:
            return _run(arguments, environment)
        except BaseException as error:
            if isinstance(error, SystemExit | GeneratorExit):
                raise
            # A library may have replaced the exception that the signal raised with its own.
            known = explain(error)
            if received and not isinstance(known, Interrupted):
                known = Interrupted(received[0])
            _end_by_signals()
            if environment.get("SNAP_DEBUG") == "1":
                sys.stderr.write(visible(scrub("".join(traceback.format_exception(error)))))
            _report(known, as_json=asks_for_json(arguments), environment=environment)
            return known.code


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether --json is among the options, even if the command line cannot be parsed."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]


def explain(error: BaseException) -> SnapError:
    """Return any exception as a SnapError."""
    if isinstance(error, SnapError):
        return error
    if isinstance(error, typer.TyperException):
        return usage_error(error)
    if isinstance(error, Interruption):
        return error.error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted(signal.SIGINT)
    if isinstance(error, OSError) and (hint := durable.advice(error)):
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or ""
        if error.errno is not None and "errno" in reason:  # Arrow adds its own words to the system's message
            reason = os.strerror(error.errno)
        return ServiceError(f"{where}{reason}", hint)
    return SnapError(f"{type(error).__name__}: {error}", BUG_HINT)


def _run(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run one command line and print its result."""
    action = _parse(arguments, environment)
    with redirect_stdout(sys.stderr):  # output of a declaration is not part of the answer
        result = action.run(action.context)
    _end_by_signals()
    failure = result.failure
    print_result(result, as_json=action.context.json, quiet=action.context.quiet, environment=environment)
    if failure is not None and not action.context.json:
        print_error(failure, environment)
    return result.code if failure is None else failure.code


def _parse(arguments: list[str], environment: Mapping[str, str]) -> Action:
    """Return the action of a command line. Errors: SnapError."""
    from snap_cli.app import command  # noqa: PLC0415
    from snap_cli.version import AnsweredError, HelpResult  # noqa: PLC0415

    said = StringIO()  # collects the help that the parser prints
    try:
        with redirect_stdout(said):
            context = command().make_context("snap", list(arguments), obj=environment)
            with context:
                action = context.command.invoke(context)
    except typer.Exit as answered:
        result = answered.result if isinstance(answered, AnsweredError) else HelpResult(said.getvalue())
        return Action(Context(json=asks_for_json(arguments), environment=environment), lambda _: result)
    except typer.TyperException as error:
        raise usage_error(error, *command_of(command(), arguments)) from None
    assert isinstance(action, Action)
    return action


def _report(error: SnapError, *, as_json: bool, environment: Mapping[str, str]) -> None:
    """Print the error as JSON on stdout, or for people on stderr. If stdout cannot be written, use stderr."""
    if as_json and not isinstance(error, OutputError):
        with suppress(OutputError):
            print_document({"error": error_document(error)})
            return
    print_error(error, environment)


def _end_by_signals() -> None:
    """Let a signal end the program silently, so that the result printed now remains the only output."""
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Raise Interruption in the main thread on the first SIGINT or SIGTERM. A second signal ends the program at once.

    Ending at once is safe, because the next command cleans up. Yield the list of received signals.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def interrupt(number: int) -> None:
        received.append(number)
        _end_by_signals()
        raise Interruption(number)

    # Handle SIGINT even if it was ignored at the start, as for `snap … &` in a script: CI runners cancel with SIGINT.
    before = {number: signal.signal(number, raising(interrupt)) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
