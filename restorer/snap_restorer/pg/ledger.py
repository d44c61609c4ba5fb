"""The ledger of a target: the table snap.ledger, with one row for each step of snap. The last row tells the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from snap.errors import TargetError
from snap.manifest import Manifest
from snap.version import __version__
from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.target import Target

State = Literal["done", "loading"]
_TYPES = {
    "version": str,
    "digest": str,
    "as_of_shift_days": int,
    "mode": str,
    "state": str,
    "snap_version": str,
    "loaded_at": datetime,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """The ledger's entry of one restore: done, or `loading` while it runs over several connections.

    `rows` are (table label, number of rows) pairs. `unfinished` records the objects that were dropped while loading
    (replace.unfinished). `loaded_at` is by the server's clock.
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
    """Return the ledger entry of a restore."""
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
    """The access of this role to the ledger. `complete`: the table exists, with every column.

    A ledger that other roles may write, or that another role owns, counts as neither readable nor writable: its
    contents are not trusted, and nothing is added to it.
    """

    complete: bool
    readable: bool
    writable: bool


def access(connection: psycopg.Connection[Any], table: str = "ledger") -> LedgerAccess:
    """Return this role's access to the ledger, or to another of snap's tables."""
    row = connection.cursor(row_factory=dict_row).execute(question(table)).fetchone()
    assert row is not None
    return LedgerAccess(**row)


def question(table: str = "ledger") -> sql.Composed:
    """Return the query whose row is a LedgerAccess."""
    return sql.SQL(query("ledger_state")).format(table=sql.Literal(table))


def read_entry(connection: psycopg.Connection[Any]) -> LedgerEntry | None:
    """Return the last entry, None if there is no ledger that this role may read and that is snap's own.

    Errors: TargetError if the entry is not as snap writes it.
    """
    if not access(connection).readable:
        return None
    try:
        with connection.transaction():
            entries = records(connection, _entry, "ledger_read")
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable):
        return None
    except psycopg.DataError:  # a date outside Python's range
        raise not_ours("loaded_at") from None
    except (ValueError, RecursionError):  # a number that is too long, lists that are nested too deep
        raise not_ours("rows, unfinished") from None
    return entries[0] if entries else None


def _entry(rows: Any, **row: Any) -> LedgerEntry:
    wrong = [name for name, expected in _TYPES.items() if type(row[name]) is not expected]
    if not isinstance(rows, dict) or any(type(count) is not int for count in rows.values()):
        wrong.append("rows")
    if not isinstance(row["unfinished"], dict | None):
        wrong.append("unfinished")
    if not wrong and row["state"] not in get_args(State):
        wrong.append("state")
    if wrong:
        raise not_ours(", ".join(wrong))
    return LedgerEntry(rows=tuple(sorted(rows.items())), **row)


def not_ours(columns: str) -> TargetError:
    """Return the error for a row of the ledger that holds values that snap does not write."""
    return TargetError(
        f"the last row of the table snap.ledger has values that snap does not write: {columns}",
        "find out who wrote it, then DELETE that row, or DROP TABLE snap.ledger",
        unchanged=True,
    )


def last_entry(target: Target) -> LedgerEntry | None:
    """Return the last entry of a database, as `read_entry` does. Errors: ServiceError, TargetError."""
    with target.connect() as connection:
        return read_entry(connection)


def withdraw_entry(connection: psycopg.Connection[Any]) -> None:
    """Delete the last entry, which is that of a failed restore. Errors: psycopg.Error."""
    connection.execute(query("ledger_withdraw"))


def write_entry(connection: psycopg.Connection[Any], entry: LedgerEntry) -> bool:
    """Add an entry in the current transaction, creating the ledger if needed. Return whether this role could do so."""
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
                    **asdict(entry),
                    "rows": Jsonb(dict(entry.rows)),
                    "unfinished": None if entry.unfinished is None else Jsonb(entry.unfinished),
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
