"""What the small charts show: a table's rows and a query's p95 over the nights. Pure.

Of a step's facts two are plotted: `rows`, {table: rows}, from the last step but the backup that has it (a backup holds
what was there before); and `p95_ms`, {query: ms}, with `p95_limit_ms` beside it, a number or {query: ms}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snap_ops import summary
from snap_ops.record import NightRecord, finite
from snap_ops.report.plots import Spark, spark

PLOTTED = frozenset({"rows", "p95_ms", "p95_limit_ms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One small chart: a table's rows or a query's p95 over the nights."""

    name: str
    value: str
    note: str
    over: bool
    spark: Spark
    title: str


def rows(record: NightRecord) -> dict[str, float]:
    """Return the rows of each table after the night."""
    for step in reversed(record.steps):
        given = step.facts.get("rows")
        if step.name != "backup" and isinstance(given, Mapping):
            return _numbers(given)
    return {}


def _p95(record: NightRecord) -> dict[str, float]:
    times: dict[str, float] = {}
    for step in record.steps:
        given = step.facts.get("p95_ms")
        if isinstance(given, Mapping):
            times |= _numbers(given)
    return times


def _limit(record: NightRecord, query: str) -> float | None:
    for step in reversed(record.steps):
        given = step.facts.get("p95_limit_ms")
        limit = finite(given.get(query) if isinstance(given, Mapping) else given)
        if limit is not None:
            return limit
    return None


def _numbers(given: Mapping[Any, Any]) -> dict[str, float]:
    return {str(name): number for name, value in given.items() if (number := finite(value)) is not None}


def volumes(nights: Sequence[NightRecord]) -> list[Trend]:
    """Return the rows of each table over the nights, the largest first."""

    def make(name: str, values: list[float | None]) -> Trend:
        now, before = values[-1], values[-2] if len(values) > 1 else None
        moved = None if now is None or before is None else now - before
        return Trend(
            name=name,
            value=_count(now),
            note="not restored" if now is None else "" if moved is None else _moved(moved),
            over=False,
            spark=spark(values),
            title=f"Rows of {name}: {_spoken(values, _count)}",
        )

    return _trends([rows(night) for night in nights], make)


def queries(nights: Sequence[NightRecord]) -> list[Trend]:
    """Return the p95 of each query over the nights, the slowest first."""

    def make(name: str, values: list[float | None]) -> Trend:
        now, limit = values[-1], _limit(nights[-1], name)
        return Trend(
            name=name,
            value=_ms(now),
            note="not measured" if now is None else "" if limit is None else f"limit {_ms(limit)}",
            over=now is not None and limit is not None and now >= limit,
            spark=spark(values, limit=limit),
            title=f"p95 of {name}: {_spoken(values, _ms)}",
        )

    return _trends([_p95(night) for night in nights], make)


def _trends(nights: Sequence[dict[str, float]], make: Callable[[str, list[float | None]], Trend]) -> list[Trend]:
    """Return a chart for each name in the last night that has any: a night which failed early shows earlier ones."""
    newest = next((night for night in reversed(nights) if night), {})
    names = sorted(newest, key=lambda name: (-newest[name], name))
    return [make(name, [night.get(name) for night in nights]) for name in names]


def _moved(by: float) -> str:
    return f"{'+' if by > 0 else '−'}{_count(abs(by))}" if by else "no change"


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _ms(value: float | None) -> str:
    return "–" if value is None else summary.quantity("ms", value if value % 1 else int(value))


def _spoken(values: Sequence[float | None], text: Callable[[float | None], str]) -> str:
    return ", ".join("none" if value is None else text(value) for value in values)
