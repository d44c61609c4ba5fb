"""Describe comparisons of two tables as values, to make SQL from them without DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from snap.compare.blocks import Job
from snap.compare.model import TableDiff
from snap.compare.rows import RowChanges
from snap.compare.side import TableSide
from tests.cases.diffs import table

OLD = table("t", {"id": "integer", "Group": "text", "n": "integer", "at": "interval"}, key=["id", "Group"])
NEW = table("t", {"id": "bigint", "Group": "text", "n": "numeric(11,2)", "at": "interval"}, key=["id", "Group"])
DUCK = cast(Any, None)  # making the SQL uses no DuckDB


@dataclass(frozen=True)
class Named:
    """Rows of a relation that DuckDB knows by a name."""

    name: str

    def select(self, duck: Any, columns: tuple[str, ...]) -> str:
        return f"SELECT {', '.join(columns)} FROM {self.name}"


def changes(key: tuple[str, ...], jobs: tuple[Job, ...]) -> RowChanges:
    return RowChanges(
        duck=DUCK,
        relation='"changes 0"',
        a=TableSide(table=OLD, source=Named("a")),
        b=TableSide(table=NEW, source=Named("b")),
        jobs=jobs,
        key=key,
        names=key or ("id", "n"),
        columns=("n", "at") if key else (),
        counts=TableDiff(name="t", added=1, removed=1, changed=1, unchanged=1),
    )
