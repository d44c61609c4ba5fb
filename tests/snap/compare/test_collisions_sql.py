"""Test, as text for DuckDB, the comparison of two sides' changes to the same rows; tests of collisions run it."""

from __future__ import annotations

from dataclasses import replace

from snap.compare.blocks import Job
from snap.compare.collisions import _by_kind, _by_value, _met
from tests.cases.row_changes import Named, changes
from tests.goldens import require_golden_sql


def test_rows_that_both_sides_name() -> None:
    version = changes(("id", "Group"), (Job(a=Named("a"), b=Named("v"), columns=("n", "at")),))
    database = replace(
        changes(("id", "Group"), (Job(a=Named("a"), b=Named("d"), columns=("n",)),)),
        relation='"changes 1"',
        columns=("n",),
    )
    shared = ("n", "at")
    require_golden_sql(
        "compare_collisions.sql",
        {
            "met": _met(version, database, shared),
            "one removed, the other changed": _by_kind("met", shared),
            "both changed or added": _by_value(version, database, "met", shared),
            "no column in common": _by_value(version, database, "met", ()),
        },
    )
