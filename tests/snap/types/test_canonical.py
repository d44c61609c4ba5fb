"""Test canonical bytes against a second, slow implementation of docs/format.md, value by value."""

import datetime as dt
import json
import struct
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.digest import canonical_rows
from snap.rows import join
from snap.schema import Column
from snap.types import parse
from snap.types.arrow import arrow_type
from snap.types.canonical import canonical_field, decimal_text
from tests.cases.canonical_json import canonical_json

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _micro(value: dt.datetime) -> int:
    return (value - _EPOCH) // dt.timedelta(microseconds=1)


def _slow(value, kind) -> bytes:
    name = kind.logical.value
    if name.startswith("int"):
        return (
            struct.pack(">iiq", value["months"], value["days"], value["microseconds"])
            if name == "interval"
            else struct.pack(">q", value)
        )
    if name.startswith("float"):
        value = value + 0.0
        return bytes.fromhex("7ff8000000000000") if value != value else struct.pack(">d", value)
    if name == "list":
        return b"".join(_frame(item, kind.item) for item in value)
    if name == "decimal":
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return (text if Decimal(text) else "0").encode()
    return {
        "bool": lambda: bytes([value]),
        "string": lambda: value.encode(),
        "text": lambda: value.encode(),
        "enum": lambda: value.encode(),
        "bytes": lambda: value,
        "uuid": lambda: value.bytes,
        "jsonb": lambda: value.encode(),
        "json": lambda: value.encode(),
        "date": lambda: struct.pack(">q", (value - _EPOCH.date()).days),
        "time": lambda: struct.pack(
            ">q", ((value.hour * 60 + value.minute) * 60 + value.second) * 10**6 + value.microsecond
        ),
        "timestamp": lambda: struct.pack(">q", _micro(value.replace(tzinfo=dt.UTC))),
        "timestamptz": lambda: struct.pack(">q", _micro(value)),
    }[name]()


def _frame(value, kind) -> bytes:
    if value is None:
        return b"\xff\xff\xff\xff"
    payload = _slow(value, kind)
    return struct.pack(">i", len(payload)) + payload


_VALUES = {
    "boolean": st.booleans(),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(width=32),
    "double precision": st.floats(),
    "numeric(10,3)": st.decimals(-9999999, 9999999, places=3, allow_nan=False),
    "numeric(38,20)": st.decimals(-(10**17), 10**17, places=20, allow_nan=False),
    "numeric(5,0)": st.decimals(-99999, 99999, places=0, allow_nan=False),
    "text": st.text(),
    "bytea": st.binary(),
    "uuid": st.uuids(),
    "jsonb": st.sampled_from(["{}", '{"a": 1}', "[1, 2.5]", '"é"', "null"]),
    "date": st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    "time without time zone": st.times(),
    "timestamp without time zone": st.datetimes(),
    "timestamp with time zone": st.datetimes(timezones=st.just(dt.UTC)),
    "interval": st.fixed_dictionaries(
        {
            "months": st.integers(-(2**31), 2**31 - 1),
            "days": st.integers(-(2**31), 2**31 - 1),
            "microseconds": st.integers(-(2**63), 2**63 - 1),
        }
    ),
    "mood": st.sampled_from(["sad", "ok"]),
    "inet": st.sampled_from(["::1", "10.0.0.1/8"]),
    "text[]": st.lists(st.none() | st.text()),
    "integer[]": st.lists(st.none() | st.integers(-5, 5)),
    "uuid[]": st.lists(st.none() | st.uuids()),
}


@pytest.mark.slow
@pytest.mark.parametrize("pg", _VALUES)
@given(data=st.data())
def test_canonical_bytes_are_what_the_format_says(pg, data):
    kind = parse(pg, {"mood"})
    values = data.draw(st.lists(st.none() | _VALUES[pg], max_size=8))
    extra = data.draw(st.integers(0, min(2, len(values))))
    array = _array(values, kind).slice(extra)
    framed = join([canonical_field(array, kind)], len(array))
    assert framed.to_pylist() == [_frame(value, kind) for value in values[extra:]]


def _array(values, kind):
    target = arrow_type(kind)
    if kind.logical.value == "uuid":
        return pa.array([value and value.bytes for value in values], pa.binary(16)).cast(target)
    if kind.logical.value == "list" and kind.item.logical.value == "uuid":
        plain = [value and [item and item.bytes for item in value] for value in values]
        return pa.array(plain, pa.list_(pa.binary(16))).cast(target)
    if kind.logical.value == "jsonb":
        return pa.array(values, pa.string()).cast(target)
    return pa.array(values, target)


def test_a_row_is_its_fields_end_to_end():
    columns = (
        Column(name="id", type=parse("uuid")),
        Column(name="n", type=parse("integer")),
        Column(name="name", type=parse("text")),
    )
    key = UUID(int=7)
    batch = pa.record_batch(
        {
            "name": pa.array(["é", None]),
            "id": pa.array([key.bytes, key.bytes], pa.binary(16)).cast(pa.uuid()),
            "n": pa.array([None, 5], pa.int32()),
        }
    )
    frame = b"\0\0\0\x10" + key.bytes
    assert canonical_rows(batch, columns).to_pylist() == [
        frame + b"\xff\xff\xff\xff" + b"\0\0\0\x02\xc3\xa9",
        frame + b"\0\0\0\x08" + (5).to_bytes(8, "big") + b"\xff\xff\xff\xff",
    ]


def test_small_decimals_are_printed_without_exponent():
    values = pa.array([Decimal("0.0000001"), Decimal("-0.0000010"), Decimal(0)], pa.decimal128(20, 9))
    assert decimal_text(values).to_pylist() == ["0.0000001", "-0.000001", "0"]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('{"bb":1,"a":2,"é":3}', '{"a": 2, "bb": 1, "é": 3}'),
        ('{"a":1,"a":2}', '{"a": 2}'),
        (
            "[1.0, 1.50, 1e3, -0, -0.0, 0.1e-6, 12345678901234567890.10]",
            "[1, 1.5, 1000, 0, 0, 0.0000001, 12345678901234567890.1]",
        ),
        (r'"\u0000a\/\u00e9\u001f"', '"\\u0000a/é\\u001f"'),
        (" [ true , null,{} ,[ ] ] ", "[true, null, {}, []]"),
    ],
)
def test_json_is_made_canonical(text, canonical):
    assert canonical_json(text) == canonical


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_canonical_json_keeps_the_value_and_is_a_fixed_point(value):
    text = canonical_json(json.dumps(value))
    assert json.loads(text) == value
    assert canonical_json(text) == text
