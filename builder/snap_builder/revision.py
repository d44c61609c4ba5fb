"""The revision of a dataset: the hash of all that fixes its values but the inputs of a build. Pure."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from typing import Any


def revision_of(parts: Iterable[bytes]) -> str:
    """Return the hash of scripts, rows, code and lists, in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def code_of(text: bytes) -> bytes:
    """Return what a file of Python says, without its comments and layout: the same under every release of Python.

    ast.dump leaves out other fields in each release.
    """
    try:
        return repr(_plain(ast.parse(text))).encode()
    except (SyntaxError, ValueError):  # of a file that the dataset does not import; ValueError for a NUL byte
        return text


def _plain(node: Any) -> Any:
    """Return a node of a syntax tree as its kind and those of its fields that hold anything."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value is not None and value != [])
        return (type(node).__name__, *((name, _plain(value)) for name, value in fields))
    return [_plain(each) for each in node] if isinstance(node, list) else node
