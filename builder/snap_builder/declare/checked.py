"""Check the arguments of words against their annotations: each mistake becomes one error, with its line."""

from __future__ import annotations

import difflib
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from snap.errors import UsageError
from snap.units import some

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_MOST = 60  # the most characters of a value in a message
_WORDS = "snap_builder.declare"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NAMES = {int: "a whole number", str: "a text", bool: "True or False", Decimal: "a number", float: "a number"}
_listed: list[Callable[..., Any]] = []


@dataclass(frozen=True, slots=True)
class Range:
    """The range of a number: from `low` to `high`, where None is no bound."""

    low: int | None = None
    high: int | None = None
    places: int | None = None

    def __str__(self) -> str:
        if self.high is None:
            return "" if self.low is None else f" of {self.low} or more"
        places = "" if self.places is None else f" with {self.places} decimals at most"
        return f" from {self.low} to {self.high}{places}"

    def holds(self, number: Decimal) -> bool:
        if not number.is_finite() or (self.places is not None and number.as_tuple().exponent < -self.places):  # type: ignore[operator]
            return False
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


Number = Annotated[int | float | str | Decimal, Range()]
NotNegative = Annotated[int | float | str | Decimal, Range(0)]
Percent = Annotated[int | float | str | Decimal, Range(0, 100, places=4)]
Count = Annotated[int, Range(0)]
Positive = Annotated[int, Range(1)]


