"""Test the overview of a column: every type, NULLs, infinite values, ties, and texts that are too long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from snap.duck import open_views, with_distinct_names
from snap.overview import ColumnOverview, Frequent
from snap.overview.columns import BINS, column_overviews
from tests.cases.snapshots import snapshot, table
from tests.cases.values import LISTS, TYPES


def held(folder: Path, pg: str, values: list[Any]) -> ColumnOverview:
    shot = snapshot(folder, [(table("t", ("order", pg)), [(value,) for value in values])], "")
    (data,) = with_distinct_names(shot.manifest.tables)
    with open_views([data], shot.folder) as views:
        (column,) = column_overviews(views, data, shot.manifest.tables[0].table)
    return column


@pytest.mark.parametrize("pg", [*TYPES, *LISTS, "citext", "inet", "tsrange"])
def test_a_column_of_any_type_is_described(tmp_path: Path, pg: str) -> None:
    values = (TYPES | LISTS).get(pg, ["a", "b"])
    found = held(tmp_path, pg, [*values, *values, None])
    assert found.nulls == 1
    assert 1 < found.distinct <= len(values)
    assert all(each.rows > 1 for each in found.frequent)
    assert all(len(each.value) <= 60 for each in found.frequent)
    if found.histogram is not None:
        assert 0 < sum(found.histogram.rows) <= 2 * len(values)


def test_a_column_without_a_row_has_no_values(tmp_path: Path) -> None:
    found = held(tmp_path, "integer", [])
    assert (found.nulls, found.distinct, found.once, found.frequent, found.histogram) == (0, 0, 0, (), None)


def test_the_most_frequent_values_come_first_and_of_equals_the_least(tmp_path: Path) -> None:
    found = held(tmp_path, "text", [*"ccbbaaazyxw", "e", "e", "d", "d", "f", "f"])
    assert found.frequent == (
        Frequent(value="a", rows=3), *(Frequent(value=value, rows=2) for value in "bcde")
    )  # fmt: skip
    assert (found.distinct, found.once) == (10, 4)


def test_values_that_no_other_row_holds_are_not_frequent(tmp_path: Path) -> None:
    found = held(tmp_path, "text", ["a", "b", "c", None, None])
    assert (found.frequent, found.once) == ((), 3)


def test_long_texts_that_begin_alike_are_counted_apart_and_shown_short(tmp_path: Path) -> None:
    found = held(tmp_path, "text", ["é" * 70 + end for end in "aab"])
    assert found.distinct == 2
    assert found.frequent == (Frequent(value="é" * 59 + "…", rows=2),)


def test_a_text_of_just_the_length_is_whole(tmp_path: Path) -> None:
    assert held(tmp_path, "text", ["x" * 60] * 2).frequent == (Frequent(value="x" * 60, rows=2),)


def test_few_whole_numbers_have_a_bar_each(tmp_path: Path) -> None:
    histogram = held(tmp_path, "smallint", [1, 1, 5, None, 3, 5, 5]).histogram
    assert histogram is not None
    assert (histogram.rows, histogram.low, histogram.high) == ((2, 0, 1, 0, 3), "1", "5")


def test_many_numbers_fall_into_bars_of_the_same_width(tmp_path: Path) -> None:
    histogram = held(tmp_path, "double precision", [number / 4 for number in range(400)]).histogram
    assert histogram is not None
    assert len(histogram.rows) == BINS
    assert sum(histogram.rows) == 400
    assert max(histogram.rows) - min(histogram.rows) <= 1


def test_infinite_values_and_null_stand_in_no_bar(tmp_path: Path) -> None:
    histogram = held(tmp_path, "real", [float("inf"), float("-inf"), float("nan"), 1.0, 2.0, None]).histogram
    assert histogram is not None
    assert (sum(histogram.rows), histogram.low, histogram.high) == (2, "1.0", "2.0")


def test_a_range_that_no_number_holds_is_not_drawn(tmp_path: Path) -> None:
    assert held(tmp_path, "double precision", [-1.7e308, 1.7e308]).histogram is None


def test_one_value_alone_is_no_histogram(tmp_path: Path) -> None:
    assert held(tmp_path, "integer", [7, 7, 7]).histogram is None


def test_moments_are_drawn(tmp_path: Path) -> None:
    histogram = held(tmp_path, "date", [0, 1, 19, 20]).histogram
    assert histogram is not None
    assert (sum(histogram.rows), histogram.low, histogram.high) == (4, "1970-01-01", "1970-01-21")


def test_a_column_may_be_called_as_a_name_of_our_own_sql(tmp_path: Path) -> None:
    names = ("number", "value", "compared", "once", "t")
    shot = snapshot(tmp_path, [(table("t", *((name, "text") for name in names)), [(end,) * 5 for end in "baa"])], "")
    (data,) = shot.manifest.tables
    with open_views([data], shot.folder) as views:
        columns = column_overviews(views, data, data.table)
    assert [(each.frequent, each.once) for each in columns] == [((Frequent(value="a", rows=2),), 1)] * len(names)
