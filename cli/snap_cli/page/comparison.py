"""The content of a diff's page. Pure: the same differences give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from snap.compare import Diff, ThreeWay
from snap.manifest import Manifest
from snap_cli.page.rendering import template

_KINDS = ("added", "removed", "changed")


def comparison(diff: Diff | ThreeWay, manifests: Sequence[Manifest], database: str | None) -> str:
    """Render the page of a diff of the first manifest with the second, with a database, or with both."""
    names = [*(manifest.version for manifest in manifests), *([] if database is None else [database])]
    parts = _parts(diff, names)
    colliding = [table for table in diff.tables if table.collisions] if isinstance(diff, ThreeWay) else []
    sides = [table for _, part in parts for table in part.tables]
    return template("diff.html.j2")(
        diff=diff,
        names=names,
        sides=[
            *((manifest.version, manifest.digest) for manifest in manifests),
            *([] if database is None else [("Database", database)]),
        ],
        parts=parts,
        figures=[
            ("Schema changes", sum(len(part.schema) for _, part in parts)),
            *((f"Rows {kind}", sum(getattr(table, kind) for table in sides)) for kind in _KINDS),
            ("Rows that collide", sum(table.collisions for table in colliding)),
        ],
        unchanged=sum(table.unchanged for table in parts[-1][1].tables),
        collisions=colliding,
    )


def _parts(diff: Diff | ThreeWay, names: Sequence[str]) -> list[tuple[str, Diff]]:
    """Return each side's changes, under a heading."""
    if isinstance(diff, ThreeWay):
        version = Diff(schema=diff.version_schema, tables=tuple(table.version for table in diff.tables))
        database = Diff(schema=diff.database_schema, tables=tuple(table.database for table in diff.tables))
        return [(f"By {names[1]}", version), ("In the database", database)]
    return [("Changes", diff)]
