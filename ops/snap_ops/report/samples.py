"""Read differing rows from the facts of the step diff, which come from files and may have any form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snap_ops import summary
from snap_ops.record import NightRecord

FACT = "samples"
_MOST_TABLES, _MOST_ROWS, _MOST_COLUMNS, _MOST_TEXT = 50, 9, 20, 160


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One differing row: the kind of change, its key, and the columns that differ."""

    change: str
    key: str
    columns: str


def samples(record: NightRecord) -> list[tuple[str, tuple[SampleRow, ...]]]:
    """Return a few differing rows of each table."""
    given = next((step.facts.get(FACT) for step in record.steps if step.name == "diff"), None)
    tables = given.items() if isinstance(given, Mapping) else ()
    rows = [(str(name), tuple(_row(row) for row in _some(rows) if isinstance(row, Mapping))) for name, rows in tables]
    return [table for table in rows if table[1]][:_MOST_TABLES]


def _row(row: Mapping[str, Any]) -> SampleRow:
    key, values = row.get("key"), row.get("values")
    if isinstance(values, Mapping):
        columns = [f"{name} {_pair(pair)}" for name, pair in values.items()]
    else:
        columns = [str(name) for name in _some(row.get("columns"))]
    return SampleRow(
        change=_text(row.get("change")),
        key=", ".join(f"{name} {_text(value)}" for name, value in key.items()) if isinstance(key, Mapping) else "",
        columns=summary.shortened(", ".join(columns[:_MOST_COLUMNS]), _MOST_COLUMNS * _MOST_TEXT),
    )


def _pair(pair: Any) -> str:
    return " → ".join(map(_text, _some(pair)))


def _some(given: Any) -> list[Any]:
    return list(given)[:_MOST_ROWS] if isinstance(given, list | tuple) else []


def _text(value: Any) -> str:
    return summary.shortened("NULL" if value is None else summary.clean(str(value)), _MOST_TEXT)
