"""The content of a diff's page. Pure: the same differences give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from snap.compare import Diff, ThreeWay
from snap.manifest import Manifest
from snap_cli.page.rendering import template
from snap_ops.summary import place

_KINDS = ("added", "removed", "changed")


def comparison(diff: Diff | ThreeWay, manifests: Sequence[Manifest], database: str | None) -> str:
    """Render the page of a diff of the first manifest with the second, with a database, or with both."""
    names = [*(manifest.version for manifest in manifests), *([] if database is None else [place(database)])]
    parts = _parts(diff, names)
    colliding = [table for table in diff.tables if table.collisions] if isinstance(diff, ThreeWay) else []
    return template("diff.html.j2")(
        diff=diff,
        names=names,
        sides=[
            *((manifest.version, manifest.digest) for manifest in manifests),
            *([] if database is None else [("Database", database)]),
        ],
        parts=parts,
        figures=[
            *(figure for heading, part in parts for figure in _figures(part, f" {heading}" if len(parts) > 1 else "")),
            ("Rows that collide", sum(table.collisions for table in colliding)),
        ],
        unchanged=sum(table.unchanged for table in parts[-1][1].tables),
        collisions=colliding,
    )


def _figures(part: Diff, whose: str) -> Iterator[tuple[str, int]]:
    yield f"Schema changes{whose}", len(part.schema)
    for kind in _KINDS:
        yield f"Rows {kind}{whose}", sum(getattr(table, kind) for table in part.tables)


def _parts(diff: Diff | ThreeWay, names: Sequence[str]) -> list[tuple[str, Diff]]:
    """Return each side's changes, under a heading."""
    if isinstance(diff, ThreeWay):
        version = Diff(schema=diff.version_schema, tables=tuple(table.version for table in diff.tables))
        database = Diff(schema=diff.database_schema, tables=tuple(table.database for table in diff.tables))
        return [(f"by {names[1]}", version), ("in the database", database)]
    return [("", diff)]
