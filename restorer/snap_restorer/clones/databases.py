"""The databases of one server: their attributes, CREATE and DROP DATABASE, and the locks around both.

CREATE and DROP DATABASE cannot run inside a transaction, and a lock that ends with its transaction needs an open one.
So there are two sessions in the maintenance database. The keeper's open transaction holds advisory locks and commits
the changes that must be one step (marks, renames). The worker creates and drops databases. If the keeper's session is
lost, its uncommitted step is lost too.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import IsolationLevel, pq, sql
from psycopg.rows import dict_row

from snap.errors import Option, SnapError, TargetError
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.grants import Privilege, privileges
from snap_restorer.pg.target import Connection, Target

MAINTENANCE = "postgres"
_FILE_COPY_BYTES = 48 << 20  # measured: as fast at 42 MB; at 9 MB wal_log takes 0.7, at 223 MB 2.3 of its time

Locale = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting made by ALTER DATABASE ... SET, or by ALTER ROLE ... IN DATABASE ... SET if `role` is given."""

    role: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The server's record of a database. `owned`: this role may rename and drop the database."""

    oid: int
    name: str
    owner: str
    owned: bool
    connectable: bool
    connection_limit: int
    is_template: bool
    tablespace: str
    locale: Locale
    comment: str | None
    privileges: frozenset[Privilege]
    settings: frozenset[Setting]
    labels: frozenset[tuple[str, str]]

    @property
    def broken(self) -> bool:
        """Return whether a DROP DATABASE was interrupted, so that only DROP still works on the database."""
        return self.connection_limit == -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The database role of the two sessions. `creates`: the role may create databases."""

    name: str
    oid: int
    creates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSessions:
    """The two sessions in the maintenance database, and their role."""

    target: Target
    role: Role
    keeper: Connection
    worker: Connection


def name_of(target: Target) -> str:
    """Return the database name that a conninfo means, even if the environment or a service file supplies the name."""
    given = target.parameters().get("dbname")
    if given:
        return given
    # libpq alone knows its defaults; the connection that it begins is dropped at once.
    started = pq.PGconn.connect_start(target.conninfo.encode())
    try:
        return started.db.decode()
    finally:
        started.finish()


@contextlib.contextmanager
def serve(target: Target, *, option: Option | None = "clone") -> Iterator[ServerSessions]:
    """Open both sessions on the server of `target`. Errors name `option`, which needs the sessions.

    Errors: TargetError if the role may not create databases, or if a pooler is in between; ServiceError.
    """
    maintenance = target.at(MAINTENANCE)
    with contextlib.ExitStack() as stack:
        try:
            keeper, worker = (stack.enter_context(maintenance.connect()) for _ in range(2))
        except SnapError as error:
            raise type(error)(
                f"database {MAINTENANCE}, from which databases are created, cannot be reached: {error.message}",
                error.hint,
                option=option,
                unchanged=error.unchanged,
            ) from None
        worker.autocommit = True
        keeper.isolation_level = IsolationLevel.READ_COMMITTED
        transaction.require_direct(worker, target, "no database can be created or renamed", option=option)
        transaction.pin_session(worker)
        role = require_primary(worker, target, option=option)
        if not role.creates:
            raise TargetError(
                f"role {role.name} may not create databases",
                f"ask a superuser to run: ALTER ROLE {role.name} CREATEDB",
                option=option,
            )
        for name in ("statement_timeout", "lock_timeout", "idle_session_timeout"):
            worker.execute("SELECT pg_catalog.set_config(%s, '0', false)", [name])
        yield ServerSessions(target=target, role=role, keeper=keeper, worker=worker)
        with contextlib.suppress(psycopg.Error):  # else the locks of hold() last until the server notices the end
            worker.execute("SELECT pg_catalog.pg_advisory_unlock_all()")


def require_primary(connection: Connection, target: Target, *, option: Option | None = "clone") -> Role:
    """Return the session's role after checking that the session is direct and may write.

    Errors: TargetError for a pooler, whose sessions stay in the database, and for a server that accepts no writes.
    """
    transaction.require_direct(connection, target, "no database can be created or renamed", option=option)
    [role] = records(connection, Role, "clone_role")
    transaction.require_writable(connection)
    return role


def begin(server: ServerSessions, lock_timeout_s: float | None = None) -> None:
    """Begin the keeper's transaction, which may stay open as long as the work takes.

    If `lock_timeout_s` is None, the transaction waits for locks without limit.
    """
    server.keeper.rollback()
    wait = "0" if lock_timeout_s is None else f"{transaction.milliseconds(lock_timeout_s)}ms"
    settings = {
        "lock_timeout": wait,
        "statement_timeout": "0",
        "transaction_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
    }
    server.keeper.read_only = False
    server.keeper.execute(query("session"), {"names": list(settings), "values": list(settings.values())})


def lock(server: ServerSessions, name: str, *, shared: bool = False) -> None:
    """Wait for the lock called `name` in the keeper's transaction. Errors: psycopg's LockNotAvailable."""
    how = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    server.keeper.execute(f"SELECT pg_catalog.{how}(%s)".encode(), [_key(name)])


def try_lock(server: ServerSessions, name: str) -> bool:
    """Take the lock called `name` if it is free. Return whether the lock was taken."""
    ((taken,),) = server.keeper.execute("SELECT pg_catalog.pg_try_advisory_xact_lock(%s)", [_key(name)])
    return bool(taken)


def hold(server: ServerSessions, name: str) -> None:
    """Hold the lock called `name` in shared mode until the end of serve().

    Meanwhile no session can take the lock exclusively.
    """
    server.worker.execute("SELECT pg_catalog.pg_advisory_lock_shared(%s)", [_key(name)])


def find(connection: Connection, name: str) -> Database | None:
    """Return the server's record of database `name`, None if there is no such database."""
    row = connection.cursor(row_factory=dict_row).execute(query("clone_database"), {"name": name}).fetchone()
    if row is None:
        return None
    row["locale"] = tuple(sorted(row["locale"].items()))
    row["privileges"] = privileges(row["privileges"])
    row["settings"] = frozenset(
        Setting(role=role, name=text.partition("=")[0], value=text.partition("=")[2]) for role, text in row["settings"]
    )
    row["labels"] = frozenset(map(tuple, row["labels"]))
    return Database(**row)


