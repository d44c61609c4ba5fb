"""Derive the JSON Schema of a command's output, and a line of its help, from the TypedDict that declares the output.

The type checker compares `document()` of each result with the TypedDict, and tests compare the printed JSON with the
schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Form: TypeAlias = Any  # a TypedDict, or a union of them
_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def schema_of(form: Form) -> dict[str, Any]:
    """Return the JSON Schema of a type. An annotation, such as a unit, becomes the description."""
    origin: Any = get_origin(form)
    arguments = get_args(form)
    if is_typeddict(form):
        return _object(form)
    if origin is Annotated:
        return {**schema_of(arguments[0]), "description": arguments[1]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {Union, UnionType}:
        return {"anyOf": [*map(schema_of, arguments)]}
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    return {} if form is Any else {"type": _NAMES[form]}


def fields_of(form: Form) -> str:
    """Return the names of a form's fields on one line, with lists in brackets and objects in braces."""
    origin: Any = get_origin(form)
    if origin is dict:
        return "a JSON Schema"
    if not is_typeddict(form):
        return " or: ".join(map(fields_of, get_args(form)))
    named = ((name, _inner(hint)) for name, hint, _ in _fields(form))
    return ", ".join(f"{name}: {inner}" if inner else name for name, inner in named)


def command_schema(form: Form, failure: Form) -> dict[str, Any]:
    """Return the schema of a command's output: its result, with or without an error, or an error alone."""
    alone = schema_of(failure)
    results = [] if form is None else schema_of(form).get("anyOf", [schema_of(form)])
    for result in results:
        result.get("properties", {}).update(alone["properties"])
    return {"anyOf": [*results, alone]}


def _object(form: Form) -> dict[str, Any]:
    fields = list(_fields(form))
    return {
        "type": "object",
        "properties": {name: schema_of(hint) for name, hint, _ in fields},
        "required": [name for name, _, required in fields if required],
        "additionalProperties": False,
    }


def _fields(form: Form) -> Iterator[tuple[str, Any, bool]]:
    """Yield the name and type of each field, and whether it is required."""
    for name, hint in get_type_hints(form, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        yield name, get_args(hint)[0] if optional else hint, not optional


def _inner(hint: Any) -> str:
    """Return the fields of the objects that a field holds, or "" if it holds no objects."""
    arguments = get_args(hint)
    if is_typeddict(hint):
        return f"{{{fields_of(hint)}}}"
    if get_origin(hint) is list and is_typeddict(arguments[0]):
        return f"[{fields_of(arguments[0])}]"
    return " or ".join(filter(None, map(_inner, arguments))) if get_origin(hint) in {Union, UnionType} else ""
