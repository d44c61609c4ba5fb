"""Insert staged rows into their tables, with triggers. A refused row is marked, and all others are inserted.

First all rows are tried at once. If some do not go in, rows that collide or have no parent are looked for, for all of
them together. Then the constraint that failed shows which rows to leave out. Rows that no constraint explains (a
trigger raises an error) are found by halving. Each try is a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.sql import Composable, Composed

from snap_restorer.merge.staging import StagingTable, common_role, refuse
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.constraints import Unique
from snap_restorer.pg.owner_role import as_role
from snap_restorer.pg.target import Connection

# Errors that a single row can cause: by its values, constraints, or errors that triggers and functions raise.
_REFUSALS = frozenset({"21", "22", "23", "27", "2F", "38", "39", "44", "P0"})
_DROPPED = "a trigger or a rule of the table dropped it"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertGroup:
    """The staged rows to insert into one table: those without a reason for refusal.

    `key` identifies the rows, None if no unique index can. `ruled`: the table has rules, which are switched off.
    """

    oid: int
    stage: StagingTable
    key: Unique | None
    uniques: tuple[Unique, ...]
    ruled: bool

    @property
    def statement(self) -> Composed:
        """Return an INSERT of the rows of the following subquery `s`, in the order in which they were staged."""
        return self.stage.insert_head() + self.stage.sql(" FROM {s} AS s WHERE s.{reason} IS NULL")

    @property
    def ending(self) -> Composable:
        end = self.stage.sql(" ORDER BY s.{row}")
        # ON CONFLICT supports neither deferrable keys nor rules for UPDATE, although they are switched off.
        if self.ruled or any(unique.deferrable for unique in self.uniques):
            return end
        return sql.SQL("{} ON CONFLICT DO NOTHING").format(end)


class _Refused(Exception):  # noqa: N818 - ends a savepoint
    pass


def insert(connection: Connection, batches: Sequence[InsertGroup], foresee: Callable[[], None]) -> tuple[int, ...]:
    """Insert the rows of tables that must be loaded together. Return the number of rows inserted into each table.

    All other rows are marked with the reason. `foresee` marks or removes rows that cannot go in, after other rows were
    marked.
    """
    foreseen = False
    while True:
        waiting = tuple(_count(connection, batch) for batch in batches)
        try:
            with connection.transaction():
                taken = _all(connection, batches) if any(waiting) else waiting
                if taken == waiting or (foreseen and _explained(connection, batches, taken)):
                    return taken
                raise _Refused
        except _Refused:
            if foreseen:
                return _by_halves(connection, batches)
        except psycopg.Error as error:
            if not _blames_rows(error):
                raise
            if foreseen and not any(_blame(connection, batch, error) for batch in batches):
                return _by_halves(connection, batches)
        foresee()
        foreseen = True


def _explained(connection: Connection, batches: Sequence[InsertGroup], taken: tuple[int, ...]) -> bool:
    """Mark rows that were not inserted although no error was raised, and return whether these are all missing rows."""
    for batch in batches:
        with as_role(connection, batch.stage.table.role):
            if not _explain(connection, batch):
                return False
    return tuple(_count(connection, batch) for batch in batches) == taken


def _all(connection: Connection, batches: Sequence[InsertGroup]) -> tuple[int, ...]:
    """Insert all unmarked rows at once, and return the number of rows inserted into each table.

    Tables that reference each other in a circle are loaded by one statement, at whose end foreign keys are checked.
    """
    role = common_role(batch.stage for batch in batches)
    if len(batches) == 1:
        [batch] = batches
        with transaction.own_path(connection), as_role(connection, role):
            return (connection.execute(sql.SQL("{}{}").format(batch.statement, batch.ending)).rowcount,)
    parts = [
        sql.SQL("{} AS ({}{} RETURNING 1)").format(sql.Identifier(f"i{i}"), batch.statement, batch.ending)
        for i, batch in enumerate(batches)
    ]
    counts = [
        sql.SQL("(SELECT pg_catalog.count(*) FROM {})").format(sql.Identifier(f"i{i}")) for i in range(len(batches))
    ]
    statement = sql.SQL("WITH {} SELECT {}").format(sql.SQL(", ").join(parts), sql.SQL(", ").join(counts))
    with transaction.own_path(connection), as_role(connection, role):
        return tuple(one_row(connection, statement))


def _explain(connection: Connection, batch: InsertGroup) -> bool:
    """Mark a table's rows that were not inserted although nothing failed. Return False if no key identifies rows."""
    stage = batch.stage
    if batch.key is None:
        return False
    there = stage.collides(batch.key)
    names = {column.name for column in stage.table.columns}
    for unique in batch.uniques:
        if unique != batch.key and unique.uses <= names:
            taken = f"{unique.said()} is taken by another row"
            refuse(connection, stage, taken, sql.SQL("NOT {} AND {}").format(there, stage.collides(unique)))
    refuse(connection, stage, _DROPPED, sql.SQL("NOT {}").format(there))
    return True


