"""Tables and enum types as JSON, for manifests and for the file beside a dataset's schema.sql."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from snap.errors import SnapshotError
from snap.fields import Field, FieldError
from snap.schema import Check, Column, Details, Enum, FixedRows, ForeignKey, PartialUnique, Schema, Table, is_label
from snap.types import with_logical

_SQL = 256 << 20  # the most characters of a schema's SQL
_ROWS = 1 << 30  # the most characters of the rows that a schema's script inserts into a table


def table_json(table: Table) -> dict[str, Any]:
    """Return a table's columns, keys and foreign keys as JSON values."""
    return {
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
    }


def schema_json(schema: Schema, source: bytes, *, read_from: str | None = None) -> str:
    """Return the text that stores a schema for builds without a server, with the hash of its SQL source.

    `read_from` is the path of that source in the project, if it is to be read there again.
    """
    body = {
        "source_sha256": hashlib.sha256(source).hexdigest(),
        **({} if read_from is None else {"read_from": read_from}),
        "enums": [asdict(enum) for enum in schema.enums],
        "tables": [{"schema": table.schema, "name": table.name, **table_json(table)} for table in schema.tables],
        "details": [_details_json(details) for details in schema.details],
        "fixed": [
            {"table": each.table, "rows": each.rows, "data": base64.b64encode(each.data).decode()}
            for each in schema.fixed
        ],
        "sql": schema.sql,
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def read_from(text: bytes) -> str | None:
    """Return the path from which a stored schema was read, relative to the project, or None if the text names none."""
    try:
        path = Field(json.loads(text)).get("read_from")
        return None if path is None else path.name()
    except (ValueError, RecursionError):  # a FieldError too
        return None


def read_schema_json(text: bytes, source: bytes) -> Schema | None:
    """Return the schema that was read from `source`, or None if the text is invalid or was made from other SQL."""
    try:
        body = Field(json.loads(text))
        if body["source_sha256"].sha256() != hashlib.sha256(source).hexdigest():
            return None
        enums = read_enums(body["enums"])
        names = frozenset(enum.name for enum in enums)
        tables = tuple(read_table(table, names) for table in body["tables"])
        details = tuple(map(_details, body["details"]))
        fixed = tuple(map(_fixed_rows, body["fixed"]))
        return Schema(tables=tables, enums=enums, sql=body["sql"].visible(_SQL), details=details, fixed=fixed)
    except (ValueError, RecursionError):  # a FieldError too
        return None


def _details_json(details: Details) -> dict[str, Any]:
    """Return the facts about a table as JSON values. Without defaults, they are as they were before there were any."""
    body = asdict(details)
    return body if details.defaults else {name: value for name, value in body.items() if name != "defaults"}


def _details(body: Field) -> Details:
    checks = tuple(
        Check(columns=tuple(name.name() for name in check["columns"]), sql=check["sql"].text())
        for check in body["checks"]
    )
    bases = tuple(tuple(text.name() for text in pair) for pair in body["bases"])
    defaults = tuple(tuple(text.text() for text in pair) for pair in body.get("defaults") or ())
    return Details(
        table=body["table"].name(),
        bases=tuple((column, kind) for column, kind in bases),
        checks=checks,
        references=tuple(_foreign_key(key, None) for key in body["references"]),
        partials=tuple(
            PartialUnique(columns=tuple(name.name() for name in each["columns"]), condition=each["condition"].text())
            for each in body["partials"]
        ),
        external=body["external"].boolean(),
        defaults=tuple((column, text) for column, text in defaults),
    )


def _fixed_rows(body: Field) -> FixedRows:
    data = base64.b64decode(body["data"].text(_ROWS), validate=True)  # binascii.Error is a ValueError
    return FixedRows(table=body["table"].name(), rows=body["rows"].count(), data=data)


def read_enums(body: Field) -> tuple[Enum, ...]:
    """Return enum types. Raise FieldError for an invalid field or a duplicate."""
    enums = tuple(
        Enum(name=enum["name"].name(), labels=distinct([label.label() for label in enum["labels"]], enum["labels"]))
        for enum in body
    )
    distinct([enum.name for enum in enums], body)
    return enums


def read_table(body: Field, enums: frozenset[str]) -> Table:
    """Return a table's definition. Raise FieldError that names the first wrong field."""
    columns = tuple(_column(column, enums) for column in body["columns"])
    names = distinct([column.name for column in columns], body["columns"])
    return Table(
        name=body["name"].name(),
        schema=body["schema"].name(),
        columns=columns,
        primary_key=_columns(body["primary_key"], names),
        unique=tuple(_columns(unique, names) for unique in body["unique"]),
        foreign_keys=tuple(_foreign_key(key, names) for key in body["foreign_keys"]),
    )


def _column(body: Field, enums: frozenset[str]) -> Column:
    try:
        type_ = with_logical(body["type"].name(), body["logical"].name(), enums)
    except SnapshotError as error:
        raise FieldError(f"{body['logical'].place}: {error}") from None
    return Column(
        name=body["name"].name(),
        type=type_,
        nullable=body["nullable"].boolean(),
        derived=body["derived"].boolean(),
        generated=body["generated"].boolean(),
    )


def _columns(field: Field, known: Collection[str]) -> tuple[str, ...]:
    """Return the columns of a key. Raise FieldError if one is not a column of the table."""
    names = distinct([name.name() for name in field], field)
    for name in field:
        if name.value not in known:
            raise name.error("a column of the table")
    return names


def _foreign_key(body: Field, known: Collection[str] | None) -> ForeignKey:
    for name in body["columns"]:
        if known is not None and name.name() not in known:
            raise name.error("a column of the table")
    columns, to = (tuple(name.name() for name in body[side]) for side in ("columns", "to"))
    if not columns or len(columns) != len(to):
        raise body["to"].error("as many columns as refer to them")
    references = body["references"].name()
    if not is_label(references):
        raise body["references"].error("a table's label")
    return ForeignKey(columns=columns, references=references, to=to)


def distinct(values: Sequence[str], field: Field) -> tuple[str, ...]:
    """Return `values`. Raise FieldError if two of them are equal."""
    if len(set(values)) != len(values):
        twice = next(value for value, times in Counter(values).items() if times > 1)
        raise FieldError(f"{field.place}: it names {twice[:40]!r} twice")
    return tuple(values)
