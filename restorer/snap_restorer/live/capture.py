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

from snap import checks, writer
from snap.errors import TargetError, UsageError
from snap.manifest import Manifest, TableData
from snap.progress import Progress, Silent
from snap.schema import Enum, Table, load_order
from snap.store import Store
from snap_restorer.live import ddl, mask
from snap_restorer.live.reader import Reader, Source, open_reader
from snap_restorer.live.tables import Live, LiveTable, describe, linked, settled
from snap_restorer.pg.catalog import query
from snap_restorer.pg.row_security import require_readable
from snap_restorer.pg.target import Target

_LIBRARIES = ("adbc-driver-postgresql", "duckdb", "numpy", "pyarrow")
_PROGRESS = "capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which tables: all that a pattern of `tables` names (or all there are), less those that one of `exclude` does."""

    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def capture(
    store: Store,
    version: str,
    target: Target,
    *,
    selection: Selection | None = None,
    masks: Sequence[str] = (),
    mask_key: bytes,
    created: str,
    environment: Mapping[str, str],
    direct: Target | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read what `selection` names of `target` in one transaction, and publish it as `version`.

    `masks` are TABLE.COLUMN texts, and `mask_key` fixes their pseudonyms; `created` is the moment that the manifest
    records; `direct` names the server itself for pg_dump, where `target` is a pooler. Errors: UsageError for a version
    that is published or a pattern that names nothing; TargetError where rows cannot be read in full; CheckError;
    ServiceError. After each nothing is published.
    """
    progress, selection = progress or Silent(), selection or Selection()
    _require_new(store, version)
    with store.stage(version) as stage:
        _require_new(store, version)
        server = direct or target
        if direct is None:
            _require_direct(target)
        with open_reader(target) as reader:
            live = describe(reader)
            tables = select(live.tables, selection)
            require_readable([t.access for t in tables], live.role, option="exclude")
            chosen = mask.choose(masks, tables)
            sources = mask.sources(tables, chosen, mask_key)
            mask.require_allowed(reader, tables, sources)
            schema = _schema(reader, live, tables, selection, server, environment)
            _warn(reader, tables, selection, progress)
            data = _write_tables(reader, stage.folder, tables, sources, progress)
        origin = writer.Origin(
            name="capture",
            created=created,
            schema_sql=schema,
            enums=_enums(live.enums, data),
            written_by=writer.written_by(*_LIBRARIES),
        )
        manifest = replace(writer.finish(stage, origin, data), estimated_db_bytes=sum(t.bytes for t in tables))
        manifest = replace(manifest, checks=checks.check_files(manifest, stage.folder))
        checks.require_sound(
            manifest.checks, "nothing was published; mend the rows named, or leave their tables out with --exclude"
        )
        store.publish(stage, manifest)
        return manifest


def select(tables: Sequence[LiveTable], selection: Selection) -> tuple[LiveTable, ...]:
    """Return the tables that the patterns name, in the order given. Errors: UsageError for one that names nothing."""
    for flag, patterns in (("--table", selection.tables), ("--exclude", selection.exclude)):
        for pattern in patterns:
            if not any(_named(live.table, pattern) for live in tables):
                known = ", ".join(live.table.label for live in tables[:20]) or "none"
                raise UsageError(
                    f"{flag} {pattern} names no table",
                    f"* and ? stand for any letters; these tables are there: {known}"
                    + (", ..." if len(tables) > 20 else "")
                    + "; partitions go with their parent",
                )
    return tuple(
        live
        for live in tables
        if (not selection.tables or any(_named(live.table, p) for p in selection.tables))
        and not any(_named(live.table, p) for p in selection.exclude)
    )


def _named(table: Table, pattern: str) -> bool:
    return fnmatch.fnmatchcase(table.label, pattern) or fnmatch.fnmatchcase(f"{table.schema}.{table.name}", pattern)


def _require_new(store: Store, version: str) -> None:
    if store.exists(version):
        raise UsageError(f"{version} is published already", "a published version is immutable: choose another name")


def _require_direct(target: Target) -> None:
    """Refuse poolers: pg_dump's settings would stay in a session that others use next. Errors: TargetError."""
    with target.connect() as connection:
        row = connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
        if row is None or row[0] != connection.info.backend_pid:
            raise TargetError(
                f"{target.redacted} is a connection pooler, through which pg_dump cannot read a schema",
                "give the address of the server itself",
            )


def _schema(
    reader: Reader,
    live: Live,
    tables: Sequence[LiveTable],
    selection: Selection,
    server: Target,
    environment: Mapping[str, str],
) -> str:
    chosen = {t.oid for t in tables}
    others = [t for t in live.tables if t.oid not in chosen]
    banned = frozenset(oid for t in others for oid in (t.oid, *t.leaves))
    own = frozenset(oid for t in tables for oid in (t.oid, *t.leaves))
    wanted = ddl.SchemaSelection(
        tables=own,
        banned=banned,
        keys=frozenset(key.oid for t in live.tables for key in t.references if key.references in banned),
        whole=not selection.tables,
        hidden=tuple((t.table.schema, t.table.name) for t in others if not t.readable),
    )
    needs = [
        (version, what)
        for version, what, relation in live.needs
        if relation in own or (relation is None and wanted.whole)
    ]
    return ddl.dump(
        server,
        wanted,
        server=live.server,
        snapshot=reader.export(),
        without_ledger=live.ledger,
        needs=needs,
        environment=environment,
    )


def _warn(reader: Reader, tables: Sequence[LiveTable], selection: Selection, progress: Progress) -> None:
    """Say what the snapshot will lack, though the database has it."""
    chosen = {t.oid for t in tables}
    for one in tables:
        for key in one.references:
            if key.references not in chosen:
                progress.warn(
                    f"table {one.table.label} references {key.label}, which is not captured: the key {key.name} is "
                    "left out of the schema"
                )
    labels = {one.oid: one.table.label for one in tables}
    for row in reader.rows(query("describe_unproved")):
        if row["relation"] in labels:
            progress.warn(
                f"constraint {row['name']} of table {labels[row['relation']]} was never proved (NOT VALID): rows that "
                "break it can be captured, and not be restored"
            )
    (found,) = reader.rows("SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS large")
    if found["large"] and not selection.tables:
        progress.warn("the database holds large objects, which are not captured")


def _write_tables(
    reader: Reader, folder: Path, tables: Sequence[LiveTable], sources: Mapping[int, Source], progress: Progress
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
    """The enum types that the tables' columns are of."""
    used = {column.type.enum for one in data for column in one.table.columns}
    return tuple(enum for enum in enums if enum.name in used)
