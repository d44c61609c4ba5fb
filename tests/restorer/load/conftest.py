"""Restore into a target migrated by SQL, and read the rows, or the reasons for a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import TargetError
from snap.schema import Table
from snap_restorer import RestoreResult, Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot
from tests.cases.targets import ROWS, Load, Refused, T
from tests.postgres import execute


@pytest.fixture
def load(tmp_path: Path, database: str) -> Load:
    """Return a function that migrates the target by SQL and restores tables with their rows into it, twice."""

    def loaded(sql: str, *tables: tuple[Table, Sequence[Any]], **more: Any) -> RestoreResult:
        execute(database, sql)
        made = snapshot(tmp_path, tables or [(T, ROWS)], "", **more)
        restore(made, Target(database))
        return restore(made, Target(database))

    return loaded


@pytest.fixture
def refused(tmp_path: Path, database: str) -> Refused:
    """Return a function that migrates the target and returns the reasons why a restore is refused, without changes."""

    def reasons(sql: str, *tables: tuple[Table, Sequence[Any]], **more: Any) -> list[str]:
        execute(database, sql)
        made = snapshot(tmp_path, tables or [(T, ROWS)], "", **more)
        # A restore that locked a table for a change would wait for this reader, and fail with another message.
        with psycopg.connect(database) as reader, pytest.raises(TargetError) as error:
            for (name,) in execute(
                database, "SELECT oid::regclass::text FROM pg_class WHERE oid > 16383 AND relkind IN ('r', 'p')"
            ):
                reader.execute(f"LOCK TABLE {name} IN ACCESS SHARE MODE".encode())
            restore(made, Target(database), Request(guard=Guard(yes=True), lock_timeout_s=1))
        assert error.value.unchanged
        return [f"- {reason}" for reason in error.value.reasons]

    return reasons
