"""What is said about a night: a title and parts of a few lines, without any service's markup. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nightly import summary
from nightly.record import NightRecord, StepRecord

Mark = Literal["good", "warned", "failed", "skipped", ""]

_MOST_NAME, _MOST_TEXT, _MOST_LINES = 120, 600, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: `name` stands out, `code` sets it as code; `text` follows."""

    name: str
    text: str
    mark: Mark = ""
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some lines under a title; `left` more are in the report."""

    title: str
    lines: tuple[Line, ...]
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`facts` are pairs of a word and a value; `link` is the report's address, or ""."""

    title: str
    tone: summary.Tone
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    link: str
    footer: str


def message(record: NightRecord, link: str = "") -> Message:
    """Say what a night did. Every text is on one line, without characters that a chat would obey or refuse."""
    verdict = summary.verdict(record)
    parts = (_failures(record), _back(record), _checks(record), _steps(record), _warnings(record), _changes(record))
    return Message(
        title=f"{_flat(record.db, _MOST_NAME).rpartition('/')[2] or 'Staging'}: {verdict.headline}",
        tone=verdict.tone,
        facts=_facts(record),
        parts=tuple(part for part in parts if part and part.lines),
        link=link,
        footer=f"snap {_flat(record.snap_version, 40)} · digest {_flat(record.digest, 12) or 'none'}",
    )


def _facts(record: NightRecord) -> tuple[tuple[str, str], ...]:
    total, bad = summary.checks_total(record), len(summary.failed_checks(record))
    facts = [
        ("Database", _flat(record.db, _MOST_NAME)),
        ("Version", _flat(record.version, _MOST_NAME)),
        ("Started", summary.moment(record.started)),
        ("Took", summary.duration(record.seconds)),
    ]
    if total:
        facts.append(("Checks", f"{bad:,} of {total:,} not met" if bad else f"all {total:,} met"))
    return tuple(facts)


def _failures(record: NightRecord) -> Part | None:
    lines: list[Line] = []
    for step in record.steps:
        if not step.ok:
            lines.append(Line(name=_name(step), text=_flat(step.detail) or "no reason was given", mark="failed"))
            if step.hint:
                lines.append(Line(name="What to do", text=_flat(step.hint)))
    return _part("What failed", lines)


def _back(record: NightRecord) -> Part | None:
    if not record.rolled_back:
        return None
    return _part("The database was put back", [Line(name="", text=_flat(record.rolled_back))])


def _checks(record: NightRecord) -> Part:
    return _part(
        "Checks not met",
        [
            Line(
                name=_flat(check.name, _MOST_NAME),
                text=f"{_value(check.name, check.value)}, limit {_value(check.name, check.limit)}"
                + (f" ({_flat(check.detail, 200)})" if check.detail else ""),
                mark="failed",
                code=True,
            )
            for _, check in summary.failed_checks(record)
        ],
    )


def _steps(record: NightRecord) -> Part:
    marks: dict[str, Mark] = {"done": "good", "failed": "failed", "warned": "warned", "skipped": "skipped"}
    return _part(
        "Steps",
        [Line(name=_name(step), text=_step(step), mark=marks.get(step.state, "")) for step in record.steps],
    )


def _step(step: StepRecord) -> str:
    took = "skipped" if step.state == "skipped" else summary.duration(step.seconds)
    return f"{took} · {_flat(step.detail, 160)}" if step.detail and step.ok else took


def _warnings(record: NightRecord) -> Part:
    return _part(
        "Warnings",
        [
            Line(name=_name(step), text=_flat(warning, 300), mark="warned")
            for step in record.steps
            for warning in step.warnings
        ],
    )


def _changes(record: NightRecord) -> Part | None:
    found = summary.changes(record)
    if found is None:
        return None
    if not found:
        return _part("Since the night before", [Line(name="", text="no row differs")])
    return _part(
        "Since the night before",
        [Line(name=_flat(table.name, _MOST_NAME), text=table.words, code=True) for table in found],
    )


def _part(title: str, lines: list[Line]) -> Part:
    return Part(title=title, lines=tuple(lines[:_MOST_LINES]), left=max(len(lines) - _MOST_LINES, 0))


def _name(step: StepRecord) -> str:
    return _flat(step.name, _MOST_NAME)


def _value(name: str, value: object) -> str:
    return _flat(summary.quantity(name, value), 80)


def _flat(text: str, most: int = _MOST_TEXT) -> str:
    return summary.shortened(" ".join(summary.clean(str(text)).split()), most)
