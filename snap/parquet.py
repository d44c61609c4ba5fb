"""Record batches to Parquet files and back. Knows encodings; knows nothing of versions or folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from snap.errors import SnapshotError
from snap.schema import Table
from snap.types.arrow import schema_of
from snap.types.parquet import encodings

_ZSTD_LEVEL = 3  # level 9 saved 4 % of v3's bytes and took three times as long
_DICTIONARY_BYTES = 8 << 20  # a foreign key of 400,000 uuids still becomes a few bits a row
BATCH_ROWS = 16_384  # rows read at once: 16,384 recipes are about 35 MB


def write(path: Path, table: Table, batches: Iterable[pa.RecordBatch]) -> None:
    """Write one file, a row group for each record batch."""
    dictionary, deltas = encodings(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(
        path,
        schema_of(table),
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        use_dictionary=dictionary,
        column_encoding=deltas,
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        write_statistics=True,
        store_schema=True,
    ) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=max(1, batch.num_rows))


def located(folder: Path, names: Iterable[str]) -> list[Path]:
    """Return the paths of a snapshot's files, links followed. Raise SnapshotError if one lies outside `folder`."""
    root, paths = folder.resolve(), []
    for name in names:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise SnapshotError(
                f"{name} leads outside the snapshot's folder",
                "restore the file from version control, or build the snapshot again",
            )
        paths.append(path)
    return paths


@contextmanager
def opened(path: Path, table: Table) -> Iterator[pq.ParquetFile]:
    """Open one file of `table`. Raise SnapshotError if it is no Parquet file or holds other columns than the table."""
    wanted = schema_of(table)
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow
            if columns.names != wanted.names or columns.types != wanted.types:
                raise SnapshotError(
                    f"{path.name} of table {table.label} holds other columns than its manifest says",
                    "restore the file from version control, or build the snapshot again",
                )
            yield file
    except (pa.ArrowException, OSError) as error:
        raise SnapshotError(
            f"{path.name} of table {table.label} cannot be read: {error}",
            "restore the file from version control, or build the snapshot again",
        ) from None


def read(path: Path, table: Table, columns: tuple[str, ...] | None = None) -> Iterator[pa.RecordBatch]:
    """Read one file in batches of at most BATCH_ROWS rows, with the table's Arrow types. Errors as of `opened`."""
    with opened(path, table) as file:
        yield from file.iter_batches(BATCH_ROWS, columns=None if columns is None else list(columns))
