"""The JSON text of a manifest. docs/format.md defines the format.

The text is canonical: reading and writing it again gives the same bytes. Its last field is the SHA-256 of all the text
before it, so any change to a manifest is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from typing import Any

from snap.errors import SnapshotError
from snap.fields import Field, FieldError
from snap.manifest import MOST_EMPTY_ROWS, DataFile, Manifest, Parameters, TableData
from snap.manifest_fields import read_manifest
from snap.redact import require_visible
from snap.schema_json import table_json

FORMATS = (1, 2)  # a manifest of format 1 has none of the optional fields, one of format 2 has some
_SEAL = re.compile(r'(,\n  "sha256": ")([0-9a-f]{64})("\n\}\n)\Z')


def to_json(manifest: Manifest) -> str:
    """Return the manifest's text, sealed with the SHA-256 of all the text before the seal.

    Raise SnapshotError if the schema's SQL holds control characters, because they could hide what the SQL does from a
    person who reads it before a restore. Raise it also if a table without columns has more rows than a reader accepts.
    """
    try:
        require_visible(manifest.schema_sql)
    except ValueError as error:
        raise SnapshotError(
            f"the schema's SQL cannot be written: {error}",
            "take the character out of the comment, default or function that holds it",
        ) from None
    for data in manifest.tables:
        if not data.table.stored and data.rows > MOST_EMPTY_ROWS:
            raise SnapshotError(
                f"table {data.table.label} has {data.rows:,} rows and no column to store",
                f"a snapshot holds up to {MOST_EMPTY_ROWS:,} such rows; leave out the table",
            )
    optional = _optional_json(manifest)
    body: dict[str, Any] = {
        "format": 2 if optional else 1,
        "version": manifest.version,
        **parameters_json(manifest.parameters),
        "created": manifest.created,
        "digest": manifest.digest,
        "rows_total": manifest.rows_total,
        "bytes": manifest.bytes,
        "estimated_db_bytes": manifest.estimated_db_bytes,
        "written_by": dict(manifest.written_by),
        "enums": [asdict(enum) for enum in manifest.enums],
        "tables": [_table_json(data) for data in manifest.tables],
        "files": [file_json(file) for file in manifest.extra_files],
        "checks": [asdict(finding) for finding in manifest.checks],
        **optional,
        "schema_sql": manifest.schema_sql,
    }
    text = json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False)[: -len("\n}")]
    return f'{text},\n  "sha256": "{hashlib.sha256(text.encode()).hexdigest()}"\n}}\n'


def from_json(text: str, *, source: str) -> Manifest:
    """Read a manifest and check its seal and its fields. `source` names the manifest in errors.

    Raise SnapshotError for an unknown format version, an altered or truncated text, or an invalid field.
    """
    try:
        body = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise _corrupt(source, "is not JSON of a manifest: it is nested too deeply") from None
    except ValueError as error:
        raise _corrupt(source, f"is not JSON ({error})") from None
    if not isinstance(body, dict) or not isinstance(body.get("format"), int):
        raise _corrupt(source, "is not a manifest: it has no format version")
    if body["format"] not in FORMATS:
        raise SnapshotError(
            f"{source} has format version {str(body['format'])[:20]}; this snap reads versions 1 and 2",
            "use the snap that wrote it, or a newer one, or build the snapshot again",
        )
    seal = _SEAL.search(text)
    if seal is None or hashlib.sha256(text[: seal.start()].encode("utf-8", "surrogatepass")).hexdigest() != seal[2]:
        raise _corrupt(source, "was altered: its SHA-256 does not match its text")
    try:
        manifest = read_manifest(Field(body))
    except FieldError as error:
        raise _corrupt(source, f"lacks or misstates a field: {error}") from None
    if to_json(manifest) != text:
        raise _corrupt(source, "has unknown fields, or is not written exactly as this format requires")
    return manifest


def parameters_json(parameters: Parameters | None) -> dict[str, Any]:
    """Return the parameters of a build as JSON members, all null if there are none."""
    return {
        "dataset": parameters.dataset if parameters else None,
        "profile": parameters.profile if parameters else None,
        "scale": parameters.scale if parameters else None,
        "set": dict(parameters.sets) if parameters else None,
        "seed": parameters.seed if parameters else None,
        "as_of": parameters.as_of if parameters else None,
    }


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _corrupt(source: str, what: str) -> SnapshotError:
    return SnapshotError(f"{source} {what}", "restore the file from version control, or build the snapshot again")


def _optional_json(manifest: Manifest) -> dict[str, Any]:
    """Return the fields of format 2 that have a value, in their order."""
    fields = {
        "sequences": [asdict(position) for position in manifest.sequences] or None,
        "revision": manifest.revision,
        "statistics": manifest.statistics,
        "edge_cases": manifest.edge_cases,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _table_json(data: TableData) -> dict[str, Any]:
    table = data.table
    return {
        "schema": table.schema,
        "name": table.name,
        "rows": data.rows,
        "digest": data.digest,
        **table_json(table),
        "files": [file_json(file) for file in data.files],
    }


def file_json(file: DataFile) -> dict[str, Any]:
    """Return a file's record in the manifest as JSON members."""
    result: dict[str, Any] = {"path": file.path}
    if file.rows is not None:
        result["rows"] = file.rows
    result |= {"bytes": file.bytes, "sha256": file.sha256}
    if file.key_min is not None and file.key_max is not None:
        result |= {"key_min": file.key_min, "key_max": file.key_max}
    if file.role is not None:
        result["role"] = file.role
    return result
