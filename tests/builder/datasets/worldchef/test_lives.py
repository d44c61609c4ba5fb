"""Test the times of rows: changes lie in the row's life, deletions count as changes, and acts come bit by bit."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.datasets.worldchef import lives
from snap_builder.engine.calendar import DAY, HOUR, MINUTE
from tests.builder.datasets.worldchef.given_rows import GivenRows

AS_OF, NULL = GivenRows.as_of, GivenRows.NULL
ROWS = 4_000


def test_rows_take_part_until_they_are_deleted_or_until_as_of() -> None:
    rows = GivenRows(3, {"deleted_at": [NULL, AS_OF - DAY, 7]})
    assert lives.until(rows)["until"].tolist() == [AS_OF, AS_OF - DAY, 7]


@given(st.integers(0, 400 * DAY), st.integers(0, 400 * DAY), st.integers(0, 400 * DAY))
def test_a_change_lies_between_creation_and_the_earliest_end(age: int, one: int, other: int) -> None:
    created = AS_OF - age
    rows = GivenRows(50, {"created_at": created, "a": created + one, "b": created + other, "deleted_at": NULL})
    changed = lives.changed(100, "a", "b")(rows)["updated_at"]
    assert ((changed >= created) & (changed <= created + min(one, other))).all()


def test_an_end_before_creation_leaves_a_row_as_it_was() -> None:
    rows = GivenRows(50, {"created_at": AS_OF, "a": AS_OF - DAY, "deleted_at": NULL})
    assert (lives.changed(100, "a")(rows)["updated_at"] == AS_OF).all()


@pytest.mark.parametrize("percent", [0, 10, 55, 100])
def test_so_many_percent_are_changed(percent: int) -> None:
    rows = GivenRows(ROWS, {"created_at": AS_OF - 90 * DAY, "a": AS_OF, "deleted_at": NULL})
    changed = lives.changed(percent, "a")(rows)["updated_at"]
    assert abs((changed > AS_OF - 90 * DAY).mean() * 100 - percent) < 3


def test_a_deletion_is_the_last_change_where_there_is_one() -> None:
    said = {"created_at": AS_OF - 9 * DAY, "a": AS_OF - DAY, "deleted_at": [AS_OF - DAY, NULL]}
    deleted, kept = lives.changed(100, "a")(GivenRows(2, said))["updated_at"].tolist()
    assert deleted == AS_OF - DAY
    assert kept < AS_OF - DAY
    del said["deleted_at"]
    assert (lives.changed(0, "a", deleted=False)(GivenRows(2, said))["updated_at"] == AS_OF - 9 * DAY).all()


def _recipes(status: str, published: int, deleted: int = NULL) -> GivenRows:
    said = {"created_at": AS_OF - 90 * DAY, "published_at": published, "deleted_at": deleted, "author.until": AS_OF}
    return GivenRows(ROWS, {**said, "status": status})


@pytest.mark.parametrize("status", ["archived", "admin_removed"])
def test_who_takes_a_recipe_back_changes_it(status: str) -> None:
    made = lives.recipe(_recipes(status, AS_OF - 30 * DAY))
    assert (made["updated_at"] > AS_OF - 30 * DAY).all()
    assert (made["version"] > 1).all()


def test_a_recipe_that_is_as_it_was_published_is_of_version_one() -> None:
    made = lives.recipe(_recipes("published", AS_OF - 30 * DAY))
    same = made["updated_at"] == AS_OF - 30 * DAY
    assert 0.3 < same.mean() < 0.5
    assert set(made["version"][same].tolist()) == {1}
    assert set(made["version"][~same].tolist()) == {2, 3, 4, 5}


@pytest.mark.parametrize("published", [NULL, AS_OF + 8 * DAY])
def test_a_draft_changes_before_as_of_whatever_it_is_scheduled_for(published: int) -> None:
    made = lives.recipe(_recipes("draft", published))
    assert (made["updated_at"] >= AS_OF - 90 * DAY).all()
    assert (made["updated_at"] <= AS_OF).all()


def test_a_deleted_recipe_was_changed_last_by_that() -> None:
    assert (lives.recipe(_recipes("published", AS_OF - 30 * DAY, AS_OF - DAY))["updated_at"] == AS_OF - DAY).all()


def test_nobody_has_cooked_a_recipe_before_it_was_read_prepared_and_cooked() -> None:
    rows = GivenRows(2, {"published_at": [AS_OF, NULL], "prep_minutes": 20, "cook_minutes": 45})
    assert lives.cookable(rows)["cookable_at"].tolist() == [AS_OF + HOUR + 65 * MINUTE, NULL]


def test_positions_count_on_from_one_but_for_the_gap() -> None:
    rows = GivenRows(8, {"place": [1, 2, 3, 4, 1, 2, 3, 4], "collection.gap_after": [NULL] * 4 + [2] * 4})
    assert lives.positions(rows)["position"].tolist() == [1, 2, 3, 4, 1, 2, 4, 5]


def test_any_cut_gives_the_same_changes() -> None:
    said = {"created_at": AS_OF - 90 * DAY, "a": AS_OF, "deleted_at": NULL}
    whole = lives.changed(55, "a")(GivenRows(100, said))["updated_at"]
    parts = [
        lives.changed(55, "a")(GivenRows(stop, said, start=start))["updated_at"] for start, stop in ((0, 37), (37, 100))
    ]
    assert np.concatenate(parts).tolist() == whole.tolist()


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 999)), min_size=2, max_size=6, unique_by=lambda p: p[0])
)
def test_numbers_between_points_lie_on_the_lines_rounded_down(points: list[tuple[int, int]]) -> None:
    rising = tuple(zip(sorted(x for x, _ in points), sorted(y for _, y in points), strict=True))
    values = np.arange(-600, 601, 7)
    found = dict(zip(values.tolist(), lives.between(rising, values).tolist(), strict=True))
    for value, result in found.items():
        at = min(max(value, rising[0][0]), rising[-1][0])
        (x, y), (further, higher) = next(
            (low, high) for low, high in zip(rising, rising[1:], strict=False) if low[0] <= at <= high[0]
        )
        assert result == floor(y + Fraction((higher - y) * (at - x), further - x))


def test_nobody_has_found_what_is_new_and_all_have_found_what_is_old() -> None:
    rows = GivenRows(4)
    found = lives.found(rows, np.array([NULL, AS_OF, AS_OF - 30 * DAY, AS_OF - 400 * DAY]))
    assert found.tolist()[:2] == [0, 0]
    assert found.tolist()[3] == 1000
    assert 0 < found[2] < 1000
