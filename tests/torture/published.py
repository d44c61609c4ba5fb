"""Publish hand-made snapshots into a store, for `snap` as a process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pyarrow as pa

from snap.schema import Enum, Table
from snap.store import Snapshot, Store
from tests.cases import toy
from tests.cases.snapshots import Rows, record_batch


def publish(store: Store, version: str, tables: Sequence[tuple[Table, Rows]], sql: str) -> Snapshot:
    """Publish tables whose rows are Python values."""
    return publish_batches(store, version, [(held, [record_batch(held, rows)]) for held, rows in tables], sql)


def publish_batches(
    store: Store,
    version: str,
    tables: Iterable[tuple[Table, list[pa.RecordBatch]]],
    sql: str,
    enums: tuple[Enum, ...] = (toy.MOOD,),
) -> Snapshot:
    """Publish tables whose rows are record batches."""
    with store.stage(version) as stage:
        made = tuple(
            toy.write_table(stage.folder, held, batches, f"table-{number}")
            for number, (held, batches) in enumerate(tables)
        )
        return store.publish(stage, replace(toy.manifest(version, made), schema_sql=sql, enums=enums))
