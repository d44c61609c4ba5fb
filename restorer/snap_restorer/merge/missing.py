"""`--mode missing`: insert the rows of a snapshot whose keys a live table lacks, and change no other row.

    compare    keys of both sides; for present rows also the other unique keys
    stage      the missing rows in staging tables, without the columns that triggers maintain
    foresee    the rows that would collide or have no parent; parents before children, so that a skipped row takes its
               children with it
    insert     one statement for each table, with its triggers; rows that still fail are found by their constraint, else
               by halves, and are skipped too

Every row that is skipped becomes a conflict with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from psycopg import sql

from snap.errors import TargetError
from snap.schema import Column
from snap.store import Snapshot
from snap.units import bullets, plural
from snap_restorer.load import rowhash
from snap_restorer.load.restore_plan import TablePlan
from snap_restorer.merge import row_comparison, staging, unproved
from snap_restorer.merge.inserting import InsertGroup, insert
from snap_restorer.merge.locked_target import LockedTarget, advance_sequences
from snap_restorer.merge.row_comparison import ColumnGroup, RowAnswer, RowQuestion
from snap_restorer.merge.staging import StagingTable
from snap_restorer.pg import constraints, owner_role, row_security, transaction
from snap_restorer.pg.constraints import TargetReference, Unique
from snap_restorer.pg.target import Connection
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import Conflict, MergeResult, TableResult
from snap_restorer.values.shift import require_shiftable

_KEY_CHARACTERS = 200  # the most characters of a conflict's key, or of a whole row without a key


@dataclass(slots=True)
class _Table:
    """One table of a restore in mode missing: its comparison with the snapshot, and its staged rows."""

    question: RowQuestion
    key: Unique | None
    others: tuple[Unique, ...]
    stage: StagingTable | None = None
    unchanged: int = 0
    inserted: int = 0
    skips: bool = False
    seconds: float = 0.0
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def plan(self) -> TablePlan:
        return self.question.table

    @property
    def oid(self) -> int:
        return self.plan.target.oid

    def result(self) -> TableResult:
        """Return the table's counts after the insert."""
        return TableResult(
            name=self.plan.label,
            rows=self.plan.data.rows,
            inserted=self.inserted,
            unchanged=self.unchanged,
            skipped=len(self.conflicts),
            seconds=self.seconds,
        )


def insert_missing(connection: Connection, job: RestoreJob, locked: LockedTarget) -> MergeResult:
    """Insert the rows that are missing. The caller commits or rolls back.

    Raise TargetError if rows cannot be inserted and the request is strict.
    """
    require_shiftable(job.snapshot, job.shift_days)
    tables = [_table(table, locked) for table in locked.tables]
    answers = []
    began = time.perf_counter()
    job.progress.start("compare", len(tables))
    for table, answer in zip(
        tables, row_comparison.compare(connection, job.snapshot, [t.question for t in tables]), strict=True
    ):
        answers.append(answer)
        job.progress.advance("compare", 1)
        table.seconds, began = time.perf_counter() - began, time.perf_counter()
    locked.require_room(connection, sum(len(answer.lacking) > 0 for answer in answers), job.manifest.version)
    lacking = any(len(answer.lacking) for answer in answers)
    lifted = unproved.lift(connection, job, locked, ()) if lacking else ()
    for number, (table, answer) in enumerate(zip(tables, answers, strict=True)):
        _stage(connection, job.snapshot, locked, table, answer, number)
    staged = {table.oid: table for table in tables if table.stage is not None}
    if staged:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    by_oid = {table.oid: table for table in tables}
    job.progress.start("insert", len(tables))
    for group in _groups(list(by_oid), locked.references):
        here = [staged[oid] for oid in group if oid in staged]
        if here:
            _merge(connection, locked, here, staged)
        job.progress.advance("insert", len(group))
    advance_sequences(connection, locked, {table.plan.label for table in staged.values() if table.inserted})
    staging.close(connection, [table.stage for table in staged.values() if table.stage is not None])
    unproved.put_back(connection, locked, lifted)
    row_security.switch_forced(connection, locked.lifted, on=True)
    conflicts = tuple(conflict for table in tables for conflict in table.conflicts)
    if conflicts:
        _report(conflicts, job)
    results = {table.plan.label: table.result() for table in tables}
    return MergeResult(
        tables=tuple(results[data.table.label] for data in job.manifest.tables), verified="counts", conflicts=conflicts
    )


def _report(conflicts: Sequence[Conflict], job: RestoreJob) -> None:
    """Warn of skipped rows, or raise TargetError if the request is strict."""
    rows = f"{plural(len(conflicts), 'row')} of the snapshot"
    if job.request.strict:
        listed = bullets(f"{conflict.table} {conflict.key}: {conflict.reason}" for conflict in conflicts)
        raise TargetError(
            f"{rows} cannot be inserted:\n{listed}",
            "change the rows or constraints of the database that conflict with them",
            option="strict",
            unchanged=True,
        )
    job.progress.warn(f"{rows} skipped because of conflicts with the database")


