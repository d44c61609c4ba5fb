"""The JSON text of a manifest. docs/format.md is its contract.

The text is canonical: reading it and writing it again gives the same bytes, and its last field is the SHA-256 of all
that stands before. So an altered manifest is always noticed, whatever byte was changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from snap.errors import SnapshotError
from snap.manifest import MEDIA, DataFile, Finding, Manifest, Parameters, TableData
from snap.redact import require_visible
from snap.schema import Column, Enum, ForeignKey, Table
from snap.types import with_logical

FORMAT = 1
_MOST = 2**63 - 1  # of any count: what Postgres and Arrow count with
_SCALE = re.compile(r"[1-9][0-9]{0,17}(/[1-9][0-9]{0,17})?")
_SEAL = re.compile(r'(,\n  "sha256": ")([0-9a-f]{64})("\n\}\n)\Z')


def to_json(manifest: Manifest) -> str:
    """Return the manifest's text, sealed with the SHA-256 of all that stands before the seal.

    Raise SnapshotError for schema SQL that holds control characters: who reads it before a restore would not see what
    it does.
    """
    try:
        require_visible(manifest.schema_sql)
    except ValueError as error:
        raise SnapshotError(
            f"the schema's SQL cannot be written: {error}",
            "take the character out of the comment, default or function that holds it",
        ) from None
    parameters = manifest.parameters
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": manifest.version,
        "dataset": parameters.dataset if parameters else None,
        "profile": parameters.profile if parameters else None,
        "scale": parameters.scale if parameters else None,
        "set": dict(parameters.sets) if parameters else None,
        "seed": parameters.seed if parameters else None,
        "as_of": parameters.as_of if parameters else None,
        "created": manifest.created,
        "digest": manifest.digest,
        "rows_total": manifest.rows_total,
        "bytes": manifest.bytes,
        "estimated_db_bytes": manifest.estimated_db_bytes,
        "written_by": dict(manifest.written_by),
        "enums": [asdict(enum) for enum in manifest.enums],
        "tables": [_table_json(data) for data in manifest.tables],
        "files": [_file_json(file) for file in manifest.extra_files],
        "checks": [asdict(finding) for finding in manifest.checks],
        "schema_sql": manifest.schema_sql,
    }
    text = json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False)[: -len("\n}")]
    return f'{text},\n  "sha256": "{hashlib.sha256(text.encode()).hexdigest()}"\n}}\n'


def from_json(text: str, *, source: str) -> Manifest:
    """Read a manifest and check its seal, its form and its paths; `source` names it in errors.

    Raise SnapshotError for an unknown format version, an altered or truncated text, or a path that leaves the folder.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise _corrupt(source, f"is not JSON ({error})") from None
    if not isinstance(body, dict) or not isinstance(body.get("format"), int):
        raise _corrupt(source, "is not a manifest: it has no format version")
    if body["format"] != FORMAT:
        raise SnapshotError(
            f"{source} has format version {body['format']}; this snap reads version {FORMAT}",
            "use the snap that wrote it, or build the snapshot again",
        )
    seal = _SEAL.search(text)
    if seal is None or hashlib.sha256(text[: seal.start()].encode()).hexdigest() != seal[2]:
        raise _corrupt(source, "was altered: its SHA-256 does not match its text")
    try:
        manifest = _manifest(body)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise _corrupt(source, f"lacks or misstates a field ({type(error).__name__}: {error})") from None
    for file in manifest.files:
        _check_path(file.path, source)
    if to_json(manifest) != text:
        raise _corrupt(source, "holds fields that this format does not have")
    return manifest


def _corrupt(source: str, what: str) -> SnapshotError:
    return SnapshotError(f"{source} {what}", "restore the file from version control, or build the snapshot again")


def _check_path(path: str, source: str) -> None:
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path or str(pure) != path:
        raise _corrupt(source, f"names a file outside the snapshot's folder: {path!r}")


