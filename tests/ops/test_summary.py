"""Test the texts and numbers that summarise a night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_ops import summary
from tests.ops import nights


@pytest.mark.parametrize(
    ("record", "tone", "headline"),
    [
        (nights.good(), "good", "All went well"),
        (nights.failed(), "failed", "Failed at restore, and the database was put back"),
        (nights.slow(), "failed", "Failed at health"),
        (
            nights.night(*(nights.step(name, state="failed") for name in ("migrate", "put back", "end"))),
            "failed",
            "Failed at migrate, and the database could not be put back",
        ),
        (nights.night(nights.step("repair", state="failed")), "failed", "Failed at repair"),
        (nights.night(nights.step("end", state="failed")), "failed", "Failed at end"),
        (nights.night(nights.step("a", warnings=("w", "v"), state="warned")), "warned", "Done, with 2 warnings"),
        (nights.night(nights.step("a", state="warned")), "warned", "Done, with 1 warning"),
        (
            nights.night(nights.step("a", warnings=("w",), findings=(nights.finding("x", 1, 0, ok=False),))),
            "warned",
            "Done, with 1 warning and 1 check not met",
        ),
        (nights.night(nights.step("a"), rolled_back="SIGTERM"), "failed", "The database was put back"),
        (
            nights.night(*(nights.step(name, state="failed") for name in "abc")),
            "failed",
            "Failed at a, b and c",
        ),
        (nights.night(), "good", "All went well"),
    ],
)
def test_the_verdict_names_what_failed_first(record: Any, tone: str, headline: str) -> None:
    assert summary.verdict(record) == summary.Verdict(tone=tone, headline=headline)  # type: ignore[arg-type]


WELL = nights.morning(nights.good(0), "refreshed")
UNDONE = nights.step("put back", state="failed", hint="snap backup restore ID")


@pytest.mark.parametrize(
    ("record", "tone", "headline", "last_good", "advice"),
    [
        (WELL, "good", "Staging is usable, refreshed this night", "this one", "nothing"),
        (
            nights.morning(nights.failed(3), "put back", WELL),
            "warned",
            "Staging is usable, with the data from before this night",
            "Mon 9 Nov 2026, 3 nights ago",
            "capture or build a version that has the new column, or undo the migration",
        ),
        (
            nights.morning(nights.slow(1), "refreshed", WELL),
            "warned",
            "Staging is usable and refreshed",
            "Mon 9 Nov 2026, 1 night ago",
            "look at the query's plan: snap health --json",
        ),
        (
            nights.morning(nights.night(*nights.failed(3).steps, UNDONE, started=WELL.started), "broken"),
            "failed",
            "Staging is not usable",
            "",
            "snap backup restore ID",
        ),
        (
            nights.morning(nights.night(nights.step("start", state="failed")), "kept", WELL),
            "warned",
            "Staging was not touched; it was usable when last checked",
            "this one",
            "look at the step start",
        ),
        (
            nights.morning(nights.night(nights.step("start", state="failed")), "kept"),
            "failed",
            "Staging was not touched",
            "",
            "look at the step start",
        ),
        (
            nights.morning(nights.night(nights.step("backup", state="failed")), "kept", WELL),
            "warned",
            "Staging is usable, but not refreshed",
            "this one",
            "look at the step backup",
        ),
        (
            nights.morning(nights.night(nights.step("backup", state="failed")), "kept"),
            "failed",
            "Staging was left as it was",
            "",
            "look at the step backup",
        ),
        (
            nights.morning(nights.night(nights.step("health"), started=WELL.started), "kept", WELL),
            "good",
            "Staging is usable, and was left as it was",
            "this one",
            "nothing",
        ),
        (
            nights.morning(nights.night(nights.step("a", warnings=("w",), state="warned")), "refreshed"),
            "warned",
            "Staging is usable, refreshed this night",
            "this one",
            "look at the warnings",
        ),
        (nights.failed(), "failed", "Failed at restore, and the database was put back", "",
         "capture or build a version that has the new column, or undo the migration"),
    ],
)  # fmt: skip
def test_the_first_line_says_whether_people_can_work_since_when_and_what_to_do(
    record: Any, tone: Any, headline: str, last_good: str, advice: str
) -> None:
    standing = summary.Standing(tone=tone, headline=headline, last_good=last_good, advice=advice)
    assert summary.standing(record) == standing


def test_changes_are_summed_the_most_first_without_equal_tables() -> None:
    found = summary.changed_tables(nights.good())
    assert found is not None
    assert [(table.name, table.total, table.words) for table in found] == [
        ("recipe_likes", 495, "492 added and 3 removed"),
        ("recipes", 214, "214 changed"),
    ]
    assert summary.changed_tables(nights.failed()) is None
    assert summary.changed_tables(nights.good(changes={"a": {"added": 0}})) == []


def test_changes_of_a_foreign_record_count_as_none() -> None:
    assert summary.changed_tables(nights.good(changes={"a": {"added": "7", "removed": True, "changed": 2.5}})) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("database_bytes", 38_400_000, "38.4 MB"),
        ("p95_ms.search", 312.44, "312 ms"),
        ("p95_ms.search", 3.14159, "3.1 ms"),
        ("http.seconds", 61, "1 min 01 s"),
        ("cache_hit_rate", 0.943, "94.3 %"),
        ("percent", 12.5, "12.5 %"),
        ("rows.users", 1_200, "1,200"),
        ("mass", 3, "3"),
        ("ok", True, "yes"),
        ("x", None, "none"),
        ("x", [], "none"),
        ("removed", ["a", "b"], "a, b"),
        ("p95_ms", {"feed": 3, "search": 4.5}, "feed 3 ms, search 4.5 ms"),
        ("x", float("nan"), "nan"),
        ("bytes", float("inf"), "inf"),
        ("x", 0.1 + 0.2, "0.3"),
    ],
)
def test_values_have_the_unit_that_their_name_says(name: str, value: Any, said: str) -> None:
    assert summary.quantity(name, value) == said


@pytest.mark.parametrize(
    ("check", "value", "said"),
    [
        ("p95.feed", 312.4, "312 ms"),
        ("size.database", 50_000_000, "50.0 MB"),
        ("cache.sql", 0.6674, "66.74 %"),
        ("rows.users", 2_500, "2,500"),
        ("ledger", "v1", "v1"),
    ],
)
def test_values_of_checks_have_the_unit_that_the_check_tells(check: str, value: float | str, said: str) -> None:
    assert summary.measured(check, value) == said


def test_moments_and_days_are_utc() -> None:
    when = datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert summary.moment(when) == "2026-11-22 23:30:00 UTC"
    assert summary.day(when) == "Sun 22 Nov 2026"
    assert summary.day(datetime(2027, 1, 1, tzinfo=UTC)) == "Fri 1 Jan 2027"


@given(st.text(alphabet=st.characters()))
def test_clean_texts_can_be_encoded_and_hold_nothing_that_is_obeyed(text: str) -> None:
    made = summary.clean(text)
    made.encode()
    assert not set(made) & {"\x00", "\x1b", "\u202e", "\u2066", "\x85"}
    assert len(made) == len(text)


@pytest.mark.slow
@given(st.text(), st.integers(1, 50))
def test_shortened_texts_fit(text: str, most: int) -> None:
    made = summary.shortened(text, most)
    assert len(made) <= most
    assert made == text or made.endswith("…")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://app@staging.example.com:5432/worldchef?sslmode=require", "worldchef on staging.example.com"),
        ("postgres://[::1]:5432/a%20b", "a b on [::1]"),
        ("host=/tmp dbname=app", "host=/tmp dbname=app"),
    ],
)
def test_a_heading_names_the_database_and_its_host(url: str, place: str) -> None:
    assert summary.place(url) == place
