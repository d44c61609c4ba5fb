"""`--mode sync`: make the rows of a live table equal to the snapshot's, with the fewest writes, while others read it.

compare    row hashes of both sides; if a table's digest agrees, the table is done
stage      the snapshot's rows that the table lacks, in a staging table; the table's rows that the snapshot lacks
pair       by key: a row on both sides is changed, the others are new or extra
refuse     changes that would affect rows of tables outside the snapshot
apply      one statement for all tables, deletes before updates before inserts; Postgres checks its foreign keys when
           all of it is done, so no order of tables matters, and ON DELETE finds nothing left to act on
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from psycopg import sql
from psycopg.sql import Composable, Composed

from snap.manifest import TableData
from snap.progress import phase
from snap.schema import Column, table_label
from snap.store import Snapshot
from snap.types import Family
from snap_restorer.load import rowhash, table_objects
from snap_restorer.load.restore_plan import TablePlan, has_triggers, require_fitting
from snap_restorer.merge import foreign_keys, row_comparison, staging, swaps, unproved
from snap_restorer.merge.locked_target import LockedTarget, advance_sequences
from snap_restorer.merge.row_comparison import RowAnswer, RowQuestion
from snap_restorer.merge.staging import StagingTable
from snap_restorer.merge.swaps import Change
from snap_restorer.pg import constraints, owner_role, row_security, transaction
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.constraints import Unique
from snap_restorer.pg.indexes import Definition
from snap_restorer.pg.introspect import TargetTrigger
from snap_restorer.pg.target import Connection
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import MergeResult, TableResult
from snap_restorer.values import canonical_sql
from snap_restorer.values.shift import require_shiftable


def synchronise(connection: Connection, job: RestoreJob, locked: LockedTarget) -> MergeResult:
    """Make the tables' rows equal to the snapshot's. The caller commits or rolls back.

    Errors: TargetError if rows outside the snapshot would be affected; CheckError if the result differs from the
    snapshot.
    """
    require_shiftable(job.snapshot, job.shift_days)
    changes, seconds, lifted = _differences(connection, job, locked)
    foreign_keys.require_within(connection, locked, changes)
    triggers = _triggers(locked, changes)
    if changes:
        table_objects.hold_off_triggers(connection, triggers)
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
        # Functions in defaults and expressions find other objects by the role's own path.
        role = staging.common_role(change.stage for change in changes)
        with (
            phase(job.progress, "copy changes"),
            transaction.own_path(connection),
            owner_role.as_role(connection, role),
        ):
            swaps.apply(connection, locked, changes)
        table_objects.check_references(connection)
        foreign_keys.require_untouched(connection, locked, changes)
        table_objects.restore_triggers(connection, triggers)
        staging.close(connection, [change.stage for change in changes])
    unproved.put_back(connection, locked, lifted)
    advance_sequences(connection, locked, {change.label for change in changes if change.inserts or change.updates})
    row_security.switch_forced(connection, locked.lifted, on=True)
    by_label = {change.label: change for change in changes}
    return MergeResult(
        tables=tuple(
            _result(data, by_label.get(data.table.label), seconds[data.table.label]) for data in job.manifest.tables
        ),
        verified="counts" if any(rowhash.inexact(table) for table in locked.tables) else "full",
        triggers=tuple(f"{'.'.join(trigger.table)}: {trigger.name}" for trigger in triggers),
    )


def _result(data: TableData, change: Change | None, seconds: float) -> TableResult:
    if change is None:
        return TableResult(name=data.table.label, rows=data.rows, inserted=0, unchanged=data.rows, seconds=seconds)
    return TableResult(
        name=data.table.label,
        rows=data.rows,
        inserted=change.inserts,
        updated=change.updates,
        deleted=change.deletes,
        unchanged=data.rows - change.inserts - change.updates,
        seconds=seconds,
    )


def _differences(
    connection: Connection, job: RestoreJob, locked: LockedTarget
) -> tuple[list[Change], dict[str, float], tuple[Definition, ...]]:
    """Stage each table's differing rows, after dropping the NOT VALID constraints that rows may violate.

    Return the changes, the seconds that comparing each table took, and the dropped constraints.
    """
    snapshot, progress = job.snapshot, job.progress
    questions = [_question(table, locked) for table in locked.tables]
    found, seconds = [], {}
    began = time.perf_counter()
    progress.start("compare", len(questions))
    for question, answer in zip(questions, row_comparison.compare(connection, snapshot, questions), strict=True):
        progress.advance("compare", 1)
        seconds[question.table.label], began = time.perf_counter() - began, time.perf_counter()
        if len(answer.lacking) or len(answer.extra):
            found.append((question, answer))
    locked.require_room(connection, len(found), snapshot.manifest.version)
    lacking = {question.table.name for question, answer in found if len(answer.lacking)}
    lifted = unproved.lift(connection, job, locked, lacking) if lacking else ()
    changes = [
        _change(connection, snapshot, locked, question, answer, number)
        for number, (question, answer) in enumerate(found)
    ]
    return [change for change in changes if change.inserts or change.updates or change.deletes], seconds, lifted


def _question(table: TablePlan, locked: LockedTarget) -> RowQuestion:
    written = {column.name for column in table.columns}
    columns = tuple(column for column in table.data.table.stored if column.name in written)
    return RowQuestion(
        table=table,
        leaves=locked.leaves[table.target.oid],
        key=row_comparison.ColumnGroup(columns=columns, fixed=False),
        digest=True,
        shift_days=locked.shift_days,
    )


def _change(
    connection: Connection,
    snapshot: Snapshot,
    locked: LockedTarget,
    question: RowQuestion,
    answer: RowAnswer,
    number: int,
) -> Change:
    """Stage one table's differing rows, and pair those that have the same key."""
    table, target_columns = question.table, {column.name: column for column in question.table.target.columns}
    oid = table.target.oid
    written = locked.written(table, derived=True)
    stage = staging.open_stage(connection, table, locked.details[oid], number, written=written)
    staging.fill(connection, snapshot, stage, answer.lacking, locked.shift_days)
    staging.mark(connection, stage, question.leaves, answer.extra)
    columns, expected = question.key.columns, answer.sum
    referenced = {frozenset(r.to_columns) for r in locked.references if r.parent == oid}
    key = constraints.identity(locked.uniques[oid], written, table.data.table.primary_key, referenced)
    # Written values are canonical, so they are hashed as they are printed.
    printed = rowhash.row_hash(columns, target_columns, shift_days=locked.shift_days, alias="t", printed=True)
    inexact = rowhash.inexact(table)
    if inexact or (key is None and rowhash.has_jsonb(columns)):
        expected -= sum(staging.drop_equal(connection, stage, columns, locked.shift_days))
    if key is not None:
        connection.execute(_pair_sql(stage, key))
        staged = rowhash.row_hash(columns, target_columns, shift_days=locked.shift_days, alias="s", printed=True)
        expected -= sum(_drop_pairs(connection, stage, columns, staged))
    counts = stage.sql(
        "SELECT (SELECT pg_catalog.count(*) FROM {s}), pg_catalog.count(*), pg_catalog.count({row}) FROM {g}"
    )
    inserts_or_updates, gone, updates = one_row(connection, counts)
    changed = _changed_columns(connection, stage, question) if updates else ()
    always = {name for name, detail in locked.details[oid].items() if detail.always}
    change = Change(
        label=table.label,
        stage=stage,
        key=key,
        inserts=inserts_or_updates - updates,
        updates=updates,
        deletes=gone - updates,
        columns=tuple(name for name in changed if name not in always),
        hashed=None if inexact else printed,
        expected=expected % (1 << 256),
    )
    for name in changed:
        if name in always:  # an UPDATE cannot set an identity that is GENERATED ALWAYS
            swaps.replace_rows(connection, change, (name,))
    return change


