"""The JSON Schema of snap.toml, generated from the dataclasses of its sections. Pure.

The schema refuses the same errors as snap.config: unknown names, values of another type, amounts without a unit, a
secret written into the file. Rules over several settings are left to the commands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from snap.config import BOUNDS, BYTES, SECONDS, Secret, Size

_TEXT = {"type": "string", "minLength": 1}
_SCALARS: Mapping[Any, Mapping[str, Any]] = {
    str: _TEXT,
    Path: {**_TEXT, "description": "a path, relative to the file's folder"},
    bool: {"type": "boolean"},
    Secret: {"type": "string", "pattern": "^env:[A-Za-z_][A-Za-z0-9_]*$", "description": "env:NAME"},
}


def settings_schema(sections: Mapping[str, type]) -> dict[str, Any]:
    """Return the schema of a settings file with these sections."""
    return {
        "type": "object",
        "properties": {name: _schema_of(kind) for name, kind in sections.items()},
        "additionalProperties": False,
    }


def _schema_of(kind: Any) -> dict[str, Any]:
    """Return the schema of the values that a setting's annotation allows."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:  # TOML has no null: a setting that may be None is left out instead
        (kind,) = (member for member in arguments if member is not NoneType)
        return _schema_of(kind)
    if origin is tuple:
        return {"type": "array", "items": _schema_of(arguments[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1])}
    if origin is Literal:
        return {"enum": list(arguments)}
    if kind in BOUNDS:
        least, most = BOUNDS[kind]
        return {"type": "number" if kind is float else "integer", "minimum": least, "maximum": most}
    if kind is timedelta:
        return _amount(SECONDS, "10 min")
    if kind is Size:
        return _amount(BYTES, "50 MB")
    return dict(_SCALARS[kind]) if kind in _SCALARS else _section(kind)


def _section(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "properties": {field.name: _schema_of(hints[field.name]) for field in fields},
        "required": [
            field.name
            for field in fields
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ],
        "additionalProperties": False,
    }


def _amount(units: Mapping[str, float], example: str) -> dict[str, Any]:
    return {
        "type": "string",
        "pattern": rf"^\s*[0-9]+(\.[0-9]+)?\s*({'|'.join(units)})\s*$",
        "description": f"a number and a unit: {example}",
    }
