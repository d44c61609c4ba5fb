"""Capture a live database, or some of its tables, as a snapshot. A capture is the reverse of a restore.

All of it is read in one transaction:

describe, select, masks                    refusals happen here
pg_dump of the schema, under the same exported snapshot
positions of the sequences
per table: one scan that counts rows and finds values without an exact form; the rows, in order, into parts
the planner's statistics of tables that nobody has written to since their ANALYZE
manifest, checks, publish
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from psycopg import sql

from snap import checks, redact, writer
from snap.errors import TargetError, UsageError
from snap.manifest import Manifest, TableData
from snap.planner_statistics import to_text
from snap.progress import Progress, Silent, phase
from snap.schema import Enum, Table, load_order
from snap.store import Store
from snap_restorer.live import ddl, mask
from snap_restorer.live.not_captured import NotCaptured, read_not_captured
from snap_restorer.live.reader import LiveRelation, Reader, open_reader
from snap_restorer.live.sequences import read_positions
from snap_restorer.live.statistics import read_statistics
from snap_restorer.live.tables import (
    LiveDatabase,
    LiveTable,
    linked,
    read_locked,
    require_room,
    settled,
)
from snap_restorer.pg.catalog import query
from snap_restorer.pg.pool_mode import require_session
from snap_restorer.pg.row_security import Access, require_readable
from snap_restorer.pg.target import Target

_LIBRARIES = ("adbc-driver-postgresql", "duckdb", "numpy", "pyarrow")
_PROGRESS = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    """The tables to capture as `version`: those that a pattern of `tables` names, or all tables, less `exclude`.

    `masks` are TABLE.COLUMN texts, and `mask_key` fixes their pseudonyms. `created` is the moment that the manifest
    records. `direct` is the target for pg_dump if the other target is a pooler in transaction mode. `environment` is
    the environment of pg_dump, added to this process' own. `trust_code`: the database's code may run with a superuser's
    rights.
    """

    version: str
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    mask_key: bytes
    created: str
    environment: Mapping[str, str]
    direct: Target | None = None
    trust_code: bool = False
    lock_timeout_s: float = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """The published manifest, and a list of the objects that a capture of the whole database does not carry.

    `hidden` are the masked columns, and what is computed from these alone. `unmaskable` are the columns that cannot be
    masked, with the reason.
    """

    manifest: Manifest
    not_captured: tuple[NotCaptured, ...]
    hidden: frozenset[mask.ColumnName]
    unmaskable: Mapping[mask.ColumnName, str]


def capture(store: Store, target: Target, request: CaptureRequest, *, progress: Progress | None = None) -> Manifest:
    """Capture a database as `capture_all` does, and return only the manifest."""
    return capture_all(store, target, request, progress=progress).manifest


def capture_all(store: Store, target: Target, request: CaptureRequest, *, progress: Progress | None = None) -> Captured:
    """Read the tables that `request` names from `target` in one transaction, and publish them.

    Errors: UsageError for a version that is published or a pattern that names nothing; TargetError if rows cannot be
    read in full; CheckError; ServiceError. After each error nothing is published.
    """
    progress = progress or Silent()
    _require_new(store, request.version)
    with store.stage(request.version, private=True) as stage:
        _require_new(store, request.version)
        direct = request.direct or target
        with direct.connect() as connection:  # in a pooler's session pg_dump's settings would stay for the next client
            require_session(connection, direct, "pg_dump cannot read a schema")
        with open_reader(target, request.lock_timeout_s) as reader:
            with phase(progress, "lock tables"):
                database, tables = read_locked(
                    reader, lambda database: _readable(reader, database, request), trust_code=request.trust_code
                )
            masks = mask.choose(request.masks, tables)
            if any(chosen.pseudonym for chosen in masks):
                mask.set_key(reader, request.mask_key)
            sources = mask.sources(tables, masks)
            mask.require_allowed(reader, tables, sources)
            with phase(progress, "dump the schema"):
                schema = ddl.dump_schema(
                    direct,
                    schema_selection(database, tables, whole=not request.tables),
                    server=database.server,
                    snapshot=reader.export(),
                    environment=request.environment,
                    lock_timeout_s=request.lock_timeout_s,
                )
            _require_visible(schema.sql)
            lacking = () if request.tables else read_not_captured(reader, database.own)
            _warn(reader, database, tables, lacking, progress)
            sequences = read_positions(reader, schema.sequences, progress)
            data = _write_tables(reader, stage.folder, tables, sources, progress)
            with phase(progress, "measure"):
                size = _size(reader, tables)
                statistics = read_statistics(reader, direct, tables, {chosen.relation for chosen in masks})
        provenance = writer.Provenance(
            name="capture",
            created=request.created,
            schema_sql=schema.sql,
            enums=used_enums(database.enums, [each.table for each in data]),
            written_by=writer.written_by(*_LIBRARIES),
            sequences=sequences,
        )
        manifest = replace(writer.finish(stage, provenance, data), estimated_db_bytes=size)
        if statistics is not None:
            manifest = writer.with_statistics(stage, manifest, to_text(statistics))
        manifest = replace(manifest, checks=checks.check_files(manifest, stage.folder, progress=progress))
        checks.require_sound(
            manifest.checks,
            "nothing was published; correct the rows that the message names, or leave out their tables",
            option="exclude",
        )
        store.publish(stage, manifest)
        return Captured(
            manifest=manifest,
            not_captured=lacking,
            hidden=mask.hidden(tables, masks),
            unmaskable=mask.refusals(tables),
        )


def _readable(reader: Reader, database: LiveDatabase, request: CaptureRequest) -> tuple[LiveTable, ...]:
    """Return the tables to capture. Errors: UsageError, TargetError if they cannot be read in full."""
    tables = select(database.tables, request)
    if not tables:
        raise TargetError(
            "there is no table to capture, and a snapshot without tables restores nothing",
            "pg_dump copies the schema of a database",
            unchanged=True,
        )
    _require_whole(tables, database.role)
    dumped = len(database.tables) - len(tables)  # pg_dump locks these too
    require_room(reader, tables, f"the capture of {request.version}", others=dumped)
    return tables


def _require_whole(tables: Sequence[LiveTable], role: str) -> None:
    """Raise TargetError if some rows of a table could not be read."""
    partitions = [
        Access(label=partition.label, readable=partition.readable, restricted=False)
        for live in tables
        for partition in live.partitions
    ]
    require_readable([*(live.access for live in tables), *partitions], role, option="exclude")
    pending = [(live, partition) for live in tables for partition in live.partitions if partition.pending]
    if pending:
        raise TargetError(
            "; ".join(
                f"partition {partition.label} of table {live.table.label} is being detached, and its rows would be lost"
                for live, partition in pending
            ),
            "complete the detach first: ALTER TABLE ... DETACH PARTITION ... FINALIZE",
            option="exclude",
        )


def _unreadable(live: LiveTable) -> Iterator[tuple[str, str]]:
    if not live.readable:
        yield live.table.schema, live.table.name
    yield from ((partition.schema, partition.name) for partition in live.partitions if not partition.readable)


def _size(reader: Reader, tables: Sequence[LiveTable]) -> int:
    oids = [str(oid) for live in tables for oid in live.oids]
    statement = sql.SQL(
        "SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(t))::bigint AS size"
        " FROM pg_catalog.unnest({}::oid[]) AS t"
    )
    (row,) = reader.rows(statement.format(oids).as_string(None))
    return row["size"] or 0


def _require_visible(schema: str) -> None:
    """Raise TargetError, before any row is copied, for SQL that no manifest accepts."""
    try:
        redact.require_visible(schema)
    except ValueError as error:
        raise TargetError(
            f"the schema's SQL cannot be captured: {error}",
            "remove the character from the comment, default or function that contains it",
            unchanged=True,
        ) from None


def select(tables: Sequence[LiveTable], request: CaptureRequest) -> tuple[LiveTable, ...]:
    """Return the tables that the patterns name, in the given order.

    Errors: UsageError that lists every pattern that names none.
    """
    useless = [
        pattern
        for pattern in dict.fromkeys((*request.tables, *request.exclude))
        if not any(_named(live.table, pattern) for live in tables)
    ]
    if useless:
        known = ", ".join(live.table.label for live in tables[:20]) or "none"
        raise UsageError(
            f"pattern {useless[0]} matches no table"
            if len(useless) == 1
            else f"patterns match no table: {', '.join(useless)}",
            f"* stands for any characters, ? for one character; the database has these tables: {known}"
            + (", ..." if len(tables) > 20 else "")
            + "; a partition is captured with its parent table",
        )
    return tuple(
        live
        for live in tables
        if (not request.tables or any(_named(live.table, p) for p in request.tables))
        and not any(_named(live.table, p) for p in request.exclude)
    )


def _named(table: Table, pattern: str) -> bool:
    return fnmatch.fnmatchcase(table.label, pattern) or fnmatch.fnmatchcase(f"{table.schema}.{table.name}", pattern)


def _require_new(store: Store, version: str) -> None:
    if store.exists(version):
        raise UsageError(f"{version} is published already", "a published version is immutable: choose another name")


def schema_selection(database: LiveDatabase, tables: Sequence[LiveTable], *, whole: bool) -> ddl.SchemaSelection:
    chosen = {live.oid for live in tables}
    others = [live for live in database.tables if live.oid not in chosen]
    banned = frozenset(oid for live in others for oid in live.oids)
    own = frozenset(oid for live in tables for oid in live.oids)
    return ddl.SchemaSelection(
        tables=own,
        banned=banned,
        keys=frozenset(key.oid for live in database.tables for key in live.references if key.references in banned),
        whole=whole,
        hidden=tuple(name for live in others for name in _unreadable(live)),
        own=tuple(database.own.values()),
        needs=tuple(
            (version, what)
            for version, what, relation in database.needs
            if relation in own or (relation is None and whole)
        ),
        unfilled=database.unfilled if whole else (),
    )


def _warn(
    reader: Reader,
    database: LiveDatabase,
    tables: Sequence[LiveTable],
    lacking: Sequence[NotCaptured],
    progress: Progress,
) -> None:
    """Warn of objects that the database holds and the snapshot will lack."""
    chosen = {t.oid for t in tables}
    known = {oid for live in database.tables for oid in live.oids}
    for live in tables:
        for key in live.references:
            if key.references not in known:
                progress.warn(
                    f"table {live.table.label} references {key.label} (constraint {key.name}), a table of an "
                    "extension whose rows are not captured: a restore needs these rows in its target"
                )
            elif key.references not in chosen:
                progress.warn(
                    f"table {live.table.label} references {key.label}, which is not captured: the foreign key "
                    f"{key.name} is left out of the schema"
                )
        for partition in live.partitions:
            if partition.foreign:
                progress.warn(
                    f"partition {partition.label} of table {live.table.label} is a foreign table: its rows are "
                    "captured, and can be restored only where that table has other partitions for them"
                )
    labels = {live.oid: live.table.label for live in tables}
    for row in reader.rows(query("describe_unproved")):
        if row["relation"] in labels:
            progress.warn(
                f"constraint {row['name']} of "
                + (f"domain {row['domain']} in " if row["domain"] else "")
                + f"table {labels[row['relation']]} was never validated (NOT VALID): a restore that inserts "
                "only missing rows skips rows that violate it"
            )
    for each in lacking:
        progress.warn(each.warning)


def _write_tables(
    reader: Reader, folder: Path, tables: Sequence[LiveTable], sources: Mapping[int, LiveRelation], progress: Progress
) -> tuple[TableData, ...]:
    """Write the rows of all tables, in the order in which the tables can be loaded."""
    settled_tables, counts = [], {}
    progress.start("read", len(tables))
    for live in tables:
        counts[live.table.label], unfit = reader.unfit(sources[live.oid], live.table)
        settled_tables.append(settled(live, unfit))
        progress.advance("read", 1)
    folders = dict(zip((t.table.label for t in tables), writer.folders([t.table for t in tables]), strict=True))
    progress.start(_PROGRESS, sum(counts.values()))
    complete = {live.table.label: live for live in linked(settled_tables)}
    written = []
    for table in load_order(live.table for live in complete.values()):
        if not table.stored:
            written.append(writer.table_without_columns(table, counts[table.label]))
            progress.advance(_PROGRESS, counts[table.label])
            continue
        batches = reader.read(sources[complete[table.label].oid], table)
        table_writer = writer.TableWriter(root=folder, folder=folders[table.label], table=table)
        written.append(table_writer.stream(_counted(batches, progress)))
    return tuple(written)


def _counted(batches: Iterable[pa.RecordBatch], progress: Progress) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        progress.advance(_PROGRESS, batch.num_rows)


def used_enums(enums: Iterable[Enum], tables: Iterable[Table]) -> tuple[Enum, ...]:
    """Return the enum types that the tables' columns have."""
    used = {column.type.enum for table in tables for column in table.columns}
    return tuple(enum for enum in enums if enum.name in used)
