"""Provide a table of two columns with rows, and a query that reads them from a target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snap_restorer import RestoreResult
from tests.cases.snapshots import table
from tests.postgres import execute

Load = Callable[..., RestoreResult]
Refused = Callable[..., list[str]]
T = table("t", ("id", "integer"), ("v", "text"))
ROWS = [(1, "a"), (2, None), (5, "b")]


def rows_of(url: str, relation: str = "t", columns: str = "id, v") -> list[Any]:
    return execute(url, f"SELECT {columns} FROM {relation} ORDER BY 1")
