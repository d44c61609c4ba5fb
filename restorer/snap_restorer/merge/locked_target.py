"""What restores that change only some rows (missing, sync) have in common: what is there, and how to hold it still.

Both lock the snapshot's tables in SHARE ROW EXCLUSIVE MODE: who reads goes on, who writes waits until the commit. So
what is read of a table is still so when it is written, and no row of the application can make a statement fail half
way. Waiting for one lock while holding others could be a deadlock that ends the application's transaction; so short
waits come first, and after each all locks are let go.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap.manifest import Manifest
from snap.progress import Progress
from snap_restorer.load import table_objects
from snap_restorer.load.restore_plan import TablePlan, fitting, loading_order, require_fitting, schema_is_missing
from snap_restorer.pg import constraints, ledger, row_security, transaction, user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.constraints import TargetReference, Unique
from snap_restorer.pg.introspect import TargetState, introspect
from snap_restorer.pg.row_relations import ColumnDetail, Leaf, column_details, leaves
from snap_restorer.pg.target import Connection
from snap_restorer.request import Request
from snap_restorer.restore_job import RestoreJob

_SHORT_S = 0.5  # below deadlock_timeout, after which Postgres ends somebody's transaction
_LONG_S = 3.0  # above it: Postgres then asks autovacuum to leave
_SHORT_TRIES = 4
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTarget:
    """The target of a merge, its tables locked.

    `tables` are in load order; the mappings are by OID. `shift_days` lie between the snapshot's dates and the
    target's. `lifted`: tables whose forced row-level security is lifted until the commit.
    """

    state: TargetState
    tables: tuple[TablePlan, ...]
    uniques: Mapping[int, tuple[Unique, ...]]
    references: tuple[TargetReference, ...]
    leaves: Mapping[int, tuple[Leaf, ...]]
    details: Mapping[int, Mapping[str, ColumnDetail]]
    shift_days: int
    lifted: tuple[TablePlan, ...]

    def written(self, table: TablePlan, *, derived: bool) -> tuple[str, ...]:
        """Name the columns of a table that travel, with or without those that triggers keep."""
        kept = {column.name for column in table.data.table.columns if column.derived}
        return tuple(column.name for column in table.columns if derived or column.name not in kept)


def lock_target(connection: Connection, job: RestoreJob) -> LockedTarget | None:
    """Lock the target's tables and lift their forced row-level security, in a transaction that has begun.

    Return None if no table of the snapshot is there. Raise TargetError if the target may not be changed; the caller
    rolls back.
    """
    request, manifest = job.request, job.manifest
    allowed = request.guard.admit(connection, job.target)
    entry = ledger.read_entry(connection)
    state = introspect(connection, (data.table for data in manifest.tables))
    if schema_is_missing(manifest, state):
        return None
    if entry is not None and entry.state == "loading":
        raise TargetError(
            f"an unfinished restore of {entry.version} left the database marked as loading",
            f"restore {entry.version} again first",
            option="mode",
            unchanged=True,
        )
    user_code.require_trusted(
        connection,
        [table.oid for table in state.tables],
        "insert" if request.mode == "missing" else "load",
        trust_code=request.trust_code,
    )
    tables, partitions, notes = _fitting(connection, manifest, state, request)
    for note in notes:
        job.progress.note(note)
    _lock(connection, tables, request.lock_timeout_s)
    lifted = _lift_forced_security(connection, tables, job.progress)
    if request.mode == "sync" and not (request.guard.yes or allowed):
        known = {label for label, _ in entry.rows} if entry is not None else set()
        _require_none(table_objects.counts(connection, [table for table in tables if table.label not in known]))
    days = job.shift_days
    if request.as_of is None and entry is not None:
        days = entry.as_of_shift_days  # rows of one day are to meet rows of that day
    oids = [table.target.oid for table in tables]
    return LockedTarget(
        state=state,
        tables=tables,
        uniques=constraints.uniques(connection, oids),
        references=constraints.references(connection, oids),
        leaves=partitions,
        details=column_details(connection, oids),
        shift_days=days,
        lifted=lifted,
    )


def _lift_forced_security(
    connection: Connection, tables: Sequence[TablePlan], progress: Progress
) -> tuple[TablePlan, ...]:
    """Lift the forced row-level security that binds this role until the commit, and return the tables that had it."""
    lifted = tuple(table for table in tables if table.forced and table.target.restricted)
    for table in lifted:
        progress.warn(f"readers of table {table.label} wait until the commit: its forced row-level security binds snap")
    row_security.switch_forced(connection, [table.name for table in lifted], on=False)
    return lifted


def _fitting(
    connection: Connection, manifest: Manifest, state: TargetState, request: Request
) -> tuple[tuple[TablePlan, ...], dict[int, tuple[Leaf, ...]], list[str]]:
    problems: list[str] = []
    notes: list[str] = []
    fit = fitting(manifest, state, problems, notes)
    partitions = leaves(connection, [table.target.oid for table in fit.values() if table.target.kind in "rp"])
    foreign = [leaf for of_table in partitions.values() for leaf in of_table if leaf.kind == "f"]
    problems += [f"partition {'.'.join(leaf.name)} is a foreign table" for leaf in foreign]
    problems += [
        f"role {state.role} may not read and insert into table {table.label}"
        for table in fit.values()
        if not table.target.insertable
    ]
    problems += [
        f"table {name} has a rule, {rule}, which would act in place of what is written"
        for name, rule in connection.execute(query("rules"), {"oids": list(partitions)})
    ]
    if request.mode == "sync":
        problems += [
            f"role {state.role} may not update and delete rows of table {table.label}"
            for table in fit.values()
            if not table.target.changeable
        ]
    require_fitting(problems)
    order = loading_order(manifest, [d for d in state.definitions if d.kind == "foreign key"])
    return tuple(fit[label] for label in order), partitions, notes


def _require_none(counts: Mapping[str, int]) -> None:
    """Refuse to undo what people did in tables that snap never filled. In those that it filled their rows may be
    others by now: to undo that is what sync is for. Errors: TargetError with the counts."""
    filled = ", ".join(f"{label} {count}" for label, count in counts.items() if count)
    if filled:
        raise TargetError(
            f"no ledger says that snap ever filled these tables: {filled}",
            "check that this is the right database before its rows are made those of the snapshot",
            option="yes",
        )


def _lock(connection: Connection, tables: tuple[TablePlan, ...], timeout_s: float) -> None:
    """Let nobody else write to the tables. Errors: TargetError when that takes too long."""
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
                raise TargetError(
                    f"lock held: other sessions write to these tables, for over {timeout_s:g} s",
                    "end those transactions, try again later, or raise the lock timeout",
                    unchanged=True,
                ) from None
            time.sleep(_PAUSE_S)
        else:
            transaction.set_local(connection, "lock_timeout", str(transaction.milliseconds(timeout_s)))
            return