def _table(table: TablePlan, locked: LockedTarget) -> _Table:
    """Return the comparison for a table: by its key and other unique keys, or by whole rows if there is no key."""
    oid, written = table.target.oid, locked.written(table, derived=False)
    target_columns = {column.name: column for column in table.target.columns}
    stored = {column.name: column for column in table.data.table.stored}

    def part(names: Iterable[str]) -> ColumnGroup:
        columns: tuple[Column, ...] = tuple(stored[name] for name in names)
        return row_comparison.column_group(columns, [target_columns[column.name] for column in columns])

    key = constraints.identity(locked.uniques[oid], written, table.data.table.primary_key, ())
    others = [
        unique
        for unique in locked.uniques[oid]
        if key is not None
        and unique.plain
        and set(unique.names) <= set(written)
        and set(unique.names) != set(key.names)
    ]
    question = RowQuestion(
        table=table,
        leaves=locked.leaves[oid],
        key=part(key.names) if key else ColumnGroup(columns=tuple(stored[name] for name in written), fixed=False),
        others=tuple(part(unique.names) for unique in others),
        shift_days=locked.shift_days,
    )
    return _Table(question, key, tuple(others))


def _stage(
    connection: Connection, snapshot: Snapshot, locked: LockedTarget, table: _Table, answer: RowAnswer, number: int
) -> None:
    """Stage the rows that are missing, and the rows whose key is taken by a different row."""
    done = np.empty(0, np.int64)
    table.unchanged = table.plan.data.rows - len(answer.lacking)
    if not len(answer.lacking) and not any(map(len, answer.taken)):
        return
    written = locked.written(table.plan, derived=False)
    table.stage = stage = staging.open_stage(connection, table.plan, locked.details[table.oid], number, written=written)
    for unique, taken in zip(table.others, answer.taken, strict=True):
        new = np.setdiff1d(taken, done)
        done = np.union1d(done, new)
        if len(new):
            staging.fill(connection, snapshot, stage, new, locked.shift_days)
            reason = f"key taken: the row with this key in the database differs in {unique.said()}"
            staging.refuse(connection, stage, reason, sql.SQL("true"))
    table.unchanged -= len(done)
    table.skips = len(done) > 0
    staging.fill(connection, snapshot, stage, answer.lacking, locked.shift_days)
    if table.key is None and rowhash.inexact(table.plan):
        staging.mark(connection, stage, table.question.leaves, answer.extra)
        table.unchanged += len(staging.drop_equal(connection, stage, table.question.key.columns, locked.shift_days))


def _merge(connection: Connection, locked: LockedTarget, group: Sequence[_Table], staged: Mapping[int, _Table]) -> None:
    """Insert the rows of one table, or of several tables that reference each other in a circle."""
    batches = []
    for table in group:
        assert table.stage is not None
        batches.append(
            InsertGroup(
                oid=table.oid,
                stage=table.stage,
                key=table.key,
                uniques=locked.uniques[table.oid],
                ruled=table.oid in locked.ruled,
            )
        )

    def foresee() -> None:
        for table in group:
            with owner_role.as_role(connection, table.plan.role):
                _collisions(connection, locked, table)
        _orphans(connection, locked, group, staged)

    # Foreign keys do not notice if a row with the parent's key is not the parent in the snapshot.
    parents = {r.parent for r in locked.references if r.child in {table.oid for table in group}}
    if any(staged[oid].skips for oid in parents if oid in staged):
        foresee()
    # Triggers must see the same rows as when the application writes.
    transaction.set_local(connection, "row_security", "on")
    counts = insert(connection, batches, foresee)
    transaction.set_local(connection, "row_security", "off")
    for table, inserted in zip(group, counts, strict=True):
        assert table.stage is not None
        table.inserted = inserted
        table.conflicts += _conflicts(connection, table, table.stage)
        table.skips = bool(table.conflicts)


def _collisions(connection: Connection, locked: LockedTarget, table: _Table) -> None:
    """Remove staged rows whose key the table already holds, and mark rows whose other unique keys are taken."""
    stage = table.stage
    assert stage is not None
    names = {column.name for column in stage.table.columns}
    for unique in locked.uniques[table.oid]:
        if not unique.uses <= names:
            continue
        alike = stage.collides(unique)
        if unique == table.key:
            deleted = connection.execute(stage.sql("DELETE FROM {s} WHERE {reason} IS NULL AND {alike}", alike=alike))
            table.unchanged += deleted.rowcount
        else:
            staging.refuse(connection, stage, f"{unique.said()} is taken by another row", alike)


