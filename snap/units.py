"""Format sizes, durations and counts for people: on the terminal, in the report and in messages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["bytes", "ms", "rows", "share"]
_OF_CHECKS: Mapping[str, Unit] = {"p95": "ms", "size": "bytes", "cache": "share", "rows": "rows"}


def size(count: float) -> str:
    """Return a number of bytes in decimal units: 812 B, 1.4 MB."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(count) >= factor * 0.99995:
            return f"{count / factor:,.1f} {unit}"
    return f"{count:,.0f} B"


def duration(seconds: float) -> str:
    """Return a duration in at most two units: 0.12 s, 12.3 s, 3 min 05 s, 1 h 02 min."""
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3_600:,} h {whole % 3_600 // 60:02} min"


def unit_of(check: str) -> Unit | None:
    """Return the unit of a check's value and limit, derived from the check's name, or None for a plain number."""
    return "bytes" if re.search(r"(?:^|[._])bytes$", check) else _OF_CHECKS.get(check.partition(".")[0])


def measured(check: str, value: float | str) -> str:
    """Return a check's value or limit with its unit: 1.4 MB, 210.5 ms, 66.7 %, 2,000."""
    if isinstance(value, str | bool):
        return str(value)
    match unit_of(check):
        case "bytes":
            return size(value)
        case "ms":
            return f"{value:,.{1 if abs(value) >= 100 else 3}f}".rstrip("0").rstrip(".") + " ms"
        case "share":
            return f"{100 * value:,.2f}".rstrip("0").rstrip(".") + " %"
    return f"{value:,}"


def plural(count: int, noun: str, many: str = "") -> str:
    """Return a count with its noun: 1 row, 2,000 rows. `many` is the plural if it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters, with an ellipsis if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def some(names: Sequence[str], *, most: int = 3) -> str:
    """Return names for a sentence: `a, b, c and 2 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def reasons(heading: str, lines: Iterable[str], *, most: int = 20) -> str:
    """Return a message of `heading` and the reasons in `lines`: one reason on the same line, several as a list."""
    every = list(lines)
    return f"{heading}: {every[0]}" if len(every) == 1 else f"{heading}:\n{bullets(every, most=most)}"


def grouped(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Group (name, cause) pairs by cause: `a is missing`, or `is missing: a, b and 3 more`. Causes keep their order."""
    about: dict[str, list[str]] = {}
    for name, cause in pairs:
        about.setdefault(cause, []).append(name)
    return [f"{names[0]} {cause}" if len(names) == 1 else f"{cause}: {some(names)}" for cause, names in about.items()]


def ungrouped(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each (name, cause) pair: `a is missing`."""
    return [f"{name} {cause}" for name, cause in pairs]


def bullets(lines: Iterable[str], *, most: int = 20) -> str:
    """Return lines as a bulleted list for a message. Lines beyond `most` are only counted."""
    every = list(lines)
    more = [f"and {len(every) - most} more"] if len(every) > most else []
    return "\n".join(f"- {line}" for line in every[:most] + more)
