"""Render the page of a night from its record and earlier records. Pure: the same records give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from statistics import median

from snap.html_page import breakable, renderer
from snap.manifest import Finding
from snap.units import duration, plural
from snap_ops import summary
from snap_ops.record import NightRecord, StepRecord
from snap_ops.report import trends
from snap_ops.report.plots import Bar, bars
from snap_ops.report.samples import FACT, samples

HISTORY = 14  # nights before this one in the charts

_COLOURED = (
    "backup",
    "reset",
    "migrate",
    "restore",
    "storage",
    "health",
    "diff",
    "survey",
    "losses",
    "put back",
    "after_restore",
)
_SLOTS, _FAILED = 12, "failed"  # colours of the page; further steps share those of the slots
_SHOWN_APART = trends.PLOTTED | {FACT, "p95", "lost", "gone"}  # in sections of their own
_MOST_TEXT, _MOST_FACT, _MOST_LINES, _MOST_CHECKS, _MOST_CHANGES, _MOST_WARNINGS = 4_000, 400, 300, 1_000, 200, 50
_MOST_TRENDS, _MOST_STILL = 60, 200
_RAN = frozenset({"done", "warned"})
_FOLDED_CHECKS = 12  # from this many on, passed checks are folded away


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of a night, as the page shows it.

    `x` and `width` place the step within the night's time, in hundredths. `colour` is a CSS class of the page. `usual`
    is the median of the step's times in earlier nights. `slower`: the step took at least half as long again, and 1 s
    more.
    """

    step: StepRecord
    x: float
    width: float
    colour: str
    facts: tuple[tuple[str, str], ...]
    log: str
    lines_left: int
    warnings: tuple[str, ...]
    warnings_left: int
    usual: str
    slower: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NightView:
    """A night in the page's chart of timings: one row, with its bars in the order of the steps.

    `failed` has the names of failed steps. `href` is the address of the night's own page, or "" if it has none.
    """

    label: str
    href: str
    tone: summary.Tone
    seconds: float
    bars: tuple[Bar, ...]
    failed: frozenset[str]
    current: bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The checks of one step, with failed checks first."""

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
    """Render a night. `earlier` has records of the same database, oldest first; `pages` has links to pages by start."""
    earlier = earlier[-HISTORY:]
    nights = (*earlier, record)
    slots = _slots(step.name for night in (record, *earlier) for step in night.steps if step.seconds > 0)
    before = nights[-2] if len(nights) > 1 else None
    volumes, queries = trends.volumes(nights), trends.queries(nights)
    moving, still = [trend for trend in volumes if trend.moves], [trend for trend in volumes if not trend.moves]
    changes = summary.changed_tables(record)
    return _renderer()(
        record=record,
        places=" and ".join(dict.fromkeys(map(summary.place, record.urls or (record.db,)))),
        verdict=summary.verdict(record),
        standing=summary.standing(record),
        before=before,
        steps=_steps(record, earlier, slots),
        failed=[step for step in record.steps if not step.ok],
        usual=_usual(record, earlier),
        checks=_checks(record),
        checks_left=max(summary.checks_total(record) - _MOST_CHECKS, 0),
        checks_bad=len(summary.failed_checks(record)),
        checks_total=summary.checks_total(record),
        folded=summary.checks_total(record) > _FOLDED_CHECKS,
        rows=sum(trends.rows(record).values()),
        tables=len(trends.rows(record)),
        changes=changes[:_MOST_CHANGES] if changes else changes,
        changes_left=len(changes or ()) - _MOST_CHANGES,
        changes_all={
            kind: sum(getattr(table, kind) for table in changes or ()) for kind in ("added", "removed", "changed")
        },
        compared=len(record.changes or {}),
        lost=summary.lost_things(record),
        most_lost=_MOST_CHANGES,
        timings=_timings(nights, slots, pages or {}),
        slots=slots,
        failures=any(not step.ok for night in nights for step in night.steps),
        samples=samples(record),
        sizes=trends.sizes(nights),
        volumes=moving[:_MOST_TRENDS],
        volumes_left=len(moving) - _MOST_TRENDS,
        still=still[:_MOST_STILL],
        still_left=len(still) - _MOST_STILL,
        nights=len(nights),
        queries=queries[:_MOST_TRENDS],
        queries_left=len(queries) - _MOST_TRENDS,
        span=_span(nights),
        notes=notes,
    )


def _slots(names: Iterable[str]) -> dict[str, int]:
    """Return a colour number for each step: known steps have a fixed one, others get the next ones in order."""
    every = list(dict.fromkeys(names))
    others = [name for name in every if name not in _COLOURED]
    return {
        name: _COLOURED.index(name) if name in _COLOURED else (len(_COLOURED) + others.index(name)) % _SLOTS
        for name in every
    }


def _steps(record: NightRecord, earlier: Sequence[NightRecord], slots: Mapping[str, int]) -> list[StepView]:
    whole = max(record.seconds, sum(step.seconds for step in record.steps)) or 1.0
    views, x = [], 0.0
    for step in record.steps:
        width = 100 * step.seconds / whole
        usual = _median(
            ran.seconds for night in earlier for ran in night.steps if ran.name == step.name and ran.state in _RAN
        )
        facts = [(key, value) for key, value in step.facts.items() if key not in _SHOWN_APART]
        lines = step.log[-_MOST_LINES:]
        views.append(
            StepView(
                step=step,
                x=round(x, 3),
                width=round(width, 3),
                colour=f"s{slots.get(step.name, 0)}" if step.ok else _FAILED,
                facts=tuple((key, summary.shortened(summary.quantity(key, value), _MOST_FACT)) for key, value in facts),
                log="\n".join(summary.shortened(line, _MOST_FACT) for line in lines),
                warnings=step.warnings[:_MOST_WARNINGS],
                warnings_left=len(step.warnings) - _MOST_WARNINGS,
                lines_left=len(step.log) - len(lines),
                usual=duration(usual) if usual is not None and step.state in _RAN else "",
                slower=usual is not None and step.seconds > max(1.5 * usual, usual + 1),
            )
        )
        x += width
    return views


def _usual(record: NightRecord, earlier: Sequence[NightRecord]) -> str:
    """Return how the night's time compares with the median of earlier nights that succeeded."""
    middle = _median(night.seconds for night in earlier if night.ok)
    if middle is None or not record.ok:
        return ""
    by = record.seconds - middle
    if abs(by) < max(0.1 * middle, 0.1):
        return "about as usual"
    return f"{duration(abs(by))} {'longer' if by > 0 else 'less'} than usual"


