"""snap.toml: what a project sets once. A flag counts before the environment, the environment before the file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snap.errors import UsageError

if TYPE_CHECKING:
    from snap.config import Origin
    from snap_cli.context import Context
    from snap_restorer.pg.guard import Guard

_KNOWN = {"build": ("jobs",), "target": ("protected", "allowed", "db", "direct_db")}
_NIGHTLY = (
    "nightly",
    "backup",
    "reset",
    "migrations",
    "restore",
    "storage",
    "health",
    "notify",
    "report",
)  # read by snap.config, which knows what each may hold
_MOST_JOBS = 4  # beyond that the parts of one build wait for each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What snap.toml and the environment say. `jobs` and `allowed` are None where neither does.

    `protected` and `allowed` are patterns HOST/DATABASE, as snap_restorer.pg.guard reads them.
    """

    jobs: int | None = None
    protected: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    path: Path = field(default=Path("snap.toml"), compare=False)
    body: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def guard(self, *, yes: bool = False) -> Guard:
        """Return what guards databases: the lists of [target], and whether somebody said `yes`."""
        from snap_restorer.pg.guard import Guard

        return Guard(protected=self.protected, allowed=self.allowed, yes=yes)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the nightly as it is written."""
        return self.body.get(name, {})

    def origin(self, environment: Mapping[str, str]) -> Origin:
        """Say where the nightly's sections come from."""
        from snap.config import Origin

        return Origin(file=self.path.name, folder=self.path.parent, environment=environment)

    def database(self, environment: Mapping[str, str]) -> str | None:
        """Return the database that [target] names for who needs the server itself: direct_db, else db."""
        found = self.databases(environment)
        return found[1] if found else None

    def databases(self, environment: Mapping[str, str]) -> tuple[str, str] | None:
        """Return the database that [target] names, and the same one by its server's own address."""
        from snap.config import DatabaseSettings, section

        given = {key: value for key, value in self.section("target").items() if key in {"db", "direct_db"}}
        found = section(DatabaseSettings, given, "target", self.origin(environment))
        db, direct = found.db or found.direct_db, found.direct_db or found.db
        return (db.reveal(), direct.reveal()) if db and direct else None


def read_settings(path: Path, context: Context) -> Settings:
    """Read a settings file and the environment; a snap.toml that is not there says nothing. Errors: UsageError."""
    body: dict[str, Any] = {}
    if context.config_flag is not None or path.is_file():
        try:
            body = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}", "name another file with --config") from None
    _refuse_unknown(body, path)
    environment = context.environment.get("SNAP_JOBS")
    jobs, target = body.get("build", {}).get("jobs"), body.get("target", {})
    if environment:
        count: int | None = _count(environment, "$SNAP_JOBS")
    else:
        count = None if jobs is None else _count(jobs, f"jobs in {path.name}")
    allowed = target.get("allowed")
    return Settings(
        jobs=count,
        protected=_patterns(target.get("protected", []), f"target.protected in {path.name}"),
        allowed=None if allowed is None else _patterns(allowed, f"target.allowed in {path.name}"),
        path=path,
        body=body,
    )


def default_jobs() -> int:
    """As many workers as this process has processors, and few at most."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, _MOST_JOBS)


def _refuse_unknown(body: dict[str, Any], path: Path) -> None:
    for section, values in body.items():
        if section in _NIGHTLY:
            continue
        if section not in _KNOWN or not isinstance(values, dict):
            known = ", ".join((*_KNOWN, *_NIGHTLY))
            raise UsageError(f"{path.name} has an unknown section {section!r}", f"it may hold: {known}")
        for key in values:
            if key not in _KNOWN[section]:
                raise UsageError(
                    f"{path.name} has an unknown setting {section}.{key}",
                    f"section {section} may hold: {', '.join(_KNOWN[section])}",
                )


def _count(value: object, name: str) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        raise UsageError(f"{name} is {value!r}, not a number of workers", "give 1 or more")
    return number


def _patterns(value: object, name: str) -> tuple[str, ...]:
    from snap_restorer.pg.guard import well_formed

    hint = 'write for example ["db.example.com/app", "*/production", "local/*"]'
    if not isinstance(value, list):
        raise UsageError(f"{name} is {value!r}, not a list of HOST/DATABASE", hint)
    for pattern in value:
        if not isinstance(pattern, str) or not well_formed(pattern):
            raise UsageError(f"{name} holds {pattern!r}, which is not HOST/DATABASE", hint)
    return tuple(value)
