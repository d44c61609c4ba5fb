"""The message about a night: a title and parts of a few lines, without any service's markup. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from snap.manifest import Finding
from snap.units import duration
from snap_ops import summary
from snap_ops.record import NightRecord, StepRecord

T = TypeVar("T")
Mark = Literal["good", "warned", "failed", "skipped", ""]

_MOST_NAME, _MOST_TEXT, _MOST_LINES = 120, 600, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """One line: `name` stands out, `code` sets it as code; `text` follows."""

    name: str
    text: str
    mark: Mark = ""
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePart:
    """Some lines under a title; `left` more are in the report."""

    title: str
    lines: tuple[MessageLine, ...]
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`facts` are pairs of a word and a value; `link` is the report's address, or ""."""

    title: str
    tone: summary.Tone
    facts: tuple[tuple[str, str], ...]
    parts: tuple[MessagePart, ...]
    link: str
    footer: str


def message(record: NightRecord, link: str = "") -> Message:
    """Return the message about a night. Each text is one line without characters that a chat obeys or refuses."""
    verdict = summary.verdict(record)
    parts = (
        _part("What failed", [step for step in record.steps if not step.ok], _failure),
        _part("The database was put back", [record.rolled_back] if record.rolled_back else [], _put_back),
        _part("Checks not met", [check for _, check in summary.failed_checks(record)], _check),
        _part("Steps", record.steps, _step),
        _part("Warnings", [(step, warning) for step in record.steps for warning in step.warnings], _warning),
        _changes(record),
    )
    return Message(
        title=f"{_database(record.db)}: {verdict.headline}",
        tone=verdict.tone,
        facts=_facts(record),
        parts=tuple(part for part in parts if part.lines),
        link=link,
        footer=f"snap {_flat(record.snap_version, 40)} · digest {_flat(record.digest, 12) or 'none'}",
    )


def _facts(record: NightRecord) -> tuple[tuple[str, str], ...]:
    total, bad = summary.checks_total(record), len(summary.failed_checks(record))
    facts = [
        ("Database", _flat(record.db, _MOST_NAME)),
        ("Version", _flat(record.version, _MOST_NAME)),
        ("Started", summary.moment(record.started)),
        ("Took", duration(record.seconds)),
    ]
    if total:
        facts.append(("Checks", f"{bad:,} of {total:,} not met" if bad else f"all {total:,} met"))
    return tuple(facts)


def _failure(step: StepRecord) -> tuple[MessageLine, ...]:
    reason = MessageLine(name=_name(step), text=_flat(step.detail) or "no reason was given", mark="failed")
    return (reason, MessageLine(name="What to do", text=_flat(step.hint))) if step.hint else (reason,)


def _put_back(proof: str) -> tuple[MessageLine, ...]:
    return (MessageLine(name="", text=_flat(proof)),)


def _check(check: Finding) -> tuple[MessageLine, ...]:
    detail = f" ({_flat(check.detail, 200)})" if check.detail else ""
    text = f"{_value(check.name, check.value)}, limit {_value(check.name, check.limit)}{detail}"
    return (MessageLine(name=_flat(check.name, _MOST_NAME), text=text, mark="failed", code=True),)


def _step(step: StepRecord) -> tuple[MessageLine, ...]:
    took = "skipped" if step.state == "skipped" else duration(step.seconds)
    text = f"{took} · {_flat(step.detail, 160)}" if step.detail and step.ok else took
    return (MessageLine(name=_name(step), text=text, mark="good" if step.state == "done" else step.state),)


def _warning(warned: tuple[StepRecord, str]) -> tuple[MessageLine, ...]:
    step, warning = warned
    return (MessageLine(name=_name(step), text=_flat(warning, 300), mark="warned"),)


def _changes(record: NightRecord) -> MessagePart:
    title, tables = "Since the night before", summary.changed_tables(record)
    if tables == []:
        return MessagePart(title=title, lines=(MessageLine(name="", text="no row differs"),))
    return _part(
        title,
        tables or [],
        lambda table: (MessageLine(name=_flat(table.name, _MOST_NAME), text=table.words, code=True),),
    )


def _part(title: str, things: Sequence[T], lines: Callable[[T], tuple[MessageLine, ...]]) -> MessagePart:
    """Return the lines of the first things, and how many things are left."""
    shown = things[:_MOST_LINES]
    return MessagePart(
        title=title, lines=tuple(line for thing in shown for line in lines(thing)), left=len(things) - len(shown)
    )


def _database(db: str) -> str:
    """Return the database's own name, of a URL."""
    return _flat(db.partition("?")[0].rpartition("/")[2], _MOST_NAME) or "Staging"


def _name(step: StepRecord) -> str:
    return _flat(step.name, _MOST_NAME)


def _value(name: str, value: object) -> str:
    return _flat(summary.quantity(name, value), 80)


def _flat(text: str, most: int = _MOST_TEXT) -> str:
    return summary.shortened(" ".join(summary.clean(str(text)[: 4 * most]).split()), most)
