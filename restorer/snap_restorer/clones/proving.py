"""The proof of a snapshot by a real Postgres: all rows loaded into a temporary database under the snapshot's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from snap.compare import TableDiff, compare, snapshot_side
from snap.errors import ServiceError, SnapError
from snap.manifest import Finding
from snap.planner_statistics import PlannerStatistics
from snap.store import Snapshot
from snap.units import plural
from snap_restorer.clones.scratch_database import scratch_database
from snap_restorer.live.side import MEMORY, live_side
from snap_restorer.local.embedded import Embedded
from snap_restorer.local.roles import connect
from snap_restorer.local.superuser import prepared
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.introspect import relations_of
from snap_restorer.pg.planner_statistics import LEAST_SERVER, take
from snap_restorer.pg.target import Target
from snap_restorer.replace.create_schema import SchemaRefusedError
from snap_restorer.request import REQUEST, Request
from snap_restorer.restoring import restore
from snap_restorer.result import Conflict

_DATABASE = "postgres"
_NAME, _TRIGGERS = "postgres", "triggers"
_SHOWN = 3
_HINT = "correct the SQL in the dataset's schema.sql, or set $SNAP_PG_BIN to the programs of a Postgres that accepts it"
# Reasons for a missing row without an error in a trigger: a trigger changed this row or others so that it does not fit.
_UNFIT = re.compile(r"violates|taken|may not be NULL|refuses it$|^parent not there|dropped it$")


@dataclass(frozen=True, slots=True)
class InPostgres:
    """The findings about a snapshot that a Postgres has loaded.

    `statistics` are the planner's statistics of its rows, None unless they were requested. `hint` says what to do if
    Postgres refused the schema itself.
    """

    findings: tuple[Finding, ...]
    statistics: PlannerStatistics | None = None
    hint: str = ""


def prove_in_postgres(
    snapshot: Snapshot,
    few: Snapshot,
    *,
    statistics: bool = False,
    environment: Mapping[str, str] | None = None,
    project: Path | None = None,
) -> InPostgres:
    """Load a snapshot into a real Postgres, and return as findings whether its schema's constraints accept all rows.

    The first finding's value is the number of rows that were loaded. If Postgres refuses a row, the value is "refused",
    there is no limit, and the detail is the message of Postgres. If the schema has triggers, the rows of `few` are
    loaded once more while the triggers fire: errors that they raise are a second finding, and changes that they make
    are told. With `statistics` the planner's statistics of all rows are taken. If no embedded server is available, the
    finding says that the proof was skipped.
    """
    rows = snapshot.manifest.rows_total
    try:
        server = Embedded(environment=environment, project=project).start()
    except ServiceError as error:
        return InPostgres((Finding(name=_NAME, ok=True, value=0, limit=rows, detail=f"skipped: {error.message}"),))
    with scratch_database(server.target(_DATABASE)) as target:
        try:
            with prepared(target, snapshot.manifest, REQUEST):
                restore(snapshot, target)
        except ServiceError:
            raise
        except SnapError as error:
            return InPostgres((_refused(_NAME, error),), hint=_HINT if isinstance(error, SchemaRefusedError) else "")
        taken = _statistics(snapshot, target) if statistics else None
        return InPostgres((Finding(name=_NAME, ok=True, value=rows, limit=rows), *_triggered(few, target)), taken)


def _refused(name: str, error: SnapError) -> Finding:
    return Finding(name=name, ok=False, value="refused", limit="", detail=error.message)


def _statistics(snapshot: Snapshot, target: Target) -> PlannerStatistics | None:
    """Return the planner's statistics of the rows that the restore has just loaded and analysed."""
    with target.connect() as connection:
        if connection.info.server_version < LEAST_SERVER:
            return None
        transaction.begin(connection, REQUEST.lock_timeout_s)
        relations = relations_of(connection, [data.table.label for data in snapshot.manifest.tables])
        return take(connection, [relation.oid for relation in relations.values()])


def _triggered(few: Snapshot, target: Target) -> tuple[Finding, ...]:
    """Return findings about triggers that fire while rows go into empty tables, none if the tables have no trigger."""
    names = [(data.table.schema, data.table.name) for data in few.manifest.tables]
    labels = [data.table.label for data in few.manifest.tables]
    with target.connect() as connection:
        if not connection.execute(query("fired_triggers")).rowcount:
            return ()
        oids = [relation.oid for relation in relations_of(connection, labels).values()]
        rules = connection.execute(query("rules"), {"oids": oids}).fetchall()
    ruled = [f"table {name} has a rule, {rule}" for _, name, rule, acts in rules if acts]
    rows = few.manifest.rows_total
    if ruled:  # a rule would act in place of the second pass's writes
        return (Finding(name=_TRIGGERS, ok=True, value=0, limit=rows, detail=f"skipped: {ruled[0]}"),)
    assert target.superuser is not None
    with connect(target.superuser, target.parameters()["dbname"]) as connection:
        connection.execute("SET session_replication_role = replica")  # TRUNCATE would fire triggers too
        tables = sql.SQL(", ").join(sql.Identifier(*name) for name in names)
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
    try:
        done = restore(few, target, Request(mode="missing"))
        with live_side(target, few.manifest) as live:
            diff = compare(snapshot_side(few), live, rows=0, memory=MEMORY)
    except ServiceError:
        raise
    except SnapError as error:
        return (_refused(_TRIGGERS, error),)
    unfit = [each for each in done.conflicts if _UNFIT.search(each.reason)]
    raised = [each for each in done.conflicts if each not in unfit]
    inserted = sum(table.inserted for table in done.tables)
    if raised:
        return (Finding(name=_TRIGGERS, ok=False, value=inserted, limit=rows, detail=_said(raised)),)
    notes = [note for table in diff.tables for note in _notes(table)]
    if unfit:
        notes.append(f"with the triggers enabled, {plural(len(unfit), 'row')} would be refused: {_said(unfit[:1])}")
    return (Finding(name=_TRIGGERS, ok=True, value=inserted, limit=rows, detail="; ".join(notes)),)


def _said(raised: list[Conflict]) -> str:
    shown = [f"{each.table} {each.key}: {each.reason}" for each in raised[:_SHOWN]]
    more = len(raised) - len(shown)
    return "; ".join((*shown, *((f"and {plural(more, 'row')} more",) if more else ())))


def _notes(table: TableDiff) -> list[str]:
    notes = [f"a trigger changes {table.name}.{column} in {plural(rows, 'row')}" for column, rows in table.columns]
    return notes + ([f"a trigger adds {plural(table.added, 'row')} to {table.name}"] if table.added else [])
