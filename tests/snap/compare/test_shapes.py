"""Test the similarity of shapes: 1 for equal ones, less for each part that differs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.compare.shapes import fit
from snap.shapes import ColumnShape, ReferenceShape, Shapes, TableShape


def column(name: str = "a", **given: object) -> ColumnShape:
    return ColumnShape(**({"name": name, "nulls": 0.0, "distinct": 10.0, "width": 4} | given))  # type: ignore[arg-type]


def shapes(*columns: ColumnShape, rows: int = 1_000, references: tuple[ReferenceShape, ...] = ()) -> Shapes:
    return Shapes(tables=(TableShape(label="t", rows=rows, columns=columns, references=references),))


def parts(a: ColumnShape, b: ColumnShape, *, rows: int = 1_000) -> dict[str, float]:
    (compared,) = fit(shapes(a), shapes(b, rows=rows)).columns
    return dict(compared.parts)


quantiles = st.lists(st.integers(-999, 999), min_size=2, max_size=17).map(lambda n: tuple(map(str, sorted(n))))
columns = st.builds(
    column,
    nulls=st.sampled_from((0.0, 0.25, 1.0)),
    distinct=st.floats(0, 1_000),
    width=st.integers(0, 90),
    quantiles=st.one_of(st.just(()), quantiles),
    shares=st.sampled_from(((), (("x", 0.5), ("y", 0.5)), (("z", 1.0),))),
    frequencies=st.lists(st.floats(0, 0.1), max_size=10).map(tuple),
)


@given(columns, columns, st.integers(1, 9_999))
def test_every_score_lies_between_0_and_1_and_the_same_shape_has_1(a: ColumnShape, b: ColumnShape, rows: int) -> None:
    assert all(0 <= score <= 1 for score in parts(a, b, rows=rows).values())
    assert parts(a, a) == pytest.approx(dict.fromkeys(parts(a, a), 1))


@pytest.mark.parametrize(
    ("a", "b", "part", "score"),
    [
        (column(nulls=0.25), column(nulls=0.75), "nulls", 0.5),
        (column(distinct=100.0), column(distinct=25.0), "distinct", 0.25),
        (column(shares=(("x", 0.5), ("y", 0.5))), column(shares=(("x", 0.75), ("z", 0.25))), "values", 0.5),
        (column(quantiles=("0", "100")), column(quantiles=("10", "60", "110")), "values", 0.9),
        (
            column(quantiles=("2026-01-01", "2026-01-11")),
            column(quantiles=("2026-01-06", "2026-01-16 00:00")),
            "values",
            0.5,
        ),
        (column(quantiles=("2026-01-01", "2026-01-01")), column(quantiles=("2026-01-01 12:00",) * 3), "values", 0.5),
        (column(quantiles=("5", "5")), column(quantiles=("5", "6")), "values", 0.0),
        (column(frequencies=(0.5, 0.5)), column(frequencies=(0.5,), width=2), "values", 0.625),
    ],
)
def test_each_part_says_how_far_it_is_off(a: ColumnShape, b: ColumnShape, part: str, score: float) -> None:
    assert parts(a, b)[part] == pytest.approx(score)


def test_a_smaller_version_keeps_the_number_of_values_or_their_share_of_the_rows() -> None:
    assert parts(column(distinct=1_000.0), column(distinct=100.0), rows=100)["distinct"] == 1
    assert parts(column(distinct=5.0), column(distinct=5.0), rows=100)["distinct"] == 1


def test_rows_a_parent_and_parents_without_any_are_one_part() -> None:
    few = ReferenceShape(columns=("a",), parent="t", parents=500, rows=(1,) * 101)
    many = replace(few, parents=1_000, rows=(2,) * 101)
    (compared,) = fit(shapes(column(), references=(few,)), shapes(column(), references=(many,))).columns
    assert dict(compared.parts)["fanout"] == 0.5


def test_the_worst_column_comes_first_and_the_whole_is_their_mean() -> None:
    compared = fit(
        shapes(column("a"), column("b", nulls=0.6), column("c")),
        shapes(column("a"), column("b"), column("c", width=2), column("new")),
    )
    assert [each.column for each in compared.columns] == ["b", "c", "a"]
    assert compared.missed == ("t.new",)
    assert compared.score == pytest.approx(sum(each.score for each in compared.columns) / 3)


def test_without_a_column_on_both_sides_there_is_no_score() -> None:
    assert fit(shapes(), shapes(column())).score is None
    assert fit(shapes(column(), rows=0), shapes(column())).missed == ("t.a",)
