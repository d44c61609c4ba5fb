"""Test that totals are found at every place in the nutrition function's answer."""

from __future__ import annotations

from typing import Any

import pytest

from snap_ops.health.totals import Totals, totals_of

GOOD = Totals(told=True)


@pytest.mark.parametrize(
    "document",
    [
        {"total": {"protein": 1, "fat": 2.5, "carbs": 0}},
        {"totals": {"protein_g": 1, "fat_g": 2, "carbs_g": 3, "saturated_fat_g": None}},
        {"data": {"nutrition": {"totalProtein": 1, "totalFat": 2, "totalCarbs": 3}}},
        {"total_protein": "12.5", "total_fat": "3 g", "total_carbohydrates": 1},
        {"total": {"protein": 1, "fat": 2, "carbs": 3}, "ingredients": [{"protein": None}]},
        {"total": {"protein": 1, "fat": 2, "carbs": 3}, "by_name": {"egg": {"protein": None}}},
    ],
)
def test_numbers_are_totals(document: dict[str, Any]) -> None:
    assert totals_of(document) == GOOD


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"total": {"protein": None, "fat": 1, "carbs": 1}}, "the total of protein is no number"),
        ({"total": {"protein": None, "fat": None, "carbs": 1}}, "the total of protein and fat is no number"),
        ({"total": {"protein": 1, "fat": float("nan"), "carbs": 1}}, "the total of fat is no number"),
        ({"total": {"protein": 1, "fat": 1, "carbs": "NaN"}}, "the total of carbs is no number"),
        ({"total": {"protein": 1, "fat": True, "carbs": 1}}, "the total of fat is no number"),
        ({"total": {"protein": 1, "fat": 1}}, "there is no total of carbs"),
        (
            {"total": {"carbs": None}},
            "the total of carbs is no number; there is no total of protein and fat",
        ),
    ],
)
def test_what_is_null_or_missing_is_said(document: dict[str, Any], problem: str) -> None:
    assert totals_of(document) == Totals(told=True, problem=problem)


@pytest.mark.parametrize("document", [{}, {"total": {}}, {"total": 7}, {"items": [{"protein": 1}]}, {"protein": {}}])
def test_an_answer_may_tell_no_totals(document: dict[str, Any]) -> None:
    assert totals_of(document) == Totals()
