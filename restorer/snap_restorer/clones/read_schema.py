"""The schema that a script of SQL makes, read from a real Postgres: the embedded one, in a database for a while."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import psycopg
import pyarrow as pa
from psycopg import sql

from snap.errors import UsageError
from snap.schema import Check, Details, FixedRows, ForeignKey, PartialUnique, Schema, load_order
from snap.types.arrow import schema_of
from snap.units import plural, some
from snap_restorer.clones.scratch_database import scratch_database
from snap_restorer.live import ddl
from snap_restorer.live.capture import schema_selection, used_enums
from snap_restorer.live.reader import Reader, open_reader
from snap_restorer.live.tables import LiveDatabase, LiveTable, linked, read_database, settled
from snap_restorer.local.embedded import Embedded
from snap_restorer.local.roles import connect
from snap_restorer.local.superuser import create_extensions
from snap_restorer.pg.catalog import query
from snap_restorer.pg.clients import private_environment
from snap_restorer.pg.scanner import Statement, Unreadable
from snap_restorer.pg.schema_sql import extensions
from snap_restorer.pg.target import Connection, Target
from snap_restorer.schemas.script import CopiedRows, moves_rows, schema_statements

_LOCK_S = 10
_ROLES = 20  # that one statement may name before all are there
_DATABASE = "postgres"
_ROLE = re.compile(r'role "(.+)" does not exist')
# Tables of a migrations' tool, which says there what it has run: those rows are nobody's data.
_HISTORY = re.compile(
    r"_?schema_migrations?|django_migrations|_prisma_migrations|__drizzle_migrations|alembic_version|flyway_schema_history"
    r"|ar_internal_metadata|databasechangelog(lock)?|knex_migrations(_lock)?|(typeorm_|pg)?migrations|goose_db_version"
    r"|__EFMigrationsHistory|SequelizeMeta|db_migrations|atlas_schema_revisions|supabase_migrations|seed_files"
)
_COLLATION = re.compile(r"CREATE\s+COLLATION\s+(?:IF\s+NOT\s+EXISTS\s+)?([^\s(]+)\s*\(", re.IGNORECASE)
_MODIFIED = re.compile(r'type modifier is not allowed for type "(.+?)"')
_PARTLY = ("pg_trgm", "postgis")  # stood for without their operators
_PREINSTALLED = ("pgcrypto", "uuid-ossp")
_NEEDED = (("CREATE", "TABLE"), ("CREATE", "TYPE"), ("CREATE", "DOMAIN"), ("CREATE", "SCHEMA"), ("CREATE", "SEQUENCE"))
_STAND_IN = re.compile(r"\bstub\.")
_STUB = re.compile(r"^-- extension: (.+)$", re.MULTILINE)
_SCHEMA = re.compile(r"^-- schema: (.+)$", re.MULTILINE)


def read_schema(
    scripts: Sequence[Path],
    *,
    environment: Mapping[str, str] | None = None,
    project: Path | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Schema:
    """Run scripts one after the other, and return the tables, enum types and SQL of the schema that they make, and the
    rows that they insert.

    They run in the embedded server, as its owner, who is no superuser. What belongs to the database that a dump comes
    from is passed over: psql's commands, owners, privileges. Roles that are missing are created, without login. Rows
    that Postgres refuses are left out, and `warn` is told. Where scripts name schemas of Supabase, those stand in for
    what its servers have; their tables join only where a row has to name one of theirs.

    Errors: UsageError with the file and line of other statements that Postgres refuses; ServiceError where there is no
    embedded server.
    """
    embedded = Embedded(environment=environment, project=project)
    server = embedded.start()
    with scratch_database(server.target(_DATABASE)) as target:
        # The scripts' own path, as psql would have it: a database of its own holds nothing of others.
        with psycopg.connect(target.conninfo, autocommit=True) as connection:
            texts = [(script, _text(script)) for script in scripts]
            reading = _Reading(connection, target, warn)
            outside = reading.prelude("\n".join(text for _, text in texts))
            for script, text in texts:
                reading.run(script, text)
        source = some([str(script) for script in scripts])
        return _read(target, source, private_environment(environment), rows=True, outside=outside)


def read_database_schema(target: Target, *, environment: Mapping[str, str] | None = None) -> Schema:
    """Return the schema of a database, and none of its rows. Errors: TargetError, ServiceError."""
    return _read(target, target.redacted, private_environment(environment), rows=False)


def read_database_tables(target: Target) -> Schema:
    """Return the tables and enum types of a database, without the SQL of them. Errors: TargetError, ServiceError."""
    with open_reader(target, _LOCK_S) as reader:
        database = read_database(reader)
        listed = _listed(database, target.redacted)
        tables = load_order(live.table for live in linked(listed))
        enums = used_enums(database.enums, tables)
        return Schema(tables=tables, enums=enums, sql="", details=_details(reader, listed, ()))


@dataclass(slots=True)
class _Reading:
    """Scripts while they run. `lacking` are the extensions that they create and the server does not have."""

    connection: Connection
    target: Target
    warn: Callable[[str], None]
    stood_for: set[tuple[str, str]] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)

    def prelude(self, text: str) -> frozenset[str]:
        """Create what stands in for the schemas of Supabase that scripts name and do not fill; return their names."""
        parts = _parts("supabase.sql", _SCHEMA)
        named = [name for name in parts if _names(text, name)]
        if named:  # what every database of Supabase has
            for name in _PREINSTALLED:
                self._create_extension(name, "extensions")
        for name in named:
            self.connection.execute(parts[name].encode())
        return frozenset(named)

    def run(self, script: Path, text: str) -> None:
        """Run the statements of a script, each by itself. Rows that Postgres refuses are tried again at the end."""
        try:
            steps = schema_statements(text)
        except Unreadable as error:
            raise UsageError(f"{script}, line {error.line}: {error.message}", "mend the line") from None
        rows, others = [], []
        for statement in steps:
            try:
                self._step(statement)
            except psycopg.Error as error:
                position = error.diag.statement_position
                line = statement.at(int(position) if position else None)
                said = error.diag.message_primary or str(error)
                if isinstance(statement, CopiedRows) or moves_rows(statement):
                    rows.append(statement)
                elif self.lacking and statement.words[:2] not in _NEEDED:
                    others.append(f"line {line}: {said}")
                else:
                    raise UsageError(
                        f"{script}, line {line}: Postgres refuses it: {said}",
                        error.diag.message_hint or "mend the line, and run the command again",
                    ) from None
        if others:
            self.warn(
                f"{script}: {plural(len(others), 'statement')} left out, since the embedded server has no extension "
                f"{some(sorted(self.lacking))}; {others[0]}"
            )
        self._again(script, rows)

    def _again(self, script: Path, refused: Sequence[Statement | CopiedRows]) -> None:
        """Run statements about rows once more, and warn of those that Postgres refuses still."""
        left = []
        for statement in refused:
            try:
                self._step(statement)
            except psycopg.Error as error:
                left.append(f"line {statement.at(None)}: {error.diag.message_primary or error}")
        if left:
            self.warn(
                f"{script}: {plural(len(left), 'statement')} about rows left out, which Postgres refuses; {left[0]}"
            )

    def _step(self, statement: Statement | CopiedRows) -> None:
        """Run one statement; once more where only a role or an extension was missing."""
        if isinstance(statement, CopiedRows):
            with self.connection.cursor().copy(statement.text.encode()) as copy:
                copy.write(statement.data)
            return
        if statement.words[:2] == ("CREATE", "EXTENSION"):
            ((name, schema),) = extensions([statement]).items()
            self._create_extension(name, schema)
            return
        text = statement.text
        for _ in range(_ROLES):
            try:
                self.connection.execute(text.encode())
                return
            except psycopg.errors.UndefinedObject as error:
                role = _ROLE.search(str(error))
                if role is None or self.target.superuser is None:
                    raise
                with connect(self.target.superuser, _DATABASE) as admin:
                    admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role[1])))
            except psycopg.errors.FeatureNotSupported:
                collation = _COLLATION.match(text)
                if collation is None:
                    raise
                text = f'CREATE COLLATION {collation[1]} FROM pg_catalog."C"'  # the embedded server has no ICU
            except psycopg.errors.SyntaxError as error:
                modified = _MODIFIED.search(str(error))
                if modified is None:
                    raise
                # What stands for the type takes no modifier, as of geometry(Point,4326).
                text = re.sub(
                    rf"\b{re.escape(modified[1].split('.')[-1])}\s*\([^()]*\)", modified[1].split(".")[-1], text
                )
        self.connection.execute(text.encode())

    def _create_extension(self, name: str, schema: str) -> None:
        """Create an extension that the server ships, else what stands for its functions and types, else nothing."""
        place = sql.Identifier(schema)
        self.connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(place))
        if schema != "public":
            self.connection.execute(sql.SQL("SET search_path = public, {}").format(place))
        if self.connection.execute("SELECT FROM pg_catalog.pg_available_extensions WHERE name = %s", [name]).rowcount:
            if self.target.superuser is not None:
                create_extensions(self.target.superuser, self.connection.info.dbname, {name: schema})
            create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}")  # one that its owner may create
            self.connection.execute(create.format(sql.Identifier(name), place))
            return
        stub = _parts("extension_stubs.sql", _STUB).get(name)
        if stub is None or name in _PARTLY:
            self.lacking.add(name)
        if stub is not None and (name, schema) not in self.stood_for:
            self.stood_for.add((name, schema))
            self.connection.execute(_STAND_IN.sub(f"{place.as_string(None)}.", stub).encode())


def _text(script: Path) -> str:
    try:
        return script.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{script} is not UTF-8: {error}", "save it as UTF-8") from None


def _names(text: str, schema: str) -> bool:
    """Return whether scripts name a schema, and leave it to others to fill it."""
    created = rf'CREATE TABLE\s+(IF NOT EXISTS\s+)?"?{schema}"?\.'
    return bool(re.search(rf'(?<![\w.]){schema}"?\.', text)) and not re.search(created, text, re.IGNORECASE)


@cache
def _parts(file: str, heading: re.Pattern[str]) -> Mapping[str, str]:
    """Return the parts of a file of SQL by the names in their headings."""
    parts = heading.split((files("snap_restorer.schemas") / file).read_text("utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _read(
    target: Target, source: str, environment: Mapping[str, str], *, rows: bool, outside: Collection[str] = ()
) -> Schema:
    """Return the schema of a database, and where `rows` all that its tables hold. Else no row is read.

    Tables of the schemas `outside` are left out, unless a column that may not be NULL references them.
    """
    with open_reader(target, _LOCK_S) as reader:
        database = read_database(reader)
        others = _listed(database, source)
        listed = [live for live in others if live.table.schema not in outside]
        joined = _joined(listed, others)
        listed += joined
        if not listed:
            raise UsageError(f"there is no table in {source}", "name what creates tables, or holds them")
        if rows:
            listed = [settled(live, reader.unfit(live.source, live.table)[1]) for live in listed]
        tables = load_order(live.table for live in linked(listed))
        dumped = ddl.dump_schema(
            target,
            schema_selection(database, database.tables, whole=True),
            server=database.server,
            snapshot=reader.export(),
            environment=environment,
        )
        return Schema(
            tables=tables,
            enums=used_enums(database.enums, tables),
            sql=dumped.sql,
            details=_details(reader, listed, {live.oid for live in joined}),
            fixed=tuple(_fixed_rows(reader, listed)) if rows else (),
        )


def _listed(database: LiveDatabase, source: str) -> list[LiveTable]:
    """Return the tables but those of tools that keep the migrations that they ran. Errors: UsageError without any."""
    listed = [live for live in database.tables if not _HISTORY.fullmatch(live.table.name)]
    if not listed:
        raise UsageError(f"there is no table in {source}", "name what creates tables, or holds them")
    return listed


def _joined(listed: Sequence[LiveTable], others: Sequence[LiveTable]) -> list[LiveTable]:
    """Return the tables besides those listed that a row of theirs has to name, and those that these have to name."""
    by_oid = {live.oid: live for live in others}
    known, waiting = {live.oid for live in listed}, list(listed)
    joined = []
    while waiting:
        live = waiting.pop()
        for key in live.references:
            may_be_null = any(live.table.column(name).nullable for name in key.columns)
            if key.references not in known and key.references in by_oid and not may_be_null:
                known.add(key.references)
                joined.append(by_oid[key.references])
                waiting.append(by_oid[key.references])
    return joined


def _fixed_rows(reader: Reader, tables: Sequence[LiveTable]) -> Iterator[FixedRows]:
    """Return the rows of tables that hold any, in the order of their keys."""
    for live in tables:
        table = live.table
        if not table.stored:
            continue
        batches = list(reader.read(live.source, table))
        count = sum(batch.num_rows for batch in batches)
        if count:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, schema_of(table)) as stream:
                for batch in batches:
                    stream.write_batch(batch)
            yield FixedRows(table=table.label, rows=count, data=sink.getvalue().to_pybytes())


def _details(reader: Reader, tables: Sequence[LiveTable], joined: Collection[int]) -> tuple[Details, ...]:
    checks = defaultdict(list)
    for row in reader.printed(query("describe_checks")):
        checks[row["relation"]].append(Check(columns=tuple(row["columns"]), sql=row["definition"]))
    partials = defaultdict(list)
    for row in reader.printed(query("describe_partial_uniques")):
        unique = PartialUnique(columns=tuple(row["columns"]), condition=row["condition"])
        partials[row["relation"]].append(unique)
    details = (
        Details(
            table=live.table.label,
            bases=tuple((name, kind.pg) for name, kind in live.bases.items() if kind != live.table.column(name).type),
            checks=tuple(checks[live.oid]),
            references=tuple(
                ForeignKey(columns=key.columns, references=key.label, to=key.to) for key in live.references
            ),
            partials=tuple(partials[live.oid]),
            external=live.oid in joined,
        )
        for live in tables
    )
    return tuple(each for each in details if each != Details(table=each.table))
