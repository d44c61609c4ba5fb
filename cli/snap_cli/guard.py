"""Read the lists of section [target] that guard databases, and no other setting of the section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snap.config import Settings
from snap.errors import UsageError

if TYPE_CHECKING:
    from snap_restorer import Guard


def read_guard(settings: Settings, *, yes: bool = False) -> Guard:
    """Return the guard of databases: the lists of [target], and whether the user said `yes`. Errors: UsageError."""
    from snap_restorer import Guard  # noqa: PLC0415

    return Guard(protected=_patterns(settings, "protected") or (), allowed=_patterns(settings, "allowed"), yes=yes)


def require_patterns(settings: Settings) -> None:
    """Raise UsageError if a list of [target] holds anything but patterns [USER@]HOST[:PORT]/DATABASE."""
    for key in ("protected", "allowed"):
        _patterns(settings, key)


def _patterns(settings: Settings, key: str) -> tuple[str, ...] | None:
    """Return one list of patterns, or None if it is not given."""
    patterns = settings.sections.get("target", {}).get(key)
    if not patterns and isinstance(patterns, list | None):
        return None if patterns is None else ()
    from snap_restorer.pg.guard import well_formed  # noqa: PLC0415

    where = f"target.{key} in {settings.origin.file}"
    hint = 'write for example ["db.example.com/app", "*/production", "app@local/*"]'
    if not isinstance(patterns, list):
        raise UsageError(f"{where} is {patterns!r}, not a list of [USER@]HOST[:PORT]/DATABASE", hint)
    for pattern in patterns:
        if not isinstance(pattern, str) or not well_formed(pattern):
            raise UsageError(f"{where} holds {pattern!r}, which is not [USER@]HOST[:PORT]/DATABASE", hint)
    return tuple(patterns)
