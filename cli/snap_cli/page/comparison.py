"""The content of a diff's page. Pure: the same differences give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snap.compare import Diff, SchemaChange, TableDiff, ThreeWay
from snap.manifest import Manifest
from snap_cli.page.rendering import template

_KINDS = ("added", "removed", "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The changes of one side of a diff, under a heading."""

    heading: str
    schema: tuple[SchemaChange, ...]
    tables: tuple[TableDiff, ...]

    @property
    def identical(self) -> bool:
        return not self.schema and all(table.identical for table in self.tables)


def comparison(diff: Diff | ThreeWay, manifests: Sequence[Manifest], database: str | None) -> str:
    """Render the page of a diff of the first manifest with the second, with a database, or with both."""
    names = [*(manifest.version for manifest in manifests), *([] if database is None else [database])]
    parts = _parts(diff, names)
    colliding = [table for table in diff.tables if table.collisions] if isinstance(diff, ThreeWay) else []
    sides = [table for part in parts for table in part.tables]
    return template("diff.html.j2")(
        diff=diff,
        names=names,
        sides=[
            *((manifest.version, manifest.digest) for manifest in manifests),
            *([] if database is None else [("Database", database)]),
        ],
        parts=parts,
        figures=[
            ("Schema changes", sum(len(part.schema) for part in parts)),
            *((f"Rows {kind}", sum(getattr(table, kind) for table in sides)) for kind in _KINDS),
            ("Rows that collide", sum(table.collisions for table in colliding)),
        ],
        unchanged=sum(table.unchanged for table in parts[-1].tables),
        collisions=colliding,
    )


def _parts(diff: Diff | ThreeWay, names: Sequence[str]) -> list[Part]:
    if isinstance(diff, ThreeWay):
        return [
            Part(heading=f"By {names[1]}", schema=diff.version_schema, tables=tuple(t.version for t in diff.tables)),
            Part(heading="In the database", schema=diff.database_schema, tables=tuple(t.database for t in diff.tables)),
        ]
    return [Part(heading="Changes", schema=diff.schema, tables=diff.tables)]
