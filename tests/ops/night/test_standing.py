"""Test how the database's state in the morning follows from this night and the nights before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from snap.errors import ServiceError, TargetError
from snap_ops.night.standing import with_standing
from snap_ops.record import Left, NightRecord
from snap_ops.step import StepContext
from tests.ops import nights
from tests.ops.night.bed import GOOD, RESET, SLOW, WRONG, Bed, Doubtful, Sql, drops

WELL = nights.morning(nights.good(0), "refreshed")
BROKEN = replace(nights.morning(nights.failed(1), "broken", WELL), rolled_back="")


def after(before: NightRecord | None, left: Left, *steps: Any, day: int = 2) -> NightRecord:
    record = nights.night(*steps, started=nights.FIRST + timedelta(days=day), left=left)
    return with_standing(record, before)


def bad(name: str, **given: Any) -> Any:
    return nights.step(name, state="failed", code=6, **given)


@pytest.mark.parametrize(
    ("before", "left", "steps", "usable"),
    [
        (None, "refreshed", (nights.step("restore"),), True),
        (BROKEN, "refreshed", (nights.step("restore"),), True),
        (None, "refreshed", (bad("health", findings=(SLOW, GOOD)),), True),
        (None, "refreshed", (bad("health", findings=(WRONG, GOOD)),), False),
        (WELL, "kept", (bad("health", findings=(WRONG,)),), False),
        (BROKEN, "kept", (nights.step("health", findings=(GOOD,)),), True),
        (WELL, "kept", (bad("start"),), True),
        (BROKEN, "kept", (bad("start"),), False),
        (BROKEN, "kept", (nights.step("repair"), bad("backup")), True),
        (BROKEN, "kept", (bad("repair"),), False),
        (BROKEN, "kept", (nights.step("repair", state="warned", warnings=("left as it is",)),), False),
        (None, "kept", (bad("start"),), None),
        (WELL, "put back", (bad("restore"),), True),
        (None, "put back", (bad("restore"),), True),
        (BROKEN, "put back", (bad("restore"),), False),
        (WELL, "broken", (bad("restore"), bad("put back")), False),
        (WELL, "", (bad("start"),), None),
    ],
)
def test_a_database_is_usable_as_far_as_that_is_known(
    before: NightRecord | None, left: Left, steps: tuple[Any, ...], usable: bool | None
) -> None:
    assert after(before, left, *steps).usable is usable


def test_the_last_good_night_is_remembered_beyond_the_records_that_are_kept() -> None:
    assert WELL.last_good == WELL.started
    record: NightRecord = WELL
    for day in range(1, 40):
        record = after(record, "put back", bad("restore"), day=day)
        assert record.last_good == WELL.started
    assert after(record, "kept", nights.step("health"), day=41).last_good == WELL.started, "it refreshed nothing"
    new = after(record, "refreshed", nights.step("restore"), day=42)
    assert new.last_good == new.started
    assert after(None, "broken", bad("restore")).last_good is None


def test_a_record_of_before_that_says_nothing_of_this_counts_by_how_it_went() -> None:
    assert after(nights.good(0), "kept", bad("start")).last_good == nights.good(0).started
    assert after(nights.good(0), "kept", bad("start")).usable is None


def refuse(_: StepContext) -> None:
    raise TargetError("a view depends on it")


def fail(_: StepContext) -> None:
    raise ServiceError("the bucket is away")


@pytest.mark.slow
def test_a_night_records_what_it_left_in_the_database(bed: Bed) -> None:
    health = Sql(name="health")
    for steps, left in (
        ((bed.backup, Doubtful(step=bed.restore, error=ServiceError("lost in the commit"))), "refreshed"),
        ((bed.backup, bed.restore, health), "refreshed"),
        ((bed.backup, bed.restore, Sql(name="storage", then=fail)), "refreshed"),
        ((bed.backup, Sql(name="reset", then=refuse), bed.restore), "kept"),
        ((bed.backup, health), "kept"),
        ((bed.backup, RESET, drops(), bed.restore), "put back"),
        ((Doubtful(step=bed.restore, error=ServiceError("lost in the commit")),), ""),
        ((drops(), bed.restore), "broken"),
    ):
        assert bed.night(*steps).left == left, left


@pytest.mark.slow
def test_a_night_that_does_not_begin_left_the_database_as_it_was(bed: Bed) -> None:
    def bug() -> Any:
        raise KeyError("a bug of ours")

    assert bed.night(bed.backup, resolve=bug).left == "kept"
