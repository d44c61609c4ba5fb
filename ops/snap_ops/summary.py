"""Summarise a night in words and numbers, for the report and the messages. Pure. Nothing is escaped here."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote

from snap.manifest import Finding
from snap.units import duration, plural, size, unit_of
from snap_ops.record import NightRecord, StepRecord

Tone = Literal["good", "warned", "failed"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNDOING = ("put back", "repair", "end")  # steps that deal with a failure: if one of them fails, it matters most
_PLACE = re.compile(r"postgres(?:ql)?://(?:[^@/?]*@)?(?P<host>\[[^\]/?]+\]|[^:/?]+)(?::\d+)?/(?P<name>[^/?]+)(?:\?.*)?")
_UNITS = re.compile(r"(?:^|[._ ])(bytes|ms|seconds|s|percent|rate|share)(?=[._ ]|$)")
# C0 and C1 except tab and newline, lone surrogates, and characters that change the direction of the following text.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a night in words. `headline` is a few words for people, without the database's name."""

    tone: Tone
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of the database in the morning: whether people can use it. `last_good` is "" if no good night is known.

    `tone` judges the database, not the night: a failed night may leave a database as good as yesterday's.
    """

    tone: Tone
    headline: str
    last_good: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChanges:
    """The numbers of a table's rows that were added, removed and changed since the night before."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRows:
    """Rows of a table that a night removed and did not bring back."""

    name: str
    rows: int
    before: int

    @property
    def words(self) -> str:
        return f"{self.rows:,} of {plural(self.before, 'row')}" if self.rows < self.before else plural(self.rows, "row")


@dataclass(frozen=True, slots=True, kw_only=True)
class LostThings:
    """Everything that a night removed and did not bring back. `backup` is the id of the backup that holds it, or ""."""

    rows: tuple[LostRows, ...]
    objects: tuple[str, ...]
    backup: str

    @property
    def where(self) -> str:
        return (
            f"backup {self.backup} holds what is gone" if self.backup else "no backup of the night holds what is gone"
        )


def verdict(record: NightRecord) -> Verdict:
    """Return the result of the night in words: from failed steps first, else from warnings and failed checks."""
    failed = [clean(step.name) for step in record.steps if not step.ok]
    if failed:
        # The steps that undo a night are not where the night failed. They say what became of the database.
        places = [name for name in failed if name not in _UNDOING] or failed
        back = ", and the database was put back" if record.rolled_back else ""
        if "put back" in failed:
            back = ", and the database could not be put back"
        return Verdict(tone="failed", headline=f"Failed at {listing(places)}{back}")
    if record.rolled_back:
        return Verdict(tone="failed", headline="The database was put back")
    bad = len(failed_checks(record))
    warned = sum(max(len(step.warnings), step.state == "warned") for step in record.steps)
    if bad or warned:
        counts = [plural(warned, "warning")] if warned else []
        counts += [f"{plural(bad, 'check')} not met"] if bad else []
        return Verdict(tone="warned", headline=f"Done, with {listing(counts)}")
    return Verdict(tone="good", headline="All went well")


def place(url: str) -> str:
    """Return a URL as "DATABASE on HOST", for a heading. Return any other text unchanged."""
    found = _PLACE.fullmatch(url)
    return f"{unquote(found['name'])} on {found['host']}" if found else url


def standing(record: NightRecord) -> Standing:
    """Return whether the database can be used now, when the last good night was, and what to do."""
    tone = verdict(record).tone
    return Standing(
        tone="failed" if record.usable is False else "warned" if record.usable and tone == "failed" else tone,
        headline=_usability(record),
        last_good=_last_good(record),
        advice=_advice(record),
    )


