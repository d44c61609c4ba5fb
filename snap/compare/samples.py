"""Return a few differing rows of a table as values for people, the first ones by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from snap.compare.model import Kind, Sample
from snap.compare.rows import RowChanges
from snap.duck import quote
from snap.schema import Table
from snap.types import duckdb as equality

Rows = dict[int, tuple[tuple[str, Any], ...]]  # (column, value) pairs of each row, by its number


def samples(changes: RowChanges, limit: int) -> tuple[Sample, ...]:
    """Return up to `limit` rows of each kind: added, removed, changed, each ordered by key. Errors: QueryError."""
    if not limit or not changes.names:
        return ()
    picked = quote(f"picked of {changes.relation}")
    changes.duck.execute(f"CREATE TABLE {picked} AS {' UNION ALL '.join(_pick(changes, kind, limit) for kind in Kind)}")
    return tuple(sample for kind in Kind for sample in _samples(changes, picked, kind))


def _pick(changes: RowChanges, kind: Kind, limit: int) -> str:
    """Return the SELECT of the first `limit` keys with one kind of change, sorted by key and numbered as `id`."""
    side = _named_by(kind)
    types = [changes.table(side).column(name).type for name in changes.names]
    order = ", ".join(equality.comparable(f"{side}{i}", type_, type_) for i, type_ in enumerate(types))
    return (
        f"(SELECT row_number() OVER (ORDER BY {order}) AS id, * FROM {changes.relation} "  # noqa: S608 - ours
        f"WHERE kind = '{kind}' ORDER BY {order} LIMIT {limit})"
    )


def _named_by(kind: Kind) -> str:
    """Return the side, "a" or "b", whose key identifies a row with this kind of change."""
    return "b" if kind is Kind.ADDED else "a"


def _samples(changes: RowChanges, picked: str, kind: Kind) -> Iterator[Sample]:
    flags = "".join(f", d{i}" for i in range(len(changes.columns)))
    chosen = f"(SELECT * FROM {picked} WHERE kind = '{kind}')"  # noqa: S608
    rows = changes.duck.query(f"SELECT id, n{flags} FROM {chosen} ORDER BY id").rows  # noqa: S608
    if not rows:
        return
    side = _named_by(kind)
    keys = keys_by_number(changes, chosen, side, side)
    if kind is Kind.CHANGED:
        names = [name for i, name in enumerate(changes.columns) if any(row[2 + i] for row in rows)]
    else:
        names = [column.name for column in changes.table(side).stored]
    before, after = (
        {}
        if kind is absent
        else rows_by_number(changes, chosen, kind, letter, names)
        if changes.key
        else keys  # without a key the compared values are the row
        for letter, absent in (("a", Kind.ADDED), ("b", Kind.REMOVED))
    )
    for number, count, *flagged in rows:
        differing = {name for name, differs in zip(changes.columns, flagged, strict=True) if differs}
        old, new = (
            tuple(pair for pair in values.get(number, ()) if kind is not Kind.CHANGED or pair[0] in differing)
            for values in (before, after)
        )
        yield Sample(kind=kind, key=keys[number] if changes.key else (), before=old, after=new, count=count)


def keys_by_number(changes: RowChanges, picked: str, side: str, prefix: str) -> Rows:
    """Return the key of each row of `picked`, by its `id`. Columns `prefix`0, ... hold the key as `side` stores it."""
    shown = _shown(changes.table(side), changes.names, prefix)
    return _by_number(changes.duck.query(f"SELECT id, {shown} FROM {picked}").rows, changes.names)  # noqa: S608


def rows_by_number(changes: RowChanges, picked: str, kind: Kind, side: str, names: Sequence[str]) -> Rows:
    """Return the values of the columns `names` on `side` for each row of `picked`, by its `id`.

    For `picked`, see RowChanges.select_rows.
    """
    if not names:
        return {}
    rows = changes.select_rows(picked, kind, side, names, tag="p.id")
    shown = _shown(changes.table(side), names, "c")
    return _by_number(changes.duck.query(f"SELECT tag, {shown} FROM ({rows})").rows, names)  # noqa: S608


def _shown(table: Table, names: Sequence[str], prefix: str) -> str:
    return ", ".join(equality.shown(f"{prefix}{i}", table.column(name).type) for i, name in enumerate(names))


def _by_number(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> Rows:
    return {number: tuple(zip(names, row, strict=True)) for number, *row in rows}
