"""Render datapackage.json, the description of a snapshot for other tools, a Data Package of version 2. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from snap.manifest import TableData
from snap.schema import Column, Enum, ForeignKey, Table
from snap.types import Type

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def render(name: str, version: str, tables: Iterable[TableData], enums: Iterable[Enum]) -> str:
    """Return the text of datapackage.json for the snapshot `version` of dataset `name`."""
    labels = {enum.name: enum.labels for enum in enums}
    body = {
        "$schema": PROFILE,
        "name": f"{name}-{version}".lower(),
        "version": version,
        "resources": [_resource(data, labels) for data in tables],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _resource(data: TableData, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    table = data.table
    paths = [file.path for file in data.files]
    resource: dict[str, Any] = {
        "name": table.label.lower(),
        "path": paths[0] if len(paths) == 1 else paths,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    }
    if len(data.files) == 1:
        resource |= {"bytes": data.files[0].bytes, "hash": f"sha256:{data.files[0].sha256}"}
    schema: dict[str, Any] = {"fields": [_field(column, table, labels) for column in table.stored]}
    if table.primary_key:
        schema["primaryKey"] = table.primary_key
    if table.unique:
        schema["uniqueKeys"] = table.unique
    if table.foreign_keys:
        schema["foreignKeys"] = [_foreign_key(key, table) for key in table.foreign_keys]
    if not paths:
        del resource["path"]
        resource["data"] = []
    resource["schema"] = schema
    return resource


def _foreign_key(key: ForeignKey, table: Table) -> dict[str, Any]:
    target = "" if key.references == table.label else key.references.lower()
    reference: dict[str, Any] = {"fields": key.to} | ({"resource": target} if target else {})
    return {"fields": key.columns, "reference": reference}


def _field(column: Column, table: Table, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    kind = column.type
    field: dict[str, Any] = {"name": column.name, "type": kind.facts.package}
    if kind.facts.package_format:
        field["format"] = kind.facts.package_format
    constraints = _constraints(kind, labels)
    if not column.nullable:
        constraints = {"required": True} | constraints
    if (column.name,) in table.unique:
        constraints["unique"] = True
    if constraints:
        field["constraints"] = constraints
    return field


def _constraints(kind: Type, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    if kind.enum is not None and kind.item is None:
        return {"enum": labels[kind.pg]}
    if kind.length is not None:
        return {"maxLength": kind.length}
    return {}
