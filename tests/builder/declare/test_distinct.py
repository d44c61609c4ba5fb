"""Test unique values of types that are neither integers nor texts."""

from __future__ import annotations

import pytest

from snap.errors import UsageError
from snap.schema import Check, Column, Details, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.declare.distinct import _WRITTEN
from tests.builder.compiled.declarations import built

KINDS = [*_WRITTEN, "bit(12)", "bit(70)", "date", "timestamp without time zone", "timestamp with time zone"]


def keys(kind: str, *, rows: int, check: str | None = None):
    table = Table(name="t", columns=(Column(name="k", type=parse(kind), nullable=False),), primary_key=("k",))
    checks = () if check is None else (Check(columns=("k",), sql=check),)
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="t", checks=checks),))
    dataset = declare.Dataset(as_of="2026-11-01", tables=[declare.Table("t", rows)])
    return built(dataset, 1, schema)["t"]["k"].to_pylist()


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_occurs_twice_and_growth_appends(kind: str) -> None:
    few, many = keys(kind, rows=7), keys(kind, rows=300)
    assert len({str(value) for value in many}) == 300
    assert many[:7] == few


def test_addresses_go_on_beyond_one_group_of_digits() -> None:
    hosts = keys("inet", rows=65_537)
    assert hosts[0] == "2001:db8::1"
    assert hosts[65_534:] == ["2001:db8::ffff", "2001:db8::1:0", "2001:db8::1:1"]


@pytest.mark.parametrize("kind", ["date", "timestamp without time zone"])
def test_moments_lie_in_the_period_that_the_schema_asks_for(kind: str) -> None:
    check = "CHECK (((k >= '2024-01-01') AND (k < '2025-01-01')))"
    assert {value.year for value in keys(kind, rows=300, check=check)} == {2024}


def test_more_moments_than_seconds_differ_by_microseconds() -> None:
    check = "CHECK (((k >= '2024-01-01') AND (k < '2024-01-02')))"
    assert len(set(keys("timestamp without time zone", rows=90_000, check=check))) == 90_000


@pytest.mark.parametrize(
    ("kind", "rows", "check", "says"),
    [
        ("bit(3)", 9, None, r"t\.k: there are 8 values of type bit\(3\) for 9 rows"),
        ("time without time zone", 86_401, None, "there are 86,400 values of type time without time zone"),
        ("date", 400, "CHECK (((k >= '2024-01-01') AND (k < '2025-01-01')))", "there are 366 days for 400 rows"),
    ],
)
def test_more_rows_than_values_are_refused(kind: str, rows: int, check: str | None, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        keys(kind, rows=rows, check=check)
