"""The outcome of a failed restore over several connections: read from the server, never guessed.

Each transaction that may have been committed is known by its ID, and the server reports its status. As long as no
session has committed, the foreign keys are created again and the ledger's entry is withdrawn.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg

from snap.errors import SnapError
from snap.units import some
from snap_restorer.load.restore_plan import RestorePlan
from snap_restorer.pg import indexes, ledger, row_security, transaction
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.indexes import Definition
from snap_restorer.pg.target import Connection
from snap_restorer.replace.replacement import Replacement
from snap_restorer.replace.shares import lifted_keys
from snap_restorer.restore_job import RestoreJob

_NUMBER = "SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text"
_STATUS = "SELECT pg_catalog.pg_xact_status(%s::pg_catalog.xid8)"
_UNDECIDED_S = 3.0  # until a server notices that a session is gone
_SHOWN = 5
_AGAIN = "the database is marked as loading; run the same command again to redo the restore"


class Attempt:
    """The transactions of one restore over several connections, known by their IDs from before they were committed."""

    def __init__(self, job: RestoreJob) -> None:
        self._job = job
        self._ready: Replacement | None = None
        self._loading = ""
        self._shares: list[tuple[RestorePlan, str]] = []
        self._done = ""

    def begins(self, connection: Connection, ready: Replacement) -> None:
        """Record the ID of the transaction that drops the foreign keys."""
        self._ready, self._loading = ready, _number(connection)

    def loaded(self, connection: Connection, share: RestorePlan) -> None:
        """Record the ID of a session's transaction that has replaced the rows of its tables."""
        self._shares.append((share, _number(connection)))

    def ends(self, connection: Connection) -> None:
        """Record the ID of the transaction that creates the foreign keys again."""
        self._done = _number(connection)

    def settle(self, holder: Connection) -> tuple[bool | None, str]:
        """Undo the restore, after an error, as far as that is possible.

        Return whether nothing was changed (None if nothing was begun), and a text about the contents of the database.
        All other sessions of the attempt have ended; `holder` keeps other restores out.
        """
        if self._ready is None:
            return None, ""
        try:
            with self._job.target.connect() as connection:
                transaction.begin(connection, self._job.request.lock_timeout_s)
                status = {number: _status(connection, number) for number in self._numbers()}
                connection.rollback()
                committed = {number for number, said in status.items() if said == "committed"}
                if self._loading not in committed:
                    return True, ""
                if self._done in committed:
                    return False, "the restore was completed nevertheless, as the ledger records"
                new = [share for share, number in self._shares if number in committed]
                if not new and self._undone(connection, holder):
                    return False, "the rows and the foreign keys are as they were"
                return False, self._found(new)
        except SnapError as error:
            return False, (
                f"the state of the database could not be read ({error.message}): if it is marked as loading, "
                "run the same command again to redo the restore"
            )

    def _numbers(self) -> list[str]:
        return [n for n in (self._loading, *(number for _, number in self._shares), self._done) if n]

    def _found(self, new: Sequence[RestorePlan]) -> str:
        ready = self._require_ready()
        labels = [table.label for share in new for table in share.tables]
        keys = lifted_keys(ready.plan)
        if not new:
            rows = "the tables were created and are empty" if ready.created else "the rows are as they were"
        elif len(labels) == len(ready.plan.tables):
            rows = "all rows are new"
        else:
            rows = f"only these tables hold the new rows: {some(labels, most=_SHOWN)}"
        missing = "; the rest of the schema is missing" if ready.owed_schema(self._job.manifest) else ""
        if keys:
            missing += f"; these foreign keys are missing: {some([_label(key) for key in keys], most=_SHOWN)}"
        return f"{rows}{missing}; {_AGAIN}"

    def _undone(self, connection: Connection, holder: Connection) -> bool:
        """Create the foreign keys again and withdraw the ledger's entry. Return whether everything is as it was."""
        ready = self._require_ready()
        if ready.created or ready.unfinished is not None:
            return False
        try:
            holder.execute("SELECT")  # fails if the lock was lost, and another restore may have begun
            transaction.begin(connection, self._job.request.lock_timeout_s)
            row_security.switch_forced(connection, ready.plan.forced, on=False)
            indexes.attach(connection, lifted_keys(ready.plan))
            indexes.prove(connection, [t.target.oid for t in ready.plan.tables], ready.plan.definitions, alone=False)
            row_security.switch_forced(connection, ready.plan.forced, on=True)
            ledger.withdraw_entry(connection)
            connection.commit()
        except (psycopg.Error, SnapError):
            return False
        return True

    def _require_ready(self) -> Replacement:
        assert self._ready is not None
        return self._ready


def _number(connection: Connection) -> str:
    return str(one_row(connection, _NUMBER)[0])


def _status(connection: Connection, number: str) -> str:
    """Return the status of a transaction. The server may take a moment to notice that a session is gone."""
    until = time.monotonic() + _UNDECIDED_S
    while True:
        (status,) = one_row(connection, _STATUS, [number])
        if status != "in progress" or time.monotonic() > until:
            return str(status)
        time.sleep(0.05)


def _label(key: Definition) -> str:
    return f"{key.name} of {'.'.join(key.table)}"
