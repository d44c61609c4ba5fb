"""Test the content of the small charts."""

from __future__ import annotations

from dataclasses import replace

from snap_ops.report import trends
from tests.ops import nights


def test_the_database_and_its_backups_have_sizes_with_limits() -> None:
    database, backup = trends.sizes([nights.good(0), nights.good(1)])
    assert (database.name, database.value, database.note) == ("database", "38.5 MB", "+90.0 kB, limit 50.0 MB")
    assert (backup.name, backup.value, backup.note, backup.over) == ("backup", "9.8 MB", "+23.0 kB", False)
    assert backup.title == "Size of backup: 9.8 MB, 9.8 MB"


def test_a_night_that_failed_early_shows_the_sizes_of_earlier_ones() -> None:
    database, backup = trends.sizes([nights.good(0), nights.failed(1)])
    assert (database.value, database.note) == ("–", "not measured")
    assert backup.note == "+23.0 kB"
    assert [trend.name for trend in trends.sizes([nights.night(nights.step("start"))])] == []


def test_a_size_beyond_its_limit_is_over_it() -> None:
    last = nights.good(1)
    large = nights.finding("size.database", 51_000_000, 50_000_000, ok=False)
    over = replace(last, steps=(replace(last.steps[-1], findings=(large,)),))
    [database, _] = trends.sizes([nights.good(0), over])
    assert (database.over, database.value) == (True, "51.0 MB")


def test_rows_that_never_moved_are_known() -> None:
    moving = {trend.name: trend.moves for trend in trends.volumes([nights.good(0), nights.failed(1), nights.good(2)])}
    assert moving == {name: rows > 5_000 for name, rows in nights.TABLES.items()}
    assert not any(trend.moves for trend in trends.volumes([nights.good(0)]))
