"""The record files of shares: the parts of a version, divided among several processes.

    snapshots/.parts-VERSION/files/          parts without their late columns, under their names in the snapshot
    snapshots/.parts-VERSION/sums/           sums over the rows of each part, under the same name (compiled/sums.py)
    snapshots/.parts-VERSION/extracts/       rows of parts that rules of all rows read (share_answers.py)
    snapshots/.parts-VERSION/share-K.json    the record of share K: what is built, and once all parts are there, the
                                             parts and the answers of the rules about their rows

Anyone who may write to the project may have changed a record. So types and bounds of its fields are checked, and its
paths are never trusted: the dataset determines which files share K of N has to hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snap import durable
from snap.errors import SnapshotError, UsageError
from snap.fields import Field, FieldError
from snap.manifest import DataFile, Parameters
from snap.manifest_fields import read_parameters, read_table_file
from snap.manifest_json import file_json, parameters_json
from snap.schema import Table
from snap.writer import Part
from snap_builder.agreement import differences, short
from snap_builder.workers import Piece, Settled

MOST = 10_000  # the most shares of a version
_FORMAT = 2
_NAME = re.compile(r"share-([1-9][0-9]{0,4})\.json")
_SHARE = re.compile(r"([1-9][0-9]{0,4})/([1-9][0-9]{0,4})")
_TOTAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Share `number` of `of`: every `of`-th part of a version, beginning with part `number`."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def of_pieces(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return the pieces that belong to this share."""
        return list(pieces[self.number - 1 :: self.of])


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The properties that all shares of a version have in common."""

    version: str
    parameters: Parameters
    revision: str | None
    shares: int
    written_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of a share. `parts` are the fields of its parts, or None until all parts are made.

    `answers` is the field of the answers that the share's rules about single rows gave (share_answers).
    """

    number: int
    agreement: Agreement
    parts: tuple[Field, ...] | None
    answers: Field


def parse_share(text: str) -> Share:
    """Return the share that a text K/N names, such as 3/16. Errors: UsageError."""
    match = _SHARE.fullmatch(text)
    share = Share(number=int(match[1]), of=int(match[2])) if match else None
    if share is None or not share.number <= share.of <= MOST:
        raise UsageError(
            f"{text[:40]!r} is not a share of a version's parts", f"write 3/16: the third of 16, of {MOST:,} at most"
        )
    return share


def write_record(
    folder: Path,
    number: int,
    agreement: Agreement,
    parts: Sequence[Settled] | None,
    answers: dict[str, Any] | None = None,
) -> None:
    """Write the record of a share. Without parts, the record says that the share is being made."""
    body: dict[str, Any] = {
        "format": _FORMAT,
        "version": agreement.version,
        "shares": agreement.shares,
        **parameters_json(agreement.parameters),
        "revision": agreement.revision,
        "written_by": dict(agreement.written_by),
        "parts": None if parts is None else list(map(_part_json, parts)),
        "answers": answers,
    }
    durable.write(_path(folder, number), json.dumps(body, indent=1, ensure_ascii=False).encode())