def _table_json(data: TableData) -> dict[str, Any]:
    table = data.table
    return {
        "schema": table.schema,
        "name": table.name,
        "rows": data.rows,
        "digest": data.digest,
        "columns": [
            {
                "name": column.name,
                "type": column.type.pg,
                "logical": column.type.logical.value,
                "nullable": column.nullable,
                "derived": column.derived,
                "generated": column.generated,
            }
            for column in table.columns
        ],
        "primary_key": table.primary_key,
        "unique": table.unique,
        "foreign_keys": [asdict(key) for key in table.foreign_keys],
        "files": [_file_json(file) for file in data.files],
    }


def _file_json(file: DataFile) -> dict[str, Any]:
    result: dict[str, Any] = {"path": file.path}
    if file.rows is not None:
        result["rows"] = file.rows
    result |= {"bytes": file.bytes, "sha256": file.sha256}
    if file.key_min is not None and file.key_max is not None:
        result |= {"key_min": file.key_min, "key_max": file.key_max}
    if file.role is not None:
        result["role"] = file.role
    return result


def _manifest(body: Mapping[str, Any]) -> Manifest:
    enums = tuple(Enum(name=enum["name"], labels=tuple(enum["labels"])) for enum in body["enums"])
    parameters = None
    if body["dataset"] is not None:
        parameters = Parameters(
            dataset=body["dataset"],
            profile=body["profile"],
            scale=body["scale"],
            sets=tuple(body["set"].items()),
            seed=body["seed"],
            as_of=body["as_of"],
        )
        if _SCALE.fullmatch(parameters.scale) is None:
            raise ValueError(f"{parameters.scale[:40]!r} is not a scale")
        date.fromisoformat(parameters.as_of)
        _require_counts(abs(parameters.seed), *(rows for _, rows in parameters.sets))
    names = frozenset(enum.name for enum in enums)
    datetime.fromisoformat(body["created"])
    require_visible(body["schema_sql"])
    _require_counts(body["estimated_db_bytes"])
    return Manifest(
        version=body["version"],
        parameters=parameters,
        created=body["created"],
        digest=body["digest"],
        estimated_db_bytes=body["estimated_db_bytes"],
        enums=enums,
        tables=tuple(_table(table, names) for table in body["tables"]),
        extra_files=tuple(_file(file, frozenset({MEDIA})) for file in body["files"]),
        checks=tuple(map(_finding, body["checks"])),
        schema_sql=body["schema_sql"],
        written_by=tuple(body["written_by"].items()),
    )


def _require_counts(*values: object) -> None:
    """Raise TypeError for a value that is no integer from 0 to 2^63 - 1."""
    for value in values:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
            raise TypeError(f"{value!r} is not a count")


def _finding(body: Mapping[str, Any]) -> Finding:
    finding = Finding(**body)
    if not isinstance(finding.ok, bool) or not isinstance(finding.value, int | float | str):
        raise TypeError(f"check {finding.name!r} has no result")
    return finding


def _table(body: Mapping[str, Any], enums: frozenset[str]) -> TableData:
    _require_counts(body["rows"])
    return TableData(
        table=Table(
            name=body["name"],
            schema=body["schema"],
            columns=tuple(
                Column(
                    name=column["name"],
                    type=with_logical(column["type"], column["logical"], enums),
                    nullable=column["nullable"],
                    derived=column["derived"],
                    generated=column["generated"],
                )
                for column in body["columns"]
            ),
            primary_key=tuple(body["primary_key"]),
            unique=tuple(tuple(columns) for columns in body["unique"]),
            foreign_keys=tuple(
                ForeignKey(columns=tuple(key["columns"]), references=key["references"], to=tuple(key["to"]))
                for key in body["foreign_keys"]
            ),
        ),
        rows=body["rows"],
        digest=body["digest"],
        files=tuple(_file(file, frozenset()) for file in body["files"]),
    )


def _file(body: Mapping[str, Any], roles: frozenset[str]) -> DataFile:
    _require_counts(body["bytes"])
    if "role" in body and (body["role"] not in roles or not body["path"].startswith(f"{body['role']}/")):
        raise ValueError(f"{body['path']} has the role {body['role']!r}")
    return DataFile(
        path=body["path"],
        bytes=body["bytes"],
        sha256=body["sha256"],
        rows=body.get("rows"),
        key_min=tuple(body["key_min"]) if "key_min" in body else None,
        key_max=tuple(body["key_max"]) if "key_max" in body else None,
        role=body.get("role"),
    )
