"""The answers of the rules about single rows, which a share has run on its own parts.

    snapshots/.parts-VERSION/extracts/share-K-NAME-NUMBER.parquet    the rows that a rule of all rows reads

The rest of the answers are fields of the share's record. They are as trustworthy as the parts beside them: `snap check`
runs every rule on the published files again.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snap import durable
from snap.checks import Answers, Counted, Failure, RuleSet
from snap.fields import Field, FieldError
from snap.manifest import DataFile
from snap.manifest_json import file_json
from snap.verify import file_sha256
from snap_builder.shares import Record, corrupt

EXTRACTS = "extracts"
_SHOWN = 1_000  # the most characters of an offending value that are kept; a finding shows fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAnswers:
    """The answers of a share's rules, and the files below the folder of shares that hold the rows of extracts."""

    answers: Answers
    files: tuple[DataFile, ...]


def write_answers(folder: Path, number: int, answers: Answers, rules: RuleSet) -> dict[str, Any]:
    """Copy the extracts of share `number` to its folder, sync them, and return the answers as JSON members."""
    (folder / EXTRACTS).mkdir(exist_ok=True)
    files = {
        name: [file_json(_kept(folder, _path(number, name, place), path)) for place, path in enumerate(paths)]
        for name, paths in answers.saved.items()
    }
    durable.sync(folder / EXTRACTS)
    return {
        "rules": rules.sha256,
        "counted": {name: _answer_json(answers.of(name)) for name in answers.counted},
        "failed": {name: failure.reason for name, failure in answers.failed.items()},
        "extracts": files,
    }


def answers_of(record: Record, folder: Path, rules: RuleSet) -> ShareAnswers | None:
    """Return the answers that a record holds, or None if it holds none or those of other rules.

    Errors: SnapshotError for a value of another type or out of bounds.
    """
    try:
        return _answers(record.answers, folder, record.number, rules)
    except FieldError as error:
        raise corrupt(record.number, record.agreement.version, f"lacks or misstates a field: {error}") from None


def _answers(body: Field, folder: Path, number: int, rules: RuleSet) -> ShareAnswers | None:
    if body.value is None or body["rules"].sha256() != rules.sha256:
        return None
    names = {statement.name for statement in rules.prelude if statement.extract is not None}
    answers = Answers(failed={name: Failure(reason.text()) for name, reason in body["failed"].members()})
    for name, answer in body["counted"].members():
        answers.counted[name].append(_answer(answer))
    files = []
    for name, listed in body["extracts"].members():
        if name not in names:
            raise FieldError(f"{listed.place}: the rules have no such extract")
        for place, file in enumerate(listed):
            path = _path(number, name, place)
            files.append(DataFile(path=path, bytes=file["bytes"].count(), sha256=file["sha256"].sha256()))
            answers.saved[name].append(folder / path)
    return ShareAnswers(answers=answers, files=tuple(files))


def _path(number: int, name: str, place: int) -> str:
    return f"{EXTRACTS}/share-{number}-{name}-{place}.parquet"


def _kept(folder: Path, path: str, source: Path) -> DataFile:
    """Copy a file to a path below `folder`, replacing what is there, sync it, and return its record."""
    aside = folder / EXTRACTS / durable.fresh_name()
    shutil.copyfile(source, aside)
    durable.sync(aside)
    record = DataFile(path=path, bytes=aside.stat().st_size, sha256=file_sha256(aside))
    aside.replace(folder / path)
    return record


def _answer_json(answer: Counted | Failure) -> dict[str, Any]:
    if isinstance(answer, Failure):
        return {"failure": answer.reason}
    least = [[value if value is None else value[:_SHOWN] for value in row] for row in answer.least]
    return {"count": answer.count, "columns": answer.columns, "least": least}


def _answer(body: Field) -> Counted | Failure:
    if (failure := body.get("failure")) is not None:
        return Failure(failure.text())
    return Counted(
        body["count"].count(),
        tuple(column.text() for column in body["columns"]),
        tuple(tuple(None if value.value is None else value.text() for value in row) for row in body["least"]),
    )
