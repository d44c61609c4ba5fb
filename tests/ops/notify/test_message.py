"""Test the message about a night, before it gets the markup of a service."""

from __future__ import annotations

from typing import Any

from snap_ops.notify.message import message
from tests.ops import nights


def part(record: Any, title: str) -> tuple[list[str], int] | None:
    for found in message(record).parts:
        if found.title.startswith(title):
            return [f"{line.name} {line.text}".strip() for line in found.lines], found.left
    return None


def test_what_the_night_removed_is_told_with_the_backup_that_holds_it() -> None:
    assert part(nights.lossy(), "Removed by the night") == (
        [
            "public.feedback 500 rows",
            "public.profiles 39 of 40 rows",
            "table scratch (schema public)",
            "backup 20261123T030004Z-1a2b3c4d5e6f holds what is gone",
        ],
        0,
    )
    assert part(nights.lossy(), "Since the night before") == (["no row differs in the snapshot's tables"], 0)
    assert part(nights.lossy(), "Checks not met") == (
        ["kept.triggers 0, limit 1 (missing: trigger on_signup on auth.users)"],
        0,
    )
    assert part(nights.good(), "Removed by the night") is None


def test_of_many_tables_the_largest_losses_are_told_and_the_rest_is_counted() -> None:
    lost = {"app": {f"t{i:03}": {"before": i, "after": 0, "lost": i} for i in range(1, 101)}}
    told = part(nights.night(nights.step("losses", facts={"lost": lost, "gone": {}, "backup": None})), "Removed")
    assert told is not None
    lines, left = told
    assert (lines[0], lines[-1], left) == ("app.t100 100 rows", "no backup of the night holds what is gone", 88)


def test_a_foreign_record_of_losses_is_none() -> None:
    for facts in ({"lost": 3, "gone": "x"}, {"lost": {"a": {"b": 3}}, "gone": {"a": 3}}, {"lost": {"a": [1]}}):
        assert part(nights.night(nights.step("losses", facts=facts)), "Removed") is None