def create(
    server: ServerSessions,
    name: str,
    template: str,
    *,
    tablespace: str | None = None,
    locale: Locale = (),
    replace: bool = True,
    private: bool = False,
) -> None:
    """Create database `name` as a copy of `template`.

    `replace`: an existing database of that name was left by an interrupted run and is dropped; the caller holds the
    lock that guards `name`. `private`: from the first moment only the owner and this session's user may connect.
    Errors: psycopg's.
    """
    row = server.worker.execute(
        """SELECT pg_catalog.pg_database_size(d.oid), s.spcname
        FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace s ON s.oid = d.dattablespace
        WHERE d.datname = %s""",
        [template],
    ).fetchone()
    moved = row is not None and tablespace != row[1]  # naming even the default tablespace needs CREATE on it
    copied = row is not None and row[0] >= _FILE_COPY_BYTES
    statement = _create_sql(name, template, locale, tablespace if moved else None, file_copy=copied, private=private)
    for attempt in (1, 2, 3):
        try:
            server.worker.execute(statement)
            break
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            # A killed run's CREATE DATABASE goes on in the server until it is done.
            if not replace or attempt == 3:
                raise
            drop(server, name, force=True)
    if private:
        for change in (
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {} TO SESSION_USER",
            "ALTER DATABASE {} ALLOW_CONNECTIONS true",
        ):
            server.worker.execute(sql.SQL(change).format(sql.Identifier(name)))


def drop(server: ServerSessions, name: str, *, force: bool = False) -> None:
    """Drop database `name` if it exists. With `force`, end the sessions in it. Errors: psycopg's."""
    try:
        server.worker.execute(_drop_sql(name, force=force))
    except psycopg.errors.InsufficientPrivilege:
        if not force:
            raise
        # FORCE is refused to an ordinary owner while autovacuum works there; a plain DROP ends its workers itself.
        server.worker.execute(query("end_clients"), {"database": name})
        server.worker.execute(_drop_sql(name, force=False))


def comment(connection: Connection, name: str, text: str | None) -> None:
    connection.execute(_comment_sql(name, text))


def sessions(server: ServerSessions, database: Database) -> tuple[str, ...]:
    """Return the sessions that are connected to a database, except the worker's and autovacuum's."""
    return tuple(row[0] for row in server.worker.execute(query("clone_sessions"), {"oid": database.oid}))


def digest(*parts: object) -> str:
    """Return 32 hex digits of a hash that identifies these values."""
    text = "\0".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"snap lock {name}".encode()).digest()[:8], "big", signed=True)


def _create_sql(
    name: str, template: str, locale: Locale, tablespace: str | None, *, file_copy: bool, private: bool = False
) -> sql.Composed:
    options: list[sql.Composable] = [sql.SQL("TEMPLATE {}").format(sql.Identifier(template))]
    options += _locale_options(locale)
    if tablespace is not None:
        options.append(sql.SQL("TABLESPACE {}").format(sql.Identifier(tablespace)))
    if file_copy:
        options.append(sql.SQL("STRATEGY file_copy"))
    if private:
        options.append(sql.SQL("ALLOW_CONNECTIONS false"))
    return sql.SQL("CREATE DATABASE {} ").format(sql.Identifier(name)) + sql.SQL(" ").join(options)


def _drop_sql(name: str, *, force: bool) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {}" + (" WITH (FORCE)" if force else "")).format(sql.Identifier(name))


def _comment_sql(name: str, text: str | None) -> sql.Composed:
    return sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))


def _locale_options(locale: Locale) -> list[sql.Composable]:
    if not locale:
        return []
    given = dict(locale)
    provider = {"c": "libc", "i": "icu", "b": "builtin"}[given["provider"] or "c"]
    options = {
        "ENCODING": given["encoding"],
        "LOCALE_PROVIDER": provider,
        "LC_COLLATE": given["lc_collate"],
        "LC_CTYPE": given["lc_ctype"],
        {"icu": "ICU_LOCALE", "builtin": "BUILTIN_LOCALE"}.get(provider, ""): given["locale"],
        "ICU_RULES": given["icu_rules"],
    }
    return [
        sql.SQL("{} {}").format(sql.SQL(name), sql.Literal(value)) for name, value in options.items() if name and value
    ]
