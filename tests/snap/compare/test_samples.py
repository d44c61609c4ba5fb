"""Test, as text for DuckDB, which rows are shown; tests of the comparison run it."""

from __future__ import annotations

from snap.compare.model import Kind
from snap.compare.samples import _pick
from tests.cases.row_changes import changes
from tests.goldens import require_golden_sql


def test_the_first_rows_of_each_kind() -> None:
    keyed, bag = changes(("id", "Group"), ()), changes((), ())
    cases = {f"by key, {kind}": _pick(keyed, kind, 3) for kind in Kind}
    require_golden_sql("compare_samples.sql", cases | {"whole rows that went": _pick(bag, Kind.REMOVED, 1)})