def _usability(record: NightRecord) -> str:
    if record.left == "kept" and any(step.name == "start" and not step.ok for step in record.steps):
        known = {
            True: "; it was usable when last checked",
            False: "; it was not usable when last checked",
            None: "",
        }
        return f"Staging was not touched{known[record.usable]}"
    match record.usable, record.left:
        case False, _:
            return "Staging is not usable"
        case True, "refreshed":
            return "Staging is usable, refreshed this night" if record.ok else "Staging is usable and refreshed"
        case True, "put back":
            return "Staging is usable, with the data from before this night"
        case True, _:
            return "Staging is usable, and was left as it was" if record.ok else "Staging is usable, but not refreshed"
        case None, "kept":
            return "Staging was left as it was"
    return verdict(record).headline


def _last_good(record: NightRecord) -> str:
    """Return the day of the last good night, and how long ago that was."""
    if record.last_good is None:
        return ""
    if record.last_good == record.started:
        return "this one"
    nights = (record.started.astimezone(UTC).date() - record.last_good.astimezone(UTC).date()).days
    return f"{day(record.last_good)}, {plural(nights, 'night')} ago" if nights > 0 else moment(record.last_good)


def _advice(record: NightRecord) -> str:
    failed = sorted((step for step in record.steps if not step.ok), key=lambda step: step.name not in _UNDOING)
    if failed:
        return next((step.hint for step in failed if step.hint), f"look at the step {clean(failed[0].name)}")
    return "nothing" if verdict(record).tone == "good" else "look at the warnings"


def failed_checks(record: NightRecord) -> list[tuple[StepRecord, Finding]]:
    """Return every failed check, with its step."""
    return [(step, finding) for step in record.steps for finding in step.findings if not finding.ok]


def checks_total(record: NightRecord) -> int:
    return sum(len(step.findings) for step in record.steps)


def changed_tables(record: NightRecord) -> list[TableChanges] | None:
    """Return the tables that differ from the night before, or None if nothing was compared.

    Tables with most rows come first.
    """
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


def lost_things(record: NightRecord) -> LostThings | None:
    """Return the tables, rows and objects that a night lost, or None if nothing was lost or compared.

    Tables with most lost rows come first.
    """
    facts = record.losses or {}
    rows = [
        LostRows(name=f"{schema}.{name}", rows=_count(counts.get("lost")), before=_count(counts.get("before")))
        for schema, tables in _items(facts.get("lost"))
        for name, counts in _items(tables)
        if isinstance(counts, Mapping)
    ]
    gone = [(schema, names) for schema, names in _items(facts.get("gone")) if isinstance(names, list | tuple)]
    objects = tuple(f"{name} (schema {schema})" for schema, names in gone for name in names)
    if not rows and not objects:
        return None
    ordered = tuple(sorted(rows, key=lambda table: (-table.rows, table.name)))
    return LostThings(rows=ordered, objects=objects, backup=str(facts.get("backup") or ""))


def listing(words: Iterable[str]) -> str:
    """Return words joined in English: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def day(when: datetime) -> str:
    """Return a date in English, whatever the locale: Mon 23 Nov 2026."""
    then = when.astimezone(UTC)
    return f"{_DAYS[then.weekday()]} {then.day} {_MONTHS[then.month - 1]} {then.year}"


def number(value: float) -> str:
    """Return a number with at most three decimals and with commas between thousands."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


def quantity(name: str, value: Any) -> str:
    """Return a value with the unit that `name` contains: bytes, ms, seconds, percent, rate or share."""
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


def measured(check: str, value: float | str) -> str:
    """Return the value or limit of a check, with the unit that the check's name implies."""
    return quantity(unit_of(check) or check, value)


def clean(text: str) -> str:
    """Replace control characters, to which pages, terminals and chats react. Keep newlines and tabs."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters of a text, with an ellipsis if it was longer."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _items(value: Any) -> list[tuple[str, Any]]:
    """Return the items of a mapping in a record, or an empty list for any other value."""
    return [(str(key), item) for key, item in value.items()] if isinstance(value, Mapping) else []


def _count(value: Any) -> int:
    """Return a count in a record, or 0 for any other value."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
