"""Make the small charts of sizes, tables' rows and queries' p95 over the nights. Pure.

Sizes are the `bytes` of the step backup and all findings named `size.…`, with their limits. Two facts of steps are
plotted: `rows`, {table: rows}, from the last step that has it, except backup, which counts the rows from before the
night; and `p95_ms`, {query: ms}, with `p95_limit_ms` beside it, a number or {query: ms}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snap.units import size
from snap_ops import summary
from snap_ops.record import NightRecord, finite
from snap_ops.report.plots import Spark, spark

PLOTTED = frozenset({"rows", "p95_ms", "p95_limit_ms"})
_SIZE = "size."  # prefix of findings about sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A small chart over the nights: a size, a table's rows or a query's p95.

    `moves`: the values are not all equal.
    """

    name: str
    value: str
    note: str
    over: bool
    spark: Spark
    title: str
    moves: bool = True


def rows(record: NightRecord) -> dict[str, float]:
    """Return the number of rows of each table after the night."""
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
    """Return a chart of each table's number of rows over the nights, the largest first."""

    def make(name: str, values: list[float | None]) -> Trend:
        now, before = values[-1], values[-2] if len(values) > 1 else None
        moved = None if now is None or before is None else now - before
        known = [value for value in values if value is not None]
        moves = len(set(known)) > 1
        return Trend(
            name=name,
            value=_count(now if moves else known[-1]),
            note="not restored" if now is None else "" if moved is None else _moved(moved, _count),
            over=False,
            spark=spark(values),
            title=f"Rows of {name}: {_spoken(values, _count)}",
            moves=moves,
        )

    return _trends([rows(night) for night in nights], make)


def sizes(nights: Sequence[NightRecord]) -> list[Trend]:
    """Return charts of the sizes of the database and of its backups over the nights, the largest first."""

    def make(name: str, values: list[float | None]) -> Trend:
        now, limit = values[-1], _size_limit(nights[-1], name)
        before = next((value for value in reversed(values[:-1]) if value is not None), None)
        notes = ["not measured"] if now is None else [] if before is None else [_moved(now - before, _bytes)]
        return Trend(
            name=name,
            value=_bytes(now),
            note=", ".join(notes if limit is None else [*notes, f"limit {_bytes(limit)}"]),
            over=now is not None and limit is not None and now >= limit,
            spark=spark(values, limit=limit),
            title=f"Size of {name}: {_spoken(values, _bytes)}",
        )

    every = [_sizes(night) for night in nights]
    latest = {name: value for night in every for name, value in night.items()}  # a night may have made only a backup
    return _trends(every, make, latest)


def _sizes(record: NightRecord) -> dict[str, float]:
    given: dict[Any, Any] = {
        finding.name.removeprefix(_SIZE): finding.value
        for step in record.steps
        for finding in step.findings
        if finding.name.startswith(_SIZE)
    }
    given |= {step.name: step.facts.get("bytes") for step in record.steps if step.name == "backup"}
    return _numbers(given)


def _size_limit(record: NightRecord, name: str) -> float | None:
    limits = (check.limit for step in record.steps for check in step.findings if check.name == f"{_SIZE}{name}")
    return finite(next(limits, None))


def queries(nights: Sequence[NightRecord]) -> list[Trend]:
    """Return a chart of each query's p95 over the nights, the slowest first."""

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


def _trends(
    nights: Sequence[dict[str, float]],
    make: Callable[[str, list[float | None]], Trend],
    newest: Mapping[str, float] | None = None,
) -> list[Trend]:
    """Return a chart for each name in `newest`, the largest first.

    The default for `newest` is the last night that has any value, because a night that failed early has none.
    """
    if newest is None:
        newest = next((night for night in reversed(nights) if night), {})
    names = sorted(newest, key=lambda name: (-newest[name], name))
    return [make(name, [night.get(name) for night in nights]) for name in names]


def _moved(by: float, text: Callable[[float | None], str]) -> str:
    return f"{'+' if by > 0 else '−'}{text(abs(by))}" if by else "no change"


def _bytes(value: float | None) -> str:
    return "–" if value is None else size(value)


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _ms(value: float | None) -> str:
    return "–" if value is None else summary.quantity("ms", value if value % 1 else int(value))


def _spoken(values: Sequence[float | None], text: Callable[[float | None], str]) -> str:
    return ", ".join("none" if value is None else text(value) for value in values)
