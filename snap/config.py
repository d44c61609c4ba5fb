"""The reader of snap.toml. Its sections are frozen dataclasses that one function reads.

Sections that all commands share are declared here, and an unknown key in them is refused whenever the file is read.
Other sections are declared in the modules that use them.

A field's annotation says which values it takes: str, bool, int, float, Path (relative to the file's folder), tuple[str,
...], timedelta ("90 s", "10 min", "200 ms"), Size ("50 MB"), Days (at most 36,500), Secret ("env:NAME"), Literal, any
of them | None, Mapping[str, str], and another such dataclass for a subsection. A field without a default is required.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import re
import tomllib
import types
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from snap import durable
from snap.errors import UsageError
from snap.redact import declare

T = TypeVar("T")
Size = NewType("Size", int)  # bytes
Days: TypeAlias = Annotated[int, "days"]  # a retention time; the limit keeps dates before now within Python's calendar

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
BYTES = {"B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_LONGEST = timedelta(days=24)  # Postgres and sockets hold milliseconds in 31 bits
_LARGEST = 1_000_000  # the most GB, so that the number of bytes fits into 63 bits
_SHOWN = 80  # the most characters of a value in a message
_NUMBER = 10**9
BOUNDS = {int: (-_NUMBER, _NUMBER), float: (-_NUMBER, _NUMBER), Days: (-_NUMBER, 36_500)}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_SECRET = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_HEADER = re.compile(r"\s*\[\s*([A-Za-z_-]+)\s*\]?\s*(?:#.*)?")
_LIKENESS = 0.75  # least similarity of two names that differ by a typing error


@dataclasses.dataclass(frozen=True, slots=True)
class Secret:
    """A secret in an environment variable, looked up on use, so that a skipped step needs none of its secrets."""

    name: str
    environment: Mapping[str, str] = dataclasses.field(repr=False, compare=False)

    def reveal(self) -> str:
        """Return the value. Errors: UsageError if the variable is not set."""
        value = self.environment.get(self.name, "")
        if not value:
            raise UsageError(f"${self.name} is not set, and snap.toml refers to it", f"export {self.name}=…")
        return value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """Section [build]. `dataset` is the default dataset of the project."""

    jobs: int | None = None
    dataset: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """Section [target]. `direct_db` is the server's own address if `db` is a pooler in transaction mode.

    `protected` and `allowed` are patterns [USER@]HOST[:PORT]/DATABASE. snap_cli.guard reads them separately.
    """

    db: Secret | None = None
    direct_db: Secret | None = None
    protected: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None


COMMON = {"build": BuildSettings, "target": TargetSettings}
SECTIONS = (
    *COMMON,
    *("nightly", "backup", "reset", "migrations", "restore", "after_restore", "storage", "health", "notify", "report"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The origin of settings: the file's name for errors, its folder, and the environment variables for its secrets."""

    file: str
    folder: Path
    environment: Mapping[str, str] = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A settings file. Each section is read on use, so a command needs no settings or secrets of other commands."""

    origin: Origin
    sections: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.sections

    def section(self, kind: type[T], name: str, *, only: Collection[str] | None = None) -> T:
        """Read section [name]. With `only`, ignore settings with other names. Errors: UsageError.

        A missing section has the defaults of `kind`.
        """
        values = self.sections.get(name, {})
        if only is not None and isinstance(values, Mapping):
            values = {key: value for key, value in values.items() if key in only}
        return section(kind, values, name, self.origin)

    def readable(self, kind: type[T], name: str) -> T:
        """Read section [name] and raise nothing. An unreadable setting gets its default, so each must have one."""
        given: dict[str, Any] = {}
        known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        for key, value in _meant(self.sections.get(name), known).items():
            with contextlib.suppress(UsageError):
                given[key] = getattr(section(kind, {key: value}, name, self.origin), key)
        return kind(**given)


def read(path: Path, environment: Mapping[str, str], *, required: bool = False) -> Settings:
    """Read a settings file. A missing file that is not `required` has no sections. Errors: UsageError.

    From then on the values of all its env:NAME are masked in every printed text, whichever sections are used.
    """
    sections: dict[str, Any] = {}
    if required or path.is_file():
        try:
            with path.open("rb") as file:
                durable.require_size(file, path)
                sections = tomllib.load(file)
        except (OSError, ValueError, RecursionError) as error:
            reason, hint = (error.strerror, "") if isinstance(error, OSError) else (error, "correct the file")
            raise UsageError(f"{path} cannot be read: {reason}", hint, option="config") from None
    declare(environment.get(name, "") for name in _variables(sections))
    origin = Origin(file=path.name, folder=path.parent, environment=environment)
    for name, values in sections.items():
        if name not in SECTIONS:
            raise UsageError(f"{path.name} has an unknown section {name!r}", f"it may hold: {', '.join(SECTIONS)}")
        if name in COMMON:
            _known_fields(COMMON[name], values, name, origin)
    return Settings(origin=origin, sections=sections)


def salvage(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read as many settings of a file as possible and raise nothing, because the file may say who to notify of errors.

    If the text is not TOML, only settings that are complete on one line are read. A misspelt name counts as the known
    name that it resembles most.
    """
    try:
        with path.open("rb") as file:
            durable.require_size(file, path)
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        text = ""
    sections = _meant(_parsed(text), SECTIONS)
    declare(environment.get(name, "") for name in _variables(sections))
    return Settings(origin=Origin(file=path.name, folder=path.parent, environment=environment), sections=sections)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        pass
    sections: dict[str, Any] = {}
    name = ""
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            header = _HEADER.fullmatch(line)
            name = header[1] if header else ""
        elif name:
            with contextlib.suppress(ValueError, RecursionError):
                sections.setdefault(name, {}).update(tomllib.loads(line))
    return sections


