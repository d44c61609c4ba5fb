"""What snap wrote into a target: the table snap.ledger, one row a step; the last row tells the state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from snap.manifest import Manifest
from snap.version import __version__
from snap_restorer.pg.catalog import query
from snap_restorer.pg.target import Target

State = Literal["done", "loading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One restore, done, or loading while it runs over several connections. `rows` are (table label, rows) pairs.

    `unfinished` is what is off the tables while loading (replace.unfinished); `loaded_at` is the server's clock.
    """

    version: str
    digest: str
    as_of_shift_days: int
    mode: str
    state: str
    rows: tuple[tuple[str, int], ...]
    snap_version: str
    unfinished: Mapping[str, Any] | None = None
    loaded_at: datetime | None = None


def new_entry(manifest: Manifest, *, mode: str, shift_days: int, state: State) -> LedgerEntry:
    """Return the entry of a restore."""
    return LedgerEntry(
        version=manifest.version,
        digest=manifest.digest,
        as_of_shift_days=shift_days,
        mode=mode,
        state=state,
        rows=tuple((data.table.label, data.rows) for data in manifest.tables),
        snap_version=__version__,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAccess:
    """What this role may do with the ledger; `complete`: it is there, with every column."""

    complete: bool
    readable: bool
    writable: bool


def access(connection: psycopg.Connection[Any]) -> LedgerAccess:
    """Ask what this role may do with the ledger."""
    row = connection.execute(query("ledger_state")).fetchone()
    assert row is not None
    return LedgerAccess(complete=row[0], readable=row[1], writable=row[2])


def read_entry(connection: psycopg.Connection[Any]) -> LedgerEntry | None:
    """Return the last entry; None where there is no ledger, none that this role may read, or one that is not ours."""
    if not access(connection).readable:
        return None
    try:
        with connection.transaction():
            row = connection.cursor(row_factory=dict_row).execute(query("ledger_read")).fetchone()
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable):
        return None
    if row is None:
        return None
    row["rows"] = tuple(sorted(row["rows"].items()))
    return LedgerEntry(**row)


def last_entry(target: Target) -> LedgerEntry | None:
    """Return the last entry of a database, as `read` does. Errors: ServiceError, TargetError."""
    with target.connect() as connection:
        return read_entry(connection)


def write_entry(connection: psycopg.Connection[Any], new_entry: LedgerEntry) -> bool:
    """Add an entry in the current transaction, creating the ledger if need be; whether this role could."""
    may = access(connection)
    if not may.writable:
        return False
    try:
        with connection.transaction():
            if not may.complete:
                connection.execute(query("ledger_create").encode())
            connection.execute(
                query("ledger_write"),
                {
                    "version": new_entry.version,
                    "digest": new_entry.digest,
                    "as_of_shift_days": new_entry.as_of_shift_days,
                    "mode": new_entry.mode,
                    "state": new_entry.state,
                    "rows": json.dumps(dict(new_entry.rows)),
                    "snap_version": new_entry.snap_version,
                    "unfinished": None if new_entry.unfinished is None else json.dumps(new_entry.unfinished),
                },
            )
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.WrongObjectType,
        psycopg.errors.NotNullViolation,
    ):
        return False
    return True
