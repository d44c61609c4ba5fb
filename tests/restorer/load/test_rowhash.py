"""Test digests computed by the server against those of the files and of snap.types.canonical."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from psycopg import sql

from snap.digest import TableDigest, canonical_rows
from snap.manifest import Manifest, TableData
from snap.schema import Column, Table
from snap.store import Store
from snap.types import parse, with_logical
from snap_restorer import Target, restore
from snap_restorer.load import rowhash
from snap_restorer.load.restore_plan import plan_restore
from snap_restorer.load.rowhash import hashed_rows, unverifiable
from snap_restorer.pg.introspect import TargetTable, introspect
from snap_restorer.values import copy_binary
from tests.cases.canonical_json import canonical_json
from tests.cases.snapshots import record_batch, snapshot, table
from tests.cases.values import LISTS, MOOD, STRINGS, TYPES
from tests.params import examples
from tests.paths import ROOT
from tests.postgres import Servers, execute, fresh_databases, session


@pytest.fixture(params=["18", pytest.param("15", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest, all_servers: Servers) -> Iterator[str]:
    """Yield the URL of an empty database on the newest Postgres and, in a second run, on the oldest."""
    running = all_servers.get(request.param)
    if running is None:
        pytest.skip(f"no Postgres {request.param} on this machine")
    with fresh_databases(running) as fresh:
        yield fresh()


def found(connection: psycopg.Connection[Any], held: Table) -> TargetTable:
    (one,) = introspect(connection, [held]).tables
    return one


def differing(url: str, manifest: Manifest, *, printed: bool = False) -> list[str]:
    with session(url) as connection:
        held = {one.name: one for one in introspect(connection, [data.table for data in manifest.tables]).tables}
        return [
            data.table.label
            for data in manifest.tables
            if hashed_rows(held[data.table.schema, data.table.name], data.table, only=True)
            .digest(connection, printed=printed)
            .hexdigest()
            != data.digest
        ]


TEXTS = {
    "date": ["infinity", "-infinity", "2026-01-01", "0044-03-15 BC"],
    "timestamp with time zone": ["infinity", "294276-12-31 23:59:59.999999+00"],
    "timestamp(3) without time zone": ["2026-01-01 00:00:00.123"],
    "numeric": ["NaN", "1.500", "-0.0001", "1" * 60],
    "inet": ["::1", "10.0.0.1", "10.0.0.1/8"],
    "int4range": ["empty", "[1,5)"],
    "bit(3)": ["101"],
    "point": ["(0.1,-1e-20)"],
    "pair": ["(,)", '(1,"a,b")'],
    "interval second(3)": ["00:00:01.5"],
    "time with time zone": ["12:00:00+02"],
    "money[]": ["{$1.00,NULL}"],
    "bytea[]": ['{"\\\\x00"}'],
    "integer[]": ["{{1,2},{3,4}}", "[0:1]={1,2}"],
    '"char"': ["a"],
    "name": ["pg"],
}


@pytest.mark.slow
def test_every_type_has_in_the_database_the_digest_of_the_files(either: str, tmp_path: Path) -> None:
    tables, statements = (
        [],
        ["CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TYPE pair AS (a integer, b text)"],
    )
    for number, (kind, values) in enumerate([*TYPES.items(), *LISTS.items(), *TEXTS.items()]):
        type_ = with_logical(kind, "text", {"mood"}) if values is TEXTS.get(kind) else parse(kind, {"mood"})
        made = Table(
            name=f"t{number}",
            columns=(
                Column(name="n", type=parse("bigint")),
                Column(name="a b", type=type_),
                Column(name="w", type=type_),
            ),
        )
        tables.append((made, [(n, v, None if n % 2 else v) for n, v in enumerate([*values, None, *values])]))
        statements.append(f'CREATE TABLE t{number} (n bigint, "a b" {kind}, w {kind})')
    made_snapshot = snapshot(tmp_path, tables, ";\n".join(statements))
    restore(made_snapshot, Target(either))
    assert differing(either, made_snapshot.manifest) == []
    assert differing(either, made_snapshot.manifest, printed=True) == []
    execute(either, "; ".join(f"DELETE FROM t{number} WHERE n = 0" for number in range(len(tables))))
    assert len(differing(either, made_snapshot.manifest)) == len(tables)


@pytest.mark.parametrize("version", ["v1", pytest.param("v3", marks=pytest.mark.slow)])
def test_published_versions_have_their_digest_once_restored(either: str, version: str) -> None:
    published = Store(ROOT).resolve(version)
    restore(published, Target(either))
    assert differing(either, published.manifest, printed=True) == []
    assert differing(either, published.manifest) == []


SOME = {
    "boolean": st.booleans(),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(width=32),
    "double precision": st.floats(),
    "numeric(10,3)": st.decimals(-9999999, 9999999, places=3, allow_nan=False),
    "text": STRINGS,
    "bytea": st.binary(),
    "jsonb": st.sampled_from(["{}", '{"a": 1.5}', "[1, 10]", '"1.0"', "null"]),
    "date": st.integers(-2_000_000, 2_000_000),
    "time without time zone": st.times(),
    "timestamp with time zone": st.integers(-(2**57), 2**63 - 1),
    "interval": st.fixed_dictionaries(
        {
            "months": st.integers(-(2**31), 2**31 - 1),
            "days": st.integers(-(2**31), 2**31 - 2),
            "microseconds": st.integers(-(2**63), 2**63 - 1),
        }
    ),
    "mood": st.sampled_from(["sad", "ok"]),
    "text[]": st.lists(st.none() | STRINGS, max_size=3),
    "integer[]": st.lists(st.none() | st.integers(-5, 5), max_size=3),
    "double precision[]": st.lists(st.none() | st.floats(), max_size=3),
    "mood[]": st.lists(st.none() | st.sampled_from(["sad", "ok"]), max_size=3),
}
WIDE = table("wide", *((f"c{number}", kind) for number, kind in enumerate(SOME)))
ROWS = st.lists(st.tuples(*(st.none() | values for values in SOME.values())), min_size=1, max_size=4)


@pytest.fixture
def wide(database: str) -> Iterator[psycopg.Connection[Any]]:
    columns = ", ".join(f"{column.name} {column.type.pg}" for column in WIDE.columns)
    execute(database, f"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE wide ({columns})")
    with session(database) as connection:
        yield connection


@pytest.mark.slow
@examples(15, 40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, data=st.data())
def test_any_change_of_one_value_changes_the_digest_as_it_does_that_of_files(
    wide: psycopg.Connection[Any], rows: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    number = data.draw(st.integers(0, len(SOME) - 1))
    changed = [list(row) for row in rows]
    changed[place][number] = data.draw(st.none() | list(SOME.values())[number])
    one, other = record_batch(WIDE, rows), record_batch(WIDE, changed)
    digests = [in_database(wide, batch) for batch in (one, other)]
    assert digests == [in_files(batch) for batch in (one, other)]
    same = sorted(canonical_rows(one, WIDE.columns).to_pylist()) == sorted(
        canonical_rows(other, WIDE.columns).to_pylist()
    )
    assert (digests[0] == digests[1]) is same


@pytest.mark.parametrize("moment", [2**63 - 1, 2**63 - 2, -210_866_803_200_000_000, -210_866_803_199_999_999])
def test_the_first_and_last_moments_of_64_bits_are_hashed_to_the_microsecond(
    wide: psycopg.Connection[Any], moment: int
) -> None:
    batch = record_batch(WIDE, [tuple(moment if kind.startswith("timestamp") else None for kind in SOME)])
    assert in_database(wide, batch) == in_files(batch)


def in_files(batch: Any) -> str:
    digest = TableDigest(WIDE)
    digest.update(batch)
    return digest.hexdigest()


def in_database(connection: psycopg.Connection[Any], batch: Any) -> str:
    connection.execute("TRUNCATE wide")
    state = introspect(connection, [WIDE])
    columns = plan_restore(manifest_of(WIDE), state).tables[0].columns
    with connection.cursor().copy("COPY wide FROM STDIN (FORMAT binary)") as copying:
        copying.write(copy_binary.SIGNATURE + bytes(copy_binary.encode(batch, columns)) + copy_binary.TRAILER)
    return hashed_rows(state.tables[0], WIDE, only=False).digest(connection).hexdigest()


def manifest_of(*tables: Table) -> Manifest:
    return Manifest(
        version="v1",
        parameters=None,
        created="",
        digest="",
        estimated_db_bytes=0,
        enums=(MOOD,),
        tables=tuple(TableData(table=one, rows=0, digest="", files=()) for one in tables),
        extra_files=(),
        checks=(),
        schema_sql="",
        written_by=(),
    )


@pytest.mark.parametrize(
    ("kind", "target", "values"),
    [
        ("smallint", "integer", [1, -1]),
        ("integer", "bigint", [1, -1]),
        ("bigint", "numeric", [2**63 - 1, -(2**63)]),
        ("integer", "whole", [1, 5]),
        ("real", "double precision", [0.10000000149011612, float("nan"), -0.0]),
        ("numeric(5,2)", "numeric", ["1.50", "0"]),
        ("numeric(5,2)", "numeric(9,4)", ["1.50", "-0.01"]),
        ("character varying(5)", "text", ["a "]),
        ("character varying(5)", "character varying(9)", ["a "]),
        ("character(3)", "character(5)", ["a  ", "abc", "   "]),
        ("character(3)", "text", ["a  "]),
        ("mood", "text", ["happy"]),
        ("mood", "feeling", ["happy"]),
        ("text", "lowercase", ["a"]),
        ("jsonb", "json", ['{"a": 1}']),
        ("jsonb", "jsonb", ["1.50", "[1.0]"]),
        ("timestamp with time zone", "timestamp(3) with time zone", [0, 1_000]),
        ("smallint[]", "bigint[]", [[1, None], []]),
        ("integer[]", "numbers", [[1, None], []]),
        ("real[]", "double precision[]", [[0.10000000149011612, None]]),
        ("character(3)[]", "character(5)[]", [["a  ", None]]),
        ("character varying(3)[]", "text[]", [["a ", None, ""]]),
    ],
)
def test_wider_columns_have_the_digest_of_the_snapshots_type(
    either: str, kind: str, target: str, values: list[Any]
) -> None:
    execute(
        either,
        f"""CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN feeling AS mood;
        CREATE DOMAIN whole AS bigint; CREATE DOMAIN numbers AS integer[];
        CREATE DOMAIN lowercase AS text CHECK (value = lower(value));
        CREATE TABLE t (v {target})""",
    )
    held = table("t", ("v", kind))
    prepared = [canonical_json(v) if kind == "jsonb" and target == "jsonb" else decimal(kind, v) for v in values]
    expected = TableDigest(held)
    expected.update(record_batch(held, [(value,) for value in prepared]))
    with session(either) as connection:
        for value in values:
            put = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=value) if "time" in kind else value
            connection.execute(f"INSERT INTO t VALUES (%s::{target})", [put])
        assert (
            hashed_rows(found(connection, held), held, only=True).digest(connection).hexdigest() == expected.hexdigest()
        )


def decimal(kind: str, value: Any) -> Any:
    return Decimal(value) if kind.startswith("numeric") else value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "target", "value"),
    [
        ("date", "date", "'infinity'"),
        ("date", "date", "'-infinity'"),
        ("timestamp with time zone", "timestamptz", "'infinity'"),
        ("timestamp without time zone", "timestamp", "'-infinity'"),
        ("timestamp without time zone", "timestamp", "'294276-12-31 23:59:59.999999'"),
        ("timestamp with time zone", "timestamptz", "'4714-11-24 00:00:00+00 BC'"),
        ("numeric(5,2)", "numeric", "'NaN'"),
        ("numeric(5,2)", "numeric", "'-Infinity'"),
        ("bigint", "numeric", "1.5"),
        ("bigint", "numeric", "'NaN'"),
        ("bigint", "numeric", "1e30"),
        ("integer[]", "integer[]", "'{{1,2}}'"),
        ("integer[]", "integer[]", "'[0:1]={1,2}'"),
        ("date[]", "date[]", "'{infinity,NULL}'"),
        ("integer", "text", "'1'"),
        ("uuid", "text", "'x'"),
        ("jsonb", "text", "'{'"),
        ("jsonb", "json", "'\"\\u0000\"'"),
        ("text", "integer[]", "'{1}'"),
        ("integer[]", "integer", "1"),
        ("bytea", "text", "'x'"),
        ("time without time zone", "timetz", "'12:00:00+02'"),
        ("interval", "pair", "'(,)'"),
    ],
)
@pytest.mark.parametrize("shift_days", [0, 400_000, -400_000])
def test_what_no_snapshot_holds_neither_raises_nor_has_the_digest_of_another_value(
    database: str, kind: str, target: str, value: str, shift_days: int
) -> None:
    execute(database, f"CREATE TYPE pair AS (a integer, b text); CREATE TABLE t (v {target})")
    held = table("t", ("v", kind))
    with session(database) as connection:
        here, made = found(connection, held), set()
        for statement in (f"INSERT INTO t VALUES ({value})", "UPDATE t SET v = NULL", "DELETE FROM t"):
            connection.execute(statement.encode())
            made.add(hashed_rows(here, held, only=True, shift_days=shift_days).digest(connection).hexdigest())
        assert len(made) == 3


@pytest.mark.parametrize("days", [1, -1, 20_000, -20_000])
def test_a_shift_is_taken_back(either: str, days: int) -> None:
    kinds = ("date", "timestamp without time zone", "timestamp with time zone", "date[]", "timestamp with time zone[]")
    held = table("t", *((f"c{i}", kind) for i, kind in enumerate(kinds)))
    execute(either, f"CREATE TABLE t ({', '.join(f'c{i} {kind}' for i, kind in enumerate(kinds))})")
    expected, noon = TableDigest(held), 43_200_000_001
    expected.update(record_batch(held, [(7, noon, noon, [7, None], [noon, None]), (None,) * 5]))
    with session(either) as connection:
        connection.execute("SET LOCAL TimeZone = 'America/New_York'")  # whole days, whatever the clocks did
        connection.execute(
            """INSERT INTO t SELECT d, t, z, ARRAY[d, NULL], ARRAY[z, NULL] FROM (SELECT date '1970-01-08' + %(days)s,
            timestamp '1970-01-01 12:00:00.000001' + make_interval(days => %(days)s),
            timestamptz '1970-01-01 12:00:00.000001+00' + make_interval(secs => 86400 * %(days)s)) AS x (d, t, z)""",
            {"days": days},
        )
        connection.execute("INSERT INTO t DEFAULT VALUES")
        here = found(connection, held)
        assert (
            hashed_rows(here, held, only=True, shift_days=days).digest(connection).hexdigest() == expected.hexdigest()
        )
        assert hashed_rows(here, held, only=True).digest(connection).hexdigest() != expected.hexdigest()


def test_partitions_count_where_they_are_meant_and_heirs_do_not(database: str) -> None:
    execute(
        database,
        """CREATE TABLE t (v integer); CREATE TABLE heir () INHERITS (t);
        INSERT INTO t VALUES (1); INSERT INTO heir VALUES (2)""",
    )
    held = table("t", ("v", "integer"))
    with session(database) as connection:
        here = found(connection, held)
        assert [hashed_rows(here, held, only=only).digest(connection).rows for only in (True, False)] == [1, 2]


def test_rows_without_columns_count(database: str) -> None:
    execute(database, "CREATE TABLE t (); INSERT INTO t DEFAULT VALUES; INSERT INTO t DEFAULT VALUES")
    held, expected = table("t"), TableDigest(table("t"))
    expected.add(2, 2 * 0xE3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855)  # the SHA-256 of nothing
    with session(database) as connection:
        assert (
            hashed_rows(found(connection, held), held, only=True).digest(connection).hexdigest() == expected.hexdigest()
        )


def test_a_table_matches_as_printed_or_made_canonical(database: str) -> None:
    held = table("t", ("v", "jsonb"))
    expected = TableDigest(held)
    expected.update(record_batch(held, [("1.5",), ("[1]",)]))
    data = TableData(table=held, rows=2, digest=expected.hexdigest(), files=())
    execute(database, "CREATE TABLE t (v jsonb)")
    with session(database) as connection:
        here = found(connection, held)
        for values, same in (
            (["1.5", "[1]"], True),
            (["1.50", "[1.0]"], True),
            (["1.51", "[1]"], False),
            (["1.5"], False),
        ):
            connection.execute("TRUNCATE t")
            connection.execute("INSERT INTO t SELECT unnest(%s::jsonb[])", [values])
            assert hashed_rows(here, data.table, only=True).matches(connection, data) is same


def test_columns_that_keep_less_are_named(database: str) -> None:
    held = table("t", ("a", "json"), ("b", "text"), ("c", "integer"), ("d", "json[]"), ("e", "text"), ("f", "integer"))
    execute(database, "CREATE TABLE t (a jsonb, b char(9), c int GENERATED ALWAYS AS (1) STORED, d json[], e text)")
    with session(database) as connection:
        columns = {column.name: column for column in found(connection, held).columns}
    assert unverifiable(held, columns) == (
        "column t.a is jsonb, which does not keep the text of json",
        "column t.b is character(9), which does not keep trailing blanks",
        "column t.c is generated by the target",
        "column t.f is missing",
    )


def test_a_hash_goes_with_keys_into_a_query(database: str) -> None:
    held = table("t", ("Key", "integer"), ("v", "text"))
    execute(database, """CREATE TABLE t ("Key" integer, v text); INSERT INTO t VALUES (1, 'a'), (2, 'a')""")
    with session(database) as connection:
        columns = {column.name: column for column in found(connection, held).columns}
        hashed = rowhash.row_hash([held.column("v")], columns, alias="x")
        statement = sql.SQL('SELECT "Key", {} FROM t AS x ORDER BY 1').format(hashed)
        (one, first), (two, second) = connection.execute(statement).fetchall()
    assert (one, two, len(first)) == (1, 2, 32)
    assert first == second
