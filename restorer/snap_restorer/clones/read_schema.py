"""The schema that SQL scripts make, read from a temporary database of the embedded Postgres."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pyarrow as pa

from snap.errors import UsageError
from snap.schema import Check, Details, FixedRows, ForeignKey, PartialUnique, Schema, load_order
from snap.types.arrow import schema_of
from snap.units import some
from snap_restorer.clones.scratch_database import scratch_database
from snap_restorer.clones.script_reading import MAINTENANCE, ScriptReading
from snap_restorer.live import ddl
from snap_restorer.live.capture import schema_selection, used_enums
from snap_restorer.live.reader import Reader, open_reader
from snap_restorer.live.tables import LiveDatabase, LiveTable, linked, read_database, settled
from snap_restorer.local.embedded import Embedded
from snap_restorer.pg.catalog import query
from snap_restorer.pg.clients import private_environment
from snap_restorer.pg.row_security import switch_forced
from snap_restorer.pg.target import Target

_LOCK_S = 10
# Tables in which migration tools record what they have run. Their rows are no data of the schema.
_HISTORY = re.compile(
    r"(__diesel)?_?schema_migrations?|django_migrations|_sqlx_migrations|_prisma_migrations|__drizzle_migrations"
    r"|alembic_version|flyway_schema_history"
    r"|ar_internal_metadata|databasechangelog(lock)?|knex_migrations(_lock)?|(typeorm_|pg)?migrations|goose_db_version"
    r"|__EFMigrationsHistory|SequelizeMeta|db_migrations|atlas_schema_revisions|supabase_migrations|seed_files"
)
# A DEFAULT that is one text, as Postgres prints it.
_LITERAL = re.compile(r"'((?:[^']|'')+)'::(?:text|bpchar|character varying|citext)")


def read_schema(
    scripts: Sequence[Path],
    *,
    environment: Mapping[str, str] | None = None,
    project: Path | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Schema:
    """Run scripts in order, and return the tables, enum types and SQL of their schema, and the rows that they insert.

    The scripts run in the embedded server as its owner, who is no superuser. Parts of a dump that concern only its own
    database are skipped: psql's commands, owners, privileges. Missing roles are created without login. Rows that
    Postgres refuses are left out, and `warn` is told. If scripts name schemas of Supabase, stand-ins for its servers'
    schemas are created; a table of these joins the result only if a row has to reference it.

    Errors: UsageError with the file and line of other statements that Postgres refuses; ServiceError if there is no
    embedded server.
    """
    embedded = Embedded(environment=environment, project=project)
    server = embedded.start()
    with (
        scratch_database(server.target(MAINTENANCE)) as target,
        psycopg.connect(target.conninfo, autocommit=True) as connection,
    ):
        # The scripts' own path, as under psql: this database holds no objects of others.
        texts = [(script, _text(script)) for script in scripts]
        reading = ScriptReading(connection, target, warn)
        outside = reading.prelude("\n".join(text for _, text in texts))
        for script, text in texts:
            reading.run(script, text)
        forced = connection.execute(query("forced_tables")).fetchall()
        read = partial(_read, target, some([str(script) for script in scripts]), private_environment(environment))
        schema = read(rows=not forced, outside=outside)
        if forced:
            # Forced row-level security is lifted so that the tables' rows can be read. The schema's SQL keeps it.
            switch_forced(connection, forced, on=False)
            schema = replace(read(rows=True, outside=outside), sql=schema.sql)
        reading.warn_of_texts(schema.tables)
        return schema


def read_database_schema(target: Target, *, environment: Mapping[str, str] | None = None) -> Schema:
    """Return the schema of a database without any rows. Errors: TargetError, ServiceError."""
    return _read(target, target.redacted, private_environment(environment), rows=False)


def read_database_tables(target: Target) -> Schema:
    """Return the tables and enum types of a database without their SQL. Errors: TargetError, ServiceError."""
    with open_reader(target, _LOCK_S) as reader:
        database = read_database(reader)
        listed = _listed(database, target.redacted)
        tables = load_order(live.table for live in linked(listed))
        enums = used_enums(database.enums, tables)
        return Schema(tables=tables, enums=enums, sql="", details=_details(reader, listed, ()))


def _text(script: Path) -> str:
    try:
        return script.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{script} is not UTF-8: {error}", "save it as UTF-8") from None


def _read(
    target: Target, source: str, environment: Mapping[str, str], *, rows: bool, outside: Collection[str] = ()
) -> Schema:
    """Return the schema of a database. With `rows` also return all rows of its tables, else read no row.

    Tables of the schemas `outside` are left out, unless a NOT NULL column references them.
    """
    with open_reader(target, _LOCK_S) as reader:
        database = read_database(reader)
        others = _listed(database, source)
        listed = [live for live in others if live.table.schema not in outside]
        joined = _joined(listed, others)
        listed += joined
        if not listed:
            raise UsageError(
                f"there is no table in {source}", "name SQL files that create tables, or a database that has tables"
            )
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
    """Return the tables that have columns, except the history tables of migration tools.

    Errors: UsageError if there are none.
    """
    listed = [live for live in database.tables if live.table.stored and not _HISTORY.fullmatch(live.table.name)]
    if not listed:
        raise UsageError(
            f"there is no table in {source}", "name SQL files that create tables, or a database that has tables"
        )
    return listed


def _joined(listed: Sequence[LiveTable], others: Sequence[LiveTable]) -> list[LiveTable]:
    """Return the unlisted tables that rows of the listed tables must reference, directly or through other tables."""
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
    """Return the rows of all tables that are not empty, sorted by their keys."""
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
    defaults = defaultdict(list)
    for row in reader.printed(query("describe_defaults")):
        if literal := _LITERAL.fullmatch(row["definition"]):
            defaults[row["relation"]].append((row["name"], literal[1].replace("''", "'")))
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
            defaults=tuple(defaults[live.oid]),
        )
        for live in tables
    )
    return tuple(each for each in details if each != Details(table=each.table))
