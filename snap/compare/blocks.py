"""Find the rows of two tables that need no comparison, from file hashes and bytes alone. Decodes nothing.

Three steps, each correct for any order of rows and any division into files and row groups:

1. A file of the same SHA-256 on both sides holds the same rows. As a key occurs once on each side, none of these rows
   has a partner anywhere else, so the file leaves both sides; without a key, equal rows leave a multiset in pairs.
2. Two row groups whose key columns are the same bytes hold the same keys in the same order. A column chunk of the same
   bytes, encoded alike, is then equal row by row; only the columns that differ are compared (`narrow`).
3. All other row groups are compared by key, in all columns (`wide`).
"""

from __future__ import annotations

import hashlib
import mmap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pyarrow import DataType
from pyarrow.parquet import ColumnChunkMetaData, ColumnSchema, FileMetaData

from snap import parquet
from snap.compare.side import ParquetRows, Piece, Source
from snap.manifest import DataFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A separate piece of a table's comparison: the rows of `a` are compared with the rows of `b` in `columns`.

    No key is in two jobs. If `same_keys`, both sides hold the same keys, so no row can be missing on either side.
    """

    a: Source
    b: Source
    columns: tuple[str, ...]
    same_keys: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """One column of one row group: the encoding of its values (`form`), and the position of its bytes in the file."""

    form: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One row group of a Parquet file, and its column chunks by column name."""

    file: DataFile
    data: mmap.mmap
    first: int
    rows: int
    chunks: dict[str, tuple[_Chunk, ...]]

    def hash(self, columns: Iterable[str]) -> bytes:
        """Hash the number of rows, and the encoding and bytes of `columns`."""
        total = hashlib.sha256(str(self.rows).encode())
        for name in columns:
            for chunk in self.chunks[name]:
                total.update(f"{chunk.form} {chunk.stop - chunk.start} ".encode())
                total.update(self.data[chunk.start : chunk.stop])
        return total.digest()

    def equals(self, other: _Block, column: str) -> bool:
        """Return whether a column of two row groups has the same bytes and the same encoding."""
        mine, theirs = self.chunks[column], other.chunks[column]
        return len(mine) == len(theirs) and all(
            x.form == y.form
            and x.stop - x.start == y.stop - y.start
            and self.data[x.start : x.stop] == other.data[y.start : y.stop]
            for x, y in zip(mine, theirs, strict=True)
        )


def jobs(a: Source, b: Source, key: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Job, ...]:
    """Return the jobs that compare the rows of two tables which may differ, and verify the hashes of the files to read.

    `columns` are the columns to compare besides `key`. If `key` is empty, whole rows of `columns` are compared. Errors:
    SnapshotError.
    """
    if not (isinstance(a, ParquetRows) and isinstance(b, ParquetRows)):
        for side in (a, b):
            if isinstance(side, ParquetRows):
                side.require_intact()
        return (Job(a=a, b=b, columns=columns),)
    a, b = _without_common_files(a, b)
    with ThreadPoolExecutor(2) as pool:  # hashlib releases the interpreter's lock
        list(pool.map(ParquetRows.require_intact, (a, b)))
    with ExitStack() as stack:
        ours, theirs = (list(_blocks(rows, key + columns, stack)) for rows in (a, b))
        pairs = _aligned(ours, theirs, key or columns)
        differing = [{name for name in columns if key and not mine.equals(other, name)} for mine, other in pairs]
        moved = tuple(name for name in columns if any(name in names for names in differing))
        narrow = [pair for pair, names in zip(pairs, differing, strict=True) if names]
        done = {id(block) for pair in pairs for block in pair}
        wide = [[block for block in side if id(block) not in done] for side in (ours, theirs)]
    return (
        Job(
            a=_only(a, [mine for mine, _ in narrow]),
            b=_only(b, [other for _, other in narrow]),
            columns=moved,
            same_keys=True,
        ),
        Job(a=_only(a, wide[0]), b=_only(b, wide[1]), columns=columns),
    )


