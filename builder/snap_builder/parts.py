"""Every table of a dataset as files: cut into parts, and each part made and written on its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from snap.manifest import TableData
from snap.progress import Progress
from snap.writer import PART_ROWS, Part, TableWriter, folders, table_data
from snap_builder.dataset import Dataset, Inputs, Plan
from snap_builder.request import BuildRequest

_CUT = 1 << 15  # rows that are made and written at a time: a row group of a part's file


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Rows [start, stop) of a table, which become its part `number`."""

    writer: TableWriter
    number: int
    start: int
    stop: int

    def write(self, plan: Plan) -> Part:
        """Make the rows and write them."""
        label = self.writer.table.label
        cuts = range(self.start, self.stop, _CUT)
        return self.writer.part(self.number, (plan.part(label, cut, min(cut + _CUT, self.stop)) for cut in cuts))


def write_tables(root: Path, request: BuildRequest, inputs: Inputs, progress: Progress) -> tuple[TableData, ...]:
    """Make and write every part, `request.jobs` at a time. What comes out does not depend on their order.

    The workers are threads: NumPy, Arrow and hashlib, which do the work, let go of the interpreter's lock.
    """
    dataset = request.dataset
    plan = dataset.plan(inputs)
    names = folders(dataset.tables)
    writers = [TableWriter(root=root, folder=n, table=t) for n, t in zip(names, dataset.tables, strict=True)]
    slices = [part for writer in writers for part in _slices(writer, dataset, inputs)]
    parts: dict[str, list[Part]] = defaultdict(list)
    progress.start("build", sum(inputs.rows.values()))
    with ThreadPoolExecutor(request.jobs) as pool:
        try:
            for piece, part in zip(slices, pool.map(lambda piece: piece.write(plan), slices), strict=True):
                parts[piece.writer.folder].append(part)
                progress.advance("build", piece.stop - piece.start)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    pa.default_memory_pool().release_unused()  # for the checks
    return tuple(table_data(writer.table, parts[writer.folder]) for writer in writers)


def _slices(writer: TableWriter, dataset: Dataset, inputs: Inputs) -> Iterator[Slice]:
    size, rows = dataset.part_rows.get(writer.table.label, PART_ROWS), inputs.rows[writer.table.label]
    for number, start in enumerate(range(0, rows, size)):
        yield Slice(writer=writer, number=number, start=start, stop=min(start + size, rows))