def read_records(folder: Path, *, but: int = 0) -> tuple[Record, ...]:
    """Return the records in a folder of shares, sorted by number, without the record of share `but`.

    Errors: SnapshotError for a record that is unreadable or invalid.
    """
    names = (_NAME.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    numbers = sorted(int(name[1]) for name in names if name)
    return tuple(read_record(folder, number) for number in numbers if number != but)


def read_record(folder: Path, number: int) -> Record:
    """Return the record of a share. Errors: SnapshotError if the record is missing, unreadable or invalid."""
    path, version = _path(folder, number), folder.name.removeprefix(".parts-")
    try:
        return _record(Field(json.loads(durable.read(path))), number)
    except OSError as error:
        raise corrupt(number, version, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise corrupt(number, version, f"cannot be read: {error}") from None


def parts_of(
    record: Record, pieces: Sequence[Piece], tables: Mapping[str, Table], summed: Collection[str]
) -> list[Settled]:
    """Return the parts that a record lists. `tables` are as the files of shares hold them, without late columns.

    The parts of tables in `summed` have a file of sums.

    Errors: SnapshotError if they are not the parts of the share's pieces.
    """
    assert record.parts is not None
    wanted = Share(number=record.number, of=record.agreement.shares).of_pieces(pieces)
    if len(wanted) != len(record.parts):
        raise corrupt(record.number, record.agreement.version, f"lists {len(record.parts)} parts, not {len(wanted)}")
    try:
        return [
            _part(field, piece, tables[piece.table], sums=piece.table in summed)
            for piece, field in zip(wanted, record.parts, strict=True)
        ]
    except FieldError as error:
        raise corrupt(record.number, record.agreement.version, f"lacks or misstates a field: {error}") from None


def require_agreed(records: Sequence[Record], agreement: Agreement) -> None:
    """Raise UsageError if a share does not have the given agreement, and say what differs."""
    for record in records:
        if said := _difference(record.agreement, agreement):
            raise UsageError(
                f"share {record.number} of {agreement.version} was made with other inputs: {said}",
                "choose another name",
                option="parts",
                version=agreement.version,
            )


def _difference(made: Agreement, wanted: Agreement) -> str:
    """Return a text that says how two agreements differ, or an empty text if they are equal."""
    said = [differences(made.parameters, wanted.parameters)] if made.parameters != wanted.parameters else []
    if made.version != wanted.version:
        said.append(f"as {made.version}")
    if made.shares != wanted.shares:
        said.append(f"one of {made.shares} shares, not of {wanted.shares}")
    if made.revision != wanted.revision:
        said.append(f"revision {short(made.revision)} of the dataset, not {short(wanted.revision)}")
    here = dict(wanted.written_by)
    said += [f"{name} {own}, not {here.get(name)}" for name, own in made.written_by if own != here.get(name)]
    return "; ".join(said)


def _path(folder: Path, number: int) -> Path:
    return folder / f"share-{number}.json"


def _part_json(each: Settled) -> dict[str, Any]:
    part = each.part
    return {
        "table": each.piece.table,
        "number": part.number,
        "total": f"{part.total:064x}",
        **file_json(part.file),
        "sums": None if each.sums is None else file_json(each.sums),
    }


def _part(field: Field, piece: Piece, table: Table, *, sums: bool) -> Settled:
    """Return the part that a field describes. Raise FieldError if it is not the part of `piece`."""
    file = read_table_file(field, table.primary_key)
    total = int(field["total"].matching(_TOTAL, "a sum of 64 hexadecimal digits"), 16)
    part = Part(number=field["number"].count(), file=file, total=total)
    for name, is_, wanted in (
        ("table", field["table"].name(), piece.table),
        ("number", part.number, piece.number),
        ("rows", file.rows, piece.stop - piece.start),
        ("path", file.path, piece.path),
    ):
        if is_ != wanted:
            raise field[name].error(str(wanted))
    made = field["sums"]
    if (made.value is not None) is not sums:
        raise made.error("the record of a file" if sums else "null")
    record = DataFile(path=piece.path, bytes=made["bytes"].count(), sha256=made["sha256"].sha256()) if sums else None
    return Settled(piece=piece, part=part, sums=record)


def _record(body: Field, number: int) -> Record:
    """Return the record that a JSON document holds. Raise FieldError."""
    if body["format"].count() != _FORMAT:
        raise body["format"].error(f"format {_FORMAT}, which this snap reads")
    parts, shares = body["parts"], body["shares"].count()
    if not number <= shares <= MOST:
        raise body["shares"].error(f"a number from {number} to {MOST}")
    agreement = Agreement(
        version=body["version"].name(),
        parameters=read_parameters(body),
        revision=None if body["revision"].value is None else body["revision"].name(),
        shares=shares,
        written_by=tuple((name, value.name()) for name, value in body["written_by"].members()),
    )
    made = None if parts.value is None else tuple(parts)
    return Record(number=number, agreement=agreement, parts=made, answers=body["answers"])


def corrupt(number: int, version: str, what: str) -> SnapshotError:
    """Return an error that says what is wrong with the record of a share."""
    return SnapshotError(
        f"the record of share {number} of {version} {what}",
        "make that share again",
        option="parts",
        version=version,
    )
