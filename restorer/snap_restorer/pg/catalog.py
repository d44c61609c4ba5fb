"""Questions to Postgres: the package's SQL files by name, and the one row of an answer."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, LiteralString

import psycopg
from psycopg.abc import Params, QueryNoTemplate


@cache
def query(name: str) -> LiteralString:
    """Return the text of sql/NAME.sql."""
    return files("snap_restorer.pg").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def one_row(connection: psycopg.Connection[Any], statement: QueryNoTemplate, parameters: Params | None = None) -> Any:
    """Return the one row that a statement gives."""
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row
