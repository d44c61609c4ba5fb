"""Let several processes each build a share of a version's parts, and put all shares together."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from snap import durable
from snap.checks import Answers, EachRow, RuleSet
from snap.errors import SnapshotError, TargetError, UsageError
from snap.manifest import DataFile, TableData
from snap.progress import Progress, phase
from snap.schema import Table
from snap.store import Store
from snap.units import plural
from snap.verify import fault
from snap.writer import Part, table_data, written_by
from snap_builder.agreement import require_agreement
from snap_builder.completing import FILES, SUMS, completed
from snap_builder.dataset import Dataset, Inputs
from snap_builder.inputs import make_inputs
from snap_builder.parts import pieces_of, write_pieces
from snap_builder.proof import reading
from snap_builder.request import BuildRequest
from snap_builder.share_answers import EXTRACTS, answers_of, write_answers
from snap_builder.shares import (
    Agreement,
    Record,
    Share,
    parts_of,
    read_record,
    read_records,
    require_agreed,
    write_record,
)
from snap_builder.workers import LIBRARIES, Piece, Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The result of building a share: its rows by table, its files and its bytes.

    `made` is False if all parts existed already. `missing` are the shares that do not exist yet.
    """

    version: str
    dataset: str
    share: Share
    rows: tuple[tuple[str, int], ...]
    files: int
    bytes: int
    made: bool
    missing: tuple[int, ...]


def build_share(store: Store, request: BuildRequest, share: Share, progress: Progress) -> Shared:
    """Make a share of a version's parts, and leave them for the process that publishes the version.

    A complete share is not made again.

    Raise UsageError as a build does, or if the version's other shares do not agree with this one. Raise TargetError if
    another process makes the same share, or publishes the version.
    """
    version, dataset = request.version, request.dataset
    existing = store.resolve(version) if store.exists(version) and not request.force else None
    require_agreement(existing.manifest if existing else None, request)
    inputs = make_inputs(dataset, request.parameters)
    pieces = list(pieces_of(dataset, inputs))
    agreement = _agreement(request, share.of)
    with store.sharing(version) as folder, _alone(folder, share, version) as work:
        with contextlib.suppress(FileExistsError):  # another process is writing the file
            durable.ignore_all(folder)
        require_agreed(read_records(folder, but=share.number), agreement)
        own = _finished(folder, share.number)
        require_agreed([own] if own else [], agreement)
        parts = _intact(own, folder, pieces, dataset)
        made = parts is None
        _require_no_link(folder, pieces)
        if parts is None:
            write_record(folder, share.number, agreement, None)
            # Of two processes that begin at the same moment, at least one sees the other's record.
            require_agreed(read_records(folder, but=share.number), agreement)
            own_pieces = share.of_pieces(pieces)
            with reading(folder / FILES, request.parameters, dataset, own_pieces) as rows:
                parts = _made(folder, work, own_pieces, request, inputs, progress, rows)
                with phase(progress, "check each row"):
                    answers = rows.answers()
                said = write_answers(folder, share.number, answers, dataset.rules())
            write_record(folder, share.number, agreement, parts, said)
        missing = _missing(read_records(folder), share.of)
    return Shared(
        version=version,
        dataset=dataset.name,
        share=share,
        rows=_rows(parts),
        files=len(parts),
        bytes=sum(each.part.file.bytes for each in parts),
        made=made,
        missing=missing,
    )


def agreement_of(store: Store, version: str) -> Agreement:
    """Return the properties that all shares of a version have in common. Errors: UsageError if there are no shares."""
    records = read_records(store.shared(version))
    if not records:
        raise UsageError(
            f"no share of {version} has been made", "make the shares first", option="share", version=version
        )
    return records[0].agreement


def gather(
    folder: Path, stage: Path, request: BuildRequest, progress: Progress, rows: EachRow
) -> tuple[TableData, ...]:
    """Put the parts of all shares in `folder` into a staging folder, and return the tables' records for a manifest.

    A part with late columns is written anew with them. Other files are linked, or copied if the disk has no links.
    `rows` gets the answers of the rules about single rows from the records. It runs the rules that read late columns,
    and all rules on the parts of a share that had other rules.

    Raise UsageError if shares are missing or do not agree with the request, SnapshotError for a file that differs from
    its record.
    """
    dataset, records = request.dataset, read_records(folder)
    agreement = _agreement(request, records[0].agreement.shares if records else 1)
    require_agreed(records, agreement)
    _require_all(records, agreement)
    inputs = make_inputs(dataset, request.parameters)
    pieces = list(pieces_of(dataset, inputs))
    found = [(record, each) for record in records for each in parts_of(record, pieces, _early(dataset), dataset.summed)]
    answered = {record.number: _answers(record, folder, dataset.rules()) for record in records}
    for answers in filter(None, answered.values()):
        rows.include(answers)
    with phase(progress, "verify the shares"), ThreadPoolExecutor(request.jobs) as pool:
        list(pool.map(lambda each: _require_files(each[0], folder, each[1]), found))
    parts: dict[str, list[Part]] = defaultdict(list)
    settled = [made for _, made in found]
    for (record, made), part in zip(found, completed(settled, folder, stage, request, inputs, progress), strict=True):
        label, rest = made.piece.table, answered[record.number] is not None
        parts[label].append(part)
        if label in dataset.late or not rest:
            rows.add(label, part.file, rest=rest)
    return tuple(table_data(table, parts[table.label]) for table in dataset.tables)


