"""Test sizes, durations and counts as text for people."""

from __future__ import annotations

import pytest

from snap import units


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (50_000_000, "50.0 MB"),
        (-2_500, "-2.5 kB"),
        (2.5e12, "2.5 TB"),
        (5 * 10**15, "5,000.0 TB"),
    ],
)
def test_sizes_are_decimal_as_limits_are(count: float, text: str) -> None:
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00 s"), (0.004, "0.00 s"), (0.123, "0.12 s"), (0.994, "0.99 s"), (0.996, "1.0 s"), (3.44, "3.4 s"),
     (59.94, "59.9 s"), (59.96, "1 min 00 s"), (125.0, "2 min 05 s"), (3_599.4, "59 min 59 s"),
     (3_599.6, "1 h 00 min"), (7_260, "2 h 01 min"), (360_000, "100 h 00 min")],
)  # fmt: skip
def test_durations_have_the_two_units_that_matter(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [(["a"], "a"), (["a", "b", "c"], "a, b, c"),
     ([*"abcde"], "a, b, c and 2 more"), ([*"abc"] * 500, "a, b, c and 1,497 more")],
)  # fmt: skip
def test_of_many_names_some_are_named(names: list[str], text: str) -> None:
    assert units.some(names) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (2_000, "2,000 rows")])
def test_a_count_agrees_with_its_noun(count: int, text: str) -> None:
    assert units.plural(count, "row") == text


@pytest.mark.parametrize(
    ("check", "value", "unit", "text"),
    [
        ("p95.search", 210.55, "ms", "210.6 ms"),
        ("p95.feed", 2.594, "ms", "2.594 ms"),
        ("p95.feed", 200.0, "ms", "200 ms"),
        ("size.database", 123_456_789, "bytes", "123.5 MB"),
        ("snapshot_bytes", 812, "bytes", "812 B"),
        ("cache.sql", 0.9, "share", "90 %"),
        ("cache.http", 0.6674, "share", "66.74 %"),
        ("rows.ship.Log book", 2_000, "rows", "2,000"),
        ("references.a.bytes_of", 3, None, "3"),
        ("p95.search", "unknown", "ms", "unknown"),
    ],
)
def test_a_check_tells_the_unit_of_its_value(check: str, value: float | str, unit: str | None, text: str) -> None:
    assert (units.unit_of(check), units.measured(check, value)) == (unit, text)


def test_a_text_that_is_too_long_ends_with_an_ellipsis() -> None:
    assert [units.shortened("abcd", most) for most in (5, 4, 3, 1)] == ["abcd", "abcd", "ab…", "…"]


def test_several_reasons_are_a_list_and_one_is_none() -> None:
    assert units.reasons("no", ["a"]) == "no: a"
    assert units.reasons("no", ["a", "b"]) == "no:\n- a\n- b"


def test_names_stand_together_by_their_cause() -> None:
    pairs = [("a", "is missing"), ("b", "was altered"), ("c", "is missing")]
    assert units.grouped(pairs) == ["is missing: a, c", "b was altered"]
    assert units.ungrouped(pairs) == ["a is missing", "b was altered", "c is missing"]
