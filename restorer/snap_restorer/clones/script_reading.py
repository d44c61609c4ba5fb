"""Run schema scripts in the embedded server.

Statements that need something that the server lacks, and statements that the server refuses to an ordinary owner, are
changed or left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import psycopg
from psycopg import sql

from snap.errors import UsageError
from snap.schema import Table
from snap.units import plural, some
from snap_restorer.local.roles import connect
from snap_restorer.local.superuser import create_extensions
from snap_restorer.pg.scanner import Statement, Unreadable
from snap_restorer.pg.schema_sql import created_schema, extensions
from snap_restorer.pg.target import Connection, Target
from snap_restorer.schemas.script import CopiedRows, moves_rows, schema_statements

MAINTENANCE = "postgres"
_TRIES = 20  # the most tries of one statement, which may name several missing roles
_ROLE = re.compile(r'role "(.+)" does not exist')
_CREATE_ROLE = re.compile(r'\bCREATE\s+(?:ROLE|USER|GROUP)\s+(?:"([^"]+)"|(\w+))[^;]*;', re.IGNORECASE)
_CREATE_COLLATION = re.compile(r"CREATE\s+COLLATION\s+(?:IF\s+NOT\s+EXISTS\s+)?([^\s(]+)\s*\(", re.IGNORECASE)
_COLLATION = re.compile(r'collation "(.+)" for encoding')
_COMPRESSION = re.compile(r"(\bALTER\s.*\bSET\s+)?\bCOMPRESSION\s+\w+", re.IGNORECASE | re.DOTALL)
_TABLESPACE = re.compile(r'(\bUSING\s+INDEX\s+)?\bTABLESPACE\s+("[^"]+"|\w+)', re.IGNORECASE)
_UNDEFINED = re.compile(r'^relation "(public\.)?(.+)" does not exist$')
_MODIFIED = re.compile(r'type modifier is not allowed for type "(.+?)"')
_PARTLY = ("pg_trgm", "postgis")  # extensions whose stand-ins lack the operators
_TYPES = {"postgis": ("geometry", "geography")}  # stand-ins that take texts which the real types refuse
_PREINSTALLED = ("pgcrypto", "uuid-ossp")
_NEEDED = (("CREATE", "TABLE"), ("CREATE", "TYPE"), ("CREATE", "DOMAIN"), ("CREATE", "SCHEMA"), ("CREATE", "SEQUENCE"))
_DEFINING = ("ALTER", "COMMENT", "CREATE", "DROP")
_STAND_IN = re.compile(r"\bstub\.")
_STUB = re.compile(r"^-- extension: (.+)$", re.MULTILINE)
_SCHEMA = re.compile(r"^-- schema: (.+)$", re.MULTILINE)
_HISTORY = re.compile(r"^-- history: (.+)$", re.MULTILINE)


@dataclass(slots=True)
class ScriptReading:
    """A run of schema scripts.

    `lacking` are the extensions that the scripts create and the server does not have, each with its file and line.
    `made` are the schemas that were created for extensions or as stand-ins, and which no script has created yet.
    `unprivileged` is true if a statement that only a superuser may run was left out.
    """

    connection: Connection
    target: Target
    warn: Callable[[str], None]
    stood_for: set[tuple[str, str]] = field(default_factory=set)
    lacking: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    unprivileged: bool = False

    def prelude(self, text: str) -> frozenset[str]:
        """Create stand-ins for the schemas of Supabase that scripts name but do not fill, and return their names."""
        parts = _parts("supabase.sql", _SCHEMA)
        named = [name for name in parts if _names(text, name)]
        if named:  # objects that every database of Supabase has
            for name in _PREINSTALLED:
                self._create_extension(name, "extensions", "")
        for name in named:
            self.connection.execute(parts[name].encode())
        self.made.update(named)
        return frozenset(named)

    def run(self, script: Path, text: str) -> None:
        """Run the statements of a script, each on its own.

        Rows that Postgres refuses are tried again at the end.
        """
        try:
            steps = schema_statements(text)
        except Unreadable as error:
            raise UsageError(f"{script}, line {error.line}: {error.message}", "correct the line") from None
        rows, others = [], []
        for statement in steps:
            try:
                self._step(statement, script)
            except psycopg.Error as error:
                position = error.diag.statement_position
                line = statement.at(int(position) if position else None)
                said = error.diag.message_primary or str(error)
                if isinstance(statement, CopiedRows) or moves_rows(statement):
                    rows.append(statement)
                elif statement.words[:2] not in _NEEDED and self._lacks(statement, error):
                    others.append(f"line {line}: {said}")
                else:
                    raise UsageError(
                        f"{script}, line {line}: Postgres refuses it: {said}",
                        self._elsewhere() or error.diag.message_hint or "correct the line, then run the command again",
                    ) from None
        if others:
            reasons = [f"the embedded server has no extension {some(sorted(self.lacking))}"] if self.lacking else []
            reasons += ["some need a superuser"] if self.unprivileged else []
            self.warn(
                f"{script}: {plural(len(others), 'statement')} left out, because {' and '.join(reasons)}; {others[0]}"
            )
        self._again(script, rows)

    def warn_of_texts(self, tables: Sequence[Table]) -> None:
        """Warn of columns whose stand-in type takes any text, because the server lacks the type's extension."""
        for name in sorted(self.lacking.keys() & _TYPES.keys()):
            columns = [
                f"{table.label}.{column.name}"
                for table in tables
                for column in table.columns
                if column.type.pg.rpartition(".")[2].removesuffix("[]") in _TYPES[name]
            ]
            if columns:
                self.warn(
                    f"{self.lacking[name]}: the embedded server has no extension {name}, so {some(columns)} "
                    f"{'holds' if len(columns) == 1 else 'hold'} texts here: declare values that {name} reads, or set "
                    "$SNAP_PG_BIN to the program folder of a Postgres that has it"
                )

    def _elsewhere(self) -> str:
        """Return a hint about the extensions that the server does not have, "" if it has all."""
        if not self.lacking:
            return ""
        named = ", ".join(f"{name} ({place})" for name, place in sorted(self.lacking.items()))
        return (
            f"the embedded server has no extension {named}: if the line needs it, set $SNAP_PG_BIN to the program "
            "folder of a Postgres that has it, or name a database that has the schema; else correct the line"
        )

    def _lacks(self, statement: Statement, error: psycopg.Error) -> bool:
        """Return whether a statement seems to fail because of something that this server or its owner does not have."""
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            self.unprivileged = self.unprivileged or statement.words[0] in _DEFINING
        return self.unprivileged or bool(self.lacking)

    def _again(self, script: Path, refused: Sequence[Statement | CopiedRows]) -> None:
        """Run refused statements about rows once more, and warn of those that Postgres still refuses."""
        left = []
        for statement in refused:
            try:
                self._step(statement, script)
            except psycopg.Error as error:
                left.append(f"line {statement.at(None)}: {error.diag.message_primary or error}")
        if left:
            self.warn(
                f"{script}: {plural(len(left), 'statement')} on rows left out, because Postgres refuses them; {left[0]}"
            )

    def _step(self, statement: Statement | CopiedRows, script: Path) -> None:
        """Run one statement. If Postgres refuses it, run the replacement from `_mended`, at most a few times."""
        if isinstance(statement, CopiedRows):
            with self.connection.cursor().copy(statement.text.encode()) as copy:
                copy.write(statement.data)
            return
        if statement.words[:2] == ("CREATE", "EXTENSION"):
            ((name, schema),) = extensions([statement]).items()
            self._create_extension(name, schema, f"{script}, line {statement.at(None)}")
            return
        if (schema := created_schema(statement)) in self.made:
            self.made.remove(schema)
            return
        text = statement.text
        for _ in range(_TRIES):
            try:
                self.connection.execute(text.encode())
                return
            except psycopg.Error as error:
                mended = self._mended(text, error)
                if mended is None:
                    raise
                text = mended
        self.connection.execute(text.encode())

    def _mended(self, text: str, error: psycopg.Error) -> str | None:
        """Return a replacement for a statement that this server or its owner cannot run, None if there is none."""
        said, other = error.diag.message_primary or "", text
        if (role := _ROLE.search(said)) and self.target.superuser is not None:
            self._create_roles([role[1]])
            return text
        if said == "permission denied to create role" and self.target.superuser is not None:
            self._create_roles([quoted or plain.lower() for quoted, plain in _CREATE_ROLE.findall(text)])
            other = _CREATE_ROLE.sub("NULL;", text)
        elif isinstance(error, psycopg.errors.UndefinedTable):
            history = _parts("histories.sql", _HISTORY).get(_UNDEFINED.sub(r"\2", said))
            other = text if history is None else f"{history}; {text}"
        elif isinstance(error, psycopg.errors.FeatureNotSupported):
            if collation := _CREATE_COLLATION.search(text):
                return f'CREATE COLLATION {collation[1]} FROM pg_catalog."C"'  # the embedded server has no ICU
            other = _COMPRESSION.sub("", text)
        elif collation := _COLLATION.search(said):
            other = re.sub(
                rf'\bCOLLATE\s+("?pg_catalog"?\.)?"?{re.escape(collation[1])}"?', "", text, flags=re.IGNORECASE
            )
        elif modified := _MODIFIED.search(said):
            # The stand-in for the type takes no modifier such as geometry(Point,4326).
            name = re.escape(modified[1].split(".")[-1])
            other = re.sub(rf"\b({name})\s*\([^()]*\)", r"\1", text)
        elif "tablespace" in said:
            other = "" if text.lstrip().upper().startswith("SET") else _TABLESPACE.sub("", text)
        return other if other != text else None

    def _create_roles(self, names: Sequence[str]) -> None:
        """Create the roles that do not exist, without login."""
        assert self.target.superuser is not None
        with connect(self.target.superuser, MAINTENANCE) as admin:
            for name in names:
                if not admin.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [name]).rowcount:
                    admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))

    def _create_extension(self, name: str, schema: str, where: str) -> None:
        """Create an extension if the server ships it, else stand-ins for its functions and types, if there are any."""
        place = sql.Identifier(schema)
        if not self.connection.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s", [schema]).rowcount:
            self.connection.execute(sql.SQL("CREATE SCHEMA {}").format(place))
            self.made.add(schema)
        if schema != "public":
            self.connection.execute(sql.SQL("SET search_path = public, {}").format(place))
        if self.connection.execute("SELECT FROM pg_catalog.pg_available_extensions WHERE name = %s", [name]).rowcount:
            if self.target.superuser is not None:
                create_extensions(self.target.superuser, self.connection.info.dbname, {name: schema})
            create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}")  # an extension for the owner
            self.connection.execute(create.format(sql.Identifier(name), place))
            return
        stub = _parts("extension_stubs.sql", _STUB).get(name)
        if stub is None or name in _PARTLY:
            self.lacking[name] = where
        if stub is not None and (name, schema) not in self.stood_for:
            self.stood_for.add((name, schema))
            self.connection.execute(_STAND_IN.sub(f"{place.as_string(None)}.", stub).encode())


def _names(text: str, schema: str) -> bool:
    """Return whether scripts use objects of a schema but create no table in it."""
    created = rf'CREATE TABLE\s+(IF NOT EXISTS\s+)?"?{schema}"?\.'
    return bool(re.search(rf'(?<![\w.]){schema}"?\.', text)) and not re.search(created, text, re.IGNORECASE)


@cache
def _parts(file: str, heading: re.Pattern[str]) -> Mapping[str, str]:
    """Return the sections of a file of SQL, by the names in their headings."""
    parts = heading.split((files("snap_restorer.schemas") / file).read_text("utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))
