"""Test the charts of a report."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from snap_ops.report import plots


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False, min_value=0), min_size=1, max_size=20))
def test_lines_stay_within_their_box(values: list[float | None]) -> None:
    made = plots.spark(values, limit=3.0)
    numbers = [float(one) for one in re.findall(r"-?\d+\.\d+", made.line + made.dots + made.last)]
    assert all(0 <= one <= plots.WIDTH for one in numbers)
    assert bool(made.last) == any(value is not None for value in values)


@given(st.lists(st.floats(min_value=0, max_value=1e9), max_size=10))
def test_bars_lie_end_to_end_and_fill_the_chart(values: list[float]) -> None:
    laid = plots.bars([(str(i), value) for i, value in enumerate(values)], sum(values))
    ends = [(bar.x, bar.x + bar.width) for bar in laid]
    assert all(abs(end - start) < 0.01 for (_, end), (start, _) in zip(ends, ends[1:], strict=False))
    assert not ends or abs(ends[-1][1] - plots.WIDTH) < 0.05


def test_a_part_of_no_length_is_drawn_where_it_has_to_be_seen() -> None:
    laid = plots.bars([("backup", 2.0), ("start", 0.0), ("health", 0.0)], 2.0, shown={"start"})
    assert [(bar.name, bar.x, bar.width) for bar in laid] == [("backup", 0.0, 100.0), ("start", 100.0, 0.0)]
