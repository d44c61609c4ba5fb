"""What a page shows, from a night's record and those of the nights before it. Pure: same records, same bytes.

Of a step's facts two are plotted: `rows`, {table: rows}, from the last step but the backup that has it (a backup holds
what was there before); and `p95_ms`, {query: ms}, with `p95_limit_ms` beside it, a number or {query: ms}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightly import summary
from nightly.record import NightRecord, StepRecord
from nightly.report.plots import Bar, Spark, bars, finite, median, spark
from snap.manifest import Finding

if TYPE_CHECKING:
    from jinja2 import Environment

HISTORY = 14  # nights before this one in the charts

_ORDER = ("backup", "reset", "migrate", "restore", "storage", "health", "diff", "report", "notify")
_SLOTS = 10  # colours of the page; further steps share them
_PLOTTED = frozenset({"rows", "p95_ms", "p95_limit_ms"})
_MOST_TEXT, _MOST_FACT, _MOST_LINES, _MOST_TRENDS, _MOST_CHECKS = 4_000, 400, 300, 60, 1_000
_FOLDED_CHECKS = 12  # from here on, checks that hold are folded away


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step. `x` and `width` place its time within the night's, in hundredths."""

    step: StepRecord
    slot: int
    x: float
    width: float
    facts: tuple[tuple[str, str], ...]
    log: str
    lines_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NightView:
    """One row of the timings. `href` is the night's own page, or "" where there is none."""

    label: str
    href: str
    tone: summary.Tone
    seconds: float
    bars: tuple[Bar, ...]
    current: bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One small chart: a table's rows or a query's p95 over the nights."""

    name: str
    value: str
    note: str
    over: bool
    spark: Spark
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The checks of one step, those that do not hold first."""

    step: str
    bad: tuple[Finding, ...]
    good: tuple[Finding, ...]