def _median(seconds: Iterable[float]) -> float | None:
    values = list(seconds)
    return median(values) if values else None


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
    dates = [_day(night) for night in nights]
    rows = []
    for night, date in zip(nights, dates, strict=True):
        alone = dates.count(date) == 1
        failed = frozenset(step.name for step in night.steps if not step.ok)
        parts = [
            (each.name, each.seconds)
            for each in night.steps
            if each.name in failed or (each.seconds and each.name in slots)
        ]
        times = ", ".join(f"{name} {duration(value)}{' (failed)' if name in failed else ''}" for name, value in parts)
        rows.append(
            NightView(
                label=_day(night) if alone else f"{_day(night)[4:]} {night.started.astimezone(UTC):%H:%M}",
                href="" if night is nights[-1] else pages.get(night.started, ""),
                tone=summary.verdict(night).tone,
                seconds=night.seconds,
                bars=bars(parts, longest, shown=failed),
                failed=failed,
                current=night is nights[-1],
                title=times or "no step ran",
            )
        )
    return rows[::-1]


def _span(nights: Sequence[NightRecord]) -> str:
    if len(nights) == 1:
        return "This is the first night; lines come with the next ones."
    return f"{len(nights)} nights, {_day(nights[0])} to {_day(nights[-1])}, oldest on the left, from 0 up."


def _day(night: NightRecord) -> str:
    return summary.day(night.started).rpartition(" ")[0]


@lru_cache(maxsize=1)
def _renderer() -> Callable[..., str]:
    return renderer(
        Path(__file__).parent,
        "page.html.j2",
        shown=summary.clean,
        filters={
            "duration": duration,
            "day": summary.day,
            "hour": lambda when: f"{when.astimezone(UTC):%H:%M:%S}",
            "moment": summary.moment,
            "name": lambda text: breakable(summary.clean(summary.shortened(text, _MOST_FACT))),
            "number": summary.number,
            "plural": plural,
            "measured": summary.measured,
            "text": lambda text: summary.shortened(str(text), _MOST_TEXT),
        },
    )
