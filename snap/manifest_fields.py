"""Read the fields of a manifest: check the type and bounds of each, and that they agree with each other.

Anyone who can write a manifest can seal it, so the seal proves nothing about the fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from snap.fields import Field, FieldError
from snap.manifest import MEDIA, MOST_EMPTY_ROWS, DataFile, Finding, Manifest, Parameters, SequencePosition, TableData
from snap.schema import table_label
from snap.schema_json import distinct, read_enums, read_table

_SCALE = re.compile(r"[1-9][0-9]{0,17}(/[1-9][0-9]{0,17})?")
_PATH = 1_000  # the most bytes: PATH_MAX is 4,096, which includes the path of the project's folder
_PART = 255  # the most bytes: the limit of a file's name in all common file systems
_KEY = 2 << 20  # the most characters: an index holds keys of 2.7 kB, which are compressed
_CHECK = 100_000  # the most characters: a check's name holds names of tables and columns
_LEAST_POSITION = -(2**63)  # the least position of a sequence that counts down
_SQL = 256 << 20  # the most characters of the schema's SQL; WorldChef's has 24,000


def read_manifest(body: Field) -> Manifest:
    """Return the manifest that the fields describe. Raise FieldError that names the first wrong field."""
    enums = read_enums(body["enums"])
    names = [enum.name for enum in enums]
    manifest = Manifest(
        version=body["version"].name(),
        parameters=None if body["dataset"].value is None else read_parameters(body),
        created=_parsed(body["created"], datetime.fromisoformat, "a time in ISO 8601"),
        digest=body["digest"].sha256(),
        estimated_db_bytes=body["estimated_db_bytes"].count(),
        enums=enums,
        tables=tuple(_table(table, frozenset(names)) for table in body["tables"]),
        extra_files=tuple(map(_further_file, body["files"])),
        checks=tuple(map(_finding, body["checks"])),
        schema_sql=body["schema_sql"].visible(_SQL),
        written_by=tuple((name, version.name()) for name, version in body["written_by"].members()),
        sequences=_sequences(body.get("sequences")),
        revision=None if (revision := body.get("revision")) is None else revision.name(),
        statistics=_document(body.get("statistics")),
        edge_cases=_document(body.get("edge_cases")),
    )
    _require_equal(body["rows_total"], manifest.rows_total, "the sum of the tables' rows")
    _require_equal(body["bytes"], manifest.bytes, "the sum of the files' bytes")
    distinct([data.table.label for data in manifest.tables], body["tables"])
    distinct([file.path for file in manifest.files], body["files"])
    _require_known_references(manifest, body["tables"])
    _require_known_edges(manifest, body)
    return manifest


def read_parameters(body: Field) -> Parameters:
    """Return the parameters of a build, whose fields are members of `body`."""
    return Parameters(
        dataset=body["dataset"].name(),
        profile=body["profile"].name(),
        scale=body["scale"].matching(_SCALE, "a scale"),
        sets=tuple((name, rows.count()) for name, rows in body["set"].members()),
        seed=body["seed"].integer(),
        as_of=_parsed(body["as_of"], date.fromisoformat, "a date in ISO 8601"),
    )


def _parsed(field: Field, parse: Callable[[str], object], wanted: str) -> str:
    """Return the field's text. Raise FieldError, which says what is `wanted`, if `parse` does not accept the text."""
    text = field.name()
    try:
        parse(text)
    except ValueError:
        raise field.error(wanted) from None
    return text


def _sequences(body: Field | None) -> tuple[SequencePosition, ...]:
    """Return the positions of sequences. Raise FieldError if a sequence occurs twice."""
    if body is None:
        return ()
    positions = tuple(
        SequencePosition(
            schema=position["schema"].name(),
            name=position["name"].name(),
            last_value=position["last_value"].integer(_LEAST_POSITION),
            is_called=position["is_called"].boolean(),
        )
        for position in body
    )
    distinct([table_label(position.schema, position.name) for position in positions], body)
    return positions


