"""The SQL of a comparison, as text; test_engine runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from snap.compare.blocks import Job
from snap.compare.model import Kind, TableDiff
from snap.compare.rows import RowChanges, _counted, _joined, any_of
from snap.compare.side import TableSide
from tests.cases.diffs import table
from tests.goldens import require_golden_sql

OLD = table("t", {"id": "integer", "Group": "text", "n": "integer", "at": "interval"}, key=["id", "Group"])
NEW = table("t", {"id": "bigint", "Group": "text", "n": "numeric(11,2)", "at": "interval"}, key=["id", "Group"])
DUCK = cast(Any, None)  # what makes these texts asks it for nothing


@dataclass(frozen=True)
class Named:
    """Rows of a relation that DuckDB knows by name."""

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


def test_what_differs_and_its_rows() -> None:
    key, compared = ("id", "Group"), ("n", "at")
    job = Job(a=Named("a"), b=Named("b"), columns=compared)
    same = Job(a=Named("a2"), b=Named("b2"), columns=("n",), same_keys=True)
    keyed, bag = changes(key, (job, same)), changes((), (job,))
    require_golden_sql(
        "compare_rows.sql",
        {
            "by key": _joined(DUCK, job, OLD, NEW, key, compared, narrow=False),
            "by key, long values as their hash": _joined(DUCK, job, OLD, NEW, key, compared, narrow=True),
            "one of two columns": _joined(DUCK, same, OLD, NEW, key, compared, narrow=False),
            "whole rows": _counted(DUCK, (job,), OLD, NEW, compared),
            "added rows": keyed.select_rows("picked", Kind.ADDED, "b", ("n",)),
            "changed rows with a tag": keyed.select_rows("picked", Kind.CHANGED, "a", ("at", "n"), tag="p.n"),
            "whole rows that went": bag.select_rows("picked", Kind.REMOVED, "a", ("at",)),
        },
    )


def test_many_terms_are_a_balanced_tree() -> None:
    text = any_of([str(i) for i in range(1600)])
    depth = deepest = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        deepest = max(deepest, depth)
    assert deepest < 10
    assert text.count(" OR ") == 1599
