"""Files of sums over the rows of a part, by parent."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from snap.errors import SnapshotError
from snap.manifest import DataFile
from snap.verify import file_sha256
from snap_builder.dataset import Sums

# One row for each word and parent, with the values of Sums.
SUMS = pa.schema([pa.field(name, pa.int64(), nullable=False) for name in ("word", "parent", "number", "value")])
_HINT = "make the parts again"


def write_sums(file: Path, sums: Iterable[Sums], path: str) -> DataFile:
    """Write sums to `file`, with one row group for each, and return its record under the name `path`."""
    with pq.ParquetWriter(file, SUMS, compression="zstd") as writer:
        for each in sums:
            columns = np.full(len(each.parents), each.word), each.parents, each.numbers, each.values
            writer.write_batch(pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=SUMS))
    return DataFile(path=path, bytes=file.stat().st_size, sha256=file_sha256(file))


def read_sums(file: Path, word: int, rows: int) -> Sums:
    """Return the sums in a file for a word (by number) whose table has so many rows.

    Errors: SnapshotError if the file holds something else.
    """
    name = f"{file.parent.name}/{file.name}"
    try:
        table = pq.read_table(file, filters=[("word", "=", word)]).cast(SUMS)
    except (pa.ArrowException, OSError, ValueError) as error:  # other names of columns are a ValueError
        raise SnapshotError(f"the sums in {name} cannot be read: {error}", _HINT) from None
    parents, numbers, values = (table.column(each).to_numpy() for each in SUMS.names[1:])
    if len(parents) and not 0 <= parents.min() <= parents.max() < rows:
        raise SnapshotError(f"the sums in {name} are of rows that do not exist", _HINT)
    return Sums(word=word, parents=parents, numbers=numbers, values=values)
