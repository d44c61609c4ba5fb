"""Read and check a folder of plain SQL migrations, without a database.

Files are named VERSION_NAME.sql, with a VERSION of digits, and run in the order of their names, as in Supabase's CLI.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from snap import durable
from snap.errors import UsageError
from snap_restorer.pg.scanner import Statement, Unreadable, statements

_NAME = re.compile(r"([0-9]+)_(.*)\.sql", re.DOTALL)
_BEGIN = ("BEGIN", "START")
_END = ("COMMIT", "END")
_CONTROL = frozenset({*_BEGIN, *_END, "ROLLBACK", "ABORT"})
_PLAIN = ((), ("TRANSACTION",), ("WORK",))  # words that may follow BEGIN and COMMIT without effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One migration file. `statements` are all statements of the file, including comments."""

    version: str
    name: str
    path: Path
    statements: tuple[Statement, ...]

    @property
    def file(self) -> str:
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The migrations of a folder, in order. `ignored` are the names of SQL files that are no migrations."""

    migrations: tuple[Migration, ...]
    ignored: tuple[str, ...]


def read_folder(folder: Path) -> Folder:
    """Read a folder of migrations.

    Errors: UsageError for a missing or empty folder, and for files that cannot be run.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.suffix == ".sql")
    except OSError as error:
        raise UsageError(
            f"the folder of migrations, {folder}, cannot be read: {error.strerror}",
            "check the setting folder under [migrations]",
        ) from None
    named = [(match, name) for name in names if (match := _NAME.fullmatch(name))]
    if not named:
        listing = f"; it holds {', '.join(names[:5])}" if names else ""
        raise UsageError(
            f"{folder} holds no migrations{listing}", "name them VERSION_NAME.sql, such as 20260102030405_recipes.sql"
        )
    by_version: dict[str, str] = {}
    for match, name in named:
        other = by_version.setdefault(match[1], name)
        if other != name:
            raise UsageError(
                f"{other} and {name} in {folder} have the same version {match[1]}", "give one of them another version"
            )
    taken = {name for _, name in named}
    return Folder(
        migrations=tuple(_read(folder / name, match[1], match[2]) for match, name in named),
        ignored=tuple(name for name in names if name not in taken),
    )


def read_sql(folder: Path) -> tuple[Migration, ...]:
    """Read every SQL file of a folder, in the order of their names. Errors: UsageError, as `read_folder`."""
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.suffix == ".sql")
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be read: {error.strerror}", "check its name") from None
    if not names:
        raise UsageError(
            f"{folder} holds no SQL files",
            "name the files so that their names sort in the order in which they have to run",
        )
    return tuple(_read(folder / name, "", name) for name in names)


def _read(path: Path, version: str, name: str) -> Migration:
    try:
        text = durable.read_within(path).decode("utf-8-sig")
        path.name.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name of {path} is not UTF-8", "give the file another name") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8: byte {error.start + 1} is 0x{error.object[error.start]:02x}",
            "save it as UTF-8 and run this again",
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check its permissions") from None
    if "\0" in text:
        raise UsageError(
            f"{path} holds a zero byte, which SQL does not allow", "save it as UTF-8 text and run this again"
        )
    try:
        return Migration(version=version, name=name, path=path, statements=statements(text))
    except Unreadable as error:
        raise UsageError(f"{path}:{error.line}: {error.message}", "write plain SQL, without commands of psql") from None


def unwrapped(every: Sequence[Statement]) -> tuple[Statement, ...] | None:
    """Return a file's statements to run in one transaction, None if the file begins and ends its own transactions.

    BEGIN and COMMIT around a whole file are removed, since a file runs in one transaction anyway. Pure.
    """
    whole = [statement for statement in every if statement.first is not None]
    if len(whole) > 1 and _is(whole[0], _BEGIN) and _is(whole[-1], _END):
        whole = whole[1:-1]
    return None if any(map(_controls, whole)) else tuple(whole)


def _is(statement: Statement, words: tuple[str, ...]) -> bool:
    return statement.words[:1] != () and statement.words[0] in words and statement.words[1:] in _PLAIN


def _controls(statement: Statement) -> bool:
    first, *rest = statement.words or ("",)
    if first == "ROLLBACK":  # ROLLBACK TO SAVEPOINT stays in the transaction
        return "TO" not in rest
    return first in _CONTROL or (first == "PREPARE" and rest[:1] == ["TRANSACTION"])
