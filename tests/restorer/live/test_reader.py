"""Test that ADBC reads the same values of a live table as Postgres prints, also through a pooler."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import TargetError
from snap.store import Store
from snap_restorer import Server, Target
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.live.reader import LiveRelation, open_reader
from snap_restorer.live.tables import read_database
from snap_restorer.values.adbc import canonical_jsonb
from tests.cases.canonical_json import canonical_json
from tests.params import examples
from tests.postgres import execute, through

BATCH = """CREATE TABLE t (id int PRIMARY KEY, s text);
INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i"""


def test_batches_are_bounded(database: str) -> None:
    execute(database, BATCH)
    with open_reader(Target(database)) as reader:
        (live,) = read_database(reader).tables
        sizes = [batch.nbytes for batch in reader.read(live.source, live.table)]
    assert len(sizes) > 2
    assert max(sizes) < 24 << 20


def test_another_session_sees_what_the_reader_sees_that_exported_its_snapshot(database: str) -> None:
    execute(database, "CREATE TABLE t (id int)")
    with open_reader(Target(database)) as first:
        name = first.export()
        execute(database, "INSERT INTO t VALUES (1)")
        with psycopg.connect(database) as second:
            second.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            second.execute(f"SET TRANSACTION SNAPSHOT '{name}'".encode())
            assert second.execute("SELECT count(*) FROM t").fetchall() == [(0,)]
        assert execute(database, "SELECT count(*) FROM t") == [(1,)]


def test_a_reader_writes_nothing(database: str) -> None:
    with open_reader(Target(database)) as reader, pytest.raises(TargetError, match="read-only transaction"):
        reader.execute("CREATE TABLE t ()")


def test_a_reader_refuses_rather_than_read_short(database: str) -> None:
    execute(
        database,
        "CREATE TABLE mine (id int); ALTER TABLE mine ENABLE ROW LEVEL SECURITY;"
        "CREATE ROLE short; GRANT SELECT ON mine TO short",
    )
    with open_reader(Target(f"{database}&options=-c%20role%3Dshort")) as reader:
        (live,) = read_database(reader).tables
        assert live.restricted
        with pytest.raises(TargetError, match="row-level security policy"):
            list(reader.read(live.source, live.table))


@pytest.mark.slow
def test_settings_of_the_role_do_not_change_what_is_read(database: str) -> None:
    execute(
        database,
        """CREATE TABLE t (id int PRIMARY KEY, r tstzrange, m money, b bytea[], i interval, f point);
        INSERT INTO t VALUES (1, '[2020-01-01 00:00+00,)', '1.5', '{"\\\\x00"}', '1 mon 2 days', '(0.1,1e20)');""",
    )
    odd = "TimeZone=Asia/Tokyo DateStyle=German IntervalStyle=iso_8601 bytea_output=escape extra_float_digits=-5"
    options = quote(" ".join(f"-c {setting}" for setting in odd.split()))

    def read(url: str) -> list[dict[str, object]]:
        with open_reader(Target(url)) as reader:
            (live,) = read_database(reader).tables
            return [row for batch in reader.read(live.source, live.table) for row in batch.to_pylist()]

    assert read(f"{database}&options={options}") == read(database)
    assert read(database)[0]["r"] == '["2020-01-01 00:00:00+00",)'


@pytest.mark.slow
@given(st.recursive(
    st.none() | st.booleans() | st.decimals(-1000, 1000, places=3).map(str).map(lambda s: ("n", s)) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_zeros_are_stripped_from_numbers_and_never_from_strings(value: object) -> None:
    text = _printed(value)
    assert canonical_jsonb(pa.array([text, None])).to_pylist() == [canonical_json(text), None]


def _printed(value: object) -> str:
    """Return a value as Postgres prints jsonb. Numbers keep their trailing zeros."""
    import json

    if isinstance(value, tuple):
        return value[1].replace("-0.000", "0.000")
    if isinstance(value, list):
        return "[" + ", ".join(map(_printed, value)) + "]"
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_printed(v)}" for k, v in pairs) + "}"
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.slow
@examples(8, 20)  # a session each
@given(
    st.lists(
        st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)) | st.none(),  # noqa: DTZ001 - timestamps
        min_size=1,
        max_size=20,
    )
)
def test_timestamps_come_as_they_are(table: str, moments: list[dt.datetime | None]) -> None:
    execute(table, "TRUNCATE moments")
    for i, moment in enumerate(moments):
        execute(table, "INSERT INTO moments VALUES (%s, %s)", i, moment)
    with open_reader(Target(table)) as reader:
        (live,) = read_database(reader).tables
        assert reader.unfit(live.source, live.table) == (len(moments), frozenset())
        read = [row["at"] for batch in reader.read(live.source, live.table) for row in batch.to_pylist()]
    assert read == moments


@pytest.fixture(scope="module")
def table(pg: Server) -> Iterator[str]:
    execute(pg.url("postgres"), "DROP DATABASE IF EXISTS moments")
    execute(pg.url("postgres"), "CREATE DATABASE moments")
    execute(pg.url("moments"), "CREATE TABLE moments (id int PRIMARY KEY, at timestamp)")
    yield pg.url("moments")
    execute(pg.url("postgres"), "DROP DATABASE moments")


def test_through_a_pooler_all_is_one_transaction_of_one_session(bouncer_port: int, database: str) -> None:
    execute(database, "CREATE TABLE t (id int PRIMARY KEY, s text); INSERT INTO t VALUES (1, 'a')")
    with open_reader(through(bouncer_port, database)) as reader:
        (live,) = read_database(reader).tables
        execute(database, "INSERT INTO t VALUES (2, 'b')")
        assert reader.unfit(live.source, live.table)[0] == 1
        assert [batch.num_rows for batch in reader.read(live.source, live.table)] == [1]


@pytest.mark.slow
def test_a_schema_is_not_dumped_through_a_pooler_in_transaction_mode(
    bouncer_port: int, session_port: int, database: str, tmp_path: Path
) -> None:
    execute(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    target = through(bouncer_port, database)
    request = CaptureRequest(version="c", mask_key=b"k", created="2026-11-22T00:00:00Z", environment=os.environ)
    for direct in (None, target):
        with pytest.raises(TargetError, match="is a connection pooler in transaction mode") as refused:
            capture(Store(tmp_path), target, replace(request, direct=direct))
        assert refused.value.hint.startswith("use the server's own address")
    assert capture(Store(tmp_path), through(session_port, database), replace(request, version="s")).rows_total == 1
    assert capture(Store(tmp_path), target, replace(request, direct=Target(database))).rows_total == 1


def test_masks_and_trees_name_what_is_read() -> None:
    assert LiveRelation(schema="a", name='b"').relation().as_string(None) == 'ONLY "a"."b"""'
    assert LiveRelation(schema="a", name="b", partitioned=True).relation().as_string(None) == '"a"."b"'