def _meant(values: Any, known: Collection[str]) -> dict[str, Any]:
    """Return the values of the known names. An unknown name counts as the most similar known name that is missing."""
    if not isinstance(values, Mapping):
        return {}
    meant = {name: value for name, value in values.items() if name in known}
    for name, value in values.items():
        for near in difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS):
            meant.setdefault(near, value)
    return meant


def _variables(value: Any) -> Iterator[str]:
    """Yield the names of all environment variables that a value of the file refers to, at any depth."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _variables(item)
    elif isinstance(value, str) and (match := _SECRET.fullmatch(value)):
        yield match[1]


def section(kind: type[T], values: Mapping[str, Any], name: str, origin: Origin) -> T:
    """Read one section. Errors: UsageError that names the file, the setting, and the values that it takes."""
    hints = get_type_hints(kind, include_extras=True)
    given: dict[str, Any] = {}
    for key, field in _known_fields(kind, values, name, origin).items():
        where = f"{name}.{key}"
        if key in values:
            given[key] = _value(hints[key], values[key], where, origin)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise UsageError(f"{origin.file} lacks {where}", f"add {key} = … to section [{name}]")
    return kind(**given)


def _known_fields(
    kind: type, values: Mapping[str, Any], name: str, origin: Origin
) -> dict[str, dataclasses.Field[Any]]:
    """Return the fields of a section by name. Errors: UsageError if `values` is not a table or has an unknown key."""
    if not isinstance(values, Mapping):
        raise UsageError(f"{origin.file}: {name} is {_shown(values)}, not a section", f"write [{name}]")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in values:
        if key not in fields:
            raise UsageError(
                f"{origin.file} has an unknown setting {name}.{key}", f"section {name} may hold: {', '.join(fields)}"
            )
    return fields


def _value(kind: Any, value: Any, where: str, origin: Origin) -> Any:
    if get_origin(kind) in {Union, types.UnionType}:
        (kind,) = (member for member in get_args(kind) if member is not type(None))
    if dataclasses.is_dataclass(kind) and kind is not Secret:
        return section(kind, value, where, origin)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise _wrong(origin, where, value, "a list")
        return tuple(_value(get_args(kind)[0], item, f"{where}[{i}]", origin) for i, item in enumerate(value))
    if get_origin(kind) is Mapping:
        if not isinstance(value, Mapping):
            raise _wrong(origin, where, value, 'a table such as { name = "value" }')
        return {key: _value(get_args(kind)[1], item, f"{where}.{key}", origin) for key, item in value.items()}
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise _wrong(origin, where, value, f"one of {', '.join(get_args(kind))}")
        return value
    return _scalar(kind, value, where, origin)


def _scalar(kind: Any, value: Any, where: str, origin: Origin) -> Any:
    if kind is Secret:
        match = _SECRET.fullmatch(value) if isinstance(value, str) else None
        if match is None:  # the value may be the secret itself
            raise UsageError(
                f"{origin.file}: {where} is not written as env:NAME",
                "put the value into an environment variable, and its name into the file",
            )
        return Secret(match[1], origin.environment)
    if kind is timedelta:
        seconds = _amount(value, SECONDS, where, origin, "a time such as '10 min'")
        if seconds > _LONGEST.total_seconds():
            raise _outside(origin, where, value, f"more than {_LONGEST.days} d")
        return timedelta(seconds=seconds)
    if kind is Size:
        size = _amount(value, BYTES, where, origin, "a size such as '50 MB'")
        if size > _LARGEST * BYTES["GB"]:
            raise _outside(origin, where, value, f"more than {_LARGEST} GB")
        return round(size)
    if isinstance(value, str) and "\0" in value:  # paths, arguments and Postgres' texts cannot hold NUL
        raise _wrong(origin, where, value, "a text without NUL")
    if kind is Path and isinstance(value, str) and value:
        return origin.folder / value
    if (kind is float and type(value) in (int, float) and value == value) or (  # noqa: PLR0124 - NaN is not itself
        kind in (int, Days) and type(value) is int
    ):
        least, most = BOUNDS[kind]
        if not least <= value <= most:
            raise _outside(origin, where, value, f"less than {least}" if value < least else f"more than {most}")
        return float(value) if kind is float else value
    if kind in (str, bool) and type(value) is kind and value != "":
        return value
    takes = {
        bool: "true or false",
        int: "a whole number",
        Days: "a whole number",
        float: "a number",
        Path: "a path",
    }.get(kind, "a text")
    raise _wrong(origin, where, value, takes)


def _amount(value: Any, units: Mapping[str, float], where: str, origin: Origin, takes: str) -> float:
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise _wrong(origin, where, value, f"{takes} ({', '.join(units)})")
    return float(match[1]) * units[match[2]]


def _outside(origin: Origin, where: str, value: Any, bound: str) -> UsageError:
    return UsageError(f"{origin.file}: {where} is {_shown(value)}, {bound}", "write a value within that bound")


def _wrong(origin: Origin, where: str, value: Any, takes: str) -> UsageError:
    return UsageError(f"{origin.file}: {where} is {_shown(value)}, not {takes}", f"write {takes}")


def _shown(value: Any) -> str:
    """Return a value for a message, shortened if it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
