"""Inspect the objects, rows and privileges of the database that a clone replaces. Refusals happen here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from snap.errors import Option, TargetError
from snap.units import bullets, plural
from snap_restorer.clones import database_objects, databases
from snap_restorer.clones.database_objects import Definitions
from snap_restorer.clones.databases import Database, ServerSessions
from snap_restorer.clones.job import CloneJob
from snap_restorer.load.restore_plan import require_known_rows
from snap_restorer.pg import grants, ledger, user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.grants import Right
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.pg.target import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The contents of a target database, as they were found before a clone replaces the database.

    `known`: the database was empty, or exactly as a clone had left it. `changes` are Postgres' counters of writes into
    the database.
    """

    definitions: Definitions
    known: bool
    rights: tuple[Right, ...]
    rows: Mapping[str, int]
    changes: tuple[Any, ...]


def inspect(server: ServerSessions, job: CloneJob) -> Inspection | None:
    """Return the contents of the target database, None if that database does not exist.

    Errors: TargetError if the guard forbids it.
    """
    old = databases.find(server.worker, job.name)
    if old is None:
        replace(job.request.guard, allowed=None).admit(server.worker, job.target)
        return None
    _require_replaceable(server, old)
    changes = read_changes(server.worker, old)  # before the rows are counted, so that later writes are noticed
    with job.target.connect() as connection:
        databases.require_primary(connection, job.target)
        # Counting rows runs code: the planner evaluates constants in the expressions of indexes.
        user_code.require_trusted(connection, None, "read", trust_code=job.request.trust_code)
        connection.rollback()
        definitions = database_objects.listing(connection)
        record = database_objects.read_record(connection)
        entry = ledger.read_entry(connection)
        rows = database_objects.counts(connection, private=False)
        rights = grants.rights(connection)
        listed = job.request.guard.admit(connection, job.target)
    recorded = record is not None and record.fingerprint == database_objects.fingerprint(definitions)
    if not (job.request.guard.yes or listed):
        if entry is not None and record is not None:  # tables that the schema's SQL itself fills are in no ledger
            entry = replace(entry, rows=tuple({**record.rows, **dict(entry.rows)}.items()))
        _require_nothing_beyond(rows, entry, job)
        require_known_rows(rows, entry, job.progress)
    return Inspection(
        definitions=definitions, known=recorded or not definitions, rights=rights, rows=rows, changes=changes
    )


def _require_nothing_beyond(rows: Mapping[str, int], entry: LedgerEntry | None, job: CloneJob) -> None:
    """Raise TargetError if a clone would remove rows that neither the ledger nor the snapshot accounts for."""
    if entry is None:
        return
    own = {*dict(entry.rows), *(data.table.label for data in job.snapshot.manifest.tables)}
    lost = [f"{label} ({plural(count, 'row')})" for label, count in rows.items() if count and label not in own]
    if lost:
        raise TargetError(
            "a clone would replace the whole database and remove these tables, which "
            f"{job.snapshot.manifest.version} does not contain: {', '.join(lost)}",
            option="clone",
            unchanged=True,
        )


def inspect_again(server: ServerSessions, job: CloneJob, before: Inspection) -> Inspection:
    """Inspect a target again after somebody wrote into it.

    Errors: TargetError unless its objects are those of `before`.
    """
    again = inspect(server, job)
    if again is None or again.definitions != before.definitions or again.rights != before.rights:
        raise TargetError(f"database {job.name} was altered during this run", "run this again", unchanged=True)
    return again


def read_changes(connection: Connection, database: Database) -> tuple[Any, ...]:
    """Return Postgres' counters of writes into a database."""
    connection.execute("SELECT pg_catalog.pg_stat_clear_snapshot()")
    return connection.execute(query("clone_changes"), {"oid": database.oid}).fetchone() or ()


def require_nothing_lost(inspection: Inspection, template: Definitions) -> None:
    """Raise TargetError, with the names, if the target holds objects that the template does not hold."""
    lost = database_objects.lost_objects(inspection.definitions, template)
    if lost:
        raise TargetError(
            "a clone would remove or change these objects of the target, which a restore of the rows alone keeps:\n"
            + bullets(lost),
            option="clone",
            unchanged=True,
        )


def _require_replaceable(server: ServerSessions, old: Database) -> None:
    problem, hint = None, ""
    option: Option | None = None
    if old.broken:
        problem = "was left incomplete by an interrupted DROP DATABASE"
        hint = "drop it, then run this again"
    elif not old.owned:
        problem = f"belongs to {old.owner}, whose rights role {server.role.name} does not have"
        hint, option = "connect as its owner", "clone"
    elif not old.connectable:
        problem = "accepts no connections, so its contents cannot be compared"
        hint = "ALTER DATABASE ... ALLOW_CONNECTIONS true, then run this again"
    if problem is not None:
        raise TargetError(f"database {old.name} {problem}", hint, option=option)
