"""Fuzz Parquet files: altered bytes and other tables, in most cases with a manifest that fits them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
from pyarrow import parquet

from tests.fuzz.ground import Ground, run_main
from tests.fuzz.kinds.manifests import reading, sealed
from tests.fuzz.mutations import altered_bytes

_FOOTER = 3_000  # bytes at the end, which say what the others mean


class Parquet:
    """One file of v1."""

    name = "parquet"
    codes = frozenset({1, 4})  # the rows are others than the manifest's: versions differ, checks find

    def prepare(self, ground: Ground) -> None:
        ground.reset()
        path = next((ground.project / "snapshots" / "v1").rglob("*.parquet"))
        path.write_bytes(_written(parquet.read_table(path), Random(0)))
        _list(ground, path)
        assert run_main(ground, "check", "v1") == 0

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        files = sorted((ground.project / "snapshots" / "v1").rglob("*.parquet"))
        path = rng.choice(files)
        path.write_bytes(_altered(rng, path.read_bytes(), rng.choice(files).read_bytes()))
        if rng.random() < 0.95:
            _list(ground, path)
        return reading(ground, rng)


def _list(ground: Ground, path: Path) -> None:
    """Write a manifest that describes a file as it now is."""
    data, body = path.read_bytes(), json.loads(ground.manifest.read_text())
    every = [file for table in body["tables"] for file in table["files"]]
    for file in every:
        if path.as_posix().endswith(f"v1/{file['path']}"):
            file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    body["bytes"] = sum(file["bytes"] for file in (*every, *body["files"]))
    ground.manifest.write_bytes(sealed(body))


def _altered(rng: Random, data: bytes, other: bytes) -> bytes:
    chance = rng.random()
    if chance < 0.45:
        return data[:-_FOOTER] + altered_bytes(rng, data[-_FOOTER:])
    if chance < 0.75:
        return altered_bytes(rng, data)
    if chance < 0.8:
        return other
    table = parquet.read_table(io.BytesIO(data))
    return _written(_changed(rng, table), rng)


def _changed(rng: Random, table: pa.Table) -> pa.Table:
    """Return a valid table that differs from the manifest."""
    column = rng.randrange(table.num_columns)
    name = table.column_names[column]
    how = rng.randrange(8)
    if how == 0:
        return table.drop_columns([name])
    if how == 1:
        return table.rename_columns([*table.column_names[:-1], rng.choice(("x", "ID", "", "a\x00b", name))])
    if how == 2:
        return table.set_column(column, name, pa.nulls(table.num_rows, rng.choice((pa.int8(), pa.string(), pa.null()))))
    if how == 3:
        values: list[object] = [rng.choice(("", "x" * 50_000, "\x00", "\x1b[8m", "🙂")) for _ in range(table.num_rows)]
        return table.set_column(column, name, pa.array(values))
    if how == 4:
        numbers = [rng.choice((0, -(2**63), 2**63 - 1, 2**31)) for _ in range(table.num_rows)]
        return table.set_column(column, name, pa.array(numbers, pa.int64()))
    if how == 5:
        return table.slice(0, rng.randrange(table.num_rows + 1))
    if how == 6:
        return pa.concat_tables([table] * rng.choice((2, 5)))
    deep: pa.DataType = pa.int32()
    for _ in range(rng.choice((1, 3, 60))):
        deep = pa.list_(deep)
    return table.set_column(column, name, pa.nulls(table.num_rows, deep))


def _written(table: pa.Table, rng: Random) -> bytes:
    file = io.BytesIO()
    options = {"compression": rng.choice(("none", "snappy", "zstd", "gzip")), "use_dictionary": rng.random() < 0.5}
    parquet.write_table(table, file, row_group_size=rng.choice((1, 3, 1_000)), **options)
    return file.getvalue()
