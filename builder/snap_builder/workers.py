"""Make one part of a table in a worker, and write it to a temporary file that no other worker writes.

A worker in another process receives an order and a piece, and returns the name of a file and the `Part` of snap.writer.
Each process makes the plan once, from the dataset's declaration.
"""

from __future__ import annotations

import socket
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from snap import checks, durable, parquet
from snap.checks import Answers
from snap.errors import ServiceError, UsageError
from snap.manifest import DataFile, Parameters, TableData
from snap.schema import Table
from snap.types.arrow import schema_of
from snap.writer import Part, TableWriter, part_path, written_by
from snap_builder.dataset import Dataset, Plan, Sums
from snap_builder.find import found_again
from snap_builder.inputs import make_inputs
from snap_builder.locating import Source
from snap_builder.sums_files import write_sums

LIBRARIES = ("duckdb", "numpy", "pyarrow")  # the libraries whose versions a manifest names
SUFFIX = ".sums"  # ends the name of a file of sums that waits for the end of its part
_CUT = 1 << 15  # rows that are made and written at a time: a row group of a part's file
_KEPT = 2  # plans that a process keeps: a cluster may make two builds at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows [start, stop) of a table, which become the table's part `number`, a file in `folder`."""

    table: str
    folder: str
    number: int
    start: int
    stop: int

    @property
    def path(self) -> str:
        """The path of the piece's file in the snapshot."""
        return part_path(self.folder, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A part that was made, and the file in the order's `work` folder that holds it.

    `answers` are the results of the rules that check each row. An early part has no late columns; `sums` is then the
    record of the file in `work` that holds the sums over its rows. This file's name is that of `file` with SUFFIX.
    """

    piece: Piece
    part: Part
    file: str
    sums: DataFile | None = None
    answers: Answers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A part whose file has its final name. `sums` is the record of the file of sums over its rows, if there is one."""

    piece: Piece
    part: Part
    sums: DataFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A build, as a worker needs to know it.

    `dataset` is where the dataset is declared, or its name if it comes with snap. `work` is the folder that parts are
    written to. `rules` is the hash of the dataset's rules if they are evaluated on each part, else None. With `early`,
    parts are made without the late columns.
    """

    dataset: Source | str
    revision: str | None
    parameters: Parameters
    work: Path
    written_by: tuple[tuple[str, str], ...]
    rules: str | None
    early: bool


def order_of(dataset: Dataset, parameters: Parameters, work: Path, *, read: bool, early: bool = False) -> Order:
    """Return the order that lets any process make parts of a build.

    If `read`, the workers evaluate the rules of each row too. If `early`, they leave out the late columns.

    Errors: UsageError if other processes cannot make the dataset.
    """
    if dataset.origin is None:
        raise UsageError(
            f"dataset {dataset.name} exists only in this process, so other processes cannot build it",
            "declare it in a dataset.py, or build it without an executor",
        )
    return Order(
        dataset=dataset.origin,
        revision=dataset.revision,
        parameters=parameters,
        work=work,
        written_by=written_by(*LIBRARIES),
        rules=dataset.rules().sha256 if read else None,
        early=early,
    )


def make_part(order: Order, piece: Piece) -> Made:
    """Make a part in a worker's process. Errors: UsageError and ServiceError, which name this machine."""
    if not order.work.is_dir():
        raise ServiceError(
            f"worker {socket.gethostname()} does not see the folder {order.work}",
            "mount the project's folder on every worker, under the same path",
        )
    dataset, plan = _PLANS.of(order)
    table = next(table for table in dataset.tables if table.label == piece.table)
    made = write(piece, table, plan, order.work, dataset.late if order.early else None)
    pa.default_memory_pool().release_unused()
    return made if order.rules is None else replace(made, answers=_answers(order, dataset, made))


def _answers(order: Order, dataset: Dataset, made: Made) -> Answers:
    """Return the results of the rules that check each row, for a part's rows."""
    facts = checks.Facts(rules=dataset.rules(), folder=order.work, enums=dataset.enums, as_of=order.parameters.as_of)
    tables = [TableData(table=each, rows=0, digest="", files=()) for each in dataset.tables]
    file = replace(made.part.file, path=made.file)
    late = dataset.late if order.early else {}
    return checks.read_each(facts, tables, made.piece.table, file, Path(made.file).stem, late)


def write(piece: Piece, table: Table, plan: Plan, work: Path, late: Mapping[str, frozenset[str]] | None = None) -> Made:
    """Make a part's rows and write them to a file of its own in the existing folder `work`.

    With `late` (columns by table) the part is an early one: it is made without its late columns, and the sums over its
    rows, if parents need any, are written to a second file.
    """
    file = f"{durable.fresh_name()}.parquet"
    cuts = [(cut, min(cut + _CUT, piece.stop)) for cut in range(piece.start, piece.stop, _CUT)]
    if late is None:
        writer = TableWriter(root=work, folder=piece.folder, table=table)
        batches = (plan.part(piece.table, start, stop) for start, stop in cuts)
        return Made(piece=piece, part=writer.part(piece.number, batches, aside=work / file), file=file)
    early = table.without(late.get(piece.table, ()))
    writer, names = TableWriter(root=work, folder=piece.folder, table=early), {each.name for each in early.stored}
    sums: list[Sums] = []

    def rows() -> Iterator[pa.RecordBatch]:
        for start, stop in cuts:
            made = plan.early_part(piece.table, start, stop, names)
            sums.extend(made.sums)
            yield made.rows

    part = writer.part(piece.number, rows(), aside=work / file)
    written = write_sums(work / f"{file}{SUFFIX}", sums, piece.path) if sums else None
    return Made(piece=piece, part=part, file=file, sums=written)


def complete(piece: Piece, table: Table, plan: Plan, early: Path, late: Collection[str], root: Path) -> Part:
    """Write a part below `root`, from the file `early` of its early part and its late columns, which the plan makes."""
    writer, start = TableWriter(root=root, folder=piece.folder, table=table), piece.start

    def rows() -> Iterator[pa.RecordBatch]:
        nonlocal start
        for batch in _regrouped(parquet.read(early, table.without(late)), _CUT):
            made = plan.part(piece.table, start, start + batch.num_rows, late)
            columns = dict(zip((*batch.schema.names, *made.schema.names), (*batch.columns, *made.columns), strict=True))
            yield pa.RecordBatch.from_arrays([columns[each.name] for each in table.stored], schema=schema_of(table))
            start += batch.num_rows

    return writer.part(piece.number, rows())


def _regrouped(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of some batches in batches of exactly `rows` rows, and a smaller last one."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        while batch.num_rows:
            waiting.append(batch.slice(0, rows - sum(each.num_rows for each in waiting)))
            batch = batch.slice(waiting[-1].num_rows)  # noqa: PLW2901 - the rest of the batch
            if sum(each.num_rows for each in waiting) == rows:
                yield pa.concat_batches(waiting)
                waiting.clear()
    if waiting:
        yield pa.concat_batches(waiting)


class _Plans:
    """The plans of the last builds in this process. Only one thread at a time makes a plan."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], tuple[Dataset, Plan]] = OrderedDict()

    def of(self, order: Order) -> tuple[Dataset, Plan]:
        """Return the dataset and the plan of a build. Errors: UsageError if this process has another dataset."""
        key = (order.dataset, order.revision, order.parameters, order.written_by, order.rules)
        with self._lock:
            if key not in self._kept:
                dataset = found_again(order.dataset)
                _require_same(order, dataset)
                self._kept[key] = dataset, dataset.plan(make_inputs(dataset, order.parameters))
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


_PLANS = _Plans()


def _require_same(order: Order, dataset: Dataset) -> None:
    """Raise UsageError if this process would make other values or files than the process that sent the order."""
    host = socket.gethostname()
    if dataset.revision != order.revision:
        raise UsageError(
            f"worker {host} has revision {str(dataset.revision)[:12]} of dataset {dataset.name}, but the "
            f"build needs revision {str(order.revision)[:12]}",
            "give every worker the same project and the same snap",
        )
    if order.rules not in (None, dataset.rules().sha256):
        raise UsageError(
            f"worker {host} has other rules of dataset {dataset.name}", "give every worker the same project"
        )
    here = written_by(*LIBRARIES)
    different = [
        f"{name} {own}, not {wanted}"
        for (name, own), (_, wanted) in zip(here, order.written_by, strict=True)
        if own != wanted
    ]
    if different:
        raise UsageError(f"worker {host} has {' and '.join(different)}", "install the same versions on every worker")
