"""Test the key range of a file: by value, column by column, in any order of rows; none for a key without order."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from snap.key_range import KeyRangeOf
from snap.schema import Column, Table
from snap.types import Logical, Type, parse
from tests.cases.snapshots import record_batch

FAR = 568_971_820_800_000_000  # the first microsecond of 20000, which Python's datetime does not have


def keyed(*types: str, generated: bool = False) -> Table:
    columns = tuple(
        Column(name=f"k{i}", type=parse(pg, {"mood"}), nullable=False, generated=generated and i == 0)
        for i, pg in enumerate(types)
    )
    return Table(name="t", columns=columns, primary_key=tuple(column.name for column in columns))


def key_range(table: Table, *batches: list[tuple[Any, ...]]) -> Any:
    accumulated = KeyRangeOf(table)
    for rows in batches:
        accumulated.update(record_batch(table, rows))
    return accumulated.texts()


@pytest.mark.parametrize(
    ("pg", "values", "least", "greatest"),
    [
        ("bytea", [b"\x02", b"\x01" * 16, b"\xff" * 16], "01" * 16, "ff" * 16),
        ("bytea", [b"\x01\x00", b"\x01", b""], "", "0100"),
        (
            "uuid",
            [b"\x80" + bytes(15), bytes(15) + b"\x01", b"\x7f" * 16],
            "00000000-0000-0000-0000-000000000001",
            "80000000-0000-0000-0000-000000000000",
        ),
        ("smallint", [9, 10, -1], "-1", "10"),
        ("bigint", [-(2**63), 2**63 - 1, 0], str(-(2**63)), str(2**63 - 1)),
        ("numeric(8,2)", [Decimal("9.00"), Decimal("10.50"), Decimal("-3.25")], "-3.25", "10.50"),
        ("double precision", [2.5, math.nan, -math.inf, math.inf], "-inf", "nan"),
        ("boolean", [True, False], "False", "True"),
        ("text", ["b", "B", "ž", "z", "10", "9"], "10", "ž"),
        ("text", ["\uffff", "\U00010000"], "\uffff", "\U00010000"),
        ("mood", ["sad", "ok"], "ok", "sad"),
        ("date", [20_000, -1], "1969-12-31", "2024-10-04"),
        ("timestamp with time zone", [0, -1], "1969-12-31 23:59:59.999999+00:00", "1970-01-01 00:00:00+00:00"),
        ("timestamp without time zone", [FAR, 0], "1970-01-01 00:00:00", "20000-01-01 00:00:00.000000"),
    ],
)
def test_it_is_by_value_and_in_plain_text(pg: str, values: list[Any], least: str, greatest: str) -> None:
    rows = [(value,) for value in values]
    assert key_range(keyed(pg), rows) == ((least,), (greatest,))
    assert key_range(keyed(pg), *([row] for row in reversed(rows))) == ((least,), (greatest,))


def test_later_columns_decide_among_equal_earlier_ones() -> None:
    table = keyed("integer", "text")
    assert key_range(table, [(2, "a"), (1, "z")], [], [(1, "b"), (2, "A")]) == (("1", "b"), ("2", "a"))


@pytest.mark.parametrize(
    ("pg", "value"),
    [
        ("interval", {"months": 0, "days": 1, "microseconds": 0}),
        ("text[]", ["a"]),
        ("jsonb", "1"),
        ("json", "1"),
    ],
)
def test_a_key_with_a_part_that_has_no_order_has_none(pg: str, value: Any) -> None:
    assert key_range(keyed(pg), [(value,)]) == (None, None)
    assert key_range(keyed("integer", pg), [(1, value)]) == (None, None)


def test_no_key_no_rows_and_a_key_in_no_file_have_none() -> None:
    loose = Table(name="t", columns=(Column(name="n", type=Type("integer", Logical.INT32)),))
    assert key_range(loose, [(1,)]) == (None, None)
    assert key_range(keyed("integer"), []) == (None, None)
    assert key_range(keyed("integer", "integer", generated=True), [(1,)]) == (None, None)