def word(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with a check that refuses arguments which its annotations do not allow.

    If the result has a field `written`, the field gets the line of the dataset.py that called the function.
    """
    _listed.append(function)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        _require(function.__name__, function, args, kwargs)
        made = function(*args, **kwargs)
        _note_line(made)
        return made

    return checked


def declared(kind: type[T]) -> type[T]:
    """Return a dataclass that checks its arguments against its annotations, and that knows the line that made it."""
    initialize = kind.__init__

    @wraps(initialize)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        _require(kind.__name__, kind, args, kwargs)
        initialize(self, *args, **kwargs)
        _note_line(self)

    kind.__init__ = checked  # type: ignore[method-assign]
    return kind


class PlacedError(UsageError):
    """An error whose message begins with the file and line of the word that caused it."""


@contextmanager
def at(word: object) -> Iterator[None]:
    """Prefix the message of a UsageError with the line of a word, a pair of references or a table."""
    try:
        yield
    except PlacedError:
        raise
    except UsageError as error:
        written = getattr(word, "written", None)
        if written is None:
            raise
        raise PlacedError(f"{written}: {error.message}", error.hint, option=error.option) from None


def require_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise UsageError for a name that is not `known`, with the most similar known name."""
    present = list(known)
    for name in names:
        if name not in present:
            near = difflib.get_close_matches(name, present, n=1)
            raise UsageError(f"{what} {name!r}", f"did you mean {near[0]!r}?" if near else f"it has: {some(present)}")


def _note_line(made: object) -> None:
    if getattr(made, "written", "") is None:
        object.__setattr__(made, "written", _line())


def folder() -> Path:
    """Return the folder of the file that called a word."""
    frame = _caller()
    return Path.cwd() if frame is None else Path(frame.f_code.co_filename).parent


def _caller() -> types.FrameType | None:
    """Return the first stack frame outside the modules of the words."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_WORDS):
        frame = frame.f_back
    return frame


def _line() -> str | None:
    """Return the file and line that called a word, or None if snap itself called it."""
    frame = _caller()
    if frame is None or frame.f_globals.get("__name__", "").startswith("snap_builder."):
        return None
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"


def _require(name: str, called: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise UsageError if a call does not fit its function."""
    signature = _signature(called)
    parameters = signature.parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    strange = next((key for key in kwargs if key not in parameters and not open_ended), None)
    if strange is not None:
        near = difflib.get_close_matches(strange, parameters, n=1)
        hint = f"did you mean {near[0]}=?" if near else _usage(name, called)
        raise UsageError(f"{name}() has no argument {strange!r}", hint)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise UsageError(f"{name}(): {error}", _usage(name, called)) from None
    hints = _hints(called)
    for key, value in bound.arguments.items():
        kind = parameters[key].kind
        several = value if kind is inspect.Parameter.VAR_POSITIONAL else (value,)
        named = value.items() if kind is inspect.Parameter.VAR_KEYWORD else ((key, each) for each in several)
        for path, each in named:
            problem = next(_problems(path, each, hints[key]), None)
            if problem is not None:
                raise UsageError(f"{name}(): {problem}", problem.hint or _usage(name, called))


@cache
def _signature(called: Any) -> inspect.Signature:
    return inspect.signature(called)


@cache
def _hints(called: Any) -> Mapping[str, Any]:
    return get_type_hints(called, include_extras=True)


def _usage(name: str, called: Any) -> str:
    """Return how to write a word: the first call in the word's docstring."""
    text = re.sub(r"\s+", " ", called.__doc__ or "")
    start = re.search(rf"\b{name}\(", text)
    code = "" if start is None else _call(text[start.start() :])
    return f"write it as {code}" if code else f"see {name} in docs/words.md"


def _call(text: str) -> str:
    """Return the call at the start of a text, up to its closing parenthesis."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == ")" and not depth:
            return text[: place + 1]
    return ""


@dataclass(frozen=True, slots=True)
class _Problem:
    """A value that is not what its type hint says."""

    path: str
    value: Any
    expected: str

    def __str__(self) -> str:
        return f"{self.path} is {_shown(self.value)}, not {self.expected}"

    @property
    def hint(self) -> str:
        """How to write a number that was written as a text, else ""."""
        quoted = isinstance(self.value, str) and _NUMBER.fullmatch(self.value)
        wanted = self.expected.startswith((_NAMES[int], _NAMES[Decimal]))
        return f"write {self.value} without quotes" if quoted and wanted else ""


def _problems(path: str, value: Any, hint: Any) -> Iterator[_Problem]:
    """Yield how a value differs from its type hint. Elements are checked only if the value itself matches."""
    origin = get_origin(hint)
    if origin is Annotated:
        yield from _of_range(path, value, hint)
    elif origin in (Union, types.UnionType):
        if all(any(_problems(path, value, option)) for option in get_args(hint)):
            # For a list or a mapping with a wrong element, report the element.
            inside = [option for option in get_args(hint) if _is(value, option)]
            yield from _problems(path, value, inside[0]) if inside else (_Problem(path, value, _expected(hint)),)
    elif not _is(value, hint):
        yield _Problem(path, value, _expected(hint))
    elif origin is tuple:
        for number, (each, inner) in enumerate(zip(value, get_args(hint), strict=False), 1):
            yield from _problems(f"element {number} of {path}", each, inner)
        if len(value) != len(get_args(hint)):
            yield _Problem(path, value, f"a pair of {' and '.join(map(_expected, get_args(hint)))}")
    elif _within(origin, Mapping):
        key_hint, value_hint = get_args(hint)
        for key, each in value.items():
            yield from _problems(f"a key of {path}", key, key_hint)
            yield from _problems(f"{path}[{_shown(key)}]", each, value_hint)
    elif _within(origin, Sequence):
        for number, each in enumerate(value, 1):
            yield from _problems(f"element {number} of {path}", each, get_args(hint)[0])


def _of_range(path: str, value: Any, hint: Any) -> Iterator[_Problem]:
    kind, allowed = get_args(hint)
    if any(_problems(path, value, kind)):
        yield _Problem(path, value, _expected(hint))
        return
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        yield _Problem(path, value, _expected(hint))
        return
    if not allowed.holds(number):
        yield _Problem(path, value, _expected(hint))


def _is(value: Any, hint: Any) -> bool:
    """Return whether a value is of a kind, without looking at its elements."""
    kind = get_origin(hint) or hint
    if kind is Annotated:
        return _is(value, get_args(hint)[0])
    if kind in (Any, object):
        return True
    if kind is Callable:
        return callable(value)
    if _within(kind, Sequence) and kind is not tuple and kind is not str:
        return isinstance(value, list | tuple)
    return isinstance(value, kind) and not (isinstance(value, bool) and kind in (int, float))


def _within(kind: Any, base: type) -> bool:
    return inspect.isclass(kind) and issubclass(kind, base) and kind not in (str, tuple)


def _shown(value: Any) -> str:
    if inspect.isroutine(value):
        return f"the function {value.__name__}, which is not called"
    text = repr(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _expected(hint: Any) -> str:
    """Return the description of a type hint for error messages."""
    origin = get_origin(hint)
    if origin is Annotated:
        kind, allowed = get_args(hint)
        return f"{'a whole number' if kind is int else 'a number'}{allowed}"
    if origin in (Union, types.UnionType):
        return _either([option for option in get_args(hint) if option is not type(None)])
    if origin is Callable or hint is Callable:
        return "a function"
    if origin is tuple:
        return f"a pair of {' and '.join(dict.fromkeys(map(_expected, get_args(hint))))}"
    if _within(origin, Mapping):
        return "a mapping"
    if _within(origin, Sequence):
        return "a list"
    return _either([hint])


def _either(hints: Sequence[Any]) -> str:
    """Return the description of several type hints for error messages: for a class, the words that return it."""
    classes = tuple(hint for hint in hints if inspect.isclass(hint) and hint not in _NAMES)
    makers = [f"{each.__name__}()" for each in _listed if issubclass(_returned(each), classes)]
    given = [f"the result of {some(makers)}"] if makers else [f"a {each.__name__}" for each in classes]
    others = [_NAMES.get(hint) or _expected(hint) for hint in hints if hint not in classes]
    return " or ".join(dict.fromkeys([*others, *given]))


def _returned(function: Any) -> type:
    kind = _hints(function)["return"]
    return kind if inspect.isclass(kind) else object
