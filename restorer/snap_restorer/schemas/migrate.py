"""Apply a folder of SQL migrations in order, and record them in the history that Supabase's CLI keeps.

Each file and its row in the history are one transaction. A file with a statement that cannot run in a transaction
(CREATE INDEX CONCURRENTLY, VACUUM, a COMMIT of its own) runs statement by statement, and its row comes last.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.pq import TransactionStatus

from snap.errors import ServiceError, SnapError, TargetError, UsageError
from snap.progress import Progress, Silent
from snap_restorer.pg import transaction
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.pool_mode import require_session
from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.server_errors import LOCK_HELD, LockHeldError, words
from snap_restorer.pg.syntax import fail_transaction, syntax_error
from snap_restorer.pg.target import Connection, Target
from snap_restorer.schemas import history
from snap_restorer.schemas.files import Folder, Migration, unwrapped

_LINES = 200  # the most lines of the server's messages that are kept
_EXISTS = frozenset({"42710", "42P07", "42P06", "42723", "42701", "42P16", "23505"})
_EXISTS_HINT = (
    "objects outside the reset schemas still exist; write IF NOT EXISTS, OR REPLACE or DROP … IF EXISTS, or "
    "name their schema in [reset]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The migrations to apply. `applied` counts the migrations that are already applied.

    `late` precede an applied one in the order. `unknown` are versions that the database has had and the folder does not
    hold.
    """

    migrations: tuple[Migration, ...]
    applied: int
    late: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """The applied migrations, by file. `log` holds the last lines that the server printed meanwhile."""

    applied: tuple[str, ...]
    versions: tuple[str, ...]
    pending: Pending
    log: tuple[str, ...]


def pending(target: Target, folder: Folder, *, from_nothing: bool = False) -> Pending:
    """Return what `migrate` would apply, without changes. `from_nothing`: a reset will first empty the history."""
    if from_nothing:
        return compared(folder, ())
    with target.connect() as connection:
        return compared(folder, history.versions(connection))


def compared(folder: Folder, done: Collection[str]) -> Pending:
    """Compare a folder with the versions that were applied. Pure."""
    todo = tuple(migration for migration in folder.migrations if migration.version not in done)
    had = [migration for migration in folder.migrations if migration.version in done]
    last = folder.migrations.index(had[-1]) if had else -1
    return Pending(
        migrations=todo,
        applied=len(had),
        late=tuple(migration.file for migration in todo if folder.migrations.index(migration) < last),
        unknown=tuple(sorted(set(done) - {migration.version for migration in folder.migrations})),
    )