def _orphans(
    connection: Connection, locked: LockedTarget, group: Sequence[_Table], staged: Mapping[int, _Table]
) -> None:
    """Mark staged rows whose parents are missing, repeatedly, since a marked row may be another row's parent."""
    among = {table.oid: table for table in group}
    references = [r for r in locked.references if r.child in among and r.enforced and not r.period]
    again = True
    while again:
        again = False
        for reference in references:
            child = among[reference.child].stage
            assert child is not None
            if not reference.child_routing.union(reference.columns) <= {column.name for column in child.table.columns}:
                continue
            parent = staged.get(reference.parent)
            if parent is None and not reference.parent_readable:
                continue  # Postgres will report each such row
            count = _mark_orphans(connection, child, reference, parent, inside=reference.parent in among)
            again = again or (count > 0 and any(r.parent in among for r in references))


def _mark_orphans(
    connection: Connection, child: StagingTable, reference: TargetReference, parent: _Table | None, *, inside: bool
) -> int:
    present = sql.SQL("EXISTS (SELECT FROM {} AS p WHERE {})").format(reference.parents(), reference.meets("p", "s"))
    stage = parent.stage if parent is not None else None
    if stage is not None and reference.parent_routing.union(reference.to_columns) <= {
        column.name for column in stage.table.columns
    }:
        meets, within = reference.meets("p", "s"), reference.within_parent()
        skipped = stage.sql(
            "NOT EXISTS (SELECT FROM {s} AS p WHERE p.{reason} <> '' AND {meets} AND {within})",
            meets=meets,
            within=within,
        )
        present = sql.SQL("({} AND {})").format(present, skipped)
        if inside:
            coming = stage.sql(
                "EXISTS (SELECT FROM {s} AS p WHERE p.{reason} IS NULL AND {meets} AND {within})",
                meets=meets,
                within=within,
            )
            present = sql.SQL("({} OR {})").format(present, coming)
    values = sql.SQL(", ").join(
        sql.SQL("pg_catalog.concat(s.{})").format(sql.Identifier(name)) for name in reference.columns
    )
    why = sql.SQL("pg_catalog.concat({}, pg_catalog.concat_ws(', ', {}), ')')").format(
        sql.Literal(f"parent not there: {'.'.join(reference.parent_label)} ({', '.join(reference.columns)}) = ("),
        values,
    )
    return connection.execute(
        child.sql(
            "UPDATE {s} AS s SET {reason} = {why} WHERE s.{reason} IS NULL AND {asks} AND NOT {there}",
            why=why,
            asks=reference.asks("s"),
            there=present,
        )
    ).rowcount


def _conflicts(connection: Connection, table: _Table, stage: StagingTable) -> list[Conflict]:
    names = table.key.names if table.key else tuple(column.name for column in stage.table.columns)
    each = [sql.SQL("pg_catalog.concat(s.{})").format(sql.Identifier(name)) for name in names]
    # A function takes 100 arguments.
    parts = [
        sql.SQL("pg_catalog.concat_ws(', ', {})").format(sql.SQL(", ").join(each[start : start + 90]))
        for start in range(0, len(each), 90)
    ]
    shown = sql.SQL(" || ', ' || ").join(parts or [sql.SQL("{}").format(sql.Literal(""))])
    rows = connection.execute(
        stage.sql(
            "SELECT pg_catalog.left({shown}, {length}), s.{reason} FROM {s} AS s"
            " WHERE s.{reason} <> '' ORDER BY s.{row}",
            shown=shown,
            length=sql.Literal(_KEY_CHARACTERS),
        )
    )
    label = table.plan.label
    return [Conflict(table=label, key=f"({key})" if len(names) > 1 else key, reason=reason) for key, reason in rows]


def _groups(oids: Sequence[int], references: Iterable[TargetReference]) -> list[list[int]]:
    """Split tables, in load order, into groups that reference each other in a circle, with parents before children."""
    parents: dict[int, set[int]] = {oid: set() for oid in oids}
    for reference in references:
        if reference.child in parents and reference.parent in parents:
            parents[reference.child].add(reference.parent)
    reach = {oid: _reach(oid, parents) for oid in oids}
    groups: list[list[int]] = []
    waiting = list(oids)
    while waiting:
        # The first table whose ancestors are all done, or in a circle with it.
        oid = next(o for o in waiting if all(o in reach[p] for p in reach[o] if p in waiting and p != o))
        group = [o for o in waiting if o == oid or (o in reach[oid] and oid in reach[o])]
        groups.append(group)
        waiting = [o for o in waiting if o not in group]
    return groups


def _reach(start: int, parents: Mapping[int, set[int]]) -> set[int]:
    reached: set[int] = set()
    todo = [start]
    while todo:
        new = parents[todo.pop()] - reached
        reached |= new
        todo += new
    return reached
