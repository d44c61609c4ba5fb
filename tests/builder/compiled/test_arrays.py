"""Test array values from makers, including arrays of domains as Postgres prints them."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from snap.types import parse
from snap_builder.compiled.arrays import typed


@given(days=st.integers(0, 400), seconds=st.integers(0, 400_000))
def test_intervals_of_a_domain_are_printed_in_days_and_hours(days: int, seconds: int) -> None:
    values = pa.array([{"months": 0, "days": days, "microseconds": seconds * 1_000_000}])
    [made] = typed(values, parse("app.wait")).to_pylist()
    *words, clock = made.split() if seconds or not days else [*made.split(), "0:0:0"]
    assert words == ([] if days == 0 else ["1", "day"] if days == 1 else [str(days), "days"])
    hours, minutes, rest = (int(part) for part in clock.split(":"))
    assert (minutes < 60, rest < 60, hours * 3600 + minutes * 60 + rest) == (True, True, seconds)
