"""Write every table of a dataset to files. Tables are cut into pieces, which workers make and write one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from functools import partial
from pathlib import Path

import pyarrow as pa

from snap import durable
from snap.checks import EachRow
from snap.errors import ServiceError
from snap.manifest import DataFile, TableData
from snap.progress import Progress
from snap.writer import PART_ROWS, Part, folders, table_data
from snap_builder.completing import FILES, SUMS, completed
from snap_builder.dataset import Dataset, Inputs
from snap_builder.executors import DIED, Lent, Threads, Workers
from snap_builder.request import BuildRequest
from snap_builder.workers import SUFFIX, Made, Piece, Settled, make_part, order_of, write

_DEATHS = 3  # deaths of workers in a row, without a part made in between, after which a build gives up


def write_tables(
    root: Path, request: BuildRequest, inputs: Inputs, progress: Progress, rows: EachRow | None = None
) -> tuple[TableData, ...]:
    """Make and write every part of every table, and return the tables' records for a manifest.

    The result does not depend on the order of the parts, or on which worker makes which part. `rows` reads each part
    when it arrives, unless its worker has read it already. Workers in other processes count no children: they make
    parts without late columns, and this process completes them.
    """
    dataset, pieces = request.dataset, pieces_of(request.dataset, inputs)
    parts: dict[str, list[Part]] = defaultdict(list)
    if request.workers is None or not dataset.late:
        for made in write_pieces(root, root, pieces, request, inputs, progress, rows):
            parts[made.piece.table].append(made.part)
    else:
        early = root / f".early-{durable.fresh_name()}"
        settled = write_pieces(early / FILES, early, pieces, request, inputs, progress, rows, sums=early / SUMS)
        for made, part in zip(settled, completed(settled, early, root, request, inputs, progress), strict=True):
            label = made.piece.table
            parts[label].append(part)
            if rows is not None and label in dataset.late:
                rows.add(label, part.file, rest=True)
        durable.remove_in_use(early)
    return tuple(table_data(table, parts[table.label]) for table in dataset.tables)


def write_pieces(
    root: Path,
    beside: Path,
    pieces: Iterable[Piece],
    request: BuildRequest,
    inputs: Inputs,
    progress: Progress,
    rows: EachRow | None = None,
    *,
    sums: Path | None = None,
) -> list[Settled]:
    """Make pieces of tables, put their files below `root`, and return the parts, in the order of their pieces.

    With the folder `sums`, the parts are made without late columns, and the sums over their rows are put there.

    Each file is first written to a temporary folder of this call in `beside`. The file moves to its place once it is
    complete and its record has arrived. When the call ends, it removes this folder, so a worker that is still running
    cannot write anywhere.
    """
    # Tables that take the longest to read come first, so that they are read while the others are made.
    order = {piece: place for place, piece in enumerate(pieces)}
    pieces = sorted(order, key=lambda piece: 0 if rows is None else rows.place(piece.table))
    done: list[Settled] = []
    work = beside / f".work-{durable.fresh_name()}"
    work.mkdir(parents=True)
    progress.start("make", sum(piece.stop - piece.start for piece in pieces))
    try:
        for made in _made(pieces, request, inputs, work, read=rows is not None, early=sums is not None):
            _settle(made, made.file, made.part.file, root, work)
            if sums is not None and made.sums is not None:
                _settle(made, f"{made.file}{SUFFIX}", made.sums, sums, work)
            if rows is not None:
                rows.add(made.piece.table, made.part.file, made.answers)
            done.append(Settled(piece=made.piece, part=made.part, sums=made.sums))
            progress.advance("make", made.piece.stop - made.piece.start)
    finally:
        durable.remove_in_use(work)
    pa.default_memory_pool().release_unused()  # leave memory for the checks
    return sorted(done, key=lambda made: order[made.piece])


def pieces_of(dataset: Dataset, inputs: Inputs) -> Iterator[Piece]:
    """Yield the pieces of all tables: consecutive ranges of rows, each of which becomes one part."""
    for folder, table in zip(folders(dataset.tables), dataset.tables, strict=True):
        label = table.label
        size, rows = dataset.part_rows.get(label, PART_ROWS), inputs.rows[label]
        for number, start in enumerate(range(0, rows, size)):
            yield Piece(table=label, folder=folder, number=number, start=start, stop=min(start + size, rows))


def _made(
    pieces: list[Piece], request: BuildRequest, inputs: Inputs, work: Path, *, read: bool, early: bool
) -> Iterator[Made]:
    """Yield the pieces that workers have made, in any order. If `early`, they are made without late columns.

    If `read`, workers in other processes evaluate the rules of each row too.
    """
    dataset = request.dataset
    plan = dataset.plan(inputs)
    plan.require()
    if request.workers is None:
        # Threads suffice: NumPy, Arrow and hashlib do the work, and release the interpreter lock.
        tables = {table.label: table for table in dataset.tables}
        late = dataset.late if early else None
        yield from _run(
            pieces, Threads(jobs=request.jobs), lambda piece: write(piece, tables[piece.table], plan, work, late)
        )
    else:
        order = order_of(dataset, request.parameters, work, read=read, early=early)
        yield from _run(pieces, request.workers, partial(make_part, order))


def _run(pieces: list[Piece], workers: Threads | Workers, make: Callable[[Piece], Made]) -> Iterator[Made]:
    """Let workers make each piece. If workers die, open a new executor for the remaining pieces.

    Errors: any error that a worker raises; ServiceError if workers die again and again without making a part.
    """
    left, deaths = set(pieces), 0
    while left:
        with workers.opened() as executor:
            for made in _until_death(sorted(left, key=pieces.index), executor, make):
                left.discard(made.piece)
                deaths = -1
                yield made
        deaths += 1
        if left and deaths == _DEATHS:
            piece = min(left, key=pieces.index)
            raise ServiceError(
                f"workers died {_DEATHS} times without making a part, such as part {piece.number} of {piece.table}",
                "look into their logs; they may have too little memory",
            )


def _until_death(pieces: list[Piece], executor: Lent, make: Callable[[Piece], Made]) -> Iterator[Made]:
    """Yield the pieces that an executor makes, until all are made or its workers die."""
    try:
        for future in as_completed([executor.submit(make, piece) for piece in pieces]):
            yield future.result()
    except DIED:
        return


def _settle(made: Made, name: str, record: DataFile, root: Path, work: Path) -> None:
    """Move a complete file of a part from its name in `work` to its final name.

    Errors: ServiceError if this process does not see the file, or if its size is not the size that the worker wrote.
    """
    file = work / name
    if not file.is_file() or file.stat().st_size != record.bytes:
        raise ServiceError(
            f"a worker wrote part {made.piece.number} of {made.piece.table}, but the file is not in {work}",
            "mount the project's folder on every worker, under the same path",
        )
    path = root / record.path
    path.parent.mkdir(parents=True, exist_ok=True)
    file.replace(path)
