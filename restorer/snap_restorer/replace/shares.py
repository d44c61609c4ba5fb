"""Decide which session of a restore over several connections replaces which tables. Pure.

Tables tied together by a foreign key that is not dropped cannot be emptied apart, so one session takes them all. The
same holds for a table and those that inherit from it, and for tables whose values together decide the position of a
sequence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from snap_restorer.load.restore_plan import RestorePlan
from snap_restorer.load.sequence_plan import SequencePlan
from snap_restorer.pg.indexes import Definition, Name

_INDEX_SHARE = 0.5  # time to build one index, relative to loading the rows of its table
_TABLE_BYTES = 50_000  # cost of an empty table, in bytes of rows


def lifted_keys(plan: RestorePlan) -> tuple[Definition, ...]:
    """Return the foreign keys that are dropped before any session begins, and created again after all have ended.

    Foreign keys that were never proved, or that the snapshot does not declare, are not among them. The snapshot's own
    rows may violate these, and that has to show before anything is committed.
    """
    names = {table.label: table.name for table in plan.tables}
    known = Counter((t.name, names.get(key.references)) for t in plan.tables for key in t.data.table.foreign_keys)
    there = Counter((d.table, d.to) for d in plan.definitions if d.kind == "foreign key")
    return tuple(
        d
        for d in plan.dropped
        if d.kind == "foreign key" and not d.unproved and there[d.table, d.to] <= known[d.table, d.to]
    )


def share_out(
    plan: RestorePlan, partitions: Mapping[Name, Name], ties: Iterable[tuple[Name, Name]], jobs: int
) -> tuple[RestorePlan, ...]:
    """Return up to `jobs` plans that take about equally long and together replace the rows of all tables.

    `partitions` has the table of each partition; `ties` are pairs of tables that one session has to load. No plan has
    foreign keys that are `lifted_keys`. Each sequence is moved together with a table that draws from it, so that later
    writers of that table draw from the new position.
    """
    if not plan.tables:
        return (plan,)
    indexes = Counter(d.table for d in plan.dropped if d.build)
    weights: dict[Name, float] = {}
    groups = _groups(plan, ties)
    for table in plan.tables:
        size = sum(file.bytes for file in table.data.files)
        weight = size * (1 + _INDEX_SHARE * indexes[table.name]) + _TABLE_BYTES
        weights[groups[table.name]] = weights.get(groups[table.name], 0) + weight
    loads = [0.0] * jobs
    session: dict[Name, int] = {}
    for group in sorted(weights, key=lambda group: -weights[group]):
        session[group] = min(range(jobs), key=loads.__getitem__)
        loads[session[group]] += weights[group]
    lifted = {d.oid for d in lifted_keys(plan)}
    of_sequence = {each.sequence.oid: _drawing(each, groups) for each in plan.sequences}
    of_table = {table.name: session[groups[table.name]] for table in plan.tables}
    shares = []
    for number in sorted(set(of_table.values())):
        names = {name for name, its in of_table.items() if its == number}
        shares.append(
            replace(
                plan,
                tables=tuple(table for table in plan.tables if table.name in names),
                sequences=tuple(s for s in plan.sequences if of_sequence[s.sequence.oid] in names),
                triggers=tuple(t for t in plan.triggers if partitions.get(t.table, t.table) in names),
                definitions=tuple(
                    d for d in plan.definitions if d.oid not in lifted and (d.table in names or d.to in names)
                ),
                dropped=tuple(d for d in plan.dropped if d.oid not in lifted and d.table in names),
                outside=(),
                views=(),
                notes=(),
            )
        )
    return tuple(shares)


def _drawing(sequence: SequencePlan, groups: Mapping[Name, Name]) -> Name:
    """Return a table that draws from a sequence, or any table if none does."""
    drawing = [table.name for table, _ in sequence.columns] or [d.table for d in sequence.sequence.draws if d.table]
    return next((name for name in drawing if name in groups), next(iter(groups)))


def _groups(plan: RestorePlan, ties: Iterable[tuple[Name, Name]]) -> dict[Name, Name]:
    """Return a representative table for each table, the same for all tables that are tied together."""
    leader = {table.name: table.name for table in plan.tables}

    def find(name: Name) -> Name:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    gone = {d.oid for d in lifted_keys(plan)}
    staying = [(d.table, d.to) for d in plan.definitions if d.to is not None and d.oid not in gone]
    told = [(a.name, b.name) for each in plan.sequences for (a, _), (b, _) in pairwise(each.columns)]
    for left, right in (*staying, *told, *ties):
        if left in leader and right in leader:
            leader[find(left)] = find(right)
    return {name: find(name) for name in leader}
