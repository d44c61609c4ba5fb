"""The reader of snap.toml. Its sections are frozen dataclasses, all read by one rule.

Sections of all commands are declared here, and a wrong key in one of them is refused whenever the file is read. Others
are declared where they are used.

A field's annotation says what it takes: str, bool, int, float, Path (relative to the file's folder), tuple[str, ...],
timedelta ("90 s", "10 min", "200 ms"), Size ("50 MB"), Days (at most 36,500), Secret
("env:NAME"), Literal, any of them | None,
Mapping[str, str], and another such dataclass for a section within. A field without a default has to be given.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
import types
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from snap.errors import UsageError
from snap.redact import declare

T = TypeVar("T")
Size = NewType("Size", int)  # bytes
Days: TypeAlias = Annotated[int, "days"]  # how long something is kept; 100 years before now are a date of this calendar

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
_BYTES = {"B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_LONGEST = timedelta(days=24)  # Postgres and sockets count milliseconds in 31 bits
_LARGEST = 1_000_000  # GB; a number of bytes has 63 bits
_SHOWN = 80  # characters of a value in a message
_NUMBER = 10**9
_BOUNDS = {int: (-_NUMBER, _NUMBER), float: (-_NUMBER, _NUMBER), Days: (-_NUMBER, 36_500)}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_SECRET = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


@dataclasses.dataclass(frozen=True, slots=True)
class Secret:
    """A value of the environment, looked up when it is needed, so that a skipped step needs none of its secrets."""

    name: str
    environment: Mapping[str, str] = dataclasses.field(repr=False, compare=False)

    def reveal(self) -> str:
        """Return the value. Errors: UsageError when the variable is not set."""
        value = self.environment.get(self.name, "")
        if not value:
            raise UsageError(f"${self.name} is not set, and snap.toml refers to it", f"export {self.name}=…")
        return value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """Section [build]."""

    jobs: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """Section [target]. `direct_db` is the server's own address where `db` is that of a pooler.

    `protected` and `allowed` are patterns HOST/DATABASE, which are read as a guard of their own: snap_cli.guard.
    """

    db: Secret | None = None
    direct_db: Secret | None = None
    protected: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None


COMMON = {"build": BuildSettings, "target": TargetSettings}
SECTIONS = (
    *COMMON,
    *("nightly", "backup", "reset", "migrations", "restore", "storage", "health", "notify", "report"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where settings come from: the file's name for errors, its folder, and the environment of its secrets."""

    file: str
    folder: Path
    environment: Mapping[str, str] = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A settings file. Each section is read when it is asked for: a command needs no other's settings or secrets."""

    origin: Origin
    sections: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.sections

    def section(self, kind: type[T], name: str, *, only: Collection[str] | None = None) -> T:
        """Read section [name], or `only` these of its settings, whatever the others say. Errors: UsageError.

        A section that is not there has the defaults of `kind`.
        """
        values = self.sections.get(name, {})
        if only is not None and isinstance(values, Mapping):
            values = {key: value for key, value in values.items() if key in only}
        return section(kind, values, name, self.origin)


def read(path: Path, environment: Mapping[str, str], *, required: bool = False) -> Settings:
    """Read a settings file. Where it is missing and not `required`, there are no sections. Errors: UsageError.

    The values of all its env:NAME leave no text from then on, whichever sections are asked for.
    """
    sections: dict[str, Any] = {}
    if required or path.is_file():
        try:
            sections = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"{path} cannot be read: {error}", "mend it", option="config") from None
    declare(environment.get(name, "") for name in _variables(sections))
    origin = Origin(file=path.name, folder=path.parent, environment=environment)
    for name, values in sections.items():
        if name not in SECTIONS:
            raise UsageError(f"{path.name} has an unknown section {name!r}", f"it may hold: {', '.join(SECTIONS)}")
        if name in COMMON:
            _known_fields(COMMON[name], values, name, origin)
    return Settings(origin=origin, sections=sections)


def _variables(value: Any) -> Iterator[str]:
    """Return the names of all variables that a value of the file refers to, at any depth."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _variables(item)
    elif isinstance(value, str) and (match := _SECRET.fullmatch(value)):
        yield match[1]


def section(kind: type[T], values: Mapping[str, Any], name: str, origin: Origin) -> T:
    """Read one section. Errors: UsageError that names the file, the setting, and what it takes."""
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
    """Return the fields of a section by name. Errors: UsageError where `values` are none, or hold another key."""
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
        if match is None:  # what was given may be the secret itself
            raise UsageError(
                f"{origin.file}: {where} is not written as env:NAME",
                "put the value into an environment variable, and its name into the file",
            )
        return Secret(match[1], origin.environment)
    if kind is timedelta:
        seconds = _amount(value, _SECONDS, where, origin, "a time such as '10 min'")
        if seconds > _LONGEST.total_seconds():
            raise _outside(origin, where, value, f"more than {_LONGEST.days} d")
        return timedelta(seconds=seconds)
    if kind is Size:
        size = _amount(value, _BYTES, where, origin, "a size such as '50 MB'")
        if size > _LARGEST * _BYTES["GB"]:
            raise _outside(origin, where, value, f"more than {_LARGEST} GB")
        return round(size)
    if kind is Path and isinstance(value, str) and value:
        return origin.folder / value
    if (kind is float and type(value) in (int, float) and value == value) or (  # noqa: PLR0124 - NaN is not itself
        kind in (int, Days) and type(value) is int
    ):
        least, most = _BOUNDS[kind]
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
    """Return a value for a message, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
