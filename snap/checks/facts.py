"""What rules can query: the snapshot's tables, the dataset's reference tables, the as-of date and the enum labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from snap.checks.answers import Failure, attempt
from snap.checks.rules import RuleSet, Statement
from snap.duck import Views, literal, open_views
from snap.manifest import TableData
from snap.schema import Enum

Limits: TypeAlias = tuple[int | None, ...]  # limits of DuckDB's memory in bytes, tried in this order


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A dataset's rules, the folder of a snapshot's files, its enums, and its as-of date (None for a capture)."""

    rules: RuleSet
    folder: Path
    enums: tuple[Enum, ...]
    as_of: str | None

    @contextmanager
    def open(
        self,
        tables: Sequence[TableData],
        *,
        memory: int | None,
        saved: Mapping[str, Sequence[Path]] | None = None,
        later: Iterable[Path] = (),
        saves: Path | None = None,
    ) -> Iterator[Views]:
        """Open DuckDB views of some tables for rules, with the options of open_views.

        Rules may use getvariable('as_of'), NULL for a captured snapshot, and table enum_labels(enum, label).
        """
        as_of = "NULL" if self.as_of is None else literal(str(date.fromisoformat(self.as_of)))
        labels = [(enum.name, label) for enum in self.enums for label in enum.labels]
        columns = {"enum": [name for name, _ in labels], "label": [label for _, label in labels]}
        schema = pa.schema({"enum": pa.string(), "label": pa.string()})
        with open_views(
            tables, self.folder, self.rules.references, memory=memory, saved=saved, later=later, saves=saves
        ) as views:
            views.execute(f"SET VARIABLE as_of = {as_of}::TIMESTAMPTZ")
            views.register("enum_labels", pa.table(columns, schema=schema))
            yield views


def make(views: Views, statements: Iterable[Statement]) -> dict[str, Failure]:
    """Run each statement once and return the failures by name. Rules that use a failed statement will fail too."""
    failed = {}
    for statement in dict.fromkeys(statements):
        result = attempt(views.execute, statement.sql)
        if isinstance(result, Failure):
            failed[statement.name] = result
    return failed