def _pair_sql(stage: StagingTable, key: Unique) -> Composed:
    """Return the statement that assigns each row to be replaced the staged row with the same key. Pure."""
    pairs = sql.SQL(" AND ").join(
        sql.SQL("t.{c}{k} OPERATOR({n}.{o}) s.{c}{k}").format(
            c=sql.Identifier(name),
            k=sql.SQL(f" COLLATE {collation}" if collation else ""),
            n=sql.Identifier(schema),
            o=sql.SQL(symbol),
        )
        for name, collation, (schema, symbol) in zip(key.names, key.collations, key.operators, strict=True)
    )
    return stage.sql(
        "UPDATE {g} AS g SET {row} = s.{row} FROM {t} AS t, {s} AS s"
        " WHERE t.ctid = g.tid AND t.tableoid = g.leaf AND {pairs}",
        pairs=pairs,
    )


def _changed_columns(connection: Connection, stage: StagingTable, question: RowQuestion) -> tuple[str, ...]:
    """Return the names of the columns in which any pair of an old and a new row differs."""
    each = [
        sql.SQL("pg_catalog.bool_or({})").format(differs)
        for differs in _differences_by_column(stage, question.key.columns)
    ]
    row = one_row(connection, sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(each), swaps.paired(stage)))
    return tuple(column.name for column, differs in zip(question.key.columns, row, strict=True) if differs)