def _blames_rows(error: psycopg.Error) -> bool:
    return error.sqlstate is not None and error.sqlstate[:2] in _REFUSALS


def _blame(connection: Connection, batch: InsertGroup, error: psycopg.Error) -> int:
    """Mark all rows that violate the constraint that failed, and return their number."""
    diag, stage = error.diag, batch.stage
    if (diag.schema_name, diag.table_name) != stage.table.name:
        return 0
    names = {column.name for column in stage.table.columns}
    if error.sqlstate == "23502" and diag.column_name in names:
        broken: Composable = sql.SQL("{} IS NULL").format(sql.Identifier(diag.column_name or ""))
        why = f"{diag.column_name} may not be NULL"
    elif error.sqlstate == "23514" and diag.constraint_name:
        check = connection.execute(
            "SELECT pg_catalog.pg_get_expr(k.conbin, k.conrelid), ARRAY(SELECT a.attname::text"
            " FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey))"
            " FROM pg_catalog.pg_constraint k WHERE k.conrelid = %s AND k.conname = %s AND k.contype = 'c'",
            [batch.oid, diag.constraint_name],
        ).fetchone()
        if check is None or not set(check[1]) <= names:
            return 0
        broken = sql.SQL("({}) IS FALSE").format(sql.SQL(check[0]))
        why = f"check {diag.constraint_name} refuses it"
    else:
        return 0
    with as_role(connection, stage.table.role):  # a CHECK's expression runs here
        return refuse(connection, stage, why, broken)


def _by_halves(connection: Connection, batches: Sequence[InsertGroup]) -> tuple[int, ...]:
    """Insert the rows that the table accepts, in ever smaller pieces, and mark the refused rows.

    Rows that failed are tried again as long as other rows were inserted since then, because these may be their parents.
    """
    counts = dict.fromkeys((batch.oid for batch in batches), 0)
    progress = True
    while progress:
        progress, reasons = False, dict[tuple[int, int], str]()
        for batch in batches:
            waiting = batch.stage.sql("SELECT {row} FROM {s} WHERE {reason} IS NULL ORDER BY 1")
            rows = [row for (row,) in connection.execute(waiting)]
            pieces = [rows] if rows else []
            while pieces:
                piece = pieces.pop()
                reason = _piece(connection, batch, piece)
                if reason is None:
                    counts[batch.oid] += len(piece)
                    progress = True
                elif len(piece) == 1:
                    reasons[batch.oid, piece[0]] = reason
                else:
                    half = len(piece) // 2
                    pieces += [piece[half:], piece[:half]]
        progress = progress and bool(reasons)
    for batch in batches:
        for (oid, row), reason in reasons.items():
            if oid == batch.oid:
                refuse(connection, batch.stage, reason, batch.stage.sql("{row} = {number}", number=sql.Literal(row)))
    return tuple(counts[batch.oid] for batch in batches)


def _piece(connection: Connection, batch: InsertGroup, rows: Sequence[int]) -> str | None:
    """Try to insert some rows. Return None if all were inserted, else the reason why none was inserted."""
    stage = batch.stage
    bounds = stage.sql(
        " AND s.{row} OPERATOR(pg_catalog.>=) {a} AND s.{row} OPERATOR(pg_catalog.<=) {b}",
        a=sql.Literal(rows[0]),
        b=sql.Literal(rows[-1]),
    )
    try:
        with connection.transaction():
            # Without ON CONFLICT, so that a collision names its key.
            with transaction.own_path(connection), as_role(connection, stage.table.role):
                count = connection.execute(sql.SQL("{}{}").format(batch.statement, bounds)).rowcount
            if count < len(rows):
                raise _Refused
            connection.execute(stage.sql("UPDATE {s} AS s SET {reason} = '' WHERE s.{reason} IS NULL") + bounds)
    except _Refused:
        return _DROPPED
    except psycopg.Error as error:
        if not _blames_rows(error):
            raise
        detail = error.diag.message_detail
        return " ".join(f"{error.diag.message_primary}{f' ({detail})' if detail else ''}".split())
    return None


def _count(connection: Connection, batch: InsertGroup) -> int:
    statement = batch.stage.sql("SELECT pg_catalog.count(*) FROM {s} WHERE {reason} IS NULL")
    return int(one_row(connection, statement)[0])
