"""Call user-defined functions, and report their errors with the lines of their own files, without lines of snap."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from snap.errors import UsageError
from snap.units import bullets
from snap_builder.engine.streams import Ints

T = TypeVar("T")

_SHOWN_LINES = 6  # the most lines of a traceback


def said(error: BaseException) -> str:
    """Return the class and text of an error, whose class may be user-defined."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # noqa: BLE001 - its __str__
        text = "its message cannot be read"
    return f"{type(error).__name__}: {text or 'no message'}"


def place(file: Path, error: BaseException) -> str:
    """Return the file and line in the dataset's folder where an error was raised, or the innermost that called it."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    own = _own_lines(file, error)
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else str(file)


def _own_lines(file: Path, error: BaseException) -> list[traceback.FrameSummary]:
    """Return the lines of an error's traceback that lie in the dataset's folder."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if Path(frame.filename).is_relative_to(file.parent)]


def way(file: Path, error: BaseException) -> str:
    """Return an error's traceback, limited to lines in the dataset's folder. It is empty if there is only one line."""
    own = _own_lines(file, error)
    lines = [
        f"{Path(frame.filename).relative_to(file.parent)}, line {frame.lineno}"
        f"{'' if frame.name == '<module>' else f', in {frame.name}'}: {frame.line}"
        for frame in own
    ]
    return f"\n{bullets(lines, most=_SHOWN_LINES)}" if len(lines) > 1 else ""


def written(function: Callable[..., Any]) -> str:
    """Return a function's name, with the file and line that define it if they are known."""
    code = _code(function)
    name = getattr(function, "__qualname__", type(function).__qualname__).rpartition("<locals>.")[2]
    return name if code is None else f"{name} ({code.co_filename}, line {code.co_firstlineno})"


def _code(function: Any) -> Any:
    """Return the code of a function, of the function in a partial or a wrapper, or of a callable object."""
    inner = getattr(function, "func", None) or getattr(function, "__wrapped__", None)
    if inner is not None:
        return _code(inner)
    return getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFunction:
    """A user-defined function that gives a value for each row or pair.

    `label` names the function in errors. `each` is the word for one of the things it is called for, such as row.
    """

    function: Callable[..., Any]
    label: str
    each: str

    def numbers(self, call: Callable[[slice], object], count: int, *, first: int = 0, tested: bool = False) -> Ints:
        """Return the numbers that the function gives for `count` rows, where `call` calls it for a slice of them.

        If `tested`, the function is also called for both halves, and must give the same numbers. `first` is the number
        of the first row. Errors: UsageError if the function raises, gives no vector of whole numbers, or gives a row
        another value when it is called for fewer rows.
        """
        made = self._called(call, 0, count)
        if tested and count > 1:
            cuts = np.concatenate([self._called(call, 0, count // 2), self._called(call, count // 2, count)])
            differ = np.flatnonzero(made != cuts)
            if len(differ):
                raise UsageError(
                    f"{self.label} returns another value for {self.each} {first + int(differ[0]):,} when it is "
                    f"called for fewer {self.each}s: it is {written(self.function)}",
                    f"use only the values of the {self.each} itself",
                )
        return made

    def run(self, call: Callable[[], T]) -> T:
        """Return the result of a call of the function. Errors: UsageError with the function's lines if it raises."""
        try:
            return call()
        except UsageError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - user-defined code may raise anything
            raise UsageError(f"{self.label} raises {said(error)}{self._lines(error)}", "correct the function") from None

    def _called(self, call: Callable[[slice], object], start: int, stop: int) -> Ints:
        made = self.run(lambda: np.asarray(call(slice(start, stop))))
        if made.shape != (stop - start,) or made.dtype.kind not in "iub":
            given = f"{made.dtype} of shape {made.shape}" if made.dtype.kind != "O" else repr(made.tolist())[:60]
            raise UsageError(
                f"{self.label} returns {given} for {self.each}s of shape {(stop - start,)}",
                f"return a vector of whole numbers, one for each {self.each}",
            )
        return made.astype(np.int64)

    def _lines(self, error: BaseException) -> str:
        """Return the lines of the function's file that an error passed through, for an error message.

        The line of the word is not added, because every error names it.
        """
        code = _code(self.function)
        where = "" if code is None else place(Path(code.co_filename), error)
        return f" in {where}{way(Path(code.co_filename), error)}" if ", line" in where else ""