def migrate(
    target: Target,
    folder: Folder,
    *,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Migrated:
    """Apply the migrations that were not applied yet. `target` is the server, or a pooler in session mode.

    Errors: TargetError that names file, line and statement, ServiceError, Interrupted once `stop` is set; files before
    the one that failed stay applied and recorded.
    """
    stop, progress = stop or threading.Event(), progress or Silent()
    with target.connect() as connection, interruptible(connection, stop):
        connection.autocommit = True
        require_session(connection, target, "migrations cannot run")
        transaction.pin_session(connection)
        transaction.require_writable(connection)
        todo = compared(folder, history.versions(connection))
        if todo.migrations:
            _settle(connection, lock_timeout_s)
            history.prepare(connection)
        runner = _Runner(
            connection=connection, target=target, lock_timeout_s=lock_timeout_s, stop=stop, progress=progress
        )
        log = runner.run(todo.migrations)
    return Migrated(
        applied=tuple(migration.file for migration in todo.migrations),
        versions=tuple(migration.version for migration in todo.migrations),
        pending=todo,
        log=log,
    )


def run_sql(
    target: Target,
    files: Sequence[Migration],
    *,
    section: str,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[str, ...]:
    """Run SQL files, each as `migrate` does but without a history, and return the server's messages.

    `section` is the section of snap.toml that names the files. Errors: as `migrate`; files before the one that failed
    stay done.
    """
    stop, progress = stop or threading.Event(), progress or Silent()
    with target.connect() as connection, interruptible(connection, stop):
        connection.autocommit = True
        require_session(connection, target, "these files cannot run")
        transaction.pin_session(connection)
        transaction.require_writable(connection)
        return _Runner(
            connection=connection,
            target=target,
            lock_timeout_s=lock_timeout_s,
            stop=stop,
            progress=progress,
            recorded=False,
            section=section,
        ).run(files)


def require_parseable(target: Target, files: Sequence[Migration]) -> None:
    """Raise UsageError for the first statement that the server's grammar refuses. Nothing is run.

    Names are not checked, since the objects may exist only once the files run.
    """
    with target.connect() as connection:
        fail_transaction(connection)
        for file in files:
            for statement in file.statements:
                problem = None if statement.first is None else syntax_error(connection, statement.text)
                if problem is not None:
                    raise UsageError(
                        f"{file.path}:{statement.at(problem.position)}: {problem.message}; in: {statement.excerpt()}",
                        "correct the file",
                        unchanged=True,
                    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runner:
    """Runs files one after another. `recorded`: they are recorded in the history of migrations."""

    connection: Connection
    target: Target
    lock_timeout_s: float
    stop: threading.Event
    progress: Progress
    recorded: bool = True
    section: str = "migrations"

    def run(self, files: Sequence[Migration]) -> tuple[str, ...]:
        """Run the files, and return the last lines of the server's messages."""
        log: deque[str] = deque(maxlen=_LINES)
        current = [""]
        self.connection.add_notice_handler(
            lambda said: log.append(self.target.scrub(f"{current[0]}: {said.severity}: {said.message_primary}"))
        )
        self.progress.start(self.section, len(files))
        for file in files:
            require_going(self.stop)
            current[0] = file.file
            self.progress.note(f"applying {file.file}")
            _FileRun(
                connection=self.connection,
                target=self.target,
                migration=file,
                lock_timeout_s=self.lock_timeout_s,
                stop=self.stop,
                recorded=self.recorded,
                section=self.section,
            ).run()
            self.progress.advance(self.section, 1)
        return tuple(log)


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileRun:
    connection: Connection
    target: Target
    migration: Migration
    lock_timeout_s: float
    stop: threading.Event
    recorded: bool
    section: str

    def run(self) -> None:
        """Apply one file and record it."""
        _settle(self.connection, self.lock_timeout_s)
        whole = unwrapped(self.migration.statements)
        if whole is None or not self._run_in_one_transaction(whole):
            _settle(self.connection, self.lock_timeout_s)
            self._run_one_by_one()

    def _run_in_one_transaction(self, whole: Sequence[Statement]) -> bool:
        """Run all statements in one transaction. Return False, with nothing done, if that is not possible."""
        statement: Statement | None = None
        try:
            with self.connection.transaction():
                transaction.exclude_others(self.connection, self.lock_timeout_s)
                for statement in whole:
                    self._execute(statement)
                self._record()
        except (psycopg.errors.ActiveSqlTransaction, psycopg.errors.InvalidTransactionTermination) as error:
            if statement is None or statement.words[:1] == ("SET",):
                raise self._failed(statement, error, "nothing of this file was applied") from None
        except psycopg.Error as error:
            require_going(self.stop)
            raise self._failed(statement, error, "nothing of this file was applied") from None
        else:
            return True
        return False

    def _run_one_by_one(self) -> None:
        """Run one statement after another. Statements that were run are not undone by an error."""
        kept = "earlier statements of this file may stay applied" + (
            ", and the file is not recorded" if self.recorded else ""
        )
        statement: Statement | None = None
        try:
            for statement in self.migration.statements:
                if statement.first is not None:
                    self._execute(statement)
            if self.connection.info.transaction_status != TransactionStatus.IDLE:
                self.connection.rollback()
                raise TargetError(
                    f"{self.migration.file} begins a transaction that it does not end",
                    f"add COMMIT at its end; {kept}",
                )
            with self.connection.transaction():
                self._record()
        except psycopg.Error as error:
            require_going(self.stop)
            raise self._failed(statement, error, kept) from None

    def _execute(self, statement: Statement) -> None:
        require_going(self.stop)
        self.connection.execute(statement.text.encode())

    def _record(self) -> None:
        if not self.recorded:
            return
        self.connection.execute("RESET SESSION AUTHORIZATION")  # the file may have changed the role
        self.connection.execute("RESET ROLE")
        texts = [statement.text for statement in self.migration.statements]
        history.record(self.connection, self.migration.version, self.migration.name, texts)

    def _failed(self, statement: Statement | None, error: psycopg.Error, kept: str) -> SnapError:
        """Return the error with its place and reason, and with the state in which the file was left."""
        state, said, place, where = error.sqlstate or "", words(error), self.migration.file, ""
        if statement is not None:
            position = error.diag.statement_position
            place += f":{statement.at(int(position) if position else None)}"
            where = f"; in: {statement.excerpt()}"
        text = self.target.scrub(f"{place}: {said.text}{where}")
        reported = self.target.scrub(f"{place}: {said.reported}{where}")
        if not said.refusal and (state or self.connection.broken):
            return ServiceError(text, said.advice, unchanged=said.undone, reported=reported)
        hint = (
            _EXISTS_HINT if state in _EXISTS and self.recorded else said.hint or "correct the file, then run this again"
        )
        if state == LOCK_HELD:
            hint = f"another session holds a lock; try again, or raise lock_timeout in [{self.section}]"
            return LockHeldError(f"lock held: {text}", f"{hint}; {kept}", reported=f"lock held: {reported}")
        return TargetError(text, f"{hint}; {kept}", reported=reported)


def _settle(connection: Connection, lock_timeout_s: float) -> None:
    """Reset the session, so that each file begins alike, whatever settings the previous file changed."""
    for text in ("RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"):
        connection.execute(text.encode())
    values = {
        "lock_timeout": f"{transaction.milliseconds(lock_timeout_s)}ms",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "client_min_messages": "notice",
    }
    for name, value in values.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [name, value])
