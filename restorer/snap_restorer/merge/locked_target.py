"""The target of a restore that changes only some rows (missing, sync): its tables, and the locks on them.

Both modes lock the snapshot's tables in SHARE ROW EXCLUSIVE MODE: readers go on, writers wait until the commit. So a
table does not change between reading and writing, and no row of the application can make a statement fail half way.
Waiting for one lock while holding others could be a deadlock that ends the application's transaction. So short waits
come first, and after each wait all locks are released.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap.manifest import Manifest
from snap.progress import Progress
from snap.schema import table_label
from snap_restorer.load import table_objects
from snap_restorer.load.restore_plan import (
    Misfitting,
    TablePlan,
    fitting,
    loading_order,
    owned_by_others,
    require_fitting,
    schema_is_missing,
    written_as,
)
from snap_restorer.load.sequence_plan import SequencePlan, move_sequences, plan_sequences
from snap_restorer.pg import constraints, ledger, locks, owner_role, row_security, transaction, user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.constraints import TargetReference, Unique
from snap_restorer.pg.indexes import Name
from snap_restorer.pg.introspect import TargetState, introspect
from snap_restorer.pg.locks import LockCount
from snap_restorer.pg.row_relations import ColumnDetail, Leaf, column_details, leaves
from snap_restorer.pg.server_errors import LockHeldError
from snap_restorer.pg.target import Connection
from snap_restorer.request import Request
from snap_restorer.restore_job import RestoreJob

_SHORT_S = 0.5  # below deadlock_timeout, after which Postgres aborts one of the transactions
_LONG_S = 3.0  # above deadlock_timeout, after which Postgres cancels autovacuum
_SHORT_TRIES = 4
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTarget:
    """The target of a merge, with its tables locked.

    `tables` are in load order; the mappings are by OID. `shift_days` are the days between the snapshot's dates and the
    target's. `lifted` are tables and partitions whose forced row-level security is lifted until the commit. `counted`
    is the number of locks on the tables. `ruled` are the tables with rules, all of which are switched off.
    """

    state: TargetState
    tables: tuple[TablePlan, ...]
    sequences: tuple[SequencePlan, ...]
    uniques: Mapping[int, tuple[Unique, ...]]
    references: tuple[TargetReference, ...]
    leaves: Mapping[int, tuple[Leaf, ...]]
    details: Mapping[int, Mapping[str, ColumnDetail]]
    shift_days: int
    lifted: tuple[Name, ...]
    counted: LockCount
    ruled: frozenset[int]

    def require_room(self, connection: Connection, stages: int, version: str) -> None:
        """Raise TargetError if the server has no room for the locks on the tables and on the staging tables."""
        needed = self.counted.relations + stages * locks.STAGE
        locks.require_room(connection, self.counted, needed, f"the restore of {version}")

    def written(self, table: TablePlan, *, derived: bool) -> tuple[str, ...]:
        """Return the names of a table's columns to write, with or without the columns that triggers maintain."""
        kept = {column.name for column in table.data.table.columns if column.derived}
        return tuple(column.name for column in table.columns if derived or column.name not in kept)


def lock_target(connection: Connection, job: RestoreJob) -> LockedTarget | None:
    """Lock the target's tables and lift their forced row-level security, in a transaction that has begun.

    Return None if no table of the snapshot exists. Raise TargetError if the target may not be changed; the caller then
    rolls back.
    """
    request, manifest = job.request, job.manifest
    allowed = request.guard.admit(connection, job.target)
    entry = ledger.read_entry(connection)
    state = introspect(connection, (data.table for data in manifest.tables), manifest.sequences)
    if schema_is_missing(manifest, state):
        return None
    if entry is not None and entry.state == "loading":
        raise TargetError(
            f"an unfinished restore of {entry.version} left the database marked as loading",
            f"restore {entry.version} again first",
            option="mode",
            unchanged=True,
        )
    ruled = connection.execute(
        query("rules"), {"oids": [table.oid for table in state.tables if table.kind in "rp"]}
    ).fetchall()
    acting = [
        (f"table {name}", f"has a rule, {rule}, which would run instead of the write")
        for _, name, rule, acts in ruled
        if acts
    ]
    tables, sequences, partitions, notes = _fitting(connection, manifest, state, request, acting)
    for note in notes:
        job.progress.note(note)
    oids = [table.target.oid for table in tables]
    counted = locks.count(connection, [*oids, *(plan.sequence.oid for plan in sequences)])
    locks.require_room(connection, counted, counted.relations, f"the restore of {manifest.version}")
    _lock(connection, tables, request.lock_timeout_s)
    table_objects.require_known_triggers(connection, [table.target.oid for table in tables], state.triggers)
    user_code.require_trusted(
        connection,
        [table.oid for table in state.tables],
        "insert" if request.mode == "missing" else "load",
        trust_code=request.trust_code,
    )
    # Triggers run when mode missing inserts rows; a sync disables them.
    others, inserting = owned_by_others(tables), request.mode == "missing"
    roles = owner_role.owner_roles(connection, others, owner_role.MERGE, forced=True, triggers=inserting)
    tables = written_as(tables, roles)
    lifted = _lift_forced_security(connection, tables, partitions, job.progress)
    if request.mode == "sync" and not (request.guard.yes or allowed):
        known = {label for label, _ in entry.rows} if entry is not None else set()
        _require_none(table_objects.counts(connection, [table for table in tables if table.label not in known]))
    days = job.shift_days
    if request.as_of is None and entry is not None:
        days = entry.as_of_shift_days  # so that the snapshot's dates match those in the database
    return LockedTarget(
        state=state,
        tables=tables,
        sequences=sequences,
        uniques=constraints.uniques(connection, state.tree),
        references=constraints.references(connection, state.tree),
        leaves=partitions,
        details=column_details(connection, oids),
        counted=counted,
        ruled=frozenset(oid for oid, *_ in ruled),
        shift_days=days,
        lifted=lifted,
    )


