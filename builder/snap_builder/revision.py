"""The revision of a dataset: a hash of everything that determines its values except the inputs. Pure."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from typing import Any


def revision_of(parts: Iterable[bytes]) -> str:
    """Return the hash of scripts, rows, code and lists, in the given order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def code_of(text: bytes) -> bytes:
    """Return the code of a Python file without comments and layout, the same under every release of Python.

    ast.dump is not used, because each release of Python leaves out different fields.
    """
    try:
        return repr(_plain(ast.parse(text))).encode()
    except (SyntaxError, ValueError):  # the dataset does not import such a file; ValueError is for a NUL byte
        return text


def _plain(node: Any) -> Any:
    """Return a syntax tree as nested tuples and lists of node kinds and of fields that are not empty."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value is not None and value != [])
        return (type(node).__name__, *((name, _plain(value)) for name, value in fields))
    return [_plain(each) for each in node] if isinstance(node, list) else node