def _document(body: Field | None) -> dict[str, Any] | None:
    """Return the fields of a manifest as a JSON object, or None. Raise FieldError if a value is out of bounds."""
    return None if body is None else body.document()


def _finding(body: Field) -> Finding:
    return Finding(
        name=body["name"].visible(_CHECK),
        ok=body["ok"].boolean(),
        value=body["value"].scalar(),
        limit=body["limit"].scalar(),
        detail=body["detail"].text(),
    )


def _table(body: Field, enums: frozenset[str]) -> TableData:
    table = read_table(body, enums)
    files = tuple(read_table_file(file, table.primary_key) for file in body["files"])
    rows = body["rows"].count()
    if table.stored:
        _require_equal(body["rows"], sum(file.rows or 0 for file in files), "the sum of the files' rows")
    elif files or rows > MOST_EMPTY_ROWS:
        raise body["rows"].error(f"of a table without stored columns: no file, and {MOST_EMPTY_ROWS:,} rows at most")
    return TableData(table=table, rows=rows, digest=body["digest"].sha256(), files=files)


def _require_known_references(manifest: Manifest, body: Field) -> None:
    """Raise FieldError if a foreign key refers to a missing column of a table that the snapshot holds."""
    columns = {data.table.label: {column.name for column in data.table.columns} for data in manifest.tables}
    for data, table in zip(manifest.tables, body, strict=True):
        for key, field in zip(data.table.foreign_keys, table["foreign_keys"], strict=True):
            if not columns.get(key.references, set(key.to)).issuperset(key.to):
                raise field["to"].error(f"columns of table {key.references}")


def read_table_file(body: Field, key: Sequence[str]) -> DataFile:
    """Return the record of a file of a table with the primary key `key`."""
    least, greatest = (_key(body.get(name), key) for name in ("key_min", "key_max"))
    if (least is None) != (greatest is None):
        raise FieldError(f"{body.place}: it has one end of its key range")
    if body.get("role") is not None:
        raise body["role"].error("a field of a table's file")
    return DataFile(
        path=_path(body["path"]),
        bytes=body["bytes"].count(),
        sha256=body["sha256"].sha256(),
        rows=body["rows"].count(),
        key_min=least,
        key_max=greatest,
    )


def _further_file(body: Field) -> DataFile:
    path, role = _path(body["path"]), body.get("role")
    if role is not None and (role.value != MEDIA or not path.startswith(f"{MEDIA}/")):
        raise role.error(f"the role of a file at {path}")
    return DataFile(
        path=path, bytes=body["bytes"].count(), sha256=body["sha256"].sha256(), role=MEDIA if role else None
    )


def _key(field: Field | None, key: Sequence[str]) -> tuple[str, ...] | None:
    if field is None:
        return None
    parts = tuple(part.text(_KEY) for part in field)
    if len(parts) != len(key) or not key:
        raise field.error("a text for each column of the primary key")
    return parts


def _path(field: Field) -> str:
    path = field.visible(_PATH)
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or str(pure) != path:
        raise field.error("a file below the snapshot's folder: it leads outside the snapshot's folder")
    several = {"\t", "\n", "\r"}.intersection(path)
    if several or len(path.encode()) > _PATH or any(len(part.encode()) > _PART for part in pure.parts):
        raise field.error(f"a path of {_PATH:,} bytes at most in one line, and {_PART} a part")
    return path


def _require_known_edges(manifest: Manifest, body: Field) -> None:
    """Raise FieldError for an edge case on a table or column that the snapshot does not hold, or for a duplicate."""
    stored = {data.table.label: {column.name for column in data.table.stored} for data in manifest.tables}
    for number, edge in enumerate(manifest.edges):
        if not {*edge.key, *edge.values} <= stored.get(edge.table, set()) or not edge.key:
            raise body["edge_cases"].error(f"a list whose edge {number} names columns of a table in the snapshot")
    if manifest.edges:
        distinct([f"{edge.table}: {edge.name}" for edge in manifest.edges], body["edge_cases"]["edges"])


def _require_equal(field: Field, value: int, what: str) -> None:
    if field.count() != value:
        raise field.error(f"{value}, {what}")
