"""The words and numbers of a night, for the report and the notification. Pure; escapes nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from snap.manifest import Finding
from snap.units import duration, plural, size
from snap_ops.record import NightRecord, StepRecord

Tone = Literal["good", "warned", "failed"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = re.compile(r"(?:^|[._ ])(bytes|ms|seconds|s|percent|rate|share)(?=[._ ]|$)")
# C0 and C1 but tab and newline, lone surrogates, and what turns the direction of all text after it.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`headline` is a few words for people, without the database's name."""

    tone: Tone
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChanges:
    """The number of rows of a table that were added, removed and changed since the night before."""

    name: str
    added: int
    removed: int
    changed: int

    @property
    def total(self) -> int:
        return self.added + self.removed + self.changed

    @property
    def words(self) -> str:
        parts = ((self.added, "added"), (self.removed, "removed"), (self.changed, "changed"))
        return listing(f"{number:,} {word}" for number, word in parts if number) if self.total else "no row differs"


def verdict(record: NightRecord) -> Verdict:
    """Return how the night went: failed steps first, then warnings and failed checks."""
    failed = [clean(step.name) for step in record.steps if not step.ok]
    if failed:
        back = ", and the database was put back" if record.rolled_back else ""
        return Verdict(tone="failed", headline=f"Failed at {listing(failed)}{back}")
    if record.rolled_back:
        return Verdict(tone="failed", headline="The database was put back")
    bad = len(failed_checks(record))
    warned = sum(max(len(step.warnings), step.state == "warned") for step in record.steps)
    if bad or warned:
        counts = [plural(warned, "warning")] if warned else []
        counts += [f"{plural(bad, 'check')} not met"] if bad else []
        return Verdict(tone="warned", headline=f"Done, with {listing(counts)}")
    return Verdict(tone="good", headline="All went well")


def failed_checks(record: NightRecord) -> list[tuple[StepRecord, Finding]]:
    """Return every failed check, with its step."""
    return [(step, finding) for step in record.steps for finding in step.findings if not finding.ok]


def checks_total(record: NightRecord) -> int:
    return sum(len(step.findings) for step in record.steps)


def changed_tables(record: NightRecord) -> list[TableChanges] | None:
    """Return the tables that differ from the night before, the most rows first; None where nothing was compared."""
    if record.changes is None:
        return None
    tables = [
        TableChanges(
            name=str(name),
            added=_count(rows.get("added")),
            removed=_count(rows.get("removed")),
            changed=_count(rows.get("changed")),
        )
        for name, rows in record.changes.items()
    ]
    return sorted((table for table in tables if table.total), key=lambda table: (-table.total, table.name))


def listing(words: Iterable[str]) -> str:
    """Return words joined as English does: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def day(when: datetime) -> str:
    """Return a date, in English whatever the locale: Mon 23 Nov 2026."""
    then = when.astimezone(UTC)
    return f"{_DAYS[then.weekday()]} {then.day} {_MONTHS[then.month - 1]} {then.year}"


def number(value: float) -> str:
    """Return three digits behind the point at most, thousands apart."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


def quantity(name: str, value: Any) -> str:
    """Return a value with the unit that its name ends in or holds: bytes, ms, seconds, percent, rate, share."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        match = _UNITS.search(name)
        match match and match[1]:
            case "bytes":
                return size(value)
            case "ms":
                return f"{value:,.0f} ms" if value >= 99.5 or isinstance(value, int) else f"{value:,.1f} ms"
            case "seconds" | "s":
                return duration(value)
            case "percent":
                return f"{number(value)} %"
            case "rate" | "share":
                return f"{number(round(100 * value, 2))} %" if abs(value) <= 1 else number(value)
        return number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {quantity(name, item)}" for key, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(quantity(name, item) for item in value) or "none"
    return "none" if value is None else clean(str(value))


def clean(text: str) -> str:
    """Replace control characters, which pages, terminals and chats obey or refuse; keep newlines and tabs."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters, with an ellipsis where some are missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _count(value: Any) -> int:
    """Return a count of a record, 0 for any other value."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
