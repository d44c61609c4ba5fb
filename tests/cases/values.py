"""List values of every type that a snapshot stores, at the limits of each type."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from snap.schema import Enum

MOOD = Enum(name="mood", labels=("sad", "ok", "happy"))
HOSTILE = ["", " ", "\\", "\\N", "\\.", "a\tb\nc\rd\\n", "'\"{},;NULL", "\x01\x7f", "ünï😀\u2028", "x" * 70_000]
UUIDS = [uuid.UUID(int=0).bytes, uuid.UUID(int=2**128 - 1).bytes, uuid.UUID(int=0xA0B1 << 64).bytes]
MONTHS = [
    {"months": 0, "days": 0, "microseconds": 0},
    {"months": -14, "days": 3, "microseconds": -1},
    {"months": 178_000_000 * 12, "days": -(2**31), "microseconds": 2**63 - 1},
]
EXACT = [Decimal(x) for x in ("0", "0.01", "-0.01", "9.99", "-123456.78", "10000", "100000000.10", "99999999.99")]
DAY = 86_400_000_000
MOMENTS = [
    0,
    -1,
    1,
    946_684_800_000_000,
    -210_866_803_200_000_000 + DAY,
    9_223_371_331_200_000_000 - 1,
    1_700_000_000_123_456,
]
TYPES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "smallint": [0, -1, 32767, -32768],
    "integer": [0, -1, 2**31 - 1, -(2**31)],
    "bigint": [0, -1, 2**63 - 1, -(2**63)],
    "real": [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 3.4e38, 1e-45],
    "double precision": [0.0, -0.0, 0.1, float("inf"), float("-inf"), float("nan"), 1.7e308, 5e-324],
    "numeric(11,2)": EXACT,
    "numeric(38,0)": [Decimal("9" * 38), Decimal("-" + "9" * 38), Decimal(10_000), Decimal(10**36), Decimal(0)],
    "numeric(38,38)": [Decimal("0." + "9" * 38), Decimal("-0." + "0" * 37 + "1"), Decimal(0)],
    "numeric(7,5)": [Decimal("0.00001"), Decimal("99.99999"), Decimal("-1.5"), Decimal("0.1")],
    "text": HOSTILE,
    "character varying(70000)": HOSTILE,
    "character(3)": ["abc", "   ", "ü  "],
    "bytea": [b"", b"\0", bytes(range(256)), b"\\x41"],
    "uuid": UUIDS,
    "jsonb": ["{}", "[]", "null", '"\\\\ \\" \\n ü"', '{"a": [1, 2.5, {"b": null}], "bb": "\\t"}'],
    "json": ["{}", ' { "a" : 1.0,\t"a":2 }', "[\n]"],
    "date": [0, -1, 10_957, -2_451_507 + 12_000, 2_000_000, -719_162, -719_163, -719_528],
    "time without time zone": [0, 1, 86_399_999_999],
    "timestamp without time zone": MOMENTS,
    "timestamp with time zone": MOMENTS,
    "interval": MONTHS,
    "mood": ["sad", "happy"],
}
LISTS = {
    f"{name}[]": [[], values, values[:1], [None], [None, values[0], None], list(reversed(values))]
    for name, values in TYPES.items()
}
STRINGS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
