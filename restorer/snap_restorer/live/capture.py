"""Capture a live database, or some of its tables, as a snapshot: the mirror of restore, read in one transaction.

describe, select, masks                    refusals happen here
pg_dump of the schema, under the same exported snapshot
per table: one scan that counts rows and finds what has no exact form; its rows, in order, into parts
manifest, checks, publish
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from snap import checks, redact, writer
from snap.errors import TargetError, UsageError
from snap.manifest import Manifest, TableData
from snap.progress import Progress, Silent
from snap.schema import Enum, Table, load_order
from snap.store import Store
from snap_restorer.live import ddl, mask
from snap_restorer.live.reader import LiveRelation, Reader, open_reader
from snap_restorer.live.tables import LiveDatabase, LiveTable, linked, read_database, require_trusted, settled
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.row_security import require_readable
from snap_restorer.pg.target import Target

_LIBRARIES = ("adbc-driver-postgresql", "duckdb", "numpy", "pyarrow")
_PROGRESS = "capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    """What to capture as `version`: all tables that a pattern of `tables` names, or all there are, less `exclude`.

    `masks` are TABLE.COLUMN texts, and `mask_key` fixes their pseudonyms; `created` is the moment that the manifest
    records; `direct` names the server itself for pg_dump, where the target is a pooler. `environment` is that of
    pg_dump, added to this process' own. `trust_code`: the database's code may run with a superuser's rights.
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


def capture(store: Store, target: Target, request: CaptureRequest, *, progress: Progress | None = None) -> Manifest:
    """Read what `request` names of `target` in one transaction, and publish it.

    Errors: UsageError for a version that is published or a pattern that names nothing; TargetError where rows cannot
    be read in full; CheckError; ServiceError. After each nothing is published.
    """
    progress = progress or Silent()
    _require_new(store, request.version)
    with store.stage(request.version, private=True) as stage:
        _require_new(store, request.version)
        if request.direct is None:
            # pg_dump's settings would stay in a session of the pooler that others use next.
            with target.connect() as connection:
                transaction.require_direct(connection, target, "pg_dump cannot read a schema")
        with open_reader(target) as reader:
            database = read_database(reader)
            tables = select(database.tables, request)
            require_readable([live.access for live in tables], database.role, option="exclude")
            masks = mask.choose(request.masks, tables)
            if any(chosen.pseudonym for chosen in masks):
                mask.set_key(reader, request.mask_key)
            require_trusted(reader, tables, trust_code=request.trust_code)
            sources = mask.sources(tables, masks)
            mask.require_allowed(reader, tables, sources)
            schema = ddl.dump_schema(
                request.direct or target,
                _schema_selection(database, tables, whole=not request.tables),
                server=database.server,
                snapshot=reader.export(),
                environment=request.environment,
            )
            _require_visible(schema)
            _warn(reader, tables, request, progress)
            data = _write_tables(reader, stage.folder, tables, sources, progress)
        provenance = writer.Provenance(
            name="capture",
            created=request.created,
            schema_sql=schema,
            enums=_enums(database.enums, data),
            written_by=writer.written_by(*_LIBRARIES),
        )
        manifest = replace(writer.finish(stage, provenance, data), estimated_db_bytes=sum(t.bytes for t in tables))
        manifest = replace(manifest, checks=checks.check_files(manifest, stage.folder))
        checks.require_sound(
            manifest.checks, "nothing was published; mend the rows named, or leave their tables out", option="exclude"
        )
        store.publish(stage, manifest)
        return manifest


def _require_visible(schema: str) -> None:
    """Raise TargetError for SQL that no manifest takes, before any row is copied."""
    try:
        redact.require_visible(schema)
    except ValueError as error:
        raise TargetError(
            f"the schema's SQL cannot be captured: {error}",
            "take the character out of the comment, default or function that holds it",
            unchanged=True,
        ) from None


def select(tables: Sequence[LiveTable], request: CaptureRequest) -> tuple[LiveTable, ...]:
    """Return the tables that the patterns name, in the order given. Errors: UsageError for one that names nothing."""
    for pattern in (*request.tables, *request.exclude):
        if not any(_named(live.table, pattern) for live in tables):
            known = ", ".join(live.table.label for live in tables[:20]) or "none"
            raise UsageError(
                f"pattern {pattern} names no table",
                f"* and ? stand for any letters; these tables are there: {known}"
                + (", ..." if len(tables) > 20 else "")
                + "; partitions go with their parent",
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


def _schema_selection(database: LiveDatabase, tables: Sequence[LiveTable], *, whole: bool) -> ddl.SchemaSelection:
    chosen = {live.oid for live in tables}
    others = [live for live in database.tables if live.oid not in chosen]
    banned = frozenset(oid for live in others for oid in (live.oid, *live.leaves))
    own = frozenset(oid for live in tables for oid in (live.oid, *live.leaves))
    return ddl.SchemaSelection(
        tables=own,
        banned=banned,
        keys=frozenset(key.oid for live in database.tables for key in live.references if key.references in banned),
        whole=whole,
        hidden=tuple((live.table.schema, live.table.name) for live in others if not live.readable),
        without_ledger=database.ledger,
        needs=tuple(
            (version, what)
            for version, what, relation in database.needs
            if relation in own or (relation is None and whole)
        ),
    )


def _warn(reader: Reader, tables: Sequence[LiveTable], request: CaptureRequest, progress: Progress) -> None:
    """Warn of what the database holds and the snapshot will lack."""
    chosen = {t.oid for t in tables}
    for live in tables:
        for key in live.references:
            if key.references not in chosen:
                progress.warn(
                    f"table {live.table.label} references {key.label}, which is not captured: the key {key.name} is "
                    "left out of the schema"
                )
    labels = {live.oid: live.table.label for live in tables}
    for row in reader.rows(query("describe_unproved")):
        if row["relation"] in labels:
            progress.warn(
                f"constraint {row['name']} of table {labels[row['relation']]} was never proved (NOT VALID): rows that "
                "break it can be captured, and not be restored"
            )
    (objects,) = reader.rows("SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS large")
    if objects["large"] and not request.tables:
        progress.warn("the database holds large objects, which are not captured")


def _write_tables(
    reader: Reader, folder: Path, tables: Sequence[LiveTable], sources: Mapping[int, LiveRelation], progress: Progress
) -> tuple[TableData, ...]:
    """Write every table's rows; in the order in which they can be loaded."""
    settled_tables, counts = [], {}
    for live in tables:
        counts[live.table.label], unfit = reader.unfit(sources[live.oid], live.table)
        settled_tables.append(settled(live, unfit))
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


def _enums(enums: Iterable[Enum], data: Sequence[TableData]) -> tuple[Enum, ...]:
    """Return the enum types of the tables' columns."""
    used = {column.type.enum for written in data for column in written.table.columns}
    return tuple(enum for enum in enums if enum.name in used)
