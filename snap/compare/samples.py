"""A few differing rows of a table as values for people, the first ones by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from snap.compare.model import Kind, Sample
from snap.compare.rows import RowChanges
from snap.duck import quote
from snap.schema import Table
from snap.types import duckdb as equality

_Values = tuple[tuple[str, Any], ...]


def samples(changes: RowChanges, limit: int) -> tuple[Sample, ...]:
    """Return up to `limit` rows of each kind: added, removed, changed, each ordered by key. Errors: QueryError."""
    if not limit or not changes.names:
        return ()
    picked = quote(f"picked of {changes.relation}")
    changes.duck.execute(f"CREATE TABLE {picked} AS {' UNION ALL '.join(_pick(changes, kind, limit) for kind in Kind)}")
    return tuple(sample for kind in Kind for sample in _samples(changes, picked, kind))


def _pick(changes: RowChanges, kind: Kind, limit: int) -> str:
    """Return the SELECT of the first `limit` keys of one kind, numbered (`id`) in the order of what is compared."""
    letter, table = ("b", changes.b.table) if kind is Kind.ADDED else ("a", changes.a.table)
    types = [table.column(name).type for name in changes.names]
    order = ", ".join(equality.comparable(f"{letter}{i}", type_, type_) for i, type_ in enumerate(types))
    return (
        f"(SELECT row_number() OVER (ORDER BY {order}) AS id, * FROM {changes.relation} "  # noqa: S608 - ours
        f"WHERE kind = '{kind}' ORDER BY {order} LIMIT {limit})"
    )


def _samples(changes: RowChanges, picked: str, kind: Kind) -> Iterator[Sample]:
    duck, a, b = changes.duck, changes.a.table, changes.b.table
    flags = "".join(f", d{i}" for i in range(len(changes.columns)))
    rows = duck.query(f"SELECT id, n{flags} FROM {picked} WHERE kind = '{kind}' ORDER BY id").rows  # noqa: S608
    if not rows:
        return
    of, table = ("b", b) if kind is Kind.ADDED else ("a", a)
    key = _stored(changes, picked, kind, of, table)
    if not changes.key:
        for number, count in rows:
            whole = key[number]
            yield _sample(kind, (), whole, count)
        return
    if kind is not Kind.CHANGED:
        whole_rows = _fetched(changes, picked, kind, of, [column.name for column in table.stored])
        for number, count, *_ in rows:
            yield _sample(kind, key[number], whole_rows.get(number, ()), count)
        return
    moved = [name for i, name in enumerate(changes.columns) if any(row[2 + i] for row in rows)]
    before, after = (_fetched(changes, picked, kind, letter, moved) for letter in "ab")
    for number, count, *differs in rows:
        names = {name for name, is_so in zip(changes.columns, differs, strict=True) if is_so}
        old, new = (tuple(pair for pair in side.get(number, ()) if pair[0] in names) for side in (before, after))
        yield Sample(kind=kind, key=key[number], before=old, after=new, count=count)


def _sample(kind: Kind, key: _Values, row: _Values, count: int) -> Sample:
    if kind is Kind.ADDED:
        return Sample(kind=kind, key=key, after=row, count=count)
    return Sample(kind=kind, key=key, before=row, count=count)


def _stored(changes: RowChanges, picked: str, kind: Kind, of: str, table: Table) -> dict[int, _Values]:
    """Return the key of each picked row, by number."""
    columns = shown(table, changes.names, of)
    answer = changes.duck.query(f"SELECT id, {columns} FROM {picked} WHERE kind = '{kind}'")  # noqa: S608
    return by_number(answer.rows, changes.names)


def _fetched(changes: RowChanges, picked: str, kind: Kind, of: str, names: Sequence[str]) -> dict[int, _Values]:
    """Return `names` of each picked row as side `of` has it, by number."""
    table = (changes.a if of == "a" else changes.b).table
    chosen = f"(SELECT * FROM {picked} WHERE kind = '{kind}')"  # noqa: S608
    rows = changes.select_rows(chosen, kind, of, names, tag="p.id")
    answer = changes.duck.query(f"SELECT tag, {shown(table, names, 'c')} FROM ({rows})")  # noqa: S608
    return by_number(answer.rows, names)


def shown(table: Table, names: Sequence[str], letter: str) -> str:
    """Return what a SELECT asks for to show `names`, which are there as `letter`0, `letter`1, ..."""
    return ", ".join(equality.shown(f"{letter}{i}", table.column(name).type) for i, name in enumerate(names))


def by_number(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[int, _Values]:
    """Return (column, value) pairs by the number that each row begins with."""
    return {number: tuple(zip(names, row, strict=True)) for number, *row in rows}
