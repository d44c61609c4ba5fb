"""What happens to a row after it is made: when it was changed last, how often, and when a recipe can be cooked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from snap_builder.engine.calendar import HOUR, MINUTE
from snap_builder.engine.curves import part_of
from snap_builder.engine.streams import Ints, below, chance

_VERSIONS = 4  # edits that a recipe may have had


def changed(percent: int, latest: str, end: str) -> Callable[[Any], dict[str, Ints]]:
    """Return a function that gives when rows were changed last: a deletion is, and `percent` of the others are changed
    between column `latest` and column `end`."""

    def updated(rows: Any) -> dict[str, Ints]:
        return {"updated_at": _changed(rows, percent, rows.integers(latest), rows.integers(end))}

    return updated


def recipe(rows: Any) -> dict[str, Ints]:
    """Return when recipes were changed last, and their version: who changes the status changes the recipe."""
    created, published = rows.integers("created_at"), rows.integers("published_at")
    latest = np.where(published == rows.NULL, created, published)
    settled = rows.texts("status")
    moved = np.isin(np.array(settled.to_numpy(zero_copy_only=False), dtype=str), ("archived", "admin_removed"))
    percent = np.where(moved, 100, 60)
    updated = _changed(rows, percent, latest, rows.integers("author.until"))
    edits = 1 + below(rows.bits("edits"), _VERSIONS)
    return {"updated_at": updated, "version": 1 + np.where(updated > latest, edits, 0)}


def cookable(rows: Any) -> dict[str, Ints]:
    """Return when somebody could first have cooked a recipe: published, read, prepared and cooked."""
    published = rows.integers("published_at")
    minutes = rows.integers("prep") + rows.integers("cook")
    return {"cookable_at": np.where(published == rows.NULL, rows.NULL, published + HOUR + minutes * MINUTE)}


def _changed(rows: Any, percent: Any, latest: Ints, end: Ints) -> Ints:
    deleted = rows.integers("deleted_at")
    words = rows.bits("changed at")
    later = latest + part_of(np.maximum(0, end - latest), words)
    edited = np.where(chance(rows.bits("changed"), percent), later, latest)
    return np.where(deleted == rows.NULL, edited, deleted)
