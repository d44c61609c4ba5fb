"""Select a few differing rows for the report. Messages never contain them. Pure.

By default a row is shown by its key and the names of the columns that differ. A key that is a number, a UUID or a
moment is enough to find the row, and reveals nothing that people wrote. A key of any other type, such as a mail
address, is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from snap.compare import Diff, Sample
from snap.schema import Table
from snap_ops.report import Samples

ROWS = 3  # the most rows of each kind of change in each table

_MOST_TABLES, _MOST_VALUE = 50, 80
_KEYS = frozenset({"bool", "int16", "int32", "int64", "uuid", "date", "time", "timestamp", "timestamptz"})


def sample_facts(diff: Diff, tables: Iterable[Table], show: Samples) -> dict[str, list[dict[str, Any]]]:
    """Return JSON values by table: for each row the kind of change, its key or None, and the columns that differ.

    With `show` "rows" there is also `values`, {column: [before, after]}, each value shortened.
    """
    if show == "none":
        return {}
    shown = {table.label: {column.name for column in table.columns if column.type.logical in _KEYS} for table in tables}
    sampled = [table for table in diff.tables if table.samples][:_MOST_TABLES]
    return {
        table.name: [_fact(sample, shown.get(table.name, set()), show) for sample in table.samples] for table in sampled
    }


def _fact(sample: Sample, shown: set[str], show: Samples) -> dict[str, Any]:
    before, after = dict(sample.before), dict(sample.after)
    named = bool(sample.key) and (show == "rows" or all(name in shown for name, _ in sample.key))
    fact: dict[str, Any] = {
        "change": sample.kind.value,
        "key": {name: _short(value) for name, value in sample.key} if named else None,
        "columns": list(dict.fromkeys((*before, *after))) if sample.kind == "changed" else [],
    }
    if show == "rows":
        columns = dict.fromkeys((*before, *after))
        fact["values"] = {name: [_short(before.get(name)), _short(after.get(name))] for name in columns}
    return fact


def _short(value: Any) -> Any:
    """Return a value as JSON, shortened if it is long."""
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text if len(text) <= _MOST_VALUE else f"{text[:_MOST_VALUE]}…"
