"""Describe a snapshot from its Parquet files alone. The same files give the same overview."""

from __future__ import annotations

from snap.duck import QueryError, Views, open_views, with_distinct_names
from snap.errors import SnapshotError
from snap.manifest import Manifest, TableData
from snap.overview.columns import column_overviews
from snap.overview.fan_out import fan_outs
from snap.overview.model import Overview, TableOverview
from snap.overview.samples import sample_rows
from snap.progress import Progress, Silent
from snap.store import Snapshot
from snap.verify import require_intact

_MEMORY = 512 << 20  # bytes; DuckDB spills to disk beyond that


def overview_of(snapshot: Snapshot, *, progress: Progress | None = None) -> Overview:
    """Verify a snapshot's files and describe their rows. Raise SnapshotError if a file is missing or altered."""
    manifest, progress = snapshot.manifest, progress or Silent()
    require_intact(snapshot, progress)
    try:
        # DuckDB ignores the case of names and Postgres does not: views have names of their own.
        named = with_distinct_names(manifest.tables)
        with open_views(named, snapshot.folder, memory=_MEMORY) as views:
            return _described(views, manifest, {data.table.label: data for data in named}, progress)
    except QueryError as error:
        raise SnapshotError(
            f"the rows of {manifest.version} cannot be described: {error}",
            f"snap check {manifest.version} verifies its files",
        ) from None


def _described(views: Views, manifest: Manifest, named: dict[str, TableData], progress: Progress) -> Overview:
    """Return the overview of a manifest's tables. `named` holds the same tables under their views' names."""
    progress.start("read", len(named))
    samples, tables = sample_rows(views, named), []
    for own, (label, data) in zip(manifest.tables, named.items(), strict=True):
        tables.append(
            TableOverview(
                table=own.table,
                columns=column_overviews(views, data, own.table),
                fan_outs=tuple(fan_outs(views, data, own.table, named)),
                samples=samples[label],
            )
        )
        progress.advance("read", 1)
    return Overview(tables=tuple(tables))
