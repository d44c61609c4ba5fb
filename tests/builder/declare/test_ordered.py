"""Test numbers and days that come after those of another column."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.schema import Check, Column, Details, Schema, Table
from snap.types import parse
from snap_builder import declare
from tests.builder.compiled.declarations import built


def made(kind: str, *conditions: str, rows: int = 200, nullable: bool = False) -> list[tuple[object, object]]:
    table = Table(
        name="t",
        columns=(
            Column(name="low", type=parse(kind), nullable=nullable),
            Column(name="high", type=parse(kind), nullable=False),
        ),
    )
    checks = tuple(
        Check(columns=tuple(c for c in ("low", "high") if c in each), sql=f"CHECK (({each}))") for each in conditions
    )
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="t", checks=checks),))
    batch = built(declare.Dataset(as_of="2026-11-01", tables=[declare.Table("t", rows)]), 1, schema)["t"]
    return list(zip(batch["low"].to_pylist(), batch["high"].to_pylist(), strict=True))


@pytest.mark.slow
@given(
    kind=st.sampled_from(["smallint", "integer", "bigint", "numeric(10,2)", "numeric(12,0)", "double precision"]),
    least=st.integers(-5, 5),
    most=st.integers(7, 2000),
)
def test_a_number_lies_above_another_and_both_lie_in_their_bounds(kind: str, least: int, most: int) -> None:
    rows = made(kind, "low < high", f"low >= {least}", f"high <= {most}")
    assert all(least <= low < high <= most for low, high in rows)
    assert len(set(rows)) > 1


def test_a_day_is_another_one_than_that_which_it_comes_after() -> None:
    assert all(low < high for low, high in made("date", "high > low", rows=2000))


def test_days_in_order_begin_before_as_of() -> None:
    rows = made("date", "high > low", rows=20_000)
    assert max(high for _, high in rows) == dt.date(2026, 10, 31)
    assert max(low for low, _ in rows) == dt.date(2026, 10, 30)


def test_growth_appends() -> None:
    assert made("integer", "low <= high", rows=300)[:40] == made("integer", "low <= high", rows=40)
