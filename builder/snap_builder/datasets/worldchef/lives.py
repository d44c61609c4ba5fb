"""The times of rows after their creation: their end, their last change, and how many of their acts come by as-of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap_builder.engine.calendar import HOUR, MINUTE
from snap_builder.engine.curves import part_of
from snap_builder.engine.streams import Ints, below, chance

if TYPE_CHECKING:
    from snap.dataset import OwnRows

_EDITS = 4  # the most edits of a recipe
# Of those whom a recipe reaches in the end, how many of a thousand come within so many hours.
_FOUND = ((0, 0), (24, 20), (72, 90), (168, 250), (336, 480), (720, 700), (1440, 850), (2880, 930), (8760, 1000))


def until(rows: OwnRows) -> dict[str, Ints]:
    """Return the moment until which other rows may refer to each row: its deletion, or as-of."""
    deleted = rows.integers("deleted_at")
    return {"until": np.where(deleted == rows.NULL, rows.as_of, deleted)}


def changed(percent: int, *ends: str, deleted: bool = True) -> Callable[[OwnRows], dict[str, Ints]]:
    """Return a function that returns `updated_at`, the moment of each row's last change.

    `percent` of the rows change between their creation and the earliest of the moments at the paths `ends`. The others
    have the moment of their creation. With `deleted`, a deletion is a row's last change.
    """

    def updated(rows: OwnRows) -> dict[str, Ints]:
        made = _changed(rows, percent, rows.integers("created_at"), ends)
        return {"updated_at": _or_deleted(rows, made) if deleted else made}

    return updated


def recipe(rows: OwnRows) -> dict[str, Ints]:
    """Return `updated_at` and `version` of recipes. Every archived or removed recipe was changed after publication."""
    created, published, status = rows.integers("created_at"), rows.integers("published_at"), rows.texts("status")
    latest = np.where((published == rows.NULL) | (published > rows.as_of), created, published)
    taken_back = pc.is_in(status, pa.array(["archived", "admin_removed"])).to_numpy(zero_copy_only=False)
    made = _changed(rows, np.where(taken_back, 100, 60), latest, ("author.until",))
    edits = 1 + below(rows.bits("edits"), _EDITS)
    return {"updated_at": _or_deleted(rows, made), "version": 1 + np.where(made > latest, edits, 0)}


def cookable(rows: OwnRows) -> dict[str, Ints]:
    """Return when a recipe can first be cooked: an hour and its minutes after publication. NULL if never published."""
    published = rows.integers("published_at")
    minutes = rows.integers("prep_minutes") + rows.integers("cook_minutes")
    return {"cookable_at": np.where(published == rows.NULL, rows.NULL, published + HOUR + minutes * MINUTE)}


def positions(rows: OwnRows) -> dict[str, Ints]:
    """Return the positions of items: their places, with a gap where an item was taken out."""
    place, gap = rows.integers("place"), rows.integers("collection.gap_after")
    return {"position": place + ((gap != rows.NULL) & (place > gap))}


def found(rows: OwnRows, since: Ints) -> Ints:
    """Return how many of a thousand acts that concern a row come by as-of, if the row exists since the moment `since`.

    All acts come as fast as likes after a publication, so that the last days before as-of are like all others.
    """
    return between(_FOUND, np.where(since == rows.NULL, 0, rows.as_of - since) // HOUR)


def between(points: tuple[tuple[int, int], ...], values: Ints) -> Ints:
    """Return y for each value x, on the lines between points (x, y), or the outermost point's y beyond them."""
    x, y = np.array(points).T
    place = np.clip(np.searchsorted(x, values, side="right") - 1, 0, len(x) - 2)
    inside = np.clip(values, x[0], x[-1]) - x[place]
    result: Ints = y[place] + (y[place + 1] - y[place]) * inside // (x[place + 1] - x[place])
    return result


def _changed(rows: OwnRows, percent: int | Ints, latest: Ints, ends: tuple[str, ...]) -> Ints:
    end = np.minimum.reduce([rows.integers(path) for path in ends])
    later = latest + part_of(np.maximum(0, end - latest), rows.bits("changed at"))
    return np.where(chance(rows.bits("changed"), percent), later, latest)


def _or_deleted(rows: OwnRows, changed: Ints) -> Ints:
    deleted = rows.integers("deleted_at")
    return np.where(deleted == rows.NULL, changed, deleted)