def page(
    record: NightRecord,
    earlier: Sequence[NightRecord] = (),
    *,
    pages: Mapping[datetime, str] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Render a night. `earlier` is oldest first, of the same database; `pages` gives links to their pages by start."""
    nights = (*earlier[-HISTORY:], record)
    every = [name for night in nights for name in _names(night)]
    slots = _slots(every)
    before = nights[-2] if len(nights) > 1 else None
    volumes, volumes_left = _most(_volumes(nights))
    queries, queries_left = _most(_queries(nights))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            record=record,
            verdict=summary.verdict(record),
            before=before,
            steps=_steps(record, slots),
            failed=[step for step in record.steps if not step.ok],
            usual=_usual(record, earlier[-HISTORY:]),
            checks=_checks(record),
            checks_left=max(summary.checks_total(record) - _MOST_CHECKS, 0),
            checks_bad=len(summary.failed_checks(record)),
            checks_total=summary.checks_total(record),
            folded=summary.checks_total(record) > _FOLDED_CHECKS,
            rows=sum(_rows(record).values()),
            tables=len(_rows(record)),
            changes=summary.changes(record),
            compared=len(record.changes or {}),
            timings=_timings(nights, slots, pages or {}),
            legend=list(slots.items()),
            legend_slots=slots,
            volumes=volumes,
            volumes_left=volumes_left,
            queries=queries,
            queries_left=queries_left,
            span=_span(nights),
            notes=notes,
        )
    )


def _names(record: NightRecord) -> list[str]:
    return [step.name for step in record.steps if step.seconds > 0]


def _slots(names: Iterable[str]) -> dict[str, int]:
    """Give each step a colour: known ones always the same, others the next ones; in the order of a night."""
    every = list(dict.fromkeys(names))
    known = [name for name in _ORDER if name in every]
    others = [name for name in every if name not in _ORDER]
    return {name: _ORDER.index(name) for name in known} | {
        name: (len(_ORDER) + i) % _SLOTS for i, name in enumerate(others)
    }


def _steps(record: NightRecord, slots: Mapping[str, int]) -> list[StepView]:
    whole = max(record.seconds, sum(step.seconds for step in record.steps)) or 1.0
    views, x = [], 0.0
    for step in record.steps:
        width = 100 * step.seconds / whole
        facts = [(key, value) for key, value in step.facts.items() if key not in _PLOTTED]
        lines = step.log[-_MOST_LINES:]
        views.append(
            StepView(
                step=step,
                slot=slots.get(step.name, 0),
                x=round(x, 3),
                width=round(width, 3),
                facts=tuple((key, summary.shortened(summary.quantity(key, value), _MOST_FACT)) for key, value in facts),
                log="\n".join(summary.shortened(line, _MOST_FACT) for line in lines),
                lines_left=len(step.log) - len(lines),
            )
        )
        x += width
    return views


def _usual(record: NightRecord, earlier: Sequence[NightRecord]) -> str:
    """Say how the night's time compares with that of the nights before which went well."""
    middle = median([night.seconds for night in earlier if night.ok])
    if middle is None or not record.ok:
        return ""
    by = record.seconds - middle
    if abs(by) < max(0.1 * middle, 0.1):
        return "about as usual"
    return f"{summary.duration(abs(by))} {'longer' if by > 0 else 'less'} than usual"


def _checks(record: NightRecord) -> list[Checks]:
    groups, left = [], _MOST_CHECKS
    for step in record.steps:
        ordered = sorted(step.findings, key=lambda finding: finding.ok)[:left]
        left -= len(ordered)
        if ordered:
            bad = tuple(finding for finding in ordered if not finding.ok)
            groups.append(Checks(step=step.name, bad=bad, good=tuple(ordered[len(bad) :])))
    return groups


def _timings(nights: Sequence[NightRecord], slots: Mapping[str, int], pages: Mapping[datetime, str]) -> list[NightView]:
    longest = max(max(night.seconds, sum(step.seconds for step in night.steps)) for night in nights)
    dates = [f"{night.started:%Y-%m-%d}" for night in nights]
    rows = []
    for night, date in zip(nights, dates, strict=True):
        alone = dates.count(date) == 1
        parts: dict[str, float] = dict.fromkeys(slots, 0.0)
        for step in night.steps:
            if step.name in parts:
                parts[step.name] += step.seconds
        said = ", ".join(f"{name} {summary.duration(value)}" for name, value in parts.items() if value)
        rows.append(
            NightView(
                label=f"{night.started:%a %d %b}" if alone else f"{night.started:%d %b %H:%M}",
                href="" if night is nights[-1] else pages.get(night.started, ""),
                tone=summary.verdict(night).tone,
                seconds=night.seconds,
                bars=bars(parts.items(), longest),
                current=night is nights[-1],
                title=said or "no step ran",
            )
        )
    return rows[::-1]


def _rows(record: NightRecord) -> dict[str, float]:
    for step in reversed(record.steps):
        given = step.facts.get("rows")
        if step.name != "backup" and isinstance(given, Mapping):
            return _numbers(given)
    return {}


def _p95(record: NightRecord) -> dict[str, float]:
    found: dict[str, float] = {}
    for step in record.steps:
        given = step.facts.get("p95_ms")
        if isinstance(given, Mapping):
            found |= _numbers(given)
    return found


def _limit(record: NightRecord, query: str) -> float | None:
    for step in reversed(record.steps):
        given = step.facts.get("p95_limit_ms")
        limit = finite(given.get(query) if isinstance(given, Mapping) else given)
        if limit is not None:
            return limit
    return None


def _numbers(given: Mapping[Any, Any]) -> dict[str, float]:
    return {str(name): number for name, value in given.items() if (number := finite(value)) is not None}


def _volumes(nights: Sequence[NightRecord]) -> list[Trend]:
    every = [_rows(night) for night in nights]
    names = sorted(every[-1], key=lambda name: (-every[-1][name], name))

    def make(name: str, values: list[float | None]) -> Trend:
        now, before = values[-1], values[-2] if len(values) > 1 else None
        moved = None if now is None or before is None else now - before
        return Trend(
            name=name,
            value=_count(now),
            note=""
            if moved is None
            else "no change"
            if not moved
            else f"{'+' if moved > 0 else '−'}{_count(abs(moved))}",
            over=False,
            spark=spark(values),
            title=f"Rows of {name}: {_spoken(values, _count)}",
        )

    return [make(name, [found.get(name) for found in every]) for name in names]


def _queries(nights: Sequence[NightRecord]) -> list[Trend]:
    every = [_p95(night) for night in nights]

    def make(name: str, values: list[float | None]) -> Trend:
        now, limit = values[-1], _limit(nights[-1], name)
        return Trend(
            name=name,
            value=_ms(now),
            note="" if limit is None else f"limit {_ms(limit)}",
            over=now is not None and limit is not None and now >= limit,
            spark=spark(values, limit=limit),
            title=f"p95 of {name}: {_spoken(values, _ms)}",
        )

    names = sorted(every[-1], key=lambda name: (-every[-1][name], name))
    return [make(name, [found.get(name) for found in every]) for name in names]


def _most(trends: list[Trend]) -> tuple[list[Trend], int]:
    return trends[:_MOST_TRENDS], max(len(trends) - _MOST_TRENDS, 0)


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _ms(value: float | None) -> str:
    return "–" if value is None else summary.quantity("ms", value if value % 1 else int(value))


def _spoken(values: Sequence[float | None], said: Callable[[float | None], str]) -> str:
    return ", ".join("none" if value is None else said(value) for value in values)


def _span(nights: Sequence[NightRecord]) -> str:
    if len(nights) == 1:
        return "This is the first night; lines come with the next ones."
    return (
        f"{len(nights)} nights, {nights[0].started:%d %b} to {nights[-1].started:%d %b}, oldest on the left, from 0 up."
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FileSystemLoader(Path(__file__).parent),
        finalize=lambda value: summary.clean(value) if type(value) is not Markup and isinstance(value, str) else value,
    )
    environment.filters |= {
        "duration": summary.duration,
        "moment": summary.moment,
        "number": summary.number,
        "plural": summary.plural,
        "quantity": summary.quantity,
        "text": lambda text: summary.shortened(str(text), _MOST_TEXT),
    }
    return environment
