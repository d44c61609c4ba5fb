"""Read what the manifest and the files of a capture contain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snap import parquet
from snap.manifest import Manifest
from snap.store import Store

Capture = Callable[..., Manifest]


def rows(manifest: Manifest, store: Store, label: str, *columns: str) -> list[dict[str, Any]]:
    snapshot = store.resolve(manifest.version)
    data = next(data for data in snapshot.manifest.tables if data.table.label == label)
    return [
        row
        for file in data.files
        for batch in parquet.read(snapshot.path(file), data.table, columns or None)
        for row in batch.to_pylist()
    ]


def logical(manifest: Manifest, label: str) -> dict[str, str]:
    table = next(data.table for data in manifest.tables if data.table.label == label)
    return {column.name: column.type.logical.value for column in table.columns}
