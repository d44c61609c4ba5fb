"""What build and capture show of the version that they published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from snap.manifest import Manifest
from snap.units import duration, size
from snap_cli.findings import finding_documents, summary
from snap_cli.render import Grid


def published_document(manifest: Manifest, **others: Any) -> dict[str, Any]:
    """Return the fields of the JSON form that both have, and `others` before its checks."""
    return {
        "rows": {data.table.label: data.rows for data in manifest.tables},
        "bytes": manifest.bytes,
        "estimated_db_bytes": manifest.estimated_db_bytes,
        **others,
        "checks": finding_documents(manifest.checks),
    }


def published_grid(manifest: Manifest, total: int, differs: Sequence[str] = ()) -> Grid:
    """Return the tables, their rows and bytes, and `total` bytes. Tables named in `differs` are marked."""
    sizes = {data.table.label: sum(file.bytes for file in data.files) for data in manifest.tables}
    rows = [(data.table.label, f"{data.rows:,}", size(sizes[data.table.label])) for data in manifest.tables]
    rows.append(("total", f"{manifest.rows_total:,}", size(total)))
    mark = ("",) if differs else ()
    return Grid(
        columns=("table", "rows", "bytes", *mark),
        rows=tuple((*row, *(("differs",) if row[0] in differs else mark)) for row in rows),
        right=frozenset({"rows", "bytes"}),
        total=True,
    )


def published_summary(manifest: Manifest, size_in_postgres: str, seconds: float) -> str:
    """Return how the checks went, the size in Postgres, and how long it took."""
    return f"{summary(manifest.checks)}, {size_in_postgres} in Postgres, {duration(seconds)}"