def advance_sequences(connection: Connection, locked: LockedTarget, labels: Collection[str]) -> None:
    """Move sequences forward: those that the snapshot carries, and those that fill the written tables `labels`."""
    moving = [plan for plan in locked.sequences if plan.carried is not None or plan.follows(labels)]
    move_sequences(connection, moving, back=False)


def _lift_forced_security(
    connection: Connection, tables: Sequence[TablePlan], partitions: Mapping[int, Sequence[Leaf]], progress: Progress
) -> tuple[Name, ...]:
    """Lift, until the commit, the forced row-level security that applies to this role.

    Return the relations that had it. A partition that is read directly is subject to its own row-level security,
    whatever its table has.
    """
    lifted = [table.name for table in tables if table.forced and table.target.restricted]
    lifted += [leaf.name for of_table in partitions.values() for leaf in of_table if leaf.restricted and leaf.liftable]
    lifted = list(dict.fromkeys(lifted))
    for name in lifted:
        progress.warn(
            f"readers of table {table_label(*name)} wait until the commit: its forced row-level security "
            "applies to snap, and is switched off until then"
        )
    row_security.switch_forced(connection, lifted, on=False)
    return tuple(lifted)


def _fitting(
    connection: Connection, manifest: Manifest, state: TargetState, request: Request, problems: list[Misfitting]
) -> tuple[tuple[TablePlan, ...], tuple[SequencePlan, ...], dict[int, tuple[Leaf, ...]], list[str]]:
    notes: list[str] = []
    fit = fitting(manifest, state, problems, notes)
    sequences = plan_sequences(manifest, state.sequences, fit, state.role, problems, notes)
    partitions = leaves(connection, [table.target.oid for table in fit.values() if table.target.kind in "rp"])
    foreign = [leaf for of_table in partitions.values() for leaf in of_table if leaf.kind == "f"]
    problems += [(f"partition {'.'.join(leaf.name)}", "is a foreign table") for leaf in foreign]
    own = [leaf for oid, of_table in partitions.items() for leaf in of_table if leaf.oid != oid]
    problems += [
        (f"partition {'.'.join(leaf.name)}", f"does not allow role {state.role} to read it")
        for leaf in own
        if not leaf.readable
    ]
    problems += [
        (
            f"row-level security of partition {'.'.join(leaf.name)}",
            f"applies to role {state.role}, which does not own it",
        )
        for leaf in own
        if leaf.restricted and not leaf.liftable
    ]
    problems += [
        (f"table {table.label}", f"does not allow role {state.role} to read and insert into it")
        for table in fit.values()
        if not table.target.insertable
    ]
    if request.mode == "sync":
        problems += [
            (f"table {table.label}", f"does not allow role {state.role} to update and delete its rows")
            for table in fit.values()
            if not table.target.changeable
        ]
    require_fitting(problems)
    order = loading_order(manifest, [d for d in state.definitions if d.kind == "foreign key"])
    return tuple(fit[label] for label in order), sequences, partitions, notes


def _require_none(counts: Mapping[str, int]) -> None:
    """Raise TargetError, with the counts, if tables that snap never filled hold rows.

    In tables that snap filled, rows may have changed since, and undoing that is the purpose of sync.
    """
    filled = ", ".join(f"{label} {count}" for label, count in counts.items() if count)
    if filled:
        raise TargetError(
            f"no ledger says that snap ever filled these tables: {filled}",
            "check that this is the right database before its rows are replaced by those of the snapshot",
            option="yes",
        )


def _lock(connection: Connection, tables: tuple[TablePlan, ...], timeout_s: float) -> None:
    """Lock the tables against writers. Errors: TargetError if that takes too long."""
    if not tables:
        return
    names = sql.SQL(", ").join(table.relation for table in tables)
    statement = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(names)
    end, tries = time.monotonic() + timeout_s, 0
    while True:
        left = end - time.monotonic()
        wait = min(_SHORT_S if tries < _SHORT_TRIES else _LONG_S, max(left, 0.001))
        try:
            with connection.transaction():
                transaction.set_local(connection, "lock_timeout", str(transaction.milliseconds(wait)))
                connection.execute(statement)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            tries += 1
            if time.monotonic() >= end:
                raise LockHeldError(
                    f"lock held: other sessions are still writing to these tables after {timeout_s:g} s",
                    "end those transactions, try again later, or raise the lock timeout",
                    unchanged=True,
                ) from None
            time.sleep(_PAUSE_S)
        else:
            transaction.set_local(connection, "lock_timeout", str(transaction.milliseconds(timeout_s)))
            return
