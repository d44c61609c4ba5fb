"""Test bookings of one resource: they do not overlap, keep to the turns of the period, and stay when a build grows."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, booking, during, ref, zipf
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

MOMENT = "timestamp with time zone?"
SCHEMA = Schema(
    tables=(
        Table(name="rooms", columns=columns("id bigint"), primary_key=("id",)),
        Table(
            name="stays",
            columns=columns("id bigint", "room_id bigint?", f"begins {MOMENT}", f"ends {MOMENT}"),
            primary_key=("id",),
            foreign_keys=(key("room_id", "rooms"),),
        ),
    ),
    enums=(),
    sql="",
)
YEAR = during("-1y")


def stays(scale=1, *, count=300, none=0, **how):
    words = {
        "room_id": ref("rooms", fanout=zipf("1.2"), none=none),
        "begins": booking("room_id", **{"ends": "ends", "period": YEAR, "lasts": ("15m", "50m"), "every": "1h", **how}),
    }
    declared = Dataset(tables=(Declared("rooms", 20), Declared("stays", count, words)))
    return built(declared, scale, SCHEMA)["stays"].to_pylist()


@examples(5, 40)
@given(st.sampled_from(("1h", "2h", "6h")), st.sampled_from((0, 25)), st.sampled_from((1, 2, 3)))
def test_no_room_is_booked_twice_at_a_time(every, none, scale):
    rows = stays(scale, every=every, none=none)
    by_room: dict[int, list] = {}
    for row in rows:
        if row["room_id"] is None:
            assert (row["begins"], row["ends"]) == (None, None)
        else:
            assert timedelta(minutes=15) <= row["ends"] - row["begins"] <= timedelta(minutes=50)
            by_room.setdefault(row["room_id"], []).append((row["begins"], row["ends"]))
    for booked in by_room.values():
        assert all(end <= begin for (_, end), (begin, _) in pairwise(sorted(booked)))
    assert stays(1, every=every, none=none) == rows[:300]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"lasts": "2h"}, "a booking lasts up to 2h, and a turn is 1h long"),
        ({"lasts": ("50m", "15m")}, "is not a shortest and a longest time of at least one minute"),
        ({"every": "2y"}, "the period is shorter than one turn of 2y"),
        ({"ends": "begins"}, "stays.begins is made by booking() of begins"),
        ({"ends": "till"}, "table stays has no column 'till'"),
        ({"period": during("-3d"), "every": "1d"}, "and the period has 3 turns"),
    ],
)
def test_what_cannot_be_is_refused(how, message):
    with pytest.raises(UsageError) as refusal:
        stays(**how)
    assert message in refusal.value.message


@pytest.mark.parametrize("turns", [1, 2])
def test_more_bookings_than_turns_are_refused_before_a_row_is_made(turns):
    period = during(f"-{turns}d")
    words = {
        "room_id": ref("rooms", at_most=2),
        "begins": booking("room_id", ends="ends", period=period, lasts="1h", every="1d"),
    }
    dataset = dataset_of(Dataset(tables=(Declared("rooms", 20), Declared("stays", 30, words))), SCHEMA)
    plan = dataset.plan(inputs_of(dataset))
    if turns == 2:
        plan.require()
        return
    with pytest.raises(UsageError, match=r"is booking 2 of its room_id, and the period has 1 turn$") as refusal:
        plan.require()
    assert "test_booking.py, line" in refusal.value.message