def _without_common_files(a: ParquetRows, b: ParquetRows) -> tuple[ParquetRows, ParquetRows]:
    """Return both sides without the files that they have in common. Each file cancels one equal file of the other."""
    ours, theirs = (Counter(piece.file.sha256 for piece in rows.pieces) for rows in (a, b))

    def rest(rows: ParquetRows) -> ParquetRows:
        common, kept = ours & theirs, []
        for piece in rows.pieces:
            if common[piece.file.sha256]:
                common[piece.file.sha256] -= 1
            else:
                kept.append(piece)
        return replace(rows, pieces=tuple(kept))

    return rest(a), rest(b)


def _aligned(ours: Sequence[_Block], theirs: Sequence[_Block], key: tuple[str, ...]) -> list[tuple[_Block, _Block]]:
    """Pair the row groups that hold the same `key` columns in the same order, each once."""
    waiting: dict[bytes, list[_Block]] = defaultdict(list)
    for block in ours:
        waiting[block.hash(key)].append(block)
    pairs = []
    for block in theirs:
        same_keys = waiting.get(block.hash(key))
        if same_keys:
            pairs.append((same_keys.pop(), block))
    return pairs


def _only(rows: ParquetRows, blocks: Sequence[_Block]) -> ParquetRows:
    """Return `rows` limited to the row groups in `blocks`. A file with all its row groups in `blocks` is read whole."""
    ranges: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for block in blocks:
        ranges[block.file.path].append((block.first, block.first + block.rows))
    pieces = [
        Piece(
            file=piece.file,
            ranges=None
            if sum(stop - start for start, stop in ranges[piece.file.path]) == piece.file.rows
            else tuple(ranges[piece.file.path]),
        )
        for piece in rows.pieces
        if piece.file.path in ranges
    ]
    return replace(rows, pieces=tuple(pieces), verified=True)


def _blocks(rows: ParquetRows, columns: tuple[str, ...], stack: ExitStack) -> Iterator[_Block]:
    for piece in rows.pieces:
        path = rows.snapshot.path(piece.file)
        with parquet.opened(path, rows.table) as opened:
            metadata = opened.metadata
        data = stack.enter_context(mmap.mmap(stack.enter_context(path.open("rb")).fileno(), 0, access=mmap.ACCESS_READ))
        first = 0
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            yield _Block(
                file=piece.file,
                data=data,
                first=first,
                rows=group.num_rows,
                chunks=_chunks(metadata, number, frozenset(columns)),
            )
            first += group.num_rows


def _chunks(metadata: FileMetaData, number: int, columns: frozenset[str]) -> dict[str, tuple[_Chunk, ...]]:
    """Return the chunks of `columns`: one for a plain column, several for a struct."""
    group, position = metadata.row_group(number), 0
    chunks = {}
    for field in metadata.schema.to_arrow_schema():
        leaves = range(position, position + _leaves(field.type))
        position = leaves.stop
        if field.name in columns:
            chunks[field.name] = tuple(
                _chunk(group.column(leaf), metadata.schema.column(leaf), len(field.name)) for leaf in leaves
            )
    return chunks


def _leaves(kind: DataType) -> int:
    return sum(_leaves(kind.field(i).type) for i in range(kind.num_fields)) if kind.num_fields else 1


def _chunk(chunk: ColumnChunkMetaData, leaf: ColumnSchema, name: int) -> _Chunk:
    form = (leaf.path[name:], leaf.physical_type, str(leaf.logical_type), leaf.length)
    levels = (leaf.max_definition_level, leaf.max_repetition_level)
    start = min(chunk.data_page_offset, chunk.dictionary_page_offset or chunk.data_page_offset)
    return _Chunk(
        form=repr((form, levels, chunk.compression, chunk.num_values)),
        start=start,
        stop=start + chunk.total_compressed_size,
    )
