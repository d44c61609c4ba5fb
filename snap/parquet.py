"""Write record batches to Parquet files and read them back. This module knows encodings, but no versions or folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from snap.errors import SnapshotError
from snap.parquet_pages import PageError, dictionaries
from snap.schema import Table
from snap.types.arrow import schema_of
from snap.types.parquet import encodings

_ZSTD_LEVEL = 3  # level 9 saved 4 % of v3's bytes and took three times as long
_DICTIONARY_BYTES = 8 << 20  # a foreign key of 400,000 uuids still becomes a few bits a row
BATCH_ROWS = 16_384  # the most rows read at once: 16,384 recipes are about 35 MB
BATCH_BYTES = 256 << 20  # bytes of dictionary-encoded texts read at once
_MEND = "restore the file from version control, or build the snapshot again"


def write(path: Path, table: Table, batches: Iterable[pa.RecordBatch]) -> None:
    """Write one Parquet file with one row group per record batch. The file's folder must exist."""
    dictionary, deltas = encodings(table)
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
    """Return the paths of a snapshot's files with links resolved. Raise SnapshotError if one is outside `folder`."""
    root, paths = folder.resolve(), []
    for name in names:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise SnapshotError(f"{name} leads outside the snapshot's folder", _MEND)
        paths.append(path)
    return paths


@contextmanager
def opened(path: Path, table: Table) -> Iterator[pq.ParquetFile]:
    """Open one file of `table`.

    Raise SnapshotError if it is not a Parquet file, has other columns than the table, or decodes to more bytes than it
    declares.
    """
    with _translated(path, table), pq.ParquetFile(path) as file:
        _require_columns(file, path, table)
        dictionaries(path, file.metadata)
        yield file


def read(path: Path, table: Table, columns: tuple[str, ...] | None = None) -> Iterator[pa.RecordBatch]:
    """Read one file in batches of at most BATCH_ROWS rows and about BATCH_BYTES, with the table's Arrow types.

    Errors are those of `opened`.
    """
    with _translated(path, table), ExitStack() as stack:
        file = stack.enter_context(pq.ParquetFile(path))
        _require_columns(file, path, table)
        most = BATCH_BYTES // max(1, min(BATCH_ROWS, file.metadata.num_rows))
        large = [name for name, size in dictionaries(path, file.metadata).items() if size > most]
        if large:  # a text that is stored once may be in every row
            file = stack.enter_context(pq.ParquetFile(path, read_dictionary=large))
        for batch in file.iter_batches(BATCH_ROWS, columns=None if columns is None else list(columns)):
            yield from _expanded(batch, table)


def _expanded(batch: pa.RecordBatch, table: Table) -> Iterator[pa.RecordBatch]:
    """Yield `batch` in slices of about BATCH_BYTES with dictionary indices replaced by texts.

    A batch without a dictionary is yielded as it is.
    """
    schema = schema_of(table)
    wanted = pa.schema([schema.field(name) for name in batch.schema.names])
    if batch.schema.types == wanted.types:
        yield batch
        return
    rows = max(1, BATCH_BYTES // max(1, sum(map(_widest, batch.columns))))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows).cast(wanted)


def _widest(column: pa.Array) -> int:
    """Return an upper bound for the bytes of one row of a dictionary column, 0 for other columns."""
    if pa.types.is_list(column.type):
        return (pc.max(pc.list_value_length(column)).as_py() or 0) * _widest(column.values)
    if not pa.types.is_dictionary(column.type):
        return 0
    return pc.max(pc.binary_length(column.dictionary)).as_py() or 0


def _require_columns(file: pq.ParquetFile, path: Path, table: Table) -> None:
    columns, wanted = file.schema_arrow, schema_of(table)
    if columns.names != wanted.names or columns.types != wanted.types:
        raise SnapshotError(f"{path.name} of table {table.label} holds other columns than its manifest says", _MEND)


@contextmanager
def _translated(path: Path, table: Table) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, PageError) as error:
        raise SnapshotError(f"{path.name} of table {table.label} cannot be read: {error}", _MEND) from None
