"""`snap diff`: what differs between two snapshots."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from snap.cli import changes
from snap.cli.context import Action, Config, Context, Json, Quiet, Root, epilog, given
from snap.cli.render import Line, Result, View, duration, plural

if TYPE_CHECKING:
    from snap.diff import Diff, TableDiff

FIELDS = (
    "version",
    "other",
    "identical",
    "schema: [kind, what, table, name, before, after]",
    "tables: [name, added, removed, changed, unchanged, columns: {column: changed_rows}]",
    "with --rows in each table samples: [kind, key, count, row or columns: {column: {old, new}}]",
    "seconds",
)
EPILOG = epilog(
    example="snap diff v2 v3 --rows 3",
    codes="""
        0 identical
        1 different
        3 a snapshot is missing, or a file that was read is corrupt
        6 memory or disk did not suffice""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult(Result):
    """The differences from `version` to `other`. `rows`: samples were asked for."""

    answer: ClassVar[bool] = True
    version: str
    other: str
    diff: Diff
    rows: bool
    seconds: float

    @property
    def code(self) -> int:
        return 0 if self.diff.identical else 1

    def document(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "other": self.other,
            "identical": self.diff.identical,
            "schema": changes.schema_documents(self.diff.schema),
            "tables": [changes.table_document(table, samples=self.rows) for table in self.diff.tables],
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        tables = self.diff.tables
        differing = [table for table in tables if not table.identical]
        if self.diff.identical:
            rows = sum(table.unchanged for table in tables)
            what = f"{plural(rows, 'row')} in {plural(len(tables), 'table')}"
            return (Line(f"{self.version} and {self.other} are identical: {what}, {duration(self.seconds)}", "good"),)
        return (
            *changes.schema_view(self.diff.schema),
            *changes.tables_view(differing),
            *([Line("")] if any(table.samples for table in differing) else []),
            *(line for table in differing for line in changes.samples_view(table)),
            Line(
                f"{self.version} → {self.other}: {_summary(self.diff, differing)}, {duration(self.seconds)}", "strong"
            ),
        )


def diff(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(metavar="A", help="A snapshot, such as v2.", show_default=False)],
    other: Annotated[str, typer.Argument(metavar="B", help="The snapshot to compare it with.", show_default=False)],
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            metavar="N",
            min=0,
            help="Show up to N rows of each kind of change, in each table.",
            show_default=False,
        ),
    ] = 0,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Show what differs from A to B: schema first, then rows added, removed and changed, and in which columns.

    Rows are matched by primary key, else by a unique key without NULLs, else counted as wholes. What equal digests,
    files or bytes prove equal is not read.
    """
    run = partial(run_diff, version=version, other=other, rows=rows)
    return Action(given(ctx, root, config, as_json, quiet), run)


def run_diff(context: Context, *, version: str, other: str, rows: int) -> DiffResult:
    """Compare two published snapshots."""
    from snap.diff import compare, snapshot_side

    started = time.monotonic()
    store = context.store()
    a, b = (snapshot_side(context.resolve(store, name)) for name in (version, other))
    with context.progress() as progress:
        found = compare(a, b, rows=rows, progress=progress)
    return DiffResult(version=version, other=other, diff=found, rows=rows > 0, seconds=time.monotonic() - started)


def _summary(found: Diff, differing: list[TableDiff]) -> str:
    counts = (
        f"{sum(getattr(table, kind) for table in differing):,} {kind}" for kind in ("added", "removed", "changed")
    )
    parts = []
    if found.schema:
        parts.append(plural(len(found.schema), "schema change"))
    if differing:
        tables = f"{len(differing)} of {plural(len(found.tables), 'table')}"
        parts.append(f"rows in {tables}: {', '.join(counts)}")
    else:
        parts.append("the same rows")
    return "; ".join(parts)
