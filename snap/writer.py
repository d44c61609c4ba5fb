"""Write snapshots: turn record batches into parts, and parts into the records of a manifest. The only such module.

Any thread, process or machine can write a part on its own. The `Part` that describes it is small and complete, so parts
can be written in one place and added up (`table_data`) in another, in any order.

    TableWriter.part     one part, whose rows the caller chooses
    TableWriter.stream   all rows of a table, in unknown number, cut into parts
    table_data           the manifest's record of a table, from its parts
    finish               datapackage.json, and the manifest of all written files
    with_statistics      statistics.json with the planner's statistics
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as installed
from pathlib import Path

import pyarrow as pa

from snap import datapackage, parquet
from snap.digest import TableDigest, snapshot_digest
from snap.key_range import KeyRangeOf
from snap.manifest import STATISTICS, DataFile, Manifest, Parameters, SequencePosition, TableData
from snap.schema import Enum, Table
from snap.store import Stage
from snap.verify import file_sha256
from snap.version import __version__

PACKAGE = "datapackage.json"
PART_ROWS = 131_072  # restore --jobs loads the parts of a table side by side
PART_BYTES = 256 << 20  # bytes of Arrow memory; rows may be of any size
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One written file, its position among the table's files, and the sum of its rows' hashes (TableDigest.total)."""

    number: int
    file: DataFile
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The fields of a manifest that do not come from the rows. `name` names the data package.

    `created` is a UTC time in ISO 8601.

    `parameters` is None for a captured snapshot. `media` are only listed, not written.
    """

    name: str
    created: str
    schema_sql: str
    enums: tuple[Enum, ...] = ()
    parameters: Parameters | None = None
    media: tuple[DataFile, ...] = ()
    written_by: tuple[tuple[str, str], ...] = ()
    sequences: tuple[SequencePosition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWriter:
    """Writes the parts of one table below `root`/`folder`. It has no state, so any worker may write any part."""

    root: Path
    folder: str
    table: Table

    def part(self, number: int, batches: Iterable[pa.RecordBatch], *, aside: Path | None = None) -> Part:
        """Write one part with a row group per record batch. Rows and batches may be in any order.

        With `aside` the part is written to that file, and the caller gives it the part's name later. The caller also
        creates the file's folder and nobody else does: after the folder is removed, a worker that still writes there
        fails.
        """
        digest, key_range = TableDigest(self.table), KeyRangeOf(self.table)

        def observed() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                digest.update(batch)
                key_range.update(batch)
                yield batch

        name = part_path(self.folder, number)
        path = aside or self.root / name
        if aside is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write(path, self.table, observed())
        least, greatest = key_range.texts()
        file = replace(_record(path, name), rows=digest.rows, key_min=least, key_max=greatest)
        return Part(number=number, file=file, total=digest.total)

    def stream(self, batches: Iterable[pa.RecordBatch]) -> TableData:
        """Write all rows of the table, cut into parts of PART_ROWS rows or about PART_BYTES bytes.

        At most a batch or two are held in memory.
        """
        pieces = _cut(batches)
        parts: list[Part] = []
        for first in pieces:
            parts.append(self.part(len(parts), _until_full(first, pieces)))
        return table_data(self.table, parts)


def part_path(folder: str, number: int) -> str:
    """Return the path of a part's file in the snapshot."""
    return f"{folder}/part-{number:04d}.parquet"


def table_data(table: Table, parts: Iterable[Part]) -> TableData:
    """Return a manifest's record of a table, from its parts in any order."""
    parts = sorted(parts, key=lambda part: part.number)
    digest = TableDigest(table)
    for part in parts:
        assert part.file.rows is not None
        digest.add(part.file.rows, part.total)
    return _table_data(digest, [part.file for part in parts])


def table_without_columns(table: Table, rows: int) -> TableData:
    """Return a manifest's record of a table without stored columns, which has rows and no file."""
    digest = TableDigest(table)
    digest.update_empty(rows)
    return _table_data(digest, [])


def folders(tables: Sequence[Table]) -> tuple[str, ...]:
    """Return a unique folder name for each table: its label, if every file system accepts that name."""
    used = {PACKAGE, STATISTICS}
    names = []
    for number, table in enumerate(tables):
        name = table.label
        if not _FOLDER.fullmatch(name) or name.lower() in used or name.endswith("."):
            name = f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)[:60]}-{number:04d}"
        while name.lower() in used:
            name += "_"
        used.add(name.lower())
        names.append(name)
    return tuple(names)


def finish(stage: Stage, provenance: Provenance, tables: tuple[TableData, ...]) -> Manifest:
    """Write datapackage.json beside the tables' files, and return the manifest without checks or estimates."""
    path = stage.folder / PACKAGE
    path.write_text(
        datapackage.render(provenance.name, stage.version, tables, provenance.enums), encoding="utf-8", newline="\n"
    )
    return assemble(stage.version, provenance, tables, _record(path, PACKAGE))


def assemble(version: str, provenance: Provenance, tables: tuple[TableData, ...], *files: DataFile) -> Manifest:
    """Return the manifest of `tables` and of more `files`, without check findings or size estimates."""
    return Manifest(
        version=version,
        parameters=provenance.parameters,
        created=provenance.created,
        digest=_digest(tables),
        estimated_db_bytes=0,
        enums=provenance.enums,
        tables=tables,
        extra_files=(*files, *provenance.media),
        checks=(),
        schema_sql=provenance.schema_sql,
        written_by=provenance.written_by,
        sequences=provenance.sequences,
    )


def with_statistics(stage: Stage, manifest: Manifest, text: str) -> Manifest:
    """Write the planner's statistics into the stage, and return the manifest with their file and the same digest."""
    path = stage.folder / STATISTICS
    path.write_text(text, encoding="utf-8", newline="\n")
    others = tuple(file for file in manifest.extra_files if file not in manifest.media)
    return replace(manifest, extra_files=(*others, _record(path, STATISTICS), *manifest.media))


def with_tables(source: Manifest, tables: tuple[TableData, ...]) -> Manifest:
    """Return the manifest `source` with `tables` in place of its own, their digest, and no other files."""
    return replace(source, tables=tables, digest=_digest(tables), extra_files=())


def written_by(*distributions: str) -> tuple[tuple[str, str], ...]:
    """Return the versions of snap and of the installed `distributions`, as a manifest records them."""
    return (("snap", __version__), *((name, installed(name)) for name in distributions))


def _digest(tables: tuple[TableData, ...]) -> str:
    return snapshot_digest((data.table, data.rows, data.digest) for data in tables)


def _table_data(digest: TableDigest, files: Iterable[DataFile]) -> TableData:
    return TableData(table=digest.table, rows=digest.rows, digest=digest.hexdigest(), files=tuple(files))


def _record(path: Path, name: str) -> DataFile:
    return DataFile(path=name, bytes=path.stat().st_size, sha256=file_sha256(path))


def _cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Cut batches at multiples of PART_ROWS rows, and leave out empty batches."""
    room = PART_ROWS
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, room)
            yield piece
            start += piece.num_rows
            room = room - piece.num_rows or PART_ROWS


def _until_full(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield `first` and the batches of `rest` that belong to the same part, and leave the others in `rest`."""
    rows = size = 0
    for batch in itertools.chain([first], rest):
        yield batch
        rows += batch.num_rows
        size += batch.nbytes
        # Batches are cut at multiples of PART_ROWS, so a full part ends exactly there.
        if rows >= PART_ROWS or size >= PART_BYTES:
            return
