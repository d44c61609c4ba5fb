"""Files of sums over the rows of a part, by parent. compiled.sums says what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from snap.errors import SnapshotError
from snap.manifest import DataFile
from snap.verify import file_sha256
from snap_builder.engine.streams import Ints

# `word` is the number of a word that computes from children, `parent` the number of a parent's row, `number` how many
# of its children have a value, and `value` the combination of their values.
SUMS = pa.schema([pa.field(name, pa.int64(), nullable=False) for name in ("word", "parent", "number", "value")])
_HINT = "make the parts again"


def write_sums(file: Path, batches: Iterable[pa.RecordBatch], path: str) -> DataFile:
    """Write sums to `file`, with one row group per batch, and return its record under the name `path`."""
    with pq.ParquetWriter(file, SUMS, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
    return DataFile(path=path, bytes=file.stat().st_size, sha256=file_sha256(file))


def read_sums(file: Path, word: int, rows: int) -> tuple[Ints, Ints, Ints]:
    """Return the parents, numbers and values in a file for a word whose table has so many rows.

    Errors: SnapshotError if the file holds something else.
    """
    try:
        table = pq.read_table(file, filters=[("word", "=", word)]).cast(SUMS)
    except (pa.ArrowException, OSError, ValueError) as error:  # other names of columns are a ValueError
        raise SnapshotError(f"the sums in {file.name} cannot be read: {error}", _HINT) from None
    parents, numbers, values = (table.column(name).to_numpy() for name in SUMS.names[1:])
    if len(parents) and not 0 <= parents.min() <= parents.max() < rows:
        raise SnapshotError(f"the sums in {file.name} are of rows that do not exist", _HINT)
    return parents, numbers, values
