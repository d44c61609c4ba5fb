"""Format sizes, durations and counts for people: on the terminal, in the report and in messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def size(count: float) -> str:
    """Return a number of bytes in decimal units, as limits are written: 812 B, 1.4 MB."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(count) >= factor * 0.99995:
            return f"{count / factor:,.1f} {unit}"
    return f"{count:,.0f} B"


def duration(seconds: float) -> str:
    """Return a duration in the two units that matter: 0.12 s, 12.3 s, 3 min 05 s, 1 h 02 min."""
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3_600:,} h {whole % 3_600 // 60:02} min"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: 1 row, 2,000 rows."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def some(names: Sequence[str], *, most: int = 3) -> str:
    """Return names in a sentence: `a, b, c and 2 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def bullets(lines: Iterable[str], *, most: int = 20) -> str:
    """Return lines as a list for a message; what is over `most` is only counted."""
    every = list(lines)
    more = [f"and {len(every) - most} more"] if len(every) > most else []
    return "\n".join(f"- {line}" for line in every[:most] + more)
