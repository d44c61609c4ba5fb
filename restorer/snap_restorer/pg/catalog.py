"""The package's SQL files, by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def query(name: str) -> LiteralString:
    """Return the text of sql/NAME.sql."""
    return files("snap_restorer.pg").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