def _early(dataset: Dataset) -> dict[str, Table]:
    """Return the tables of a dataset as the files of shares hold them, without late columns."""
    return {table.label: table.without(dataset.late.get(table.label, ())) for table in dataset.tables}


def _answers(record: Record, folder: Path, rules: RuleSet) -> Answers | None:
    """Return the answers of a share's rules, or None if its parts have to be read.

    Errors: SnapshotError for a field or a file of extracts that is not what the share wrote.
    """
    share = answers_of(record, folder, rules)
    if share is None:
        return None
    for file in share.files:
        _require_unaltered(record, folder, file)
    return share.answers


def _require_files(record: Record, folder: Path, each: Settled) -> None:
    """Raise SnapshotError if a part or the sums over its rows differ from the share's record."""
    _require_unaltered(record, folder / FILES, each.part.file)
    if each.sums is not None:
        _require_unaltered(record, folder, replace(each.sums, path=f"{SUMS}/{each.sums.path}"))


def _rows(parts: Iterable[Settled]) -> tuple[tuple[str, int], ...]:
    """Return the number of rows of each table in a share."""
    rows: Counter[str] = Counter()
    for each in parts:
        rows[each.piece.table] += each.part.file.rows or 0
    return tuple(rows.items())


def _require_unaltered(record: Record, folder: Path, file: DataFile) -> None:
    """Raise SnapshotError if a file of a share differs from the share's record."""
    if wrong := fault(folder, file, "its record"):
        made = record.agreement
        raise SnapshotError(
            f"{file.path} of share {record.number}/{made.shares} of {made.version} {wrong}",
            "make that share again",
            option="share",
            version=made.version,
        )


def _made(
    folder: Path,
    work: Path,
    pieces: list[Piece],
    request: BuildRequest,
    inputs: Inputs,
    progress: Progress,
    rows: EachRow,
) -> list[Settled]:
    """Make the parts of a share and sync them to disk. Return them in the order of their pieces."""
    files, sums = folder / FILES, folder / SUMS
    parts = write_pieces(files, work, pieces, request, inputs, progress, rows, sums=sums)
    written = [*(files / piece.path for piece in pieces), *(sums / each.piece.path for each in parts if each.sums)]
    for path in written:
        durable.sync(path)
    for path in {files, sums, *(path.parent for path in written)}:
        if path.is_dir():
            durable.sync(path)
    return parts


def _intact(record: Record | None, folder: Path, pieces: Sequence[Piece], dataset: Dataset) -> list[Settled] | None:
    """Return the parts of a share, or None unless all files exist and match the share's record."""
    if record is None:
        return None
    try:
        parts = parts_of(record, pieces, _early(dataset), dataset.summed)
        for each in parts:
            _require_files(record, folder, each)
        _answers(record, folder, dataset.rules())
    except SnapshotError:
        return None
    return parts


def _finished(folder: Path, number: int) -> Record | None:
    """Return the record of a share if all its parts are made, else None.

    A record that cannot be read counts as missing.
    """
    try:
        record = read_record(folder, number)
    except SnapshotError:
        return None
    return None if record.parts is None else record


def _require_no_link(folder: Path, pieces: Sequence[Piece]) -> None:
    """Raise SnapshotError if a folder of shares' files is a symbolic link, because files would be written elsewhere."""
    roots = folder / FILES, folder / SUMS
    for path in (folder / EXTRACTS, *roots, *(root / piece.folder for root in roots for piece in pieces)):
        if path.is_symlink():
            raise SnapshotError(f"{path.relative_to(folder.parent)} is a link", "remove it")


def _require_all(records: Sequence[Record], agreement: Agreement) -> None:
    missing = _missing(records, agreement.shares)
    if missing:
        shown = ", ".join(map(str, missing[:20])) + (" …" if len(missing) > 20 else "")
        raise UsageError(
            f"{plural(len(missing), 'share')} of {agreement.shares} of {agreement.version} "
            f"{'is' if len(missing) == 1 else 'are'} missing: {shown}",
            "make the missing shares",
            option="share",
            version=agreement.version,
        )


def _missing(records: Sequence[Record], shares: int) -> tuple[int, ...]:
    there = {record.number for record in records if record.parts is not None}
    return tuple(number for number in range(1, shares + 1) if number not in there)


def _agreement(request: BuildRequest, shares: int) -> Agreement:
    return Agreement(
        version=request.version,
        parameters=request.parameters,
        revision=request.dataset.revision,
        shares=shares,
        written_by=written_by(*LIBRARIES),
    )


@contextlib.contextmanager
def _alone(folder: Path, share: Share, version: str) -> Iterator[Path]:
    """Lock a share and yield the folder to make it in, without leftovers of killed processes.

    Errors: TargetError if another process makes the share.
    """
    lock = durable.open_file(folder / f".lock-{share.number}", os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TargetError(
                f"another process makes share {share} of {version}", "wait until it is done, then run this again"
            ) from None
        work = folder / f".work-{share.number}"
        durable.remove_in_use(work)
        yield work
        durable.remove_in_use(work)
    finally:
        os.close(lock)
