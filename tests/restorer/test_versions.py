"""Test the same restores on every version of Postgres."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from snap import parquet
from snap.errors import TargetError
from snap.schema import Table
from snap.store import Store
from snap.types.arrow import storage
from snap_restorer import Target, restore
from snap_restorer.clones.database_objects import listing
from snap_restorer.live.ddl import SchemaSelection, dump_schema
from snap_restorer.local.embedded import Server
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.cases.hard import SQL, assert_held, hard
from tests.paths import ROOT
from tests.postgres import Servers, bouncer, bouncer_program, execute, fresh_databases, name_of
from tests.restorer.reading import read


def test_a_hard_snapshot_into_an_empty_database_and_again(tmp_path: Path, any_database: str) -> None:
    made = hard(tmp_path, "CREATE SCHEMA app;")
    for _ in range(2):
        restore(made, Target(any_database))
        assert_held(any_database)


def test_a_hard_snapshot_into_migrated_tables_with_rows(tmp_path: Path, any_database: str) -> None:
    execute(any_database, "CREATE SCHEMA app;" + SQL + "INSERT INTO app.crew (name) VALUES ('old')")
    made = hard(tmp_path)
    with pytest.raises(TargetError, match="no ledger says"):
        restore(made, Target(any_database))
    assert restore(made, Target(any_database), Request(guard=Guard(yes=True))).tables[1].deleted == 1
    assert_held(any_database)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["socket", "pooler"])
def test_a_hard_snapshot_by_every_way(tmp_path: Path, any_pg: Server, any_database: str, way: str) -> None:
    name = name_of(any_database)
    execute(any_database, "CREATE SCHEMA app")
    with ExitStack() as stack:
        if way == "pooler":
            if bouncer_program() is None:
                pytest.skip("no PgBouncer on this machine (.ci/run says how to install it)")
            place = f"host=127.0.0.1 port={stack.enter_context(bouncer(any_pg, 'postgres'))}"
        else:
            place = f"host={any_pg.socket} port={any_pg.port}"
        for _ in range(2):
            restore(hard(tmp_path), Target(f"{place} user=postgres dbname='{name}'"))
            assert_held(any_database)


@pytest.mark.slow
def test_the_committed_snapshot_is_the_same_on_each(any_database: str) -> None:
    v1 = Store(ROOT).resolve("v1")
    for _ in range(2):
        restore(v1, Target(any_database))
    with psycopg.connect(any_database) as connection:
        connection.execute("SET TimeZone TO 'UTC'")
        for data in v1.manifest.tables:
            columns = data.table.stored
            held = read(connection, data.table.label, columns)
            wanted = [row for file in data.files for row in values(v1.path(file), data.table)]
            assert len(held) == data.rows
            assert sorted(map(repr, held)) == sorted(map(repr, wanted)), data.table.label


def values(path: Path, table: Table) -> list[tuple[Any, ...]]:
    """Return a file's rows as Python values, in the form of tests.restorer.reading."""
    batches = parquet.read(path, table)
    return [row for batch in batches for row in zip(*(plain(column) for column in batch.columns), strict=True)]


def plain(array: Any) -> list[Any]:
    array = storage(array)
    if pa.types.is_temporal(array.type):
        array = array.cast(pa.int32() if pa.types.is_date(array.type) else pa.int64())
    return list(array.to_pylist())


def test_hold_the_version_that_they_are_named_for(any_pg: Server, request: pytest.FixtureRequest) -> None:
    wanted = request.node.callspec.params["any_pg"]
    found = execute(any_pg.url("postgres"), "SHOW server_version")[0][0].split()[0]
    assert found.split(".")[0] == wanted.split(".")[0]


def test_a_table_made_anew_is_the_same_in_schemas_and_definitions(any_database: str) -> None:
    """Postgres 15.20 stamps each column that is created (pg_attver)."""

    def described() -> tuple[str, dict[str, str]]:
        ((oid,),) = execute(any_database, "SELECT 'public.a'::regclass::oid::int")
        selection = SchemaSelection(tables=frozenset({oid}))
        with psycopg.connect(any_database) as connection:
            ((snapshot,),) = connection.execute("SELECT pg_export_snapshot()")
            schema = dump_schema(Target(any_database), selection, server=15, snapshot=snapshot, environment={})
            return schema.sql, dict(listing(connection))

    table = "CREATE TABLE public.a (id int, n text); ALTER TABLE public.a ALTER n SET (n_distinct = 5)"
    execute(any_database, table)
    before = described()
    execute(any_database, "DROP TABLE public.a; " + table)
    assert described() == before
    assert "ALTER COLUMN n SET (n_distinct=5);" in before[0]


@pytest.mark.slow
def test_a_compression_that_the_server_lacks_is_named(all_servers: Servers, take: Capture, store: Store) -> None:
    able, lacking = all_servers.get("15"), all_servers.get("18")
    if able is None or lacking is None:
        pytest.skip("one server with lz4 and one without are wanted")
    with fresh_databases(able) as there, fresh_databases(lacking) as here:
        source, target = there(), here()
        execute(source, "CREATE TABLE t (body text COMPRESSION lz4)")
        taken = store.resolve(take(source).version)
        with pytest.raises(TargetError, match=r"table public\.t: compression method lz4 not supported .*with lz4"):
            restore(taken, Target(target))
        assert execute(target, "SELECT to_regclass('t')") == [(None,)]
