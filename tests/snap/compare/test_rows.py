"""Test, as text, the SQL of a comparison; test_engine runs it."""

from __future__ import annotations

from snap.compare.blocks import Job
from snap.compare.model import Kind
from snap.compare.rows import _counted, _joined, any_of
from tests.cases.row_changes import DUCK, NEW, OLD, Named, changes
from tests.goldens import require_golden_sql


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
