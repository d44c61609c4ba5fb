"""Test reading differing rows from facts of any form."""

from __future__ import annotations

from typing import Any

import pytest

from snap_ops.report.samples import SampleRow, samples
from tests.ops import nights


def read(given: Any) -> Any:
    return samples(nights.night(nights.step("diff", facts={"samples": given})))


def test_rows_are_read_with_keys_and_columns() -> None:
    rows = dict(read(nights.SAMPLES))
    assert rows["recipe_likes"][0] == SampleRow(change="added", key="user_id 17, recipe_id 2031", columns="")
    assert rows["recipes"] == (SampleRow(change="changed", key="id 12", columns="title, description, updated_at"),)
    assert rows["newsletter"] == (SampleRow(change="added", key="", columns=""),)


def test_values_stand_beside_their_columns() -> None:
    [(_, [row])] = read({"t": [{"change": "changed", "key": {"id": 1}, "values": {"a": [None, True], "b": ["x", 2]}}]})
    assert row.columns == "a NULL → True, b x → 2"


@pytest.mark.parametrize("given", [None, 3, "x", [], {"t": 3}, {"t": [3, None]}, {"t": []}, [{"t": []}]])
def test_facts_of_another_form_are_no_rows(given: Any) -> None:
    assert read(given) == []


def test_what_is_odd_within_a_row_is_a_text() -> None:
    [(_, [row])] = read({"t": [{"change": 3, "key": ["a"], "columns": {"a": 1}, "values": {"a": 3, "b": [[1], {}]}}]})
    assert row == SampleRow(change="3", key="", columns="a , b [1] → {}")
