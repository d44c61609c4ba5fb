"""Plain SQL migrations, applied in order, with a history as Supabase's CLI keeps it: who comes next knows what ran.

Each file is one transaction together with its row of the history, in a session of its own, so that no SET of one file
reaches the next. A file that ends transactions itself, or holds what can run in none (CREATE INDEX CONCURRENTLY), is
run statement by statement instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restorer.statements import Statement, statements
from restorer.target import Target
from snap.errors import TargetError, UsageError
from snap.progress import Progress, Silent

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

SCHEMA = "supabase_migrations"
_NAME = re.compile(r"([0-9]+)_(.*)\.sql")
_OWN = re.compile(r"(?i)(?:BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b")
_CREATE = f"""
    CREATE SCHEMA IF NOT EXISTS {SCHEMA};
    CREATE TABLE IF NOT EXISTS {SCHEMA}.schema_migrations (version text NOT NULL PRIMARY KEY);
    ALTER TABLE {SCHEMA}.schema_migrations ADD COLUMN IF NOT EXISTS statements text[];
    ALTER TABLE {SCHEMA}.schema_migrations ADD COLUMN IF NOT EXISTS name text"""
_NO_TRANSACTION = "25001"  # active_sql_transaction
_SHOWN = 200  # characters of a statement in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file, by its version, the digits that its name begins with."""

    version: str
    name: str
    file: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """The files that were applied, in order, and how many had been before."""

    applied: tuple[str, ...]
    before: int


def migrations(folder: Path) -> tuple[Migration, ...]:
    """Read every migration of a folder, in the order of their versions; other files are left alone.

    Errors: UsageError for a folder without any, two files of one version, what is not UTF-8 or not SQL.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder of migrations {folder}", "check folder in [migrations]")
    found: dict[str, Migration] = {}
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match is None or not path.is_file():
            continue
        if match[1] in found:
            raise UsageError(
                f"migrations {found[match[1]].file} and {path.name} have the same version", "rename one of them"
            )
        found[match[1]] = Migration(version=match[1], name=match[2], file=path.name, statements=_read(path))
    if not found:
        raise UsageError(f"{folder} holds no migrations", "they are named as 20261123030000_what_it_does.sql")
    return tuple(found[version] for version in sorted(found))


def pending(target: Target, known: Sequence[Migration]) -> tuple[Migration, ...]:
    """Give the migrations that the history does not hold. Errors: TargetError, ServiceError."""
    with target.connect() as connection:
        applied = _applied(connection)
    return tuple(one for one in known if one.version not in applied)


def migrate(
    target: Target,
    known: Sequence[Migration],
    *,
    anew: bool,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
) -> Migrated:
    """Apply what is not in the history; `anew` empties the history first, for the schemas were emptied.

    Errors: TargetError that names the file, the line and the statement; that file has changed nothing, unless it ran
    statement by statement. UsageError for files that are missing although they were applied.
    """
    progress = progress or Silent()
    with target.connect() as connection:
        connection.execute(_CREATE.encode())
        if anew:
            connection.execute(f"DELETE FROM {SCHEMA}.schema_migrations".encode())  # noqa: S608
        target.commit(connection)
    todo = pending(target, known)
    progress.start("migrations", len(todo))
    for one in todo:
        _apply(target, one, lock_timeout_s)
        progress.advance("migrations", 1)
    return Migrated(applied=tuple(one.file for one in todo), before=len(known) - len(todo))


def forget(target: Target) -> None:
    """Empty the history, where there is one: what it tells of is no longer in the database."""
    with target.connect() as connection:
        if _applied(connection):
            connection.execute(f"DELETE FROM {SCHEMA}.schema_migrations".encode())  # noqa: S608
            target.commit(connection)


def _read(path: Path) -> tuple[Statement, ...]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"migration {path.name} is not UTF-8: {error}", "save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"migration {path.name} cannot be read: {error.strerror}", "check its permissions") from None
    found = tuple(statements(text))
    for statement in found:
        if statement.meta:
            raise UsageError(
                f"{path.name}, line {statement.line}: {statement.text.split()[0]} is a command of psql, not SQL",
                "write SQL, or run psql by command in [migrations]",
            )
    return found


def _applied(connection: Connection) -> frozenset[str]:
    row = connection.execute(f"SELECT pg_catalog.to_regclass('{SCHEMA}.schema_migrations')").fetchone()
    if row is None or row[0] is None:
        return frozenset()
    return frozenset(row[0] for row in connection.execute(f"SELECT version FROM {SCHEMA}.schema_migrations"))  # noqa: S608


def _apply(target: Target, one: Migration, lock_timeout_s: float) -> None:
    own = any(_OWN.match(statement.code) for statement in one.statements)
    if not own and _together(target, one, lock_timeout_s):
        return
    with target.connect() as connection:
        connection.autocommit = True
        connection.execute(_timeout(lock_timeout_s))
        _run(connection, one)
        connection.execute("RESET ALL")
        _record(connection, one)


def _together(target: Target, one: Migration, lock_timeout_s: float) -> bool:
    """Run a file as one transaction; False where one of its statements can run in none: then nothing was done."""
    with target.connect() as connection:
        connection.execute(_timeout(lock_timeout_s))
        try:
            _run(connection, one)
        except _NoTransactionError:
            return False
        connection.execute("SET search_path TO DEFAULT")
        _record(connection, one)
        target.commit(connection)
        return True


class _NoTransactionError(Exception):
    pass


def _run(connection: Connection, one: Migration) -> None:
    import psycopg

    for statement in one.statements:
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as error:
            if error.sqlstate == _NO_TRANSACTION and not connection.autocommit:
                raise _NoTransactionError from None
            if connection.closed or error.sqlstate is None:
                raise
            said = error.diag.message_primary or str(error)
            detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
            shown = " ".join(statement.code.split())
            raise TargetError(
                f"migration {one.file}, line {_line(statement, error)}: {said}{detail}; in: "
                + (shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"),
                error.diag.message_hint or "mend the migration, or what it finds in the database",
            ) from None


def _line(statement: Statement, error: psycopg.Error) -> int:
    """Give the line of a file that an error is about: that of its position in the statement, where it has one."""
    comments = statement.text.removesuffix(statement.code).count("\n")
    position = error.diag.statement_position
    if not position:
        return statement.line
    return statement.line - comments + statement.text.count("\n", 0, int(position) - 1)


def _record(connection: Connection, one: Migration) -> None:
    connection.execute(
        f"INSERT INTO {SCHEMA}.schema_migrations (version, name, statements) VALUES (%s, %s, %s)".encode(),  # noqa: S608
        [one.version, one.name, [statement.text for statement in one.statements]],
    )


def _timeout(seconds: float) -> bytes:
    return f"SET lock_timeout = '{max(1, round(seconds * 1000))}ms'".encode()


def files(known: Iterable[Migration]) -> str:
    """Name migrations for people: the first, and how many more."""
    names = [one.file for one in known]
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
