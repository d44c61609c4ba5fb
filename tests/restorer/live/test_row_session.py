"""Test that psycopg, used where ADBC is not possible, reads the same batches of every type, also through a pooler."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from snap.compare import compare, snapshot_side
from snap.errors import TargetError
from snap_restorer import Server, Target
from snap_restorer.live.reader import Reader, open_reader
from snap_restorer.live.row_session import RowSession
from snap_restorer.live.side import live_side
from snap_restorer.live.tables import read_database
from tests.cases.kinds import KINDS, MOODS_SQL, has
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of, through
from tests.trust.planted import owned, planted

WIDE = """CREATE TABLE t (id int PRIMARY KEY, s text);
INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i"""


@contextmanager
def rows(url: str) -> Iterator[Reader]:
    target = Target(url)
    with target.connect() as connection:
        reader = Reader(RowSession(connection), target, 10)
        reader.begin()
        reader.encoding = "UTF8"
        yield reader


def batches(reader: Reader) -> dict[str, object]:
    """Return each table's description with its rows, or with the columns whose values do not fit their type."""
    read: dict[str, object] = {}
    for live in read_database(reader).tables:
        _, unfit = reader.unfit(live.source, live.table)
        if live.table.stored and not unfit:
            table = pa.Table.from_batches(reader.read(live.source, live.table))
            read[live.table.label] = (live.table, table.schema, repr(table.to_pylist()))  # NaN
        else:
            read[live.table.label] = (live.table, unfit)
    return read


@pytest.mark.slow
@pytest.mark.parametrize("rows_of", ["exact", "beyond"])
def test_every_type_is_read_as_adbc_reads_it(database: str, rows_of: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute('CREATE TABLE "Odd name" ()')
        connection.execute(f"CREATE TYPE mood AS ENUM ({', '.join(MOODS_SQL)})".encode())
        for name in ("hstore", "citext", "ltree", "vector"):
            if has(connection, name):
                connection.execute(f"CREATE EXTENSION {name} SCHEMA public".encode())
        for number, kind in enumerate(kind for kind in KINDS if not kind.wants or has(connection, kind.wants)):
            values = [f"({value})::{kind.type}" for value in getattr(kind, rows_of)]
            connection.execute(f"CREATE TABLE t{number} (v {kind.type}, a {kind.type}[])".encode())
            for value in (*values, f"NULL::{kind.type}"):
                row = f"INSERT INTO t{number} VALUES ({value}, ARRAY[NULL, {value}]), ({value}, '{{}}'), (NULL, NULL)"
                connection.execute(row.encode())
    with open_reader(Target(database)) as reader:
        adbc = batches(reader)
    with rows(database) as reader:
        assert batches(reader) == adbc


@pytest.mark.slow
def test_batches_are_bounded_and_may_be_given_up(database: str) -> None:
    execute(database, WIDE)
    with rows(database) as reader:
        (live,) = read_database(reader).tables
        read = reader.read(live.source, live.table)
        assert next(read).num_rows == 256
        read.close()  # type: ignore[attr-defined]
        sizes = [batch.nbytes for batch in reader.read(live.source, live.table)]
    assert max(sizes) < 24 << 20
    assert len(sizes) > 2


def test_bytes_that_are_no_utf8_are_refused_by_name(pg: Server) -> None:
    execute(pg.url("postgres"), "DROP DATABASE IF EXISTS raw_rows")
    execute(pg.url("postgres"), "CREATE DATABASE raw_rows ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    try:
        url = pg.url("raw_rows")
        execute(url, "CREATE TABLE t (id int PRIMARY KEY, s text)")
        with psycopg.connect(url, autocommit=True, client_encoding="SQL_ASCII") as connection:
            connection.execute(b"INSERT INTO t VALUES (2, E'\\xff')")
        with rows(url) as reader, pytest.raises(TargetError, match=r"^table t holds text that is not UTF-8"):
            batches(reader)
    finally:
        execute(pg.url("postgres"), "DROP DATABASE raw_rows")


def test_what_the_database_refuses_is_an_error_of_snap(database: str) -> None:
    with rows(database) as reader, pytest.raises(TargetError, match="read-only transaction"):
        reader.execute("CREATE TABLE t ()")


@pytest.mark.slow
def test_a_pooler_that_takes_no_settings_may_quote_all_identifiers(
    database: str, bouncer_port: int, tmp_path: Path
) -> None:
    columns = (("id", "integer"), ("a", "text[]"), ("j", "jsonb"), ("n", "numeric"), ("u", "uuid"))
    definition = replace(table("t", *columns), primary_key=("id",))
    u = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    made = snapshot(tmp_path, [(definition, [(1, ["x", None], '{"a": 1.5}', "1.5", uuid.UUID(u).bytes)])], "")
    execute(database, "CREATE TABLE t (id int PRIMARY KEY, a text[], j jsonb, n numeric, u uuid)")
    execute(
        database, f"""INSERT INTO t VALUES (1, '{{x,NULL}}', '{{"a": 1.50}}', 1.5, '{u}'), (2, NULL, '1', 2, NULL)"""
    )
    execute(database, f'ALTER DATABASE "{name_of(database)}" SET quote_all_identifiers = on')
    for target in (Target(database), through(bouncer_port, database)):
        with live_side(target, made.manifest) as live:
            result = compare(snapshot_side(made), live)
        assert [(t.added, t.removed, t.changed) for t in result.tables] == [(1, 0, 0)], target


def test_a_superuser_reads_by_rows_where_adbc_would_run_planted_code(
    database: str, bouncer_port: int, tmp_path: Path
) -> None:
    owned(
        database,
        "CREATE FUNCTION public.same(oid, oid) RETURNS boolean LANGUAGE plpgsql AS"
        " 'BEGIN RETURN public.evil(1) AND $1 OPERATOR(pg_catalog.=) $2; END';"
        "CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = oid, RIGHTARG = oid)",
    )
    execute(database, f'ALTER DATABASE "{name_of(database)}" SET search_path = public, pg_catalog')
    made = snapshot(tmp_path, [(table("t", ("n", "integer"), ("mood", "mood")), [(1, "ok")])], "")
    with live_side(through(bouncer_port, database), made.manifest) as live:
        assert not compare(snapshot_side(made), live).identical
    assert not planted(database)
