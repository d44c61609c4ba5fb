"""Find the rows of a version and a database that collide, so that only one of the two can be kept.

- both changed the same column of a row, to different values; different columns of a row do not collide
- one removed a row that the other changed
- both added a key, with different values in a column that both have

Equal changes on both sides are no collision. Rows are matched by a key that all three sides share. Without one no
collision is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from snap.compare.model import Collision, Kind
from snap.compare.rows import RowChanges, any_of
from snap.compare.samples import keys_by_number, rows_by_number
from snap.compare.schema import common_columns
from snap.duck import quote
from snap.types.duckdb import comparable


def collisions(version: RowChanges, database: RowChanges, limit: int) -> tuple[int, tuple[Collision, ...]]:
    """Count the collisions of two comparisons with the same origin and key, and return the first `limit` by key.

    Errors: QueryError.
    """
    duck = version.duck
    met = quote(f"met in {version.relation}")
    shared = tuple(n for n in common_columns(version.b.table, database.b.table) if n not in version.key)
    duck.execute(f"CREATE TABLE {met} AS {_met(version, database, shared)}")
    collided = quote(f"collisions in {version.relation}")
    duck.execute(
        f"CREATE TABLE {collided} AS {_by_kind(met, shared)} UNION ALL {_by_value(version, database, met, shared)}"
    )
    [(count,)] = duck.query(f"SELECT count(*) FROM {collided}").rows  # noqa: S608 - every name is ours
    if not count or not limit:
        return count, ()
    return count, _samples(version, database, collided, shared, limit)


def _met(version: RowChanges, database: RowChanges, shared: tuple[str, ...]) -> str:
    """Return a SELECT of the rows that differ from the origin on both sides, numbered by `id`.

    `vk` and `dk` are the kinds of change in the version and in the database. The key is in a0, ... as the origin stores
    it, in vb0, ... as the version stores it, and in db0, ... as the database stores it. v0, ... and d0, ... say for
    each side whether it differs in a column, NULL if the column was not compared.
    """
    origin, ours, theirs = version.a.table, version.b.table, database.b.table
    places, by_origin, by_added = range(len(version.key)), [], []
    for i, name in enumerate(version.key):
        kind, mine, other = (table.column(name).type for table in (origin, ours, theirs))
        by_origin.append(f"{comparable(f'v.a{i}', kind, kind)} = {comparable(f'd.a{i}', kind, kind)}")
        by_added.append(f"{comparable(f'v.b{i}', mine, other)} = {comparable(f'd.b{i}', other, mine)}")
    shown = ["v.kind AS vk", "d.kind AS dk"]
    shown += [f"{side}.{old} AS {new}" for i in places for side, old, new in
              (("v", f"a{i}", f"a{i}"), ("v", f"b{i}", f"vb{i}"), ("d", f"b{i}", f"db{i}"))]  # fmt: skip
    for side, changes in (("v", version), ("d", database)):
        flags = {name: f"{side}.d{i}" for i, name in enumerate(changes.columns)}
        shown += [f"{flags.get(name, 'NULL::BOOLEAN')} AS {side}{i}" for i, name in enumerate(shared)]
    added = f"v.kind = '{Kind.ADDED}'"
    parts = [
        f"SELECT {', '.join(shown)} FROM {version.relation} AS v JOIN {database.relation} AS d "  # noqa: S608 - ours
        f"ON {' AND '.join(on)} WHERE {where} AND {where.replace('v.', 'd.', 1)}"
        for on, where in ((by_origin, f"v.kind <> '{Kind.ADDED}'"), (by_added, added))
    ]
    return f"SELECT row_number() OVER () AS id, * FROM ({' UNION ALL '.join(parts)})"  # noqa: S608


def _by_kind(met: str, shared: tuple[str, ...]) -> str:
    """Return a SELECT of the rows that one side removed and the other changed. x0, ... flag the changed columns."""
    changed = "".join(f", coalesce(d{i}, false) OR coalesce(v{i}, false) AS x{i}" for i in range(len(shared)))
    return f"SELECT id{changed} FROM {met} WHERE vk <> dk"  # noqa: S608 - removed and changed: the origin has no added row


def _by_value(version: RowChanges, database: RowChanges, met: str, shared: tuple[str, ...]) -> str:
    """Return a SELECT of the rows that both sides changed or added to differing values. x0, ... flag the columns."""
    both = f"vk = '{Kind.ADDED}'"
    where = any_of([both, *(f"(v{i} AND d{i})" for i in range(len(shared)))])
    asked = f"(SELECT * FROM {met} WHERE vk = dk AND vk <> '{Kind.REMOVED}' AND ({where}))"  # noqa: S608 - ours
    flags = []
    added = f"m.vk = '{Kind.ADDED}'"
    for i, name in enumerate(shared):
        mine, other = (changes.b.table.column(name).type for changes in (version, database))
        differs = f"{comparable(f'v.c{i}', mine, other)} IS DISTINCT FROM {comparable(f'd.c{i}', other, mine)}"
        flags.append(f"({added} OR (coalesce(m.v{i}, false) AND coalesce(m.d{i}, false))) AND {differs}")
    if not shared:
        return f"SELECT id FROM {met} WHERE false"  # noqa: S608
    columns = ", ".join(f"c{i}" for i in range(len(shared)))
    sides = []
    for letter, changes in (("v", version), ("d", database)):
        picked = _as_picked(asked, changes, "b", f"{letter}b")
        rows = changes.select_rows(picked, Kind.CHANGED, "b", shared, tag="p.id")
        sides.append(f"({rows}) AS {letter}(tag, {columns})")
    joined = f"{asked} AS m JOIN {sides[0]} ON v.tag = m.id JOIN {sides[1]} ON d.tag = m.id"
    named = ", ".join(f"{flag} AS x{i}" for i, flag in enumerate(flags))
    raised = any_of([f"x{i}" for i in range(len(shared))])
    return f"SELECT * FROM (SELECT id, {named} FROM {joined}) WHERE {raised}"  # noqa: S608


def _as_picked(numbered: str, changes: RowChanges, side: str, prefix: str) -> str:
    """Return rows in the form that `RowChanges.select_rows` takes. Columns `prefix`0, ... of `numbered` are the key."""
    keys = ", ".join(f"{prefix}{i} AS {side}{i}" for i in range(len(changes.key)))
    return f"(SELECT id, {keys} FROM {numbered})"  # noqa: S608 - ours


def _samples(
    version: RowChanges, database: RowChanges, collided: str, shared: tuple[str, ...], limit: int
) -> tuple[Collision, ...]:
    duck, origin, ours = version.duck, version.a.table, version.b.table
    met = quote(f"met in {version.relation}")
    order = ", ".join(  # rows that both sides added come last
        comparable(f"{letter}{i}", table.column(name).type, table.column(name).type)
        for letter, table in (("a", origin), ("vb", ours))
        for i, name in enumerate(version.key)
    )
    picked = quote(f"picked of collisions in {version.relation}")
    flags = "".join(f", x{i}" for i in range(len(shared)))
    duck.execute(
        f"CREATE TABLE {picked} AS SELECT row_number() OVER (ORDER BY {order}) AS number, m.*{flags} "  # noqa: S608
        f"FROM {collided} JOIN {met} AS m USING (id) ORDER BY {order} LIMIT {limit}"
    )
    rows = duck.query(f"SELECT id, vk, dk{flags} FROM {picked} ORDER BY number").rows  # noqa: S608
    named = [name for i, name in enumerate(shared) if any(row[3 + i] for row in rows)]
    before = [name for name in named if name in {column.name for column in origin.stored}]

    def chosen(where: str) -> str:
        return f"(SELECT * FROM {picked} WHERE {where})"  # noqa: S608 - ours

    def values(changes: RowChanges, side: str, prefix: str, names: list[str], where: str) -> dict[int, dict[str, Any]]:
        renamed = _as_picked(chosen(where), changes, side, prefix)
        rows = rows_by_number(changes, renamed, Kind.CHANGED, side, names)
        return {number: dict(pairs) for number, pairs in rows.items()}

    known = (
        values(version, "a", "a", before, f"vk <> '{Kind.ADDED}'"),
        values(version, "b", "vb", named, f"vk <> '{Kind.REMOVED}'"),
        values(database, "b", "db", named, f"dk <> '{Kind.REMOVED}'"),
    )
    keys = keys_by_number(version, chosen(f"vk <> '{Kind.ADDED}'"), "a", "a")
    keys |= keys_by_number(version, chosen(f"vk = '{Kind.ADDED}'"), "b", "vb")
    return tuple(
        Collision(
            key=keys[number],
            version=Kind(vk),
            database=Kind(dk),
            columns=tuple(
                (name, *_three_of(known, number, name)) for name, differs in zip(shared, differ, strict=True) if differs
            ),
        )
        for number, vk, dk, *differ in rows
    )


def _three_of(sides: Sequence[dict[int, dict[str, Any]]], number: int, name: str) -> tuple[Any, Any, Any]:
    old, new, other = (side.get(number, {}).get(name) for side in sides)
    return old, new, other
