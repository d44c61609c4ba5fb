"""Write the message about a night: a title and parts of a few lines, without the markup of any service. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from snap.manifest import Finding
from snap.units import duration
from snap_ops import summary
from snap_ops.record import NightRecord, StepRecord

T = TypeVar("T")
Mark = Literal["good", "warned", "failed", "skipped", ""]

_COMMIT = 8  # digits of a commit that name it
_MOST_NAME, _MOST_TEXT, _MOST_LINES = 120, 600, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """One line of a message. `name` is emphasised, `code` is set as code, and `text` follows."""

    name: str
    text: str
    mark: Mark = ""
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePart:
    """Some lines under a title. `left` is the number of further lines, which only the report has."""

    title: str
    lines: tuple[MessageLine, ...]
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message about a night. `facts` are pairs of a word and a value, `links` pairs of a word and an address."""

    title: str
    tone: summary.Tone
    facts: tuple[tuple[str, str], ...]
    parts: tuple[MessagePart, ...]
    links: tuple[tuple[str, str], ...]
    footer: str


def message(record: NightRecord, link: str = "") -> Message:
    """Return the message about a night. Each text is one line, without characters that have a meaning in a chat.

    `link` is the report's address, or "". The title says whether the database can be used. Facts of steps are left out,
    because they may contain keys of rows.
    """
    verdict, standing = summary.verdict(record), summary.standing(record)
    leads = record.usable is not None and verdict.tone != "good"
    known = verdict.tone == "good" or standing.headline == verdict.headline
    parts = (
        _part("What to do", [standing] if leads else [], _standing),
        _part(
            "What failed",
            [step for step in record.steps if not step.ok],
            lambda step: _failure(step, told=standing.advice if leads else ""),
        ),
        _part("The database was put back", [record.rolled_back] if record.rolled_back else [], _put_back),
        _part("Checks not met", [check for _, check in summary.failed_checks(record)], _check),
        _part("Steps", record.steps, _step),
        _part("Warnings", [(step, warning) for step in record.steps for warning in step.warnings], _warning),
        _changes(record),
        _losses(record),
    )
    return Message(
        title=f"{_database(record.db)}: {standing.headline}{'' if known else f' · {verdict.headline}'}",
        tone=verdict.tone,
        facts=_facts(record),
        parts=tuple(part for part in parts if part.lines),
        links=_links(record, link),
        footer=f"snap {_flat(record.snap_version, 40)} · digest {_flat(record.digest, 12) or 'none'}",
    )


def _facts(record: NightRecord) -> tuple[tuple[str, str], ...]:
    total, bad = summary.checks_total(record), len(summary.failed_checks(record))
    facts = [
        ("Database", _flat(record.addresses)),
        ("Version", _flat(record.version, _MOST_NAME)),
        ("Started", summary.moment(record.started)),
        ("Took", duration(record.seconds)),
    ]
    if total:
        facts.append(("Checks", f"{bad:,} of {total:,} not met" if bad else f"all {total:,} met"))
    return tuple(facts)


def _links(record: NightRecord, link: str) -> tuple[tuple[str, str], ...]:
    report = (("Report", link),) if link else ()
    if record.ci is None:
        return report
    return (*report, ("CI run", record.ci.url), (f"Commit {record.ci.commit[:_COMMIT]}", record.ci.commit_url))


def _standing(standing: summary.Standing) -> tuple[MessageLine, ...]:
    return (
        MessageLine(name="", text=_flat(standing.advice)),
        MessageLine(name="Last good night", text=_flat(standing.last_good) or "none is known"),
    )


def _failure(step: StepRecord, *, told: str) -> tuple[MessageLine, ...]:
    """Return why a step failed, and what to do unless the message already says so."""
    reason = MessageLine(name=_name(step), text=_flat(step.detail) or "no reason was given", mark="failed")
    return (
        (reason, MessageLine(name="What to do", text=_flat(step.hint)))
        if step.hint and step.hint != told
        else (reason,)
    )


def _put_back(proof: str) -> tuple[MessageLine, ...]:
    return (MessageLine(name="", text=_flat(proof)),)


def _check(check: Finding) -> tuple[MessageLine, ...]:
    detail = f" ({_flat(check.detail, 200)})" if check.detail else ""
    value, limit = (_flat(summary.measured(check.name, each), 80) for each in (check.value, check.limit))
    text = f"{value}, limit {limit}{detail}"
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
        return MessagePart(title=title, lines=(MessageLine(name="", text="no row differs in the snapshot's tables"),))
    return _part(
        title,
        tables or [],
        lambda table: (MessageLine(name=_flat(table.name, _MOST_NAME), text=table.words, code=True),),
    )


def _losses(record: NightRecord) -> MessagePart:
    """Return the part about the losses of the night. The part's last line names the backup."""
    title, lost = "Removed by the night, and not restored", summary.lost_things(record)
    if lost is None:
        return MessagePart(title=title, lines=())
    rows = [MessageLine(name=_flat(table.name, _MOST_NAME), text=table.words, code=True) for table in lost.rows]
    objects = [MessageLine(name="", text=_flat(name, _MOST_NAME)) for name in lost.objects]
    part = _part(title, [*rows, *objects], lambda line: (line,))
    return replace(part, lines=(*part.lines, MessageLine(name="", text=_flat(lost.where))))


def _part(title: str, things: Sequence[T], lines: Callable[[T], tuple[MessageLine, ...]]) -> MessagePart:
    """Return a part of a message with lines about the first things, and the number of things left out."""
    shown = things[:_MOST_LINES]
    return MessagePart(
        title=title, lines=tuple(line for thing in shown for line in lines(thing)), left=len(things) - len(shown)
    )


def _database(db: str) -> str:
    """Return the name of the database in a URL."""
    return _flat(db.partition("?")[0].rpartition("/")[2], _MOST_NAME) or "Staging"


def _name(step: StepRecord) -> str:
    return _flat(step.name, _MOST_NAME)


def _flat(text: str, most: int = _MOST_TEXT) -> str:
    return summary.shortened(" ".join(summary.clean(str(text)[: 4 * most]).split()), most)
