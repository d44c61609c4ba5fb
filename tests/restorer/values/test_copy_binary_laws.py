"""Test, for any values, that the encoder's bytes equal those of the server's send functions."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from psycopg import sql

from snap.types.arrow import schema_of
from snap_restorer.local.embedded import Server
from snap_restorer.values import copy_binary
from tests.cases.canonical_json import canonical_json
from tests.cases.plans import planned_for, pure_column
from tests.cases.snapshots import record_batch, table
from tests.params import examples
from tests.postgres import execute, fresh_databases

_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(-1e9, 1e9, places=5) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=8,
)
_MICROSECONDS = "({0} || ' microseconds')::interval"
_SECOND = st.integers(-210_866_803_200_000_000, 2**63 - 1)  # 4714-11-24 BC to where 64 bits since 1970 end
_NEAR = st.integers(-4_000_000_000_000_000, 4_000_000_000_000_000)


def _decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    bound = 10**precision - 1
    return st.integers(-bound, bound).map(lambda n: Decimal((n < 0, tuple(map(int, str(abs(n)))), -scale)))


def _json_text(value: Any) -> str:
    return json.dumps(value, default=float, ensure_ascii=False)


# How values are drawn, how a person would write one for the server ({0} is that text), and how we hold it.
LAWS: dict[str, tuple[st.SearchStrategy[Any], Any, str]] = {
    "boolean": (st.booleans(), str, "{0}::boolean"),
    "smallint": (st.integers(-(2**15), 2**15 - 1), str, "{0}::smallint"),
    "integer": (st.integers(-(2**31), 2**31 - 1), str, "{0}::integer"),
    "bigint": (st.integers(-(2**63), 2**63 - 1), str, "{0}::bigint"),
    "real": (st.floats(width=32), repr, "{0}::real"),
    "double precision": (st.floats(), repr, "{0}::double precision"),
    "numeric(11,2)": (_decimals(11, 2), str, "{0}::numeric(11,2)"),
    "numeric(38,0)": (_decimals(38, 0), str, "{0}::numeric(38,0)"),
    "numeric(38,38)": (_decimals(38, 38), str, "{0}::numeric(38,38)"),
    "numeric(38,19)": (_decimals(38, 19), str, "{0}::numeric(38,19)"),
    "numeric(5,5)": (_decimals(5, 5), str, "{0}::numeric(5,5)"),
    "text": (_TEXT, str, "{0}"),
    "bytea": (st.binary(), bytes.hex, "decode({0}, 'hex')"),
    "uuid": (st.binary(min_size=16, max_size=16), lambda b: str(uuid.UUID(bytes=b)), "{0}::uuid"),
    "jsonb": (_JSON.map(_json_text).map(canonical_json), str, "{0}::jsonb"),
    "json": (_JSON.map(_json_text), str, "{0}::json"),
    "date": (st.integers(-2_440_588, 2_145_000_000), str, "'epoch'::date + {0}::integer"),
    "time without time zone": (st.integers(0, 86_399_999_999), str, f"'00:00'::time + {_MICROSECONDS}"),
    "timestamp without time zone": (_SECOND | _NEAR, str, f"'epoch'::timestamp + {_MICROSECONDS}"),
    "timestamp with time zone": (_SECOND | _NEAR, str, f"'epoch'::timestamptz + {_MICROSECONDS}"),
    "interval": (
        st.fixed_dictionaries(
            {
                "months": st.integers(-(2**31) + 1, 2**31 - 2),
                "days": st.integers(-(2**31), 2**31 - 1),
                "microseconds": st.integers(-(2**63) + 1, 2**63 - 1),
            }
        ),
        lambda v: f"{v['months']} {v['days']} {v['microseconds']}",
        "make_interval(months => split_part({0}, ' ', 1)::int, days => split_part({0}, ' ', 2)::int) + "
        + _MICROSECONDS.format("split_part({0}, ' ', 3)"),
    ),
    "mood": (st.sampled_from(["sad", "ok", "happy"]), str, "{0}::mood"),
}


@pytest.fixture(scope="module")
def connection(pg: Server) -> Iterator[psycopg.Connection[Any]]:
    with fresh_databases(pg) as fresh:
        url = fresh()
        execute(url, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
        with psycopg.connect(url, autocommit=True) as made:
            made.execute("SET TimeZone TO 'UTC'")
            yield made


def bytes_of_server(connection: psycopg.Connection[Any], kind: str, lists: list[list[str | None]], made: str) -> bytes:
    """Return the COPY BINARY of arrays of values, or of single values if `kind` is not an array type."""
    flat = [(row, place, x) for row, items in enumerate(lists) for place, x in enumerate(items)]
    each = f"CASE WHEN x IS NOT NULL THEN {made.format('x')} END"
    chosen = f"coalesce(array_agg({each} ORDER BY place), ARRAY[]::{kind})" if kind.endswith("[]") else each
    query = sql.SQL(
        f"""COPY (SELECT (SELECT {chosen} FROM unnest({{}}::int[], {{}}::int[], {{}}::text[]) u (row, place, x)
        WHERE row = n) FROM generate_series(0, {len(lists) - 1}) n) TO STDOUT (FORMAT binary)"""  # type: ignore[arg-type]
    ).format(*([item[i] for item in flat] for i in range(3)))
    with connection.cursor().copy(query) as copying:
        return b"".join(bytes(piece) for piece in copying)


@pytest.mark.slow
@pytest.mark.parametrize("many", ["", "[]"])
@pytest.mark.parametrize("kind", LAWS)
def test_any_values_encode_as_the_server_sends_them(connection: psycopg.Connection[Any], kind: str, many: str) -> None:
    values, written, made = LAWS[kind]
    connection.execute("DROP TABLE IF EXISTS t")
    held = table("t", ("v", kind + many))
    columns = planned_for(connection.info.dsn, held).columns
    lists = st.lists(st.none() | values, max_size=6) if many else st.lists(st.none() | values, min_size=1, max_size=1)

    @examples(8, 20, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(lists, min_size=1, max_size=30))
    def law(drawn: list[list[Any]]) -> None:
        batch = record_batch(held, [(row if many else row[0],) for row in drawn])
        texts = [[None if value is None else written(value) for value in row] for row in drawn]
        ours = copy_binary.SIGNATURE + bytes(copy_binary.encode(batch, columns)) + copy_binary.TRAILER
        assert ours == bytes_of_server(connection, kind + many, texts, made)

    law()


@pytest.mark.parametrize(("kind", "bits"), [("real", "<u4"), ("double precision", "<u8")])
def test_every_nan_is_the_one_that_postgres_makes(kind: str, bits: str) -> None:
    quiet = {"<u4": 0x7FC00000, "<u8": 0x7FF8000000000000}[bits]
    sign = {"<u4": 1 << 31, "<u8": 1 << 63}[bits]
    values = np.array([quiet, quiet | sign, quiet | 1], bits).view(bits.replace("u", "f"))
    held = table("t", ("v", kind))
    batch = pa.RecordBatch.from_arrays([pa.array(values)], schema=schema_of(held))
    rows = bytes(copy_binary.encode(batch, [pure_column(kind)]))
    assert rows == 3 * rows[: len(rows) // 3]
    assert rows.endswith(quiet.to_bytes(values.itemsize, "big"))
