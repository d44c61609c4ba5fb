"""Complete the parts that shares, or workers of an executor, have made without their late columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snap import durable
from snap.progress import Progress, phase
from snap.writer import Part
from snap_builder.dataset import Inputs
from snap_builder.request import BuildRequest
from snap_builder.sums_files import read_sums
from snap_builder.workers import Settled, complete

FILES, SUMS = "files", "sums"


def completed(
    parts: Sequence[Settled], early: Path, root: Path, request: BuildRequest, inputs: Inputs, progress: Progress
) -> Iterator[Part]:
    """Put complete parts below `root`, and yield them in the order of `parts`, which are all parts of a build.

    The folder `early` holds the files of the parts in FILES, and the sums over their rows in SUMS. A part with late
    columns is written anew with them. Other files are linked, or copied if the disk has no links.

    Errors: SnapshotError for sums that cannot be read or that name rows that do not exist.
    """
    dataset, tables = request.dataset, {table.label: table for table in request.dataset.tables}
    sums: dict[str, list[Path]] = defaultdict(list)
    for each in parts:
        if each.sums is not None:
            sums[each.piece.table].append(early / SUMS / each.piece.path)
    plan = dataset.plan(inputs)
    with phase(progress, "add up the sums"):
        plan.add_up(lambda child, word, rows: (read_sums(path, word, rows) for path in sums[child]))

    def put(each: Settled) -> Part:
        piece, late = each.piece, dataset.late.get(each.piece.table)
        if late is not None:
            return complete(piece, tables[piece.table], plan, early / FILES / piece.path, late, root)
        durable.link(early / FILES / piece.path, root / piece.path)
        return each.part

    progress.start("complete", sum(each.piece.stop - each.piece.start for each in parts))
    with ThreadPoolExecutor(request.jobs) as pool:
        for each, part in zip(parts, pool.map(put, parts), strict=True):
            progress.advance("complete", each.piece.stop - each.piece.start)
            yield part
