"""Test the nutrition function's cache rates in every format of numbers."""

from __future__ import annotations

from typing import Any

import pytest

from snap_ops.health.rates import counted, share_of


@pytest.mark.parametrize(
    ("rate", "share"),
    [
        ("100.0%", 1.0), ("93.3%", 0.933), ("93.3 %", 0.933), ("0%", 0.0), ("1%", 0.01), ("93,3%", 0.933),
        (93.3, 0.933), (100, 1.0), (0.933, 0.933), (1, 1.0), (0, 0.0), ("0.933", 0.933), (" 93.3 ", 0.933),
    ],
)  # fmt: skip
def test_a_rate_is_a_number_a_percentage_or_a_text(rate: Any, share: float) -> None:
    assert share_of(rate) == pytest.approx(share)


@pytest.mark.parametrize(
    "rate", ["", "%", "all", "-1%", "101%", "1e3", "nan", 101, -0.1, float("nan"), float("inf"), True, None, [1], {}]
)
def test_what_is_no_rate_is_none(rate: Any) -> None:
    assert share_of(rate) is None


@pytest.mark.parametrize(
    ("performance", "result"),
    [
        ({"hits": 14, "misses": 1, "hit_rate": "93.3%"}, (14, 1)),
        ({"hits": 14, "misses": 1}, (14, 1)),
        ({"hits": 14, "misses": 1, "hit_rate": None}, (14, 1)),
        ({"hits": "14", "misses": 1.0, "hit_rate": "n/a"}, (14, 1)),
        ({"hit_rate": "80%"}, (8, 2)),
        ({"hit_rate": 0.8}, (8, 2)),
        ({"hit_rate": "n/a"}, "hit_rate of cache_performance is no share"),
        ({"hits": -1, "misses": 1, "hit_rate": 1}, "cache_performance lacks hits and misses, or they are no counts"),
        ({"hits": 1, "hit_rate": 1}, "cache_performance lacks hits and misses, or they are no counts"),
        ({}, "cache_performance lacks hits and misses, or they are no counts"),
        (None, "the answer has no cache_performance"),
    ],
)
def test_hits_and_misses_count_before_the_rate(performance: Any, result: Any) -> None:
    assert counted(performance, 10) == (pytest.approx(result) if isinstance(result, tuple) else result)