def _drop_pairs(connection: Connection, stage: StagingTable, columns: Sequence[Column], hashed: Composed) -> list[int]:
    """Remove pairs that differ only in how jsonb prints fractions, and return the hashes of their staged rows."""
    if not rowhash.has_jsonb(columns):
        return []
    equal = stage.sql(
        "equal AS (SELECT s.ctid AS ours, g.ctid AS theirs, {hashed} AS hash FROM {pairs} WHERE NOT ({differ}))",
        hashed=hashed,
        pairs=swaps.paired(stage),
        differ=sql.SQL(" OR ").join(_differences_by_column(stage, columns)),
    )
    return staging.drop(connection, stage, equal)


def _differences_by_column(stage: StagingTable, columns: Sequence[Column]) -> list[Composed]:
    """Return SQL for each column: whether the canonical bytes of a pair's two values, t's and s's, differ."""
    target_columns = {column.name: column for column in stage.table.target.columns}
    each = []
    for column in columns:
        into = canonical_sql.natural(target_columns[column.name])
        t, s = (sql.Identifier(alias, column.name) for alias in ("t", "s"))
        sides: list[Composable] = [t, s]
        if into.facts.family is Family.CHARACTER:
            sides = [sql.SQL('{}::text COLLATE pg_catalog."C"').format(side) for side in sides]
        elif not into.facts.exact:
            sides = [canonical_sql.payload(column.type, into, side) for side in sides]
        each.append(sql.SQL("{} IS DISTINCT FROM {}").format(*sides))
    return each


def _triggers(locked: LockedTarget, changes: Sequence[Change]) -> tuple[TargetTrigger, ...]:
    """Return the triggers to disable, since any of them may change what is written.

    Triggers would also react to changes that a sync only undoes. Errors: TargetError if this role may not disable them.
    """
    names = {table.name: table for table in locked.tables}
    written = {change.stage.table.name for change in changes}
    partitions = any(change.stage.table.partitioned for change in changes)
    triggers = tuple(
        t
        for t in locked.state.triggers
        if t.state != "D" and (t.table in written or (partitions and t.table not in names))
    )
    require_fitting(
        [
            (f"table {table_label(*name)}", has_triggers(locked.state.role))
            for name in dict.fromkeys(trigger.table for trigger in triggers if not trigger.ours)
        ]
    )
    return triggers
