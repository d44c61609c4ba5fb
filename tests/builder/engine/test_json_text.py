"""Test JSON texts in canonical form: equal to Postgres' output, except for trailing zeros of a fraction."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine import json_text
from snap_builder.engine.lists import Listed

MOMENT = 1_770_091_506_000_007  # 2026-02-03 04:05:06 and 7 microseconds
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.none() | texts))
def test_any_text_is_quoted_so_that_json_reads_it(values):
    made = json_text.quoted(pa.array(values, pa.string())).to_pylist()
    assert [None if text is None else json.loads(text) for text in made] == values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.5"),
        (Decimal("-0.00"), "0"),
        (Decimal("100.00"), "100"),
        (Decimal("1E+3"), "1000"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (True, "true"),
        (None, "null"),
        ('"\n\x1f\x7f', '"\\"\\n\\u001f\x7f"'),
    ],
)
def test_a_plain_value_is_written_in_canonical_form(value, text):
    assert json_text.constant(value) == text


@pytest.mark.parametrize("value", [dt.date(2026, 1, 1), b"x", object(), {1, 2}])
def test_what_is_no_plain_value_is_a_type_error(value):
    with pytest.raises(TypeError):
        json_text.constant(value)


@pytest.mark.parametrize(
    ("values", "made"),
    [
        (pa.array([1.5, 1e20, 1e-7, -0.0, float("nan"), None]), ["1.5", "1" + "0" * 20, "0.0000001", "0", None, None]),
        (pa.array([Decimal("7.10"), None]), ["7.1", None]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([[1, None], [], None], pa.list_(pa.int32())), ["[1, null]", "[]", None]),
        (pa.array([uuid.UUID(int=255).bytes, None], pa.uuid()), [f'"{uuid.UUID(int=255)}"', None]),
        (pa.array([dt.date(2026, 2, 3)]), ['"2026-02-03"']),
        (pa.array([MOMENT], pa.timestamp("us", "UTC")), ['"2026-02-03T04:05:06Z"']),
        (pa.array([MOMENT], pa.timestamp("us")), ['"2026-02-03T04:05:06"']),
        (pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}'])), ['{"a": 1}']),
    ],
)
def test_a_column_of_each_kind_becomes_json(values, made):
    assert json_text.texts_of(values).to_pylist() == made


def test_a_key_is_left_out_where_its_text_is_null():
    made = json_text.objects(["a", "b"], [pa.array(["1", None, None]), pa.array(["2", "3", None])])
    assert made.to_pylist() == ['{"a": 1, "b": 2}', '{"b": 3}', "{}"]


def test_elements_are_joined_into_the_lists_of_their_rows():
    made = json_text.lists(Listed(first=5, ends=np.array([0, 2, 2, 3])), pa.array(["1", "2", "3"]))
    assert made.to_pylist() == ["[1, 2]", "[]", "[3]"]


def test_postgres_prints_the_same_text(database: str) -> None:
    keys = sorted(["b", "aa", "é", "z", 'q"', "\n", "\x01"], key=json_text.key_order)
    values = [json_text.constant(value) for value in (Decimal("1.5"), "ü\t\\", None, True, -7, "", "\x02/")]
    (made,) = json_text.objects(keys, [pa.array([value]) for value in values]).to_pylist()
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT %s::jsonb::text", (made,)).fetchone()
    assert row == (made,)
