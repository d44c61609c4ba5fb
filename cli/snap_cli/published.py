"""Show the version that `snap build` or `snap capture` has published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from snap.manifest import Manifest
from snap.units import duration, size
from snap_cli.findings import finding_documents, summary
from snap_cli.render import Grid

if TYPE_CHECKING:
    from snap_cli.forms.snapshots import PublishedForm


def published_document(manifest: Manifest, seconds: float) -> PublishedForm:
    """Return the JSON fields that build and capture share."""
    return {
        "version": manifest.version,
        "digest": manifest.digest,
        "rows": [{"name": data.table.label, "rows": data.rows} for data in manifest.tables],
        "bytes": manifest.bytes,
        "estimated_db_bytes": manifest.estimated_db_bytes,
        "checks": finding_documents(manifest.checks),
        "seconds": round(seconds, 3),
    }


def published_grid(manifest: Manifest, differs: Sequence[str] = ()) -> Grid:
    """Return a table of the tables' rows and bytes, and their sums. Tables in `differs` are marked."""
    sizes = {data.table.label: sum(file.bytes for file in data.files) for data in manifest.tables}
    rows = [(data.table.label, f"{data.rows:,}", size(sizes[data.table.label])) for data in manifest.tables]
    rows.append(("total", f"{manifest.rows_total:,}", size(sum(sizes.values()))))
    mark = ("",) if differs else ()
    return Grid(
        columns=("table", "rows", "bytes", *mark),
        rows=tuple((*row, *(("differs",) if row[0] in differs else mark)) for row in rows),
        right=frozenset({"rows", "bytes"}),
        total=True,
    )


def published_summary(manifest: Manifest, size_in_postgres: str, seconds: float) -> str:
    """Return the result of the checks, the size in Postgres, and the duration of a build or capture, as text."""
    return f"{summary(manifest.checks)}, {size_in_postgres} in Postgres, {duration(seconds)}"
