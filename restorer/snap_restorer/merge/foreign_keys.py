"""Effects of foreign keys on rows that a sync does not write: refused before the sync writes, and checked after it."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from snap.errors import CheckError, TargetError
from snap.units import plural
from snap_restorer.load import rowhash
from snap_restorer.load.restore_plan import TablePlan
from snap_restorer.merge.locked_target import LockedTarget
from snap_restorer.merge.swaps import Change
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.constraints import TargetReference
from snap_restorer.pg.target import Connection

_ACTIONS = {"c": "ON DELETE CASCADE", "n": "ON DELETE SET NULL", "d": "ON DELETE SET DEFAULT"}


def require_within(connection: Connection, locked: LockedTarget, changes: Sequence[Change]) -> None:
    """Raise TargetError, with counts, if a sync would affect rows outside the snapshot, or lacks parents there."""
    inside = {table.target.oid: table for table in locked.tables}
    changed = {change.stage.table.target.oid: change for change in changes}
    problems = []
    for reference in locked.references:
        if reference.enforced and not reference.period:
            if reference.parent in changed and reference.child not in inside:
                problems.append(_reached(connection, reference, changed[reference.parent]))
            if reference.child in changed and reference.parent not in inside:
                problems.append(_parentless(connection, reference, changed[reference.child]))
    if any(problems):
        raise TargetError(
            "sync would conflict with tables outside the snapshot:\n" + "\n".join(f"- {p}" for p in problems if p),
            "delete or change those rows first, or include their tables in the snapshot",
            unchanged=True,
        )


def _reached(connection: Connection, reference: TargetReference, change: Change) -> str | None:
    """Return a problem if rows outside the snapshot reference rows that will be deleted, or whose key will change."""
    keyed = [name for name in reference.to_columns if name in change.columns]
    if not change.deletes and not keyed:
        return None
    outside = ".".join(reference.child_label)
    how = _ACTIONS.get(reference.on_delete, "no ON DELETE action")
    if not reference.child_readable:
        return (
            f"table {outside} references {change.label} ({how}, constraint {reference.name}), "
            "and this role may not read it"
        )
    if reference.child_lockable:
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(reference.children()))
    moved = sql.SQL(" OR ").join(
        [
            change.stage.sql("g.{row} IS NULL"),
            *(sql.SQL("t.{c} IS DISTINCT FROM s.{c}").format(c=sql.Identifier(name)) for name in keyed),
        ]
    )
    statement = change.stage.sql(
        "SELECT pg_catalog.count(*) FROM {children} AS c WHERE EXISTS (SELECT FROM {g} AS g"
        " JOIN {parents} AS t ON t.ctid = g.tid AND t.tableoid = g.leaf LEFT JOIN {s} AS s ON s.{row} = g.{row}"
        " WHERE {meets} AND ({moved}))",
        children=reference.children(),
        parents=reference.parents(),
        meets=reference.meets("t", "c"),
        moved=moved,
    )
    (count,) = one_row(connection, statement)
    if not count:
        return None
    rows = plural(count, "row")
    return (
        f"{rows} of {outside} reference rows of {change.label} that would be deleted or get another key "
        f"({how}, constraint {reference.name})"
    )


def _parentless(connection: Connection, reference: TargetReference, change: Change) -> str | None:
    written = {column.name for column in change.stage.table.columns}
    if not reference.parent_readable or not reference.child_routing.union(reference.columns) <= written:
        return None
    statement = sql.SQL(
        "SELECT pg_catalog.count(*) FROM {} AS s WHERE {} AND NOT EXISTS (SELECT FROM {} AS p WHERE {})"
    ).format(change.stage.relation, reference.asks("s"), reference.parents(), reference.meets("p", "s"))
    (count,) = one_row(connection, statement)
    if not count:
        return None
    rows = plural(count, "row")
    beyond = ".".join(reference.parent_label)
    return f"{rows} of {change.label} reference rows that do not exist in {beyond} (constraint {reference.name})"


def require_untouched(connection: Connection, locked: LockedTarget, changes: Sequence[Change]) -> None:
    """Raise CheckError if ON DELETE or ON UPDATE actions have changed rows that the sync did not mean to change.

    The check covers tables whose foreign keys the snapshot does not declare, and tables whose foreign keys reference
    other columns than those by which rows were paired.
    """
    changed = {change.stage.table.target.oid: change for change in changes}
    tables = {table.target.oid: table for table in locked.tables}
    doubtful = {
        r.child
        for r in locked.references
        if r.parent in changed
        and r.child in tables
        and {r.on_delete, r.on_update} & set(_ACTIONS)
        and not (_by_key(r, changed[r.parent]) and _declared(r, tables[r.child], tables[r.parent]))
    }
    wrong = [
        tables[oid].label
        for oid in doubtful
        if not rowhash.inexact(tables[oid])
        and not rowhash.loaded_rows_match(connection, tables[oid], locked.shift_days)
    ]
    if wrong:
        raise CheckError(
            f"ON DELETE or ON UPDATE actions changed rows of {', '.join(sorted(wrong))} that were already correct",
            option="mode",
            unchanged=True,
        )


def _by_key(reference: TargetReference, change: Change) -> bool:
    return change.key is not None and set(reference.to_columns) == set(change.key.names)


def _declared(reference: TargetReference, child: TablePlan, parent: TablePlan) -> bool:
    """Return whether the snapshot declares this foreign key, so that its rows were proved to satisfy the key.

    A snapshot declares no foreign keys of partitions.
    """
    return not (reference.child_bounds or reference.parent_bounds) and any(
        key.references == parent.label and set(key.columns) == set(reference.columns)
        for key in child.data.table.foreign_keys
    )
