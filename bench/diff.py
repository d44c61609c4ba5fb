"""Compare two poc2 snapshots of which 0.1 % of rows differ, by snap and by EXCEPT in both directions in DuckDB.

    python bench/diff.py                     # medians of 5, in turn
    python bench/diff.py --runs 3 --scale 1/5 --keep FOLDER

Three kinds of difference, from easy to hard:

- next version: a build of 1.001 times the rows, as a dataset grows. Triggers change counters of older rows.
- in place: one column changes in 0.1 % of the rows, drawn evenly, so every part of every table changes.
- anywhere: of 0.1 % of the rows, drawn evenly, a third is deleted and a third changes in one column; as many new rows
  are inserted between them. So every part of every table holds other rows at other positions.

Both run in this process after all imports, with DuckDB's default number of threads. The diff verifies the SHA-256 of
the files that it reads, and counts changes by column. EXCEPT gives only two counts, and no changed rows.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from measure import arguments, heading, in_turn, snap, timed

from snap import parquet
from snap.compare import compare, snapshot_side
from snap.duck import open_engine, parquet_files
from snap.manifest import TableData
from snap.schema import Table
from snap.store import Snapshot, Store
from snap.types.arrow import storage
from snap.writer import TableWriter, table_data, with_tables

SHARE = 1000  # one row in so many differs


def build(root: Path, version: str, scale: Fraction) -> Snapshot:
    store = Store(root)
    if not store.exists(version):
        snap("build", version, "--profile", "poc2", "--scale", str(scale), "--root", str(root), "--quiet")
    return store.resolve(version)


Edit = Callable[[pa.Table, Table, np.random.Generator], pa.Table]


def edited(root: Path, source: Snapshot, version: str, edit: Edit) -> Snapshot:
    """Publish a copy of `source` with each part changed by `edit`, unless it already exists."""
    store = Store(root)
    if store.exists(version):
        return store.resolve(version)
    random = np.random.default_rng(7)
    with store.stage(version) as stage:
        tables = tuple(_edited(stage.folder, source, data, edit, random) for data in source.manifest.tables)
        manifest = replace(source.manifest, version=version, parameters=None)
        return store.publish(stage, with_tables(manifest, tables))


def _edited(folder: Path, source: Snapshot, data: TableData, edit: Edit, random: np.random.Generator) -> TableData:
    to = TableWriter(root=folder, folder=Path(data.files[0].path).parent.name, table=data.table)
    parts = []
    for number, file in enumerate(data.files):
        rows = edit(pa.Table.from_batches(parquet.read(source.path(file), data.table)), data.table, random)
        [batch] = rows.combine_chunks().to_batches()
        parts.append(to.part(number, [batch]))
    return table_data(data.table, parts)


def _drawn(rows: int, count: int, random: np.random.Generator) -> Any:
    return np.isin(np.arange(rows), random.choice(rows, min(rows, max(1, count)), replace=False))


def moment(table: Table) -> str | None:
    """Return the first timestamptz column that is NOT NULL and not in the primary key; None if there is none."""
    fitting = (c.name for c in table.stored if c.type.logical == "timestamptz" and not c.nullable)
    return next((name for name in fitting if name not in table.primary_key), None)


def _touched(rows: pa.Table, table: Table, chosen: Any) -> pa.Table:
    """Shift one timestamp of the chosen rows by one second."""
    column = rows.schema.get_field_index(moment(table))
    field = rows.schema.field(column)
    moved = rows.column(column).combine_chunks().cast(pa.int64()).to_numpy() + chosen * 1_000_000
    return rows.set_column(column, field, pa.array(moved, pa.int64()).cast(field.type))


def in_place(rows: pa.Table, table: Table, random: np.random.Generator) -> pa.Table:
    return _touched(rows, table, _drawn(len(rows), len(rows) // SHARE, random))


def anywhere(rows: pa.Table, table: Table, random: np.random.Generator) -> pa.Table:
    third = len(rows) // (3 * SHARE)
    new = _with_new_keys(rows.filter(pa.array(_drawn(len(rows), third, random))), table, random)
    rows = _touched(rows, table, _drawn(len(rows), third, random))
    kept = np.flatnonzero(~_drawn(len(rows), third, random))
    order = np.concatenate([kept, np.arange(len(rows), len(rows) + len(new))])
    places = np.concatenate([kept, random.integers(0, len(rows), len(new))])
    return pa.concat_tables([rows, new]).take(pa.array(order[np.argsort(places, kind="stable")]))


def _with_new_keys(rows: pa.Table, table: Table, random: np.random.Generator) -> pa.Table:
    name = table.primary_key[-1]
    field, count = rows.schema.field(name), len(rows)
    if table.column(name).type.logical == "uuid":
        keys = pa.array([random.bytes(16) for _ in range(count)], pa.binary(16)).cast(field.type)
    elif pa.types.is_integer(field.type):
        keys = pa.array(random.integers(10**9, 2 * 10**9, count), field.type)
    else:
        keys = pa.array([random.bytes(32).hex() for _ in range(count)], field.type)
    assert storage(keys).null_count == 0
    return rows.set_column(rows.schema.get_field_index(name), field, keys)


def except_both_ways(a: Snapshot, b: Snapshot) -> list[int]:
    counts = []
    with open_engine(files=(*snapshot_side(a).files, *snapshot_side(b).files)) as duck:
        for ours, theirs in zip(a.manifest.tables, b.manifest.tables, strict=True):
            sides = [
                f"SELECT * FROM {parquet_files(side.folder, data.files)}" for side, data in ((a, ours), (b, theirs))
            ]
            for left, right in (sides, sides[::-1]):
                counts.append(duck.query(f"SELECT count(*) FROM ({left} EXCEPT {right})").rows[0][0])
    return counts


def ours(a: Snapshot, b: Snapshot) -> list[int]:
    difference = compare(snapshot_side(a), snapshot_side(b))
    return [count for t in difference.tables for count in (t.removed + t.changed, t.added + t.changed)]


def main() -> None:
    parser = arguments(__doc__, 5)
    parser.add_argument("--scale", type=Fraction, default=Fraction(1))
    parser.add_argument("--keep", type=Path, help="make the snapshots here, and use those that are here already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        first = build(root, "first", options.scale)
        others = {
            "next version": build(root, "next", options.scale * Fraction(SHARE + 1, SHARE)),
            "in place": edited(root, first, "in-place", in_place),
            "anywhere": edited(root, first, "anywhere", anywhere),
        }
        runs = in_turn(
            {
                (name, way): partial(timed, partial(count, first, other))
                for name, other in others.items()
                for way, count in (("EXCEPT", except_both_ways), ("diff", ours))
            },
            options.runs,
        )
    print(heading(options.runs))
    print(f"{'':16}{'EXCEPT s':>10}{'diff s':>10}{'ratio':>8}")
    for name in others:
        peer, own = runs[name, "EXCEPT"], runs[name, "diff"]
        for (_, wanted), (_, counts) in zip(peer, own, strict=True):
            if counts != wanted:
                raise SystemExit(f"{name}: EXCEPT counts {wanted}, diff {counts}")
        slow, fast = (statistics.median(seconds for seconds, _ in each) for each in (peer, own))
        print(f"{name:16}{slow:10.2f}{fast:10.2f}{fast / slow:8.2f}")


if __name__ == "__main__":
    main()
