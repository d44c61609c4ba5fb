"""Test equality in DuckDB against the canonical bytes of snap.types.canonical, for every pair of types."""

import datetime as dt
import hashlib
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.duck import open_engine
from snap.rows import join
from snap.types import duckdb as values
from snap.types import parse
from snap.types.canonical import canonical_field
from tests.cases.snapshots import column, record_batch, table
from tests.params import examples

_FLOATS = [0.0, -0.0, 1.5, float("nan"), float("-inf")]
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - it is Postgres' timestamp without a zone
SOME = {
    "boolean": [True, False],
    "smallint": [0, -1, 7],
    "bigint": [0, -1, 7, 2**40, -(2**63)],
    "real": _FLOATS,
    "double precision": [*_FLOATS, 0.1],
    "numeric(8,2)": [Decimal("0.00"), Decimal("-0.10"), Decimal("7.00"), Decimal("100.00"), Decimal("1.25")],
    "numeric(12,4)": [Decimal("0.0000"), Decimal("-0.1000"), Decimal(7), Decimal(100), Decimal("0.0001")],
    "numeric(3,0)": [Decimal(0), Decimal(100), Decimal(7)],
    "numeric(2,2)": [Decimal("0.00"), Decimal("-0.10")],
    "text": ["", "7", "0", "100", "-0.1", "é", "ok", "{}", "1.25"],
    "character varying(9)": ["", "7", "ok"],
    "mood": ["sad", "ok"],
    "bytea": [b"", b"7", b"\0\xff", "é".encode(), bytes(8), bytes(16), b"\1"],
    "uuid": [bytes(16), bytes(range(16))],
    "jsonb": ["{}", "7", '{"a": 1}'],
    "json": ["{}", '{"a":1}', '{"a": 1}'],
    "date": [dt.date(1970, 1, 1), dt.date(1970, 1, 8), dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "time without time zone": [dt.time(0), dt.time(0, 0, 0, 7), dt.time(23, 59, 59, 999999)],
    "timestamp without time zone": [_EPOCH, _EPOCH - dt.timedelta(microseconds=1)],
    "timestamp with time zone": [dt.datetime(1970, 1, 1, 0, 0, 0, 7, dt.UTC), dt.datetime(1, 1, 1, tzinfo=dt.UTC)],
    "interval": [
        {"months": m, "days": d, "microseconds": u}
        for m, d, u in [(0, 0, 0), (0, 1, 0), (0, 0, 86400 * 10**6), (-1, 2, -3)]
    ],
    "inet": ["::1", "7"],
    "integer[]": [[], [7], [None], [7, None], [0, 0]],
    "bigint[]": [[], [7], [None], [2**40]],
    "text[]": [[], ["7"], [None], [""], ["", ""]],
    "double precision[]": [[], [0.0], [-0.0], [float("nan"), None]],
    "numeric(8,2)[]": [[], [Decimal("7.00")], [None]],
    "uuid[]": [[bytes(16)], [None]],
    "interval[]": [[], [{"months": 0, "days": 1, "microseconds": 0}, None]],
}  # fmt: skip


def _array(pg, some):
    return record_batch(table("t", ("c", pg)), [(value,) for value in some]).column(0)


def _canonical(pg, array):
    framed = join([canonical_field(array, column("c", pg).type)], len(array))
    return framed.to_pylist()


@pytest.fixture(scope="module")
def duck():
    with open_engine() as opened:
        yield opened


def _agrees(duck, pairs):
    """Compare each pair of types and their values, all pairs in one query."""
    selects, canonical = [], []
    for k, (a_type, b_type, a_values, b_values) in enumerate(pairs):
        mine, theirs = parse(a_type, {"mood"}), parse(b_type, {"mood"})
        a, b = _array(a_type, a_values), _array(b_type, b_values)
        duck.register(f"a{k}", pa.table({"n": pa.array(range(len(a))), "x": a}))
        duck.register(f"b{k}", pa.table({"n": pa.array(range(len(b))), "x": b}))
        equal = (
            f"{form('a.x', mine, theirs)} IS NOT DISTINCT FROM {form('b.x', theirs, mine)}"
            for form in (values.comparable, values.narrow)
        )
        selects.append(f"SELECT {k}, a.n, b.n, {', '.join(equal)} FROM a{k} a, b{k} b")
        canonical.append((_canonical(a_type, a), _canonical(b_type, b)))
    rows = duck.query(" UNION ALL ".join(selects)).rows
    assert len(rows) == sum(len(a_values) * len(b_values) for _, _, a_values, b_values in pairs)
    for k, i, j, comparable, narrow in rows:
        ours, others = canonical[k]
        assert comparable == narrow == (ours[i] == others[j]), (*pairs[k][:2], pairs[k][2][i], pairs[k][3][j])


@pytest.mark.parametrize("a", SOME)
def test_values_are_equal_when_their_canonical_bytes_are(duck, a):
    others = list(SOME)[list(SOME).index(a) :]
    _agrees(duck, [(a, b, [*SOME[a], None], [*SOME[b], None]) for b in others])


@pytest.mark.parametrize(
    ("a", "b"), [("text", "text"), ("text", "varchar(900)"), ("bytea", "bytea"), ("json", "jsonb")]
)
def test_long_values_are_equal_when_they_are(duck, a, b):
    given = ["x" * length for length in (63, 64, 65, 500)] + ["x" * 499 + "y", "y" * 64]
    given += ["#" + hashlib.sha256(b"x" * 500).hexdigest()]
    if a == "json":
        given = [f'"{text}"' for text in given]
    if a == "bytea":
        given = [text.encode() for text in given]
    _agrees(duck, [(a, b, [*given, None], [*given, None])])


@pytest.mark.parametrize("pg", SOME)
def test_canonical_bytes_in_duckdb_are_those_of_the_format(duck, pg):
    array = _array(pg, [*SOME[pg], None])
    duck.register("bytes of", pa.table({"x": array}))
    made = duck.query(f'SELECT {values.expressions(parse(pg, {"mood"})).canonical.format(v="x")} FROM "bytes of"').rows
    framed = [b"\xff\xff\xff\xff" if v is None else len(v).to_bytes(4, "big") + bytes(v) for (v,) in made]
    assert framed == _canonical(pg, array)


@pytest.mark.slow
@examples(15, 50)
@given(st.lists(st.floats(width=32), min_size=1), st.lists(st.floats(), min_size=1))
def test_any_two_floats(duck, a, b):
    _agrees(duck, [("real", "double precision", a, b + a)])


@pytest.mark.parametrize("pg", SOME)
def test_every_value_can_be_shown(duck, pg):
    duck.register("shown", pa.table({"x": _array(pg, [*SOME[pg], None])}))
    answer = duck.query(f"SELECT {values.shown('x', parse(pg, {'mood'}))} FROM shown")
    shown = [value for (value,) in answer.rows]
    assert shown[-1] is None
    assert all(isinstance(value, bool | int | str) for value in shown[:-1])
